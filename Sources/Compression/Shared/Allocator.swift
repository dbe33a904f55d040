public import Programs

/// What an allocator knows of one layer.
public struct LayerSpectrum: Sendable {
    /// The matrices of its weight.
    public let matrices: MatrixShape
    /// The values of the components in the criterion's norm, falling.
    public let values: [Double]
    /// The same on a scale that all layers share, falling.
    public let scores: [Double]

    /// Makes a spectrum.
    public init(matrices: MatrixShape, values: [Double], scores: [Double]) {
        self.matrices = matrices
        self.values = values
        self.scores = scores
    }

    /// The parameters of the layer's weight at a rank: of two factors where they save, else of the matrix.
    public func parameters(atRank rank: Int) -> Int {
        min(matrices.count(atRank: rank), matrices.count)
    }
}

/// Chooses a rank for every layer.
///
/// A new allocator is a new type that conforms.
public protocol Allocator: Sendable {
    /// Chooses ranks, each from 1 to the number of the layer's components.
    ///
    /// - Parameters:
    ///   - layers: the layers' spectra.
    ///   - otherParameters: the parameters of the network outside of these layers' weights.
    /// - Throws: where no choice meets the budget, with the smallest that can be reached.
    func ranks(for layers: [LayerSpectrum], otherParameters: Int) throws -> [Int]
}

/// The same largest rank everywhere.
public struct UniformRank: Allocator {
    /// The rank.
    public let rank: Int

    /// Allows ranks up to `rank`.
    public init(_ rank: Int) { self.rank = rank }

    /// The rank, or a layer's full rank where that is less.
    public func ranks(for layers: [LayerSpectrum], otherParameters: Int) -> [Int] {
        layers.map { max(1, min(rank, $0.values.count)) }
    }
}

/// In each layer the smallest rank that keeps a share of the energy.
public struct EnergyThreshold: Allocator {
    /// The share of the sum of squared values to keep, from 0 to 1.
    public let share: Double

    /// Keeps at least this share.
    public init(_ share: Double) { self.share = share }

    /// The first rank at which the kept energy reaches the share.
    public func ranks(for layers: [LayerSpectrum], otherParameters: Int) -> [Int] {
        layers.map { Spectrum($0.values).rank(keeping: share) }
    }
}

/// One threshold over the scores of all layers, as low as the parameters allow.
///
/// This is the global mode of LoRITa (Zhang, Alkhouri and Wang, 2024), counted in parameters of the
/// network that comes out rather than in singular values.
public struct GlobalThreshold: Allocator {
    /// The share of the parameters that may stay, from 0 to 1.
    public let share: Double

    /// Allows this share of the parameters.
    public init(parameters share: Double) { self.share = share }

    /// The largest ranks below one common threshold that fit the budget.
    public func ranks(for layers: [LayerSpectrum], otherParameters: Int) throws -> [Int] {
        let dense = otherParameters + layers.reduce(0) { $0 + $1.matrices.count }
        // NB: the product is rounded away from a budget such as 0.1 of 1,000 that floats just miss.
        let allowed = Int((share * Double(dense) + 1e-6).rounded(.down))
        let components = layers.enumerated()
            .flatMap { index, layer in layer.scores.map { (layer: index, score: $0) } }
            .sorted { $0.score > $1.score }
        func ranks(keeping count: Int) -> [Int] {
            var ranks = [Int](repeating: 0, count: layers.count)
            for component in components.prefix(count) { ranks[component.layer] += 1 }
            return ranks.map { max(1, $0) }
        }
        func cost(_ ranks: [Int]) -> Int {
            zip(layers, ranks).reduce(otherParameters) { $0 + $1.0.parameters(atRank: $1.1) }
        }
        let least = cost(ranks(keeping: 0))
        guard least <= allowed else {
            let reachable = (Double(least) / Double(dense) * 1e4).rounded(.up) / 1e4
            throw CompressionError(
                .budget,
                "parameters:\(share) allows \(allowed) of \(dense) parameters, and rank 1 everywhere "
                    + "takes \(least): the smallest budget is parameters:\(reachable)")
        }
        // The cost grows with the count: the largest count that fits.
        var (low, high) = (0, components.count)
        while low < high {
            let middle = (low + high + 1) / 2
            if cost(ranks(keeping: middle)) <= allowed { low = middle } else { high = middle - 1 }
        }
        return ranks(keeping: low)
    }
}
