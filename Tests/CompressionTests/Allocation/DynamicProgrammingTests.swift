import Compression
import Programs
import TestSupport
import Testing

@Suite struct DynamicProgrammingTests {
    @Test(arguments: 1...10 as ClosedRange<UInt64>, [0.5, 0.65, 0.8])
    func `no other choice within the budget loses less`(seed: UInt64, share: Double) throws {
        let problem = problem(
            try randomLayers(seed: seed, largest: 12), .parameters(share), others: 3)
        let allowed = share * problem.costs.dense
        let possible = problem.combinations.filter { problem.costs.cost(of: $0) <= allowed }
        guard let least = possible.map({ problem.lost($0) }).min() else { return }
        let ranks = try DynamicProgramming().ranks(for: problem)
        #expect(problem.costs.cost(of: ranks) <= allowed)
        expectClose([problem.lost(ranks)], [least], within: 1e-12)
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>, [3, 5])
    func `no other choice of as little loss takes much less`(seed: UInt64, rank: Int) throws {
        let problem = problem(try randomLayers(seed: seed, largest: 20), .rank(rank))
        let given = UniformRank(rank).ranks(for: problem)
        let ranks = try DynamicProgramming(errorOf: UniformRank(rank)).ranks(for: problem)
        let allowed = problem.lost(given)
        #expect(problem.lost(ranks) <= allowed + 1e-12)
        #expect(problem.costs.cost(of: ranks) <= problem.costs.cost(of: given))
        // Losses are rounded up in 10,000 steps for each of the four layers.
        let strict = problem.combinations.filter { problem.lost($0) <= allowed * (1 - 5e-4) }
        if let least = strict.map({ problem.costs.cost(of: $0) }).min() {
            #expect(problem.costs.cost(of: ranks) <= least)
        }
    }

    @Test func `times that are no whole numbers keep to their budget`() throws {
        let layers = try randomLayers(6, seed: 3, largest: 20)
        let costs = CostTable(
            .seconds,
            layers: layers.enumerated().map { index, layer in
                let unit = 1e-4 * (1 + Double(index) / 3.1)
                return CostTable.Layer(
                    dense: unit * 20, factored: (1..<20).map { unit * (1 + Double($0)) })
            }, others: 0.003)
        for seconds in [0.006, 0.01, 0.015] {
            let problem = problem(layers, .latency(seconds), costs: costs)
            let ranks = try DynamicProgramming().ranks(for: problem)
            let greedy = try ValuePerCost().ranks(for: problem)
            #expect(costs.cost(of: ranks) <= seconds && problem.has(ranks))
            #expect(problem.lost(ranks) <= problem.lost(greedy) * (1 + 1e-3))
        }
    }

    @Test func `errors that were measured take the place of the spectra's`() throws {
        let layers = try randomLayers(2, seed: 5, largest: 14)
        let problem = problem(layers, .parameters(0.7))
        for loved in 0..<2 {
            var weights = [1e-6, 1e-6]
            weights[loved] = 1
            let objective = SumObjective(problem: problem, weights: weights)
            let ranks = try MeasuredErrors(objective).ranks(for: problem)
            let allowed = 0.7 * problem.costs.dense
            let possible = problem.combinations.filter { problem.costs.cost(of: $0) <= allowed }
            let best = try possible.map { try objective.score($0, on: 0..<1) }.min()
            expectClose([try objective.score(ranks, on: 0..<1)], [try #require(best)], within: 1e-9)
        }
    }
}
