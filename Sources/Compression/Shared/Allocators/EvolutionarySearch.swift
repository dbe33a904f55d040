import Programs

/// Moves what a budget allows between layers, as long as the network's answers come closer to those before.
///
/// EvoPress's search (Sieberling, Kuznedelev, Kurtic and Alistarh, 2024, section 3): each generation changes the best
/// choice so far by a few switches, one layer lower and another higher at the same cost; the offspring are compared on
/// few examples, the best of them on more, and the last ones with the parent on all. Here switches are in ranks rather than in levels of equal cost,
/// and the few examples are others in each generation, so that the choice does not come to fit them.
public struct EvolutionarySearch: Allocator {
    /// How long and how widely is searched.
    public struct Effort: Sendable, Hashable {
        /// How often offspring are made.
        public var generations: Int
        /// The number of offspring at a time.
        public var offspring: Int
        /// How many of them each stage leaves; what the last one leaves is compared with the parent on all examples.
        public var survivors: [Int]
        /// The examples of each stage.
        public var examples: [Int]

        /// Makes an effort.
        public init(
            generations: Int = 100, offspring: Int = 12, survivors: [Int] = [3, 1],
            examples: [Int] = [64, 256]
        ) {
            precondition(survivors.count == examples.count, "a number of examples for each stage")
            self.generations = generations
            self.offspring = offspring
            self.survivors = survivors
            self.examples = examples
        }
    }

    /// What is searched for the least of.
    public let objective: any RankObjective
    /// Where the search starts: the best of these.
    public let starts: [any Allocator]
    /// How long is searched.
    public let effort: Effort
    /// What random choices depend on.
    public let seed: UInt64
    /// Is told the generation and the least objective after each.
    public let observe: (@Sendable (Int, Double) -> Void)?

    /// Makes the allocator.
    public init(
        _ objective: any RankObjective,
        from starts: [any Allocator] = [GlobalThreshold(), ValuePerCost(), DynamicProgramming()],
        effort: Effort = Effort(), seed: UInt64 = 0,
        observing observe: (@Sendable (Int, Double) -> Void)? = nil
    ) {
        precondition(!starts.isEmpty, "a search has a start")
        self.objective = objective
        self.starts = starts
        self.effort = effort
        self.seed = seed
        self.observe = observe
    }

    /// The best ranks found, on all examples no worse than any of the starts.
    public func ranks(for problem: AllocationProblem) throws -> [Int] {
        let moves = RankMoves(problem)
        var random = RandomChoice(seed: seed)
        var (parent, least) = try best(of: starts.map { try $0.ranks(for: problem) })
        for generation in 0..<effort.generations {
            var seen: Set<[Int]> = [parent]
            var pool: [[Int]] = []
            for _ in 0..<4 * effort.offspring where pool.count < effort.offspring {
                let child = moves.mutated(parent, using: &random)
                if seen.insert(child).inserted { pool.append(child) }
            }
            guard !pool.isEmpty else { break }
            for (count, examples) in zip(effort.survivors, effort.examples) {
                pool = try survivors(count, of: pool, on: random.window(examples, of: all.count))
            }
            let (child, score) = try best(of: pool)
            if score < least { (parent, least) = (child, score) }
            observe?(generation + 1, least)
        }
        return parent
    }

    private var all: Range<Int> { 0..<objective.examples }

    private func best(of candidates: [[Int]]) throws -> (ranks: [Int], score: Double) {
        let scored = try candidates.map { ($0, try objective.score($0, on: all)) }
        return scored.min { $0.1 < $1.1 } ?? ([], .infinity)
    }

    private func survivors(
        _ count: Int, of pool: [[Int]], on range: Range<Int>
    ) throws -> [[Int]] {
        guard pool.count > count else { return pool }
        let scored = try pool.enumerated().map { (index, ranks) in
            (index: index, ranks: ranks, score: try objective.score(ranks, on: range))
        }
        return scored.sorted { ($0.score, $0.index) < ($1.score, $1.index) }.prefix(count)
            .map(\.ranks)
    }
}

/// Random changes of ranks that keep to a budget.
struct RankMoves {
    let problem: AllocationProblem
    private let options: [[AllocationProblem.Option]]

    init(_ problem: AllocationProblem) {
        self.problem = problem
        options = problem.layers.indices.map { problem.options(of: $0) }
    }

    /// Ranks with one to three switches, one or two mostly: min of two draws, as EvoPress has it.
    func mutated(_ ranks: [Int], using random: inout RandomChoice) -> [Int] {
        var ranks = ranks
        for _ in 0..<min(1 + random.next(below: 3), 1 + random.next(below: 3)) {
            ranks = switched(ranks, using: &random)
        }
        return ranks
    }

    /// One layer lower, and others higher for what that frees.
    private func switched(_ ranks: [Int], using random: inout RandomChoice) -> [Int] {
        let movable = ranks.indices.filter { options[$0].count > 1 }
        guard movable.count > 1 else { return ranks }
        var next = ranks
        let giver = movable[random.next(below: movable.count)]
        let place = place(of: ranks[giver], in: giver)
        guard place > 0 else { return ranks }
        // Small steps mostly, a quarter of the layer's choices at most.
        let reach = max(1, options[giver].count / 4)
        let step = 1 + min(random.next(below: reach), random.next(below: reach))
        next[giver] = options[giver][max(0, place - step)].rank
        for _ in 0..<4 {
            let taker = movable[random.next(below: movable.count)]
            guard taker != giver else { continue }
            raise(&next, taker)
        }
        return next
    }

    /// Raises a layer as far as the budget allows.
    private func raise(_ ranks: inout [Int], _ layer: Int) {
        let before = ranks[layer]
        let place = place(of: before, in: layer)
        for option in options[layer].dropFirst(place + 1).reversed() {
            ranks[layer] = option.rank
            if problem.fits(ranks) { return }
        }
        ranks[layer] = before
    }

    private func place(of rank: Int, in layer: Int) -> Int {
        options[layer].firstIndex { $0.rank >= rank } ?? options[layer].count - 1
    }
}

/// Random numbers by seed, the same on every machine: SplitMix64 (Steele, Lea and Flood, 2014, figure 17).
struct RandomChoice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A number in 0 ..< bound.
    mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)).multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// So many neighbours out of `count`, or all.
    mutating func window(_ size: Int, of count: Int) -> Range<Int> {
        guard size < count else { return 0..<count }
        let start = next(below: count - size + 1)
        return start..<start + size
    }
}
