import Programs

/// Moves ranks between all layers at once, as measured around the choice at hand.
///
/// Each round cuts every layer a little further, and a little less, with all others as they are, and measures the objective;
/// within these limits the sum of the measured changes is then minimised under the budget, by dynamic programming. Where the whole
/// is not better, the limits are halved. One round costs two measurements a layer, and moves all of them, where a random
/// switch costs one and moves two. That changes add up is only taken for granted near the choice at hand, where MeasuredErrors takes it from the
/// network as it is.
public struct ExchangeDescent: Allocator {
    /// What is minimised.
    public let objective: any RankObjective
    /// Where it starts: the best of these.
    public let starts: [any Allocator]
    /// How often all layers are measured.
    public let rounds: Int
    /// The examples on which layers are measured, others in each round; the whole is compared on all there are.
    public let examples: Int
    /// By what share of its rank a layer is changed in the first round.
    public let reach: Double
    /// Is told the round and the least objective after each.
    public let observe: (@Sendable (Int, Double) -> Void)?

    /// Makes the allocator.
    public init(
        _ objective: any RankObjective,
        from starts: [any Allocator] = [GlobalThreshold(), ValuePerCost(), DynamicProgramming()],
        rounds: Int = 6, examples: Int = 128, reach: Double = 0.4,
        observing observe: (@Sendable (Int, Double) -> Void)? = nil
    ) {
        precondition(!starts.isEmpty, "a descent has a start")
        self.objective = objective
        self.starts = starts
        self.rounds = rounds
        self.examples = examples
        self.reach = reach
        self.observe = observe
    }

    /// The best ranks found, on all examples no worse than any of the starts.
    public func ranks(for problem: AllocationProblem) throws -> [Int] {
        let options = problem.layers.indices.map { problem.options(of: $0) }
        let all = 0..<objective.examples
        let given = try starts.map { try $0.ranks(for: problem) }
        let scored = try given.map { ($0, try objective.score($0, on: all)) }
        guard var (ranks, least) = scored.min(by: { $0.1 < $1.1 }) else { return problem.least }
        var reach = reach
        for round in 0..<rounds where reach > 0.02 {
            let size = min(examples, objective.examples)
            let start = round * size % max(objective.examples - size + 1, 1)
            let changes = try changes(
                around: ranks, reach, options, on: start..<start + size)
            guard
                let next = exchanged(changes, options, problem),
                next != ranks
            else {
                reach /= 2
                continue
            }
            let score = try objective.score(next, on: all)
            if score < least { (ranks, least) = (next, score) } else { reach /= 2 }
            observe?(round + 1, least)
        }
        return ranks
    }

    /// A choice of a layer near the one at hand, and by how much the objective changes.
    private struct Change {
        let option: Int
        let rise: Double
    }

    /// For each layer the choices within reach, from the cheapest on.
    private func changes(
        around ranks: [Int], _ reach: Double, _ options: [[AllocationProblem.Option]],
        on range: Range<Int>
    ) throws -> [[Change]] {
        let base = try objective.scoreBase(ranks, on: range)
        return try options.enumerated().map { layer, options in
            let here = options.firstIndex { $0.rank >= ranks[layer] } ?? options.count - 1
            let step = max(1, Int((reach * Double(here + 1)).rounded()))
            let ends = [max(0, here - step), min(options.count - 1, here + step)]
            let rises = try ends.map { end -> Double in
                guard end != here else { return 0 }
                var other = ranks
                other[layer] = options[end].rank
                return try objective.score(other, on: range) - base
            }
            return (ends[0]...ends[1]).map { place in
                let end = place < here ? 0 : 1
                return Change(
                    option: place,
                    rise: Self.rise(
                        options[place].error, from: options[here].error,
                        to: options[ends[end]].error,
                        // A layer cut further is taken to do harm, one cut less good.
                        end == 0 ? max(0, rises[0]) : min(0, rises[1])))
            }
        }
    }

    /// Between two choices the objective rises as the squared scores left out do.
    private static func rise(
        _ error: Double, from here: Double, to end: Double, _ rise: Double
    ) -> Double {
        abs(end - here) > 0 ? rise * (error - here) / (end - here) : 0
    }

    /// The choices within reach that change the objective best, at no more than the budget.
    private func exchanged(
        _ changes: [[Change]], _ options: [[AllocationProblem.Option]],
        _ problem: AllocationProblem
    ) -> [Int]? {
        guard let allowed = problem.allowed else { return nil }
        let items = zip(changes, options).map { changes, options in
            changes.map { Knapsack.Choice(weight: options[$0.option].cost, value: $0.rise) }
        }
        let chosen = Knapsack.solution(of: items, capacity: allowed - problem.costs.others)
        return chosen.map { chosen in
            chosen.enumerated().map { layer, number in
                options[layer][changes[layer][number].option].rank
            }
        }
    }
}
