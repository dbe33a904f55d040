import Programs

/// The components that bring most for what they take, one after the other until the budget is used up.
///
/// The gain of a component is the squared score that it keeps (its part of the output's error under the whitened criterion); what
/// it takes is counted in parameters, multiply-accumulates or measured seconds. Each layer's choices are first
/// thinned out to their lower convex hull (Sinha and Zoltners, The multiple-choice knapsack problem, 1979), because a layer
/// that stays dense gains all its last components at once.
public struct ValuePerCost: Allocator {
    /// What a budget other than time counts weighs beside time.
    ///
    /// The times of small layers hardly rise with the rank, and sometimes fall: by them alone one layer would get all
    /// that the budget allows.
    static let shareOfBudget = 0.1

    /// What components are divided by; nil for what the budget counts.
    public let weights: CostTable?

    /// Counts what components take in a table of the same layers, or as the budget counts.
    public init(_ weights: CostTable? = nil) { self.weights = weights }

    /// A step from one choice of a layer to a dearer one.
    private struct Step {
        let layer: Int
        let options: ArraySlice<AllocationProblem.Option>
        /// The error that falls for each unit of cost.
        let slope: Double
    }

    /// The ranks after the last step that fits, and as much of the next one as does.
    public func ranks(for problem: AllocationProblem) throws -> [Int] {
        try problem.requireReachable()
        let steps = problem.layers.indices.flatMap { hull(of: $0, in: problem) }
            .sorted { ($1.slope, $0.layer) < ($0.slope, $1.layer) }
        var ranks = problem.least
        for step in steps {
            var next = ranks
            for option in step.options.reversed() {
                next[step.layer] = option.rank
                if problem.fits(next) { break }
                next[step.layer] = ranks[step.layer]
            }
            ranks = next
            guard next[step.layer] == step.options.last?.rank else { break }
        }
        return ranks
    }

    /// What a layer's choices weigh.
    private func weights(
        of options: [AllocationProblem.Option], _ layer: Int, in problem: AllocationProblem
    ) -> [Double] {
        let table = weights ?? problem.costs
        let costs = table.layers[layer]
        let full = problem.layers[layer].matrices.fullRank
        let own = options.map { $0.rank == full ? costs.dense : costs[$0.rank] }
        guard table.measure == .seconds, problem.costs.measure != .seconds else { return own }
        let share = Self.shareOfBudget * table.dense / max(problem.costs.dense, 1)
        var most = 0.0
        return zip(own, options).map { seconds, option in
            most = max(most, seconds)
            return most + share * option.cost
        }
    }

    /// The steps along the hull of a layer's choices, each with those that it passes over.
    private func hull(of layer: Int, in problem: AllocationProblem) -> [Step] {
        let options = problem.options(of: layer)
        let weight = weights(of: options, layer, in: problem)
        var steps: [Step] = []
        var here = 0
        while here < options.count - 1 {
            let slopes = (here + 1..<options.count).map { there in
                let fall = options[here].error - options[there].error
                let rise = max(weight[there] - weight[here], .leastNormalMagnitude)
                return (there: there, slope: min(fall / rise, .greatestFiniteMagnitude))
            }
            guard let best = slopes.max(by: { ($0.slope, $0.there) < ($1.slope, $1.there) })
            else { break }
            steps.append(
                Step(
                    layer: layer, options: options[(here + 1)...best.there], slope: best.slope))
            here = best.there
        }
        return steps
    }
}
