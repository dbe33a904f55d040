import Compression
import Programs
import Tensors
import TestSupport
import Testing

/// Laws of every allocator that meets a budget, and each by hand.
@Suite struct AllocatorTests {
    private static let all: [any Allocator] = [
        UniformShare(), EnergyThreshold(), GlobalThreshold(), ValuePerCost(), DynamicProgramming(),
    ]

    @Test(arguments: 1...6 as ClosedRange<UInt64>, [0.3, 0.5, 0.8, 1])
    func `budgets are met, at ranks that layers have`(seed: UInt64, share: Double) throws {
        let problem = problem(try randomLayers(seed: seed), .parameters(share), others: 17)
        for allocator in Self.all {
            let ranks: [Int]
            do { ranks = try allocator.ranks(for: problem) } catch {
                let ones = problem.layers.map { $0.parameters(atRank: 1) }.reduce(17, +)
                #expect(Double(ones) > share * problem.costs.dense)
                continue
            }
            #expect(problem.costs.cost(of: ranks) <= share * problem.costs.dense + 1e-6)
            #expect(problem.has(ranks), "\(allocator) \(ranks)")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `a larger budget loses no more`(seed: UInt64) throws {
        let layers = try randomLayers(seed: seed)
        for allocator in Self.all {
            let lost = try [0.6, 0.7, 0.8, 0.9, 1].map { share in
                let problem = problem(layers, .parameters(share))
                return problem.lost(try allocator.ranks(for: problem))
            }
            #expect(lost == lost.sorted(by: >), "\(allocator) \(lost)")
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `where everything may stay, everything does`(seed: UInt64) throws {
        let layers = try randomLayers(seed: seed)
        for allocator in Self.all {
            let ranks = try allocator.ranks(for: problem(layers, .parameters(1), others: 5))
            #expect(ranks == layers.map(\.matrices.fullRank), "\(allocator)")
        }
    }

    @Test(arguments: [2, 3, 4])
    func `ranks of factors are multiples`(multiple: Int) throws {
        let layers = try randomLayers(seed: 7, largest: 30)
        for allocator in Self.all + [EnergyThreshold(0.7), UniformRank(7)] {
            let problem = problem(layers, .parameters(0.7), multiple: multiple)
            let ranks = try allocator.ranks(for: problem)
            #expect(problem.has(ranks))
            for (rank, layer) in zip(ranks, layers) where rank <= layer.matrices.breakEvenRank {
                #expect(
                    rank % multiple == 0
                        || (rank < multiple && rank == layer.matrices.breakEvenRank))
            }
            if allocator is EnergyThreshold || allocator is UniformRank { continue }
            #expect(problem.costs.cost(of: ranks) <= 0.7 * problem.costs.dense)
        }
    }

    @Test func `energy keeps its share where ranks are multiples`() throws {
        let layers = try randomLayers(seed: 9, largest: 30)
        let ranks = try EnergyThreshold(0.8).ranks(
            for: problem(layers, .energy(0.8), multiple: 4))
        for (rank, layer) in zip(ranks, layers) {
            #expect(energy(layer.values.prefix(rank)) >= 0.8 * energy(layer.values))
        }
    }

    // MARK: Budgets that cannot be met

    private func narrow() -> [LayerSpectrum] {
        [(20, 10), (5, 20)].enumerated().map { index, size in
            LayerSpectrum(
                name: "fc\(index).weight", matrices: MatrixShape(rows: size.0, columns: size.1),
                values: [2, 1], scores: [2, 1])
        }
    }

    @Test func `an impossible budget names the smallest and what binds, and that one is possible`()
        throws
    {
        let layers = narrow()
        for allocator in Self.all {
            expectError(
                .budget,
                "parameters:0.1 allows 30 of 307 parameters, and the lowest ranks take 62: the "
                    + "smallest budget is parameters:0.202, of which fc0.weight takes 30, fc1.weight takes "
                    + "25, what has no rank takes 7"
            ) { _ = try allocator.ranks(for: problem(layers, .parameters(0.1), others: 7)) }
            let ranks = try allocator.ranks(for: problem(layers, .parameters(0.202), others: 7))
            #expect(ranks == [1, 1])
            #expect(throws: CompressionError.self) {
                try allocator.ranks(for: problem(layers, .parameters(0.2019), others: 7))
            }
        }
    }

    @Test func `multiples make the smallest budget larger`() throws {
        let problem = problem(narrow(), .parameters(0.2), others: 7, multiple: 2)
        expectError(
            .budget,
            "parameters:0.2 allows 61 of 307 parameters, and the lowest ranks, multiples of 2, take 117: the "
                + "smallest budget is parameters:0.3812, of which fc0.weight takes 60, fc1.weight takes 50, "
                + "what has no rank takes 7"
        ) { _ = try GlobalThreshold().ranks(for: problem) }
    }

    @Test func `times are told in milliseconds`() throws {
        let costs = CostTable(
            .seconds,
            layers: [
                CostTable.Layer(dense: 0.004, factored: [0.002]),
                CostTable.Layer(dense: 0.001, factored: []),
            ], others: 0.0005)
        expectError(
            .budget,
            "latency:1.0ms allows 1.0 of 5.5 ms, and the lowest ranks take 3.5: the smallest "
                + "budget is latency:3.5ms, of which fc0.weight takes 2.0, fc1.weight takes 1.0, what has no "
                + "rank takes 0.5"
        ) {
            _ = try GlobalThreshold().ranks(
                for: problem(narrow(), .latency(0.001), costs: costs))
        }
    }

    @Test func `a budget that floats just miss is met`() throws {
        // 0.29 · 100 is 28.999999999999996.
        let layer = LayerSpectrum(
            matrices: MatrixShape(rows: 9, columns: 10), values: [1, 1], scores: [1, 1])
        let ranks = try GlobalThreshold().ranks(
            for: problem([layer], .parameters(0.29), others: 10))
        #expect(ranks == [1])
    }

    // MARK: Each by itself

    @Test func `a layer costs its factors, and never more than the matrix`() {
        let layer = LayerSpectrum(
            matrices: MatrixShape(rows: 6, columns: 3), values: [1, 1, 1], scores: [1, 1, 1])
        #expect((1...3).map(layer.parameters) == [9, 18, 18])
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>, [0.5, 0.8])
    func `one threshold keeps as many components as fit`(seed: UInt64, share: Double) throws {
        let layers = try randomLayers(seed: seed)
        let problem = problem(layers, .parameters(share))
        guard let ranks = try? GlobalThreshold().ranks(for: problem) else { return }
        // What is kept scores higher than what is not, but for the last one of a layer.
        let cut = zip(ranks, layers).filter { $0 < $1.matrices.fullRank }
        let dropped = cut.flatMap { $1.scores.dropFirst($0) }.max() ?? 0
        for (rank, layer) in cut where rank > 1 {
            #expect(layer.scores[rank - 1] >= dropped)
        }
        // The next component over all layers would break the budget.
        let next = layers.indices.filter { ranks[$0] < layers[$0].matrices.fullRank }
            .max { layers[$0].scores[ranks[$0]] < layers[$1].scores[ranks[$1]] }
        if let next {
            var more = ranks
            more[next] += 1
            #expect(problem.costs.cost(of: more) > share * problem.costs.dense)
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>, [0.2, 0.9, 0.99, 1])
    func `energy takes the smallest rank that reaches the share`(seed: UInt64, share: Double) throws
    {
        let layers = try randomLayers(seed: seed)
        let ranks = try EnergyThreshold(share).ranks(for: problem(layers, .energy(share)))
        for (rank, layer) in zip(ranks, layers) where rank < layer.matrices.fullRank {
            let total = energy(layer.values)
            #expect(energy(layer.values.prefix(rank)) >= share * total)
            #expect(energy(layer.values.prefix(rank - 1)) < share * total)
        }
    }

    @Test func `energy by hand`() throws {
        let layer = LayerSpectrum(
            matrices: MatrixShape(rows: 40, columns: 40),
            values: [4, 2, 2, 1] + [Double](repeating: 0, count: 36),
            scores: [])
        let ranks = try [0.64, 0.65, 0.8, 0.81, 0.96, 0.97, 1].map {
            try EnergyThreshold($0).ranks(for: problem([layer], .energy($0)))[0]
        }
        #expect(ranks == [1, 2, 2, 3, 3, 4, 4])
    }

    @Test func `a layer of zeros keeps one component`() throws {
        let layer = LayerSpectrum(
            matrices: MatrixShape(rows: 9, columns: 9),
            values: [Double](repeating: 0, count: 9), scores: [])
        #expect(try EnergyThreshold(0.9).ranks(for: problem([layer], .energy(0.9))) == [1])
    }

    @Test func `one rank for all is cut to what a layer has`() {
        let layers = [3, 28].map { size in
            let ones = [Double](repeating: 1, count: size)
            return LayerSpectrum(
                matrices: MatrixShape(rows: size, columns: 29), values: ones, scores: ones)
        }
        #expect(UniformRank(5).ranks(for: problem(layers, .rank(5))) == [3, 5])
    }

    @Test func `one share for all cuts every layer alike`() throws {
        let layers = [40, 80].map { size in
            let ones = [Double](repeating: 1, count: size)
            return LayerSpectrum(
                matrices: MatrixShape(rows: size, columns: size), values: ones, scores: ones)
        }
        // A quarter of the ranks is half of the elements.
        let ranks = try UniformShare().ranks(for: problem(layers, .parameters(0.5)))
        #expect(ranks == [10, 20])
    }

    @Test func `what brings most for its cost stays, whatever it is counted in`() throws {
        // Both have the same values; the second has four times the parameters, the first four times the costs.
        let layers = [20, 40].map { size in
            LayerSpectrum(
                matrices: MatrixShape(rows: size, columns: 20),
                values: [Double](repeating: 1, count: 20), scores: [Double](repeating: 1, count: 20)
            )
        }
        let table = CostTable(
            .macs,
            layers: [
                CostTable.Layer(dense: 4000, factored: (1...9).map { Double($0) * 400 }),
                CostTable.Layer(dense: 2000, factored: (1...13).map { Double($0) * 100 }),
            ], others: 0)
        let budget = problem(layers, .parameters(0.4))
        let byParameters = try ValuePerCost().ranks(for: budget)
        let byTable = try ValuePerCost(table).ranks(for: budget)
        #expect(byParameters[0] > byParameters[1] && byTable[0] < byTable[1])
        for ranks in [byParameters, byTable] { #expect(budget.costs.cost(of: ranks) <= 480) }
    }

    @Test func `a layer whose factors take as long as it stays as it is`() throws {
        let layers = narrow()
        let costs = CostTable(
            .seconds,
            layers: [
                CostTable.Layer(dense: 2, factored: [1, 2.5, 2.2]),
                CostTable.Layer(dense: 1, factored: [1.1, 1.2]),
            ], others: 1)
        for allocator in Self.all {
            let ranks = try allocator.ranks(for: problem(layers, .latency(3), costs: costs))
            #expect(ranks == [1, 5], "\(allocator)")
        }
    }
}
