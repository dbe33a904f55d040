public import Programs
import Tensors

/// Which ranks a network is to be cut to.
public struct Plan: Sendable {
    /// What becomes of one weight.
    public struct Layer: Sendable {
        /// The weight's name, with its rows where it is a part of a parameter.
        public let weight: String
        /// The matrices that it holds.
        public let matrices: MatrixShape
        /// The rank it is cut to; nil where it stays dense.
        public let rank: Int?
        /// Why.
        public let reason: String
        /// The share of the sum of squared values that is kept, from 0 to 1.
        public let energy: Double
        /// Its components.
        let decomposition: Decomposition
    }

    /// The budget that it meets.
    public let budget: Budget
    /// The name of the criterion that ranked the components.
    public let criterion: String
    /// The layers in the order of their use.
    public private(set) var layers: [Layer]
    /// The parameters of two or more dimensions that no rewrite factors, and why.
    public let dense: [DenseWeight]
    /// The parameters of the network as given.
    public let parametersBefore: Int
    /// The parameters of the network as planned.
    public private(set) var parametersAfter: Int

    /// The share of the parameters that stays.
    public var keptFraction: Double { Double(parametersAfter) / Double(max(parametersBefore, 1)) }

    /// Plans a truncation.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - budget: how much may stay.
    ///   - criterion: what makes a component worth keeping.
    ///   - profile: what calibration saw, where the criterion needs it.
    ///   - allocator: what chooses the ranks; the budget's own by default.
    /// - Throws: where the budget cannot be met, with the smallest that can.
    public init(
        for program: Program, keeping budget: Budget, by criterion: any Criterion,
        from profile: Profile? = nil, allocator: (any Allocator)? = nil
    ) throws {
        try self.init(
            for: program, keeping: budget,
            from: Spectra(of: program, by: criterion, from: profile), allocator: allocator)
    }

    /// Plans a truncation from spectra at hand: another budget costs next to nothing.
    public init(
        for program: Program, keeping budget: Budget, from spectra: Spectra,
        allocator: (any Allocator)? = nil
    ) throws {
        let parameters = program.cost.parameters
        let sites = spectra.layers.map(\.site)
        let layers = spectra.layers.map(\.spectrum)
        let others = parameters - sites.reduce(0) { $0 + $1.matrices.count }
        let ranks = try (allocator ?? budget.allocator).ranks(for: layers, otherParameters: others)
        self.budget = budget
        criterion = spectra.criterion
        dense = program.denseWeights
        parametersBefore = parameters
        parametersAfter = zip(layers, ranks).reduce(others) { $0 + $1.0.parameters(atRank: $1.1) }
        self.layers = zip(spectra.layers, ranks).map { Self.layer($0, rank: $1) }
    }

    private static func layer(_ layer: Spectra.Layer, rank: Int) -> Layer {
        let site = layer.site
        let values = layer.decomposition.values
        let saves = site.matrices.saves(atRank: rank)
        let total = values.reduce(0) { $0 + $1 * $1 }
        let kept = values.prefix(saves ? rank : values.count).reduce(0) { $0 + $1 * $1 }
        return Layer(
            weight: site.name, matrices: site.matrices, rank: saves ? rank : nil,
            reason: site.matrices.reason(atRank: rank),
            energy: total > 0 ? kept / total : 1, decomposition: layer.decomposition)
    }
}

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

    /// Decomposes every weight of a network.
    ///
    /// - Throws: where the network has no weights to compress, or the criterion needs a profile.
    public init(of program: Program, by criterion: any Criterion, from profile: Profile? = nil)
        throws
    {
        let sites = program.weightSites
        guard !sites.isEmpty else {
            throw CompressionError(.program, "the network has no weights that can be factored")
        }
        self.criterion = criterion.name
        layers = try sites.map { site in
            let matrices = try site.matrices(in: program)
            guard try matrices.isFinite() else {
                throw CompressionError(
                    .program, "\(site.name) has values that are not finite; train it again")
            }
            let decomposition = try criterion.decomposition(
                of: site, in: program, profile: profile?.layers[site.name])
            let spectrum = LayerSpectrum(
                matrices: site.matrices, values: decomposition.values,
                scores: criterion.scores(decomposition.values))
            return Layer(site: site, decomposition: decomposition, spectrum: spectrum)
        }
    }
}

extension Plan {
    /// The plan with layers left dense whose factors measured slower.
    ///
    /// - Throws: where the budget is then no longer met.
    public func leavingDense(_ slower: [LayerTiming], in program: Program) throws -> Plan {
        let times = Dictionary(slower.map { ($0.weight, $0) }) { first, _ in first }
        var plan = self
        plan.layers = layers.map { layer in
            guard let time = times[layer.weight], let rank = layer.rank else { return layer }
            plan.parametersAfter += layer.matrices.count - layer.matrices.count(atRank: rank)
            return layer.leftDense(
                "dense: measured \(time.split / time.dense) times the time when factored")
        }
        if case .parameters(let share) = budget, plan.keptFraction > share {
            throw CompressionError(
                .budget,
                "without factors that measure slower \(plan.keptFraction) of the parameters stay, "
                    + "more than \(budget) allows; leave out --never-slower or allow more")
        }
        return plan
    }
}

extension Plan.Layer {
    /// The layer as it is.
    fileprivate func leftDense(_ reason: String) -> Plan.Layer {
        Plan.Layer(
            weight: weight, matrices: matrices, rank: nil, reason: reason,
            energy: 1,
            decomposition: decomposition)
    }
}
