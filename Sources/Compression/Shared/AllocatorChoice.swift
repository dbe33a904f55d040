public import Programs

/// The allocators that can be asked for by name.
public enum AllocatorChoice: String, CaseIterable, Sendable, Codable {
    /// The same rank everywhere, or the same share of each layer's components.
    case uniform
    /// One threshold over the scores of all layers.
    case threshold
    /// The same share of each layer's energy.
    case energy
    /// The most energy for each parameter.
    case perParameter = "per-parameter"
    /// The most energy for each multiply-accumulate.
    case perMac = "per-mac"
    /// The most energy for each millisecond measured.
    case perMillisecond = "per-millisecond"
    /// The least sum of errors, by dynamic programming.
    case dynamic
    /// One layer after the other lowered, as the training loss bids.
    case greedy
    /// Ranks moved between layers, as the divergence from the network's answers bids.
    case evolutionary

    /// Whether it runs the network on examples.
    public var needsObjective: Bool { self == .greedy || self == .evolutionary }

    /// What it measures choices by: LoRITa's iterative mode goes by the loss, where there are labels, searches by the divergence.
    public func measure(hasLabels: Bool) -> NetworkObjective.Measure {
        self == .greedy && hasLabels ? .loss : .divergence
    }

    /// Whether it reads measured times, whatever the budget.
    public var needsLatencies: Bool { self == .perMillisecond }

    /// What it needs beside the layers.
    public struct Context {
        /// The network, merged.
        public var program: Program
        /// The components of its weights.
        public var spectra: Spectra
        /// What a choice does to the network's answers, for those that ask.
        public var objective: (any RankObjective)?
        /// What else the choice keeps to.
        public var options: AllocationOptions
        /// What random choices depend on.
        public var seed: UInt64
        /// How long is searched.
        public var effort: EvolutionarySearch.Effort
        /// Is told the generation of a search and its least objective after each.
        public var observe: (@Sendable (Int, Double) -> Void)?

        /// Makes a context.
        public init(
            _ program: Program, _ spectra: Spectra, objective: (any RankObjective)? = nil,
            options: AllocationOptions = AllocationOptions(), seed: UInt64 = 0,
            effort: EvolutionarySearch.Effort = EvolutionarySearch.Effort(),
            observing observe: (@Sendable (Int, Double) -> Void)? = nil
        ) {
            self.program = program
            self.spectra = spectra
            self.objective = objective
            self.options = options
            self.seed = seed
            self.effort = effort
            self.observe = observe
        }
    }

    /// The allocator for a budget.
    ///
    /// - Throws: where it cannot meet a budget of that kind, or lacks what it needs.
    public func allocator(for budget: Budget, in context: Context) throws -> any Allocator {
        try check(budget)
        switch self {
        case .uniform:
            if case .rank(let rank) = budget { return UniformRank(rank) }
            return UniformShare()
        case .threshold: return GlobalThreshold()
        case .energy:
            if case .energy(let share) = budget { return EnergyThreshold(share) }
            return EnergyThreshold()
        case .perParameter: return ValuePerCost(try table(.parameters, context))
        case .perMac: return ValuePerCost(try table(.macs, context))
        case .perMillisecond: return ValuePerCost(try table(.seconds, context))
        case .dynamic:
            return DynamicProgramming(errorOf: budget.measure == nil ? budget.allocator : nil)
        case .greedy: return GreedyDescent(try objective(context))
        case .evolutionary:
            let objective = try objective(context)
            return EvolutionarySearch(
                objective, from: [ExchangeDescent(objective)],
                effort: context.effort, seed: context.seed, observing: context.observe)
        }
    }

    /// Throws where the allocator cannot meet a budget of that kind.
    public func check(_ budget: Budget) throws {
        let fitting: [AllocatorChoice]
        switch budget {
        case .rank: fitting = [.uniform, .dynamic]
        case .energy: fitting = [.energy, .dynamic]
        default: return
        }
        guard !fitting.contains(self) else { return }
        throw CompressionError(
            .text,
            "\(budget) is no limit that \(rawValue) could share out: use "
                + "\(fitting[0].rawValue) or dynamic, or a budget such as parameters:0.5")
    }

    private func table(_ measure: CostTable.Measure, _ context: Context) throws -> CostTable {
        try .counting(measure, of: context.program, context.spectra, context.options)
    }

    private func objective(_ context: Context) throws -> any RankObjective {
        guard let objective = context.objective else {
            throw CompressionError(
                .data,
                "the allocator \(rawValue) runs the network and needs examples: name them with "
                    + "--data")
        }
        return objective
    }
}
