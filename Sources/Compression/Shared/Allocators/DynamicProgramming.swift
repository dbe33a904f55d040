import Programs

/// The least sum of the layers' errors within a budget; or the least cost without more error than another allocation.
///
/// The second is L-GreCo's problem (Markov, Alimohammadi, Frantar and Alistarh, 2022, section 3), there for the rank of
/// gradients; both take it that the errors of layers add up. Amounts are counted in 10,000 buckets, rounded so that
/// limits hold; small numbers of parameters are counted exactly, and then the choice is the best.
public struct DynamicProgramming: Allocator {
    /// The allocation whose error may not be exceeded; nil where the budget limits the cost.
    public let reference: (any Allocator)?

    /// Makes the error least within the budget; with a reference, the cost least without more error than it has.
    public init(errorOf reference: (any Allocator)? = nil) { self.reference = reference }

    /// The best choice of ranks.
    public func ranks(for problem: AllocationProblem) throws -> [Int] {
        let options = problem.layers.indices.map { problem.options(of: $0) }
        return try reference.map { try cheapest(options, problem, as: $0) }
            ?? best(options, problem)
    }

    private func best(
        _ options: [[AllocationProblem.Option]], _ problem: AllocationProblem
    ) throws -> [Int] {
        try problem.requireReachable()
        guard let allowed = problem.allowed else { return options.map { $0[$0.count - 1].rank } }
        let items = options.map { $0.map { Knapsack.Choice(weight: $0.cost, value: $0.error) } }
        let solution = Knapsack.solution(of: items, capacity: allowed - problem.costs.others)
        let ranks = solution.map { zip(options, $0).map { $0[$1].rank } } ?? problem.least
        return problem.raisingWhatFits(ranks)
    }

    private func cheapest(
        _ options: [[AllocationProblem.Option]], _ problem: AllocationProblem,
        as reference: any Allocator
    ) throws -> [Int] {
        let given = try reference.ranks(for: problem)
        let error = problem.error(of: given)
        // From the layers as they are on: the more is lost, the less is taken.
        let items = options.map {
            $0.reversed().map { Knapsack.Choice(weight: $0.error, value: $0.cost) }
        }
        guard let solution = Knapsack.solution(of: items, capacity: error) else { return given }
        let ranks = zip(options, solution).map { $0[$0.count - 1 - $1].rank }
        // Rounding may cost more than there is to gain.
        return problem.costs.cost(of: ranks) < problem.costs.cost(of: given) ? ranks : given
    }
}

extension AllocationProblem {
    /// The sum of the layers' errors.
    func error(of ranks: [Int]) -> Double {
        ranks.enumerated().reduce(0) { sum, pair in
            let (layer, rank) = pair
            let isWhole =
                rank >= layers[layer].matrices.fullRank || !costs.layers[layer].saves(atRank: rank)
            return sum + (isWhole ? 0 : errors[layer][rank - 1])
        }
    }

    /// Ranks raised where there is room left, each time the one that lowers the error most.
    func raisingWhatFits(_ ranks: [Int]) -> [Int] {
        var ranks = ranks
        let options = layers.indices.map { self.options(of: $0) }
        while true {
            let raises = layers.indices.compactMap {
                layer -> (layer: Int, rank: Int, gain: Double)? in
                guard let here = options[layer].firstIndex(where: { $0.rank == ranks[layer] }),
                    let next = options[layer].dropFirst(here + 1).first
                else { return nil }
                var raised = ranks
                raised[layer] = next.rank
                let gain = options[layer][here].error - next.error
                return fits(raised) ? (layer, next.rank, gain) : nil
            }
            guard let best = raises.max(by: { ($0.gain, $1.layer) < ($1.gain, $0.layer) }) else {
                return ranks
            }
            ranks[best.layer] = best.rank
        }
    }
}
