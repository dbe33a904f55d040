import Foundation
public import Programs
import Tensors

/// Which ranks a network is to be cut to.
public struct Plan: Sendable {
    /// What becomes of one weight.
    public struct Layer: Sendable {
        /// The weight's name, with its rows where it is a part of a parameter.
        public let weight: String
        /// The matrices that it is read as.
        public let matrices: MatrixShape
        /// Into which two layers it is cut, where it is a convolution.
        public let split: ConvolutionSplit
        /// The rank it is cut to; nil where it stays dense.
        public let rank: Int?
        /// Why.
        public let reason: String
        /// The share of the sum of squared values that is kept, from 0 to 1.
        public let energy: Double
        /// By how much ``energy`` can be less than that of the best components, at most; above 0 where large weights were
        /// decomposed with random directions.
        public let energyShortfall: Double
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

    /// The rank of each layer, the full one where it stays as it is.
    public var ranks: [Int] { layers.map { $0.rank ?? $0.matrices.fullRank } }

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
    ///   - options: what else the choice keeps to.
    /// - Throws: where the budget cannot be met, with the smallest that can.
    public init(
        for program: Program, keeping budget: Budget, by criterion: any Criterion,
        from profile: Profile? = nil, allocator: (any Allocator)? = nil,
        options: AllocationOptions = AllocationOptions()
    ) throws {
        try self.init(
            for: program, keeping: budget,
            from: Spectra(of: program, by: criterion, from: profile), allocator: allocator,
            options: options)
    }

    /// Plans a truncation from spectra at hand: another budget costs next to nothing.
    public init(
        for program: Program, keeping budget: Budget, from spectra: Spectra,
        allocator: (any Allocator)? = nil, options: AllocationOptions = AllocationOptions()
    ) throws {
        let allocator = allocator ?? budget.allocator
        if case .drop = budget {
            throw CompressionError(
                .data, "\(budget) is looked for on a validation split: use a DropSearch")
        }
        let problem = try AllocationProblem(
            of: program, keeping: budget, from: spectra, options)
        guard case .bytes(let bytes) = budget else {
            try self.init(
                for: program, keeping: budget, from: spectra, ranks: allocator.ranks(for: problem))
            return
        }
        self = try FileBudget(bytes, problem, program, spectra).plan(by: allocator)
    }

    /// Plans a truncation to ranks that were chosen elsewhere.
    ///
    /// - Parameter ranks: one for each of the spectra's layers; a layer whose factors would not have fewer parameters at
    ///   its rank stays as it is.
    init(
        for program: Program, keeping budget: Budget, from spectra: Spectra, ranks: [Int]
    ) throws {
        let parameters = program.cost.parameters
        let layers = spectra.layers.map(\.spectrum)
        let others = parameters - layers.reduce(0) { $0 + $1.matrices.count }
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
        let total = layer.decomposition.energy
        let kept = saves ? values.prefix(rank).reduce(0) { $0 + $1 * $1 } : total
        return Layer(
            weight: site.name, matrices: site.matrices, split: site.split,
            rank: saves ? rank : nil,
            reason: site.matrices.reason(atRank: rank)
                + (saves && site.split != .channel ? ", split \(site.split.rawValue)" : ""),
            energy: total > 0 ? kept / total : 1,
            energyShortfall: saves && total > 0
                ? layer.decomposition.shortfall(atRank: rank) / total : 0,
            decomposition: layer.decomposition)
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
        try plan.requireBudget(in: program)
        return plan
    }

    private static func share(_ share: Double) -> String { String(format: "%.4f", share) }

    /// Throws where layers that were left dense break the budget.
    private func requireBudget(in program: Program) throws {
        let stay: String
        switch budget {
        case .parameters(let share) where keptFraction > share:
            stay = "\(Self.share(keptFraction)) of the parameters"
        case .macs(let share):
            let macs = try Truncate(self).apply(to: program).program.cost.macs ?? 0
            let kept = Double(macs) / Double(max(program.cost.macs ?? 0, 1))
            guard kept > share else { return }
            stay = "\(Self.share(kept)) of the multiply-accumulates"
        case .bytes(let bytes):
            let found = try Truncate(self).apply(to: program).program.temporaryFileBytes
            guard found > bytes else { return }
            stay = "\(found) bytes"
        default: return
        }
        throw CompressionError(
            .budget,
            "without factors that measure slower \(stay) stay, more than \(budget) allows; leave out "
                + "--never-slower or allow more")
    }
}

extension Plan.Layer {
    /// The layer as it is.
    fileprivate func leftDense(_ reason: String) -> Plan.Layer {
        Plan.Layer(
            weight: weight, matrices: matrices, split: split, rank: nil, reason: reason,
            energy: 1, energyShortfall: 0, decomposition: decomposition)
    }
}
