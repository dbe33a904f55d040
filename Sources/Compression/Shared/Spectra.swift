import OrderedCollections
public import Programs
import Tensors

/// The components of all weights of a network under one criterion, found once.
public struct Spectra: Sendable {
    /// The components of one weight.
    struct Layer: Sendable {
        let site: WeightSite
        let decomposition: Decomposition
        let spectrum: LayerSpectrum
    }

    /// The criterion's name.
    public let criterion: String
    let layers: [Layer]

    /// The full rank of each layer's weight, in order: the ranks of the network as it is.
    public var fullRanks: [Int] { layers.map(\.site.matrices.fullRank) }

    /// Decomposes every weight of a network.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - criterion: what makes a component worth keeping.
    ///   - profile: what calibration saw, where the criterion needs it.
    ///   - rank: the largest rank that will be asked for; of large weights only the components up to it are then found, which
    ///     costs far less, as long as those are sure to be the best but for a fiftieth of the energy. Nil where any rank may be.
    ///   - splits: into which two layers convolutions are cut, by the weight's name; the others by the usual one.
    /// - Throws: where the network has no weights to compress, or the criterion needs a profile.
    public init(
        of program: Program, by criterion: any Criterion, from profile: Profile? = nil,
        upTo rank: Int? = nil, splits: [String: ConvolutionSplit] = [:]
    ) throws {
        let sites = try program.weightSites.map { try $0.cut(by: splits[$0.name] ?? .channel) }
        guard !sites.isEmpty else {
            throw CompressionError(.program, "the network has no weights that can be factored")
        }
        try program.requireFinite()
        self.criterion = criterion.name
        layers = try sites.map { site in
            let matrices = try site.matrices(in: program)
            let seen = try profile?.layers[site.name]?.read(by: site)
            let leading = try rank.flatMap { rank -> LeadingComponents? in
                guard LeadingComponents.suits(site.matrices, rank: rank) else { return nil }
                let found = try criterion.leading(rank, of: matrices, profile: seen)
                return found?.isAccurate(atRank: rank) == true ? found : nil
            }
            let decomposition =
                try leading?.decomposition
                ?? criterion.decomposition(of: site, in: program, profile: seen)
            let spectrum = LayerSpectrum(
                name: site.name, matrices: site.matrices, values: decomposition.values,
                scores: criterion.scores(decomposition.values))
            return Layer(site: site, decomposition: decomposition, spectrum: spectrum)
        }
    }
}

extension Program {
    /// The parameters and buffers that have values which are not finite, in order.
    public var brokenTensors: [String] {
        get throws {
            try tensors.keys.filter { name in
                let tensor = try self.tensor(name)
                return tensor.scalarType.isFloatingPoint ? try !tensor.isFinite() : false
            }
        }
    }

    /// Throws where a parameter has values that are not finite.
    func requireFinite() throws {
        let broken = try brokenTensors.first { tensors[$0]?.role == .parameter }
        guard let broken else { return }
        throw CompressionError(
            .weights, "\(broken) has values that are not finite; train the network again")
    }
}
