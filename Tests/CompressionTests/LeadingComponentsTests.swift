import Compression
import Datasets
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct LeadingComponentsTests {
    /// Falling values: by a factor each, or as a power of the number.
    private static let spectra: [@Sendable (Int) -> Double] = [
        { index in (0..<index).reduce(1) { value, _ in value * 0.8 } },
        { index in 1 / Double(index + 1) },
        { index in index < 5 ? 2 : 1e-3 },
    ]

    @Test(arguments: [(60, 90), (90, 60)], 0..<3)
    func `on falling values they are those of the whole decomposition`(
        size: (rows: Int, columns: Int), spectrum: Int
    ) throws {
        let values = (0..<60).map(Self.spectra[spectrum])
        let weight = try matrix(rows: size.rows, columns: size.columns, values: values)
            .unsqueezed(at: 0)
        let whole = try RawCriterion().decomposition(of: weight, profile: nil)
        let found = try LeadingComponents(8, of: weight)
        expectClose(
            Array(found.decomposition.values.prefix(8)), Array(whole.values.prefix(8)), within: 1e-4
        )
        try expectClose(product(found.decomposition, 8), product(whole, 8), within: 1e-2)
        expectClose(found.energy, energy(values), within: 1e-9)
    }

    @Test(arguments: [(60, 90), (90, 60)], 0..<3)
    func `the bounds hold`(size: (rows: Int, columns: Int), spectrum: Int) throws {
        let values = (0..<60).map(Self.spectra[spectrum])
        for seed in 1...5 as ClosedRange<UInt64> {
            let weight = try matrix(
                rows: size.rows, columns: size.columns, values: values, seed: seed
            ).unsqueezed(at: 0)
            let found = try LeadingComponents(4, of: weight, seed: seed)
            for rank in [1, 4, 12] {
                let left = try (weight - product(found.decomposition, rank)).energy
                let least = energy(values.dropFirst(rank))
                #expect(left >= least - 1e-9)
                #expect(left - least <= found.decomposition.shortfall(atRank: rank) + 1e-9)
            }
            // What is outside of the span, measured on the matrix itself.
            let count = found.decomposition.values.count
            let outside = try weight - product(found.decomposition, count)
            expectClose(
                [try outside.energy], [found.decomposition.missing], within: 1e-6)
            let largest = try outside.singularValues().maximum().item()
            #expect(largest * largest <= found.decomposition.largestMissing + 1e-12)
            expectClose(
                energy(found.decomposition.values) + found.decomposition.missing, found.energy,
                within: 1e-9)
        }
    }

    @Test func `of several blocks each has its part in the bounds`() throws {
        let blocks = try (0..<3).map { block in
            try matrix(
                rows: 60, columns: 90, values: (0..<60).map(Self.spectra[block]),
                seed: UInt64(block + 1)
            ).unsqueezed(at: 0)
        }
        let weight = try Tensor.concatenated(blocks, along: 0)
        let found = try LeadingComponents(4, of: weight, seed: 1).decomposition
        for rank in [1, 4, 12] {
            let left = try (weight - product(found, rank)).energy
            let least = (0..<3).reduce(0) {
                $0 + energy((0..<60).map(Self.spectra[$1]).dropFirst(rank))
            }
            #expect(left - least <= found.shortfall(atRank: rank) + 1e-9)
        }
        let outside = try weight - product(found, found.values.count)
        let largest = try (0..<3).map { block in
            try outside.sliced(block..<(block + 1), along: 0).singularValues().maximum().item()
        }
        #expect(largest.reduce(0) { $0 + $1 * $1 } <= found.largestMissing + 1e-12)
        #expect(found.largestMissing < energy((0..<60).map(Self.spectra[0])))
    }

    @Test func `what is missed of many matrices adds up over them`() throws {
        // Each misses three directions of length one, and a component has a part in each matrix.
        let block = try matrix(
            rows: 20, columns: 30, values: [Double](repeating: 1, count: 20)
        ).unsqueezed(at: 0)
        let weight = try Tensor.concatenated([Tensor](repeating: block, count: 64), along: 0)
        let found = try LeadingComponents(1, of: weight).decomposition
        #expect(found.values.count == 17)
        expectClose(found.missing, 64 * 3, within: 1e-6)
        #expect(found.largestMissing >= 64)
    }

    @Test func `in the metric of the inputs they are those of the whole decomposition`() throws {
        let weight = try random([1, 40, 70], type: .float64)
        let inputs = try matrix(
            rows: 200, columns: 70, values: (0..<70).map { 10 / Double($0 + 1) })
        let moments = try matmul(inputs.transposed(), inputs).unsqueezed(at: 0)
        let profile = LayerProfile(moments: .full(moments), applications: 200)
        let whole = try WhitenedCriterion().decomposition(of: weight, profile: profile)
        let found = try #require(
            try WhitenedCriterion().leading(6, of: weight, profile: profile)
        ).decomposition
        expectClose(Array(found.values.prefix(6)), Array(whole.values.prefix(6)), within: 1e-3)
        let kept = energy(found.values.prefix(6)), most = energy(whole.values.prefix(6))
        #expect(kept <= most * (1 + 1e-9) && kept >= most * 0.999)
        expectClose(energy(found.values) + found.missing, energy(whole.values), within: 1e-9)
    }

    @Test func `several matrices are cut to one rank`() throws {
        let weight = try random([3, 50, 60], type: .float64)
        let found = try LeadingComponents(5, of: weight).decomposition
        #expect(found.left.shape == [3, 50, 21] && found.right.shape == [3, 21, 60])
        #expect(found.values == found.values.sorted(by: >))
        expectClose(energy(found.values) + found.missing, try weight.energy, within: 1e-9)
    }

    @Test func `a plan tells how much more the best components could keep`() throws {
        let values = (0..<1_024).map(Self.spectra[1])
        let large = try layer(matrix(rows: 1_024, columns: 1_024, values: values))
        let plan = try SplitChoice.fixed(.channel).plan(
            for: large, by: .raw, from: nil, standard: nil, upTo: 4
        ) { try Plan(for: large, keeping: .rank(4), from: $0) }
        let best = energy(values.prefix(4)) / energy(values)
        let found = plan.layers[0]
        #expect(found.energyShortfall > 0 && found.energyShortfall < 0.1)
        #expect(best - found.energy <= found.energyShortfall && found.energy <= best + 1e-6)
        let whole = try Plan(for: large, keeping: .rank(4), by: .raw)
        #expect(whole.layers[0].energyShortfall == 0)
    }

    @Test func `they are used on large weights at small ranks alone`() throws {
        func suits(_ rows: Int, _ columns: Int, _ rank: Int) -> Bool {
            LeadingComponents.suits(MatrixShape(rows: rows, columns: columns), rank: rank)
        }
        #expect(suits(1_024, 4_096, 64) && suits(4_096, 1_024, 112))
        #expect(!suits(1_024, 4_096, 113) && !suits(1_000, 4_096, 8))
        let network = try layer(
            matrix(rows: 1_024, columns: 1_030, values: (0..<1_024).map { 1 / Double($0 + 1) }))
        let quick = try Spectra(of: network, by: .raw, upTo: 8)
        let plan = try Plan(for: network, keeping: .rank(8), from: quick)
        let whole = try Plan(for: network, keeping: .rank(8), by: .raw)
        #expect(plan.ranks == [8] && whole.ranks == [8])
        expectClose([plan.layers[0].energy], [whole.layers[0].energy], within: 1e-6)
        try expectClose(
            Truncate(plan).apply(to: network).program(random([3, 1_030])),
            Truncate(whole).apply(to: network).program(random([3, 1_030])), within: 1e-3)
    }

    private func product(_ decomposition: Decomposition, _ rank: Int) throws -> Tensor {
        try matmul(
            decomposition.left.sliced(0..<rank, along: 2),
            decomposition.right.sliced(0..<rank, along: 1))
    }
}

extension Rewritten {
    /// The network's answer.
    fileprivate func program(_ input: Tensor) throws -> Tensor { try Runner(program)(input) }
}
