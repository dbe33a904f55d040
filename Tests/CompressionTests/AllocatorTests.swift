import Compression
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct AllocatorTests {
    /// Layers of random sizes with random falling values, by seed.
    private func layers(seed: UInt64) throws -> [LayerSpectrum] {
        let sizes = try random([4, 2], seed: seed).magnitude().elements(Float.self)
            .map { 2 + Int($0 * 12) }
        return try (0..<4).map { index in
            let (rows, columns) = (sizes[2 * index], sizes[2 * index + 1])
            let values = try random([min(rows, columns)], seed: seed + UInt64(index) + 100)
                .magnitude().elements(Float.self).map(Double.init).sorted(by: >)
            return LayerSpectrum(
                matrices: MatrixShape(rows: rows, columns: columns), values: values,
                scores: values.map { $0 * $0 })
        }
    }

    private func cost(_ ranks: [Int], _ layers: [LayerSpectrum]) -> Int {
        zip(layers, ranks).reduce(0) { $0 + $1.0.parameters(atRank: $1.1) }
    }

    @Test func `a layer costs its factors, and never more than the matrix`() {
        let layer = LayerSpectrum(
            matrices: MatrixShape(rows: 6, columns: 3), values: [1, 1, 1], scores: [1, 1, 1])
        #expect((1...3).map(layer.parameters) == [9, 18, 18])
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>, [0.3, 0.5, 0.8, 1])
    func `one threshold keeps as many components as fit`(seed: UInt64, share: Double) throws {
        let layers = try layers(seed: seed)
        let others = 17
        let dense = others + layers.reduce(0) { $0 + $1.matrices.count }
        let allocator = GlobalThreshold(parameters: share)
        let ranks: [Int]
        do { ranks = try allocator.ranks(for: layers, otherParameters: others) } catch {
            // Then rank 1 everywhere is too much.
            #expect(others + cost([1, 1, 1, 1], layers) > Int(share * Double(dense)))
            return
        }
        let allowed = share * Double(dense)
        #expect(Double(others + cost(ranks, layers)) <= allowed + 1e-6)
        for (rank, layer) in zip(ranks, layers) { #expect((1...layer.values.count).contains(rank)) }
        // The next component over all layers would break the budget.
        let next = layers.indices.filter { ranks[$0] < layers[$0].scores.count }
            .max { layers[$0].scores[ranks[$0]] < layers[$1].scores[ranks[$1]] }
        if let next {
            var more = ranks
            more[next] += 1
            #expect(Double(others + cost(more, layers)) > allowed)
        }
        // What is kept scores higher than what is not, but for the last one of a layer.
        let dropped = zip(ranks, layers).flatMap { $1.scores.dropFirst($0) }.max() ?? 0
        for (rank, layer) in zip(ranks, layers) where rank > 1 {
            #expect(layer.scores[rank - 1] >= dropped)
        }
    }

    @Test func `all components stay where all parameters may`() throws {
        let layers = try layers(seed: 3)
        let ranks = try GlobalThreshold(parameters: 1).ranks(for: layers, otherParameters: 5)
        #expect(ranks == layers.map(\.values.count))
    }

    @Test func `an impossible budget names the smallest, and that one is possible`() throws {
        let layers = [
            LayerSpectrum(
                matrices: MatrixShape(rows: 20, columns: 10), values: [2, 1], scores: [2, 1]),
            LayerSpectrum(
                matrices: MatrixShape(rows: 5, columns: 20), values: [2, 1], scores: [2, 1]),
        ]
        expectError(
            .budget,
            "parameters:0.1 allows 30 of 307 parameters, and rank 1 everywhere takes 62: the "
                + "smallest budget is parameters:0.202"
        ) { _ = try GlobalThreshold(parameters: 0.1).ranks(for: layers, otherParameters: 7) }
        let ranks = try GlobalThreshold(parameters: 0.202).ranks(for: layers, otherParameters: 7)
        #expect(ranks == [1, 1])
        #expect(throws: CompressionError.self) {
            try GlobalThreshold(parameters: 0.2019).ranks(for: layers, otherParameters: 7)
        }
    }

    @Test func `a budget that floats just miss is met`() throws {
        // 0.29 · 100 is 28.999999999999996.
        let ranks = try GlobalThreshold(parameters: 0.29).ranks(
            for: [
                LayerSpectrum(
                    matrices: MatrixShape(rows: 9, columns: 10), values: [1, 1], scores: [1, 1])
            ],
            otherParameters: 10)
        #expect(ranks == [1])
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>, [0.2, 0.9, 0.99, 1])
    func `energy takes the smallest rank that reaches the share`(seed: UInt64, share: Double) throws
    {
        let layers = try layers(seed: seed)
        let ranks = EnergyThreshold(share).ranks(for: layers, otherParameters: 0)
        for (rank, layer) in zip(ranks, layers) {
            let total = energy(layer.values)
            #expect(energy(layer.values.prefix(rank)) >= share * total)
            #expect(energy(layer.values.prefix(rank - 1)) < share * total)
        }
    }

    @Test func `energy by hand`() {
        let layer = LayerSpectrum(
            matrices: MatrixShape(rows: 4, columns: 4), values: [4, 2, 2, 1], scores: [])
        let rank = { EnergyThreshold($0).ranks(for: [layer], otherParameters: 0)[0] }
        #expect([0.64, 0.65, 0.8, 0.81, 0.96, 0.97, 1].map(rank) == [1, 2, 2, 3, 3, 4, 4])
    }

    @Test func `a layer of zeros keeps one component`() {
        let layer = LayerSpectrum(
            matrices: MatrixShape(rows: 2, columns: 2), values: [0, 0], scores: [0, 0])
        #expect(EnergyThreshold(0.9).ranks(for: [layer], otherParameters: 0) == [1])
    }

    @Test func `one rank for all is cut to what a layer has`() {
        let layers = [3, 8].map { size in
            let ones = [Double](repeating: 1, count: size)
            return LayerSpectrum(
                matrices: MatrixShape(rows: size, columns: 9), values: ones, scores: ones)
        }
        #expect(UniformRank(5).ranks(for: layers, otherParameters: 0) == [3, 5])
    }
}
