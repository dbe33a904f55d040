import Programs

/// Lowers one layer after the other, each time the one that costs the objective least, with steps that halve.
///
/// This is the iterative mode of LoRITa's authors (Zhang, Alkhouri and Wang, 2024, `iter_training` in their release),
/// counted against a budget: there the layer is the one after which the objective is least, whatever it saves, the step is 32 or
/// 8 ranks, the objective is the training loss, the network is tuned where accuracy falls, and the step is halved after
/// failures; here it is halved where another step would go below the budget, and unless told the layer is the one that
/// raises the objective least for what it saves. What a step costs is only measured anew where it could be the least (Minoux, Accelerated greedy algorithms,
/// 1978), because most steps cost much the same as before.
public struct GreedyDescent: Allocator {
    /// What is lowered with the ranks.
    public enum Choice: Sendable {
        /// The layer after which the objective is least, as the authors have it.
        case objective
        /// The layer of the least rise of the objective for what it saves.
        case objectivePerCost
    }

    /// What is measured of a choice.
    public let objective: any RankObjective
    /// The first step, in ranks; 1 or more.
    public let step: Int
    /// Which layer is lowered.
    public let choice: Choice
    /// Is told the ranks after each step, and may tune and measure; where it gives false the ranks before it are the last.
    public let afterStep: (@Sendable ([Int]) throws -> Bool)?

    /// Makes the allocator.
    public init(
        _ objective: any RankObjective, step: Int = 8, choice: Choice = .objectivePerCost,
        afterStep: (@Sendable ([Int]) throws -> Bool)? = nil
    ) {
        precondition(step >= 1, "a step is 1 rank or more, not \(step)")
        self.objective = objective
        self.step = step
        self.choice = choice
        self.afterStep = afterStep
    }

    /// What is known of lowering a layer.
    private struct Candidate {
        let rank: Int
        var price: Double
        var age: Int
    }

    /// The ranks at which the budget is just met; without a budget, those at which `afterStep` ends it.
    public func ranks(for problem: AllocationProblem) throws -> [Int] {
        try problem.requireReachable()
        var ranks = problem.layers.map(\.matrices.fullRank)
        var step = step
        while step >= 1, !isDone(ranks, problem) {
            guard try descend(&ranks, by: step, problem) else { return ranks }
            step /= 2
        }
        return problem.fits(ranks) ? problem.raisingWhatFits(ranks) : ranks
    }

    private func isDone(_ ranks: [Int], _ problem: AllocationProblem) -> Bool {
        problem.allowed != nil && problem.fits(ranks)
    }

    /// Lowers ranks up to the step that would go below the budget, or with steps of one until they meet it.
    ///
    /// - Returns: false where `afterStep` ended it.
    private func descend(
        _ ranks: inout [Int], by step: Int, _ problem: AllocationProblem
    ) throws -> Bool {
        var candidates = [Candidate?](repeating: nil, count: ranks.count)
        var base = try score(ranks)
        var age = 0
        while !isDone(ranks, problem) {
            guard let layer = try cheapest(&candidates, ranks, base, age, step, problem) else {
                return true
            }
            var next = ranks
            next[layer] = candidates[layer]?.rank ?? next[layer]
            // A finer step may still stay above the budget.
            if step > 1, isDone(next, problem) { return true }
            if let afterStep, try !afterStep(next) { return false }
            ranks = next
            candidates[layer] = nil
            base = try score(ranks)
            age += 1
        }
        return true
    }

    /// The layer that is lowered at the least price, measured on the ranks as they are.
    private func cheapest(
        _ candidates: inout [Candidate?], _ ranks: [Int], _ base: Double, _ age: Int, _ step: Int,
        _ problem: AllocationProblem
    ) throws -> Int? {
        for layer in ranks.indices where candidates[layer] == nil {
            candidates[layer] = problem.lowered(ranks[layer], of: layer, by: step).map {
                Candidate(rank: $0, price: -.infinity, age: -1)
            }
        }
        while true {
            let known = ranks.indices.compactMap { layer in
                candidates[layer].map { (layer: layer, candidate: $0) }
            }
            guard
                let best = known.min(by: {
                    ($0.candidate.price, $0.layer) < ($1.candidate.price, $1.layer)
                })
            else { return nil }
            if best.candidate.age == age { return best.layer }
            var next = ranks
            next[best.layer] = best.candidate.rank
            let rise = try score(next) - base
            let saved = problem.costs.cost(of: ranks) - problem.costs.cost(of: next)
            candidates[best.layer]?.price =
                choice == .objective ? rise + base : rise / max(saved, .leastNormalMagnitude)
            candidates[best.layer]?.age = age
        }
    }

    private func score(_ ranks: [Int]) throws -> Double {
        try objective.score(ranks, on: 0..<objective.examples)
    }
}

extension AllocationProblem {
    /// The rank of a layer that is lowered by a step, the next cheaper one at least; nil where there is none.
    func lowered(_ rank: Int, of layer: Int, by step: Int) -> Int? {
        let ranks = options(of: layer).map(\.rank)
        guard let here = ranks.firstIndex(where: { $0 >= rank }), here > 0 else { return nil }
        // From the layer as it is the first step is to its dearest factors.
        let target = ranks[here] == layers[layer].matrices.fullRank ? ranks[here - 1] : rank - step
        return ranks[..<here].last { $0 <= target } ?? ranks[0]
    }
}
