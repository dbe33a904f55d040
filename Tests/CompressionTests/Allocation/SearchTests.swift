import Compression
import Programs
import Synchronization
import TestSupport
import Testing

@Suite struct SearchTests {
    private func problem(
        _ seed: UInt64, _ share: Double = 0.6, multiple: Int = 1
    ) throws -> AllocationProblem {
        CompressionTests.problem(
            try randomLayers(6, seed: seed, largest: 24), .parameters(share), multiple: multiple)
    }

    private func objective(_ problem: AllocationProblem, seed: UInt64) -> SumObjective {
        var random = SeededGenerator(state: seed)
        return SumObjective(
            problem: problem,
            weights: problem.layers.map { _ in Double.random(in: 0.01...2, using: &random) })
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `a search meets the budget and is no worse than where it started`(seed: UInt64) throws {
        let problem = try problem(seed)
        let objective = objective(problem, seed: seed)
        let all = 0..<objective.examples
        let starts: [any Allocator] = [GlobalThreshold(), UniformShare()]
        let start = try starts.map { try objective.score($0.ranks(for: problem), on: all) }.min()
        let search = EvolutionarySearch(
            objective, from: starts, effort: .init(generations: 60), seed: seed)
        let ranks = try search.ranks(for: problem)
        #expect(problem.costs.cost(of: ranks) <= 0.6 * problem.costs.dense && problem.has(ranks))
        let found = try objective.score(ranks, on: all)
        #expect(found < (try #require(start)))
        // With so few layers it comes close to the best there is.
        let best = try MeasuredErrors(objective).ranks(for: problem)
        #expect(found <= 1.1 * (try objective.score(best, on: all)))
    }

    @Test func `no generations give the best of the starts`() throws {
        let problem = try problem(2)
        let objective = objective(problem, seed: 3)
        let starts: [any Allocator] = [UniformShare(), DynamicProgramming(), GlobalThreshold()]
        let best = try starts.map { try $0.ranks(for: problem) }.min {
            try objective.score($0, on: 0..<1) < objective.score($1, on: 0..<1)
        }
        let search = EvolutionarySearch(objective, from: starts, effort: .init(generations: 0))
        #expect(try search.ranks(for: problem) == best)
    }

    @Test func `the same seed gives the same ranks, another one others on the way`() throws {
        let problem = try problem(4)
        let objective = objective(problem, seed: 5)
        func ranks(_ seed: UInt64) throws -> [Int] {
            try EvolutionarySearch(
                objective, from: [UniformShare()], effort: .init(generations: 3), seed: seed
            ).ranks(for: problem)
        }
        #expect(try ranks(1) == ranks(1))
        #expect(try Set((1...6).map { try ranks($0) }).count > 1)
    }

    @Test func `what is best so far never becomes worse`() throws {
        let problem = try problem(6)
        let told = Mutex([(Int, Double)]())
        _ = try EvolutionarySearch(
            objective(problem, seed: 7), from: [UniformShare()], effort: .init(generations: 20)
        ) { generation, least in told.withLock { $0.append((generation, least)) } }
        .ranks(for: problem)
        let seen = told.withLock { $0 }
        #expect(seen.map(\.0) == Array(1...20))
        #expect(seen.map(\.1) == seen.map(\.1).sorted(by: >))
    }

    @Test(arguments: [1, 2])
    func `stages see as many examples as they are given, the last one all`(multiple: Int) throws {
        struct Counting: RankObjective {
            let sum: SumObjective
            let sizes: @Sendable (Int) -> Void
            var examples: Int { 100 }
            func score(_ ranks: [Int], on range: Range<Int>) throws -> Double {
                #expect(range.lowerBound >= 0 && range.upperBound <= 100)
                sizes(range.count)
                return try sum.score(ranks, on: range)
            }
        }
        let problem = try problem(8, multiple: multiple)
        let counts = Mutex([Int: Int]())
        let objective = Counting(sum: objective(problem, seed: 9)) { size in
            counts.withLock { $0[size, default: 0] += 1 }
        }
        let effort = EvolutionarySearch.Effort(
            generations: 1, offspring: 8, survivors: [4, 2], examples: [10, 30])
        let search = EvolutionarySearch(objective, from: [UniformShare()], effort: effort)
        #expect(problem.has(try search.ranks(for: problem)))
        // The start and two offspring on all, eight on ten, four on thirty.
        let asked = counts.withLock { $0 }
        #expect(asked == [100: 3, 10: 8, 30: 4])
    }

    // MARK: Exchange

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `where losses add up an exchange ends at the best there is`(seed: UInt64) throws {
        let problem = try problem(seed)
        let objective = objective(problem, seed: seed)
        let exchange = ExchangeDescent(
            objective, from: [UniformShare()], rounds: 30, examples: 3, reach: 0.5)
        let ranks = try exchange.ranks(for: problem)
        #expect(problem.costs.cost(of: ranks) <= 0.6 * problem.costs.dense && problem.has(ranks))
        let all = 0..<objective.examples
        let (found, start, best) = (
            try objective.score(ranks, on: all),
            try objective.score(UniformShare().ranks(for: problem), on: all),
            try objective.score(MeasuredErrors(objective).ranks(for: problem), on: all)
        )
        #expect(found < start && found <= 1.02 * best)
    }

    @Test func `an exchange of no rounds is the best of its starts`() throws {
        let problem = try problem(2)
        let starts: [any Allocator] = [UniformShare(), DynamicProgramming()]
        let objective = objective(problem, seed: 3)
        let best = try starts.map { try $0.ranks(for: problem) }.min {
            try objective.score($0, on: 0..<1) < objective.score($1, on: 0..<1)
        }
        #expect(try ExchangeDescent(objective, from: starts, rounds: 0).ranks(for: problem) == best)
    }

    // MARK: Descent

    @Test(arguments: 1...4 as ClosedRange<UInt64>, [1, 4, 8])
    func `a descent meets the budget`(seed: UInt64, step: Int) throws {
        let problem = try problem(seed)
        let descent = GreedyDescent(objective(problem, seed: seed), step: step)
        let ranks = try descent.ranks(for: problem)
        #expect(problem.costs.cost(of: ranks) <= 0.6 * problem.costs.dense && problem.has(ranks))
    }

    @Test func `where everything may stay nothing is lowered`() throws {
        let problem = try problem(2, 1)
        let ranks = try GreedyDescent(objective(problem, seed: 1)).ranks(for: problem)
        #expect(ranks == problem.layers.map(\.matrices.fullRank))
    }

    @Test func `a descent in steps of one lowers what costs least, as trying every layer does`()
        throws
    {
        let problem = try problem(3)
        let objective = objective(problem, seed: 4)
        let told = Mutex([[Int]]())
        _ = try GreedyDescent(objective, step: 1, choice: .objective) { ranks in
            told.withLock { $0.append(ranks) }
            return true
        }.ranks(for: problem)
        var ranks = problem.layers.map(\.matrices.fullRank)
        for step in told.withLock({ $0 }) {
            let tries = ranks.indices.compactMap { layer -> [Int]? in
                let lower = problem.options(of: layer).map(\.rank).last { $0 < ranks[layer] }
                var next = ranks
                next[layer] = lower ?? 0
                return lower == nil ? nil : next
            }
            let best = try tries.map { try objective.score($0, on: 0..<1) }.min()
            #expect(try objective.score(step, on: 0..<1) == best)
            ranks = step
        }
        #expect(ranks != problem.layers.map(\.matrices.fullRank))
    }

    @Test func `a descent ends where it is told`() throws {
        let problem = try problem(5)
        let told = Mutex([[Int]]())
        let ranks = try GreedyDescent(objective(problem, seed: 6), step: 2) { ranks in
            told.withLock { told in
                told.append(ranks)
                return told.count < 4
            }
        }.ranks(for: problem)
        let steps = told.withLock { $0 }
        #expect(steps.count == 4)
        #expect(ranks == steps[2])
    }
}
