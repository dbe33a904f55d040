import Compression
import Foundation
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct ShrinkTests {
    /// A composed layer whose weight has these singular values.
    private func composed(
        _ values: [Double], rows: Int = 12, columns: Int = 10, factors: Int = 3
    ) throws -> Program {
        try Compose(factors: factors).apply(
            to: layer(matrix(rows: rows, columns: columns, values: values))
        ).program
    }

    private func shapes(_ program: Program, _ stem: String = "fc") -> [[Int]] {
        program.tensors.filter { $0.key.hasPrefix("\(stem).factors.") }.map(\.value.shape)
    }

    private let fading = [3, 2, 1, 1e-7, 1e-8, 1e-8, 1e-8, 1e-9, 1e-9, 1e-9]

    @Test(arguments: 2...6)
    func `dead directions leave every inner width, and the outputs stay`(factors: Int) throws {
        let before = try composed(fading, factors: factors)
        let after = try Shrink().apply(to: before).program
        let wanted =
            [[3, 10]] + [[Int]](repeating: [3, 3], count: factors - 2) + [[12, 3]]
        #expect(shapes(after) == wanted)
        let x = try random([9, 10])
        try expectClose(Runner(after)(x), Runner(before)(x), within: 1e-5)
        let (small, large) = (try Merge().apply(to: after), try Merge().apply(to: before))
        #expect(small.program.description == large.program.description)
        try expectClose(
            small.program.tensor("fc.weight"), large.program.tensor("fc.weight"), within: 1e-5)
        #expect(after.marks == before.marks)
        #expect(Array(after.tensors.keys) == Array(before.tensors.keys))
        try after.validate()
    }

    @Test func `what lives stays as it is`() throws {
        let before = try composed([3, 2, 1, 0.1, 0.03, 0.01, 3e-3, 1e-3, 1e-3, 1e-3])
        let result = try Shrink().apply(to: before)
        #expect(result.projections.isEmpty)
        #expect(result.program.description == before.description)
        #expect(result.changes.allSatisfy { $0.kind == .kept })
        // A plain network has nothing to cut.
        let plain = try layer(random([6, 5]))
        #expect(try Shrink().apply(to: plain).program.description == plain.description)
    }

    @Test(arguments: [1e-6, 1e-4, 1e-2, 0.3])
    func `the product changes by no more than the tolerance`(tolerance: Double) throws {
        let values = (0..<24).map { pow(10, -Double($0) / 3) }
        let before = try composed(values, rows: 24, columns: 24)
        let after = try Shrink(tolerance: tolerance).apply(to: before).program
        let weight = try Merge().apply(to: before).program.tensor("fc.weight")
        let left = try Merge().apply(to: after).program.tensor("fc.weight")
        let change = try (left - weight).converted(to: .float64).norm().item()
        let norm = try weight.converted(to: .float64).norm().item()
        // The rounding of the factors comes on top.
        #expect(change <= tolerance * norm + 1e-6 * norm)
        #expect(shapes(after)[0][0] < 24)
    }

    @Test(arguments: 3...6)
    func `nor where factors lie askew to each other`(factors: Int) throws {
        // Each fades on its own: what is cut at several places multiplies.
        let plain = try layer(random([20, 20]))
        let composed = try Compose(factors: factors).apply(to: plain).program
        let fading = try matrix(
            rows: 20, columns: 20, values: (0..<20).map { pow(0.35, Double($0)) })
        let drawn = try composed.tensors.keys.filter { $0.contains("factors") }.enumerated()
            .map { index, name in
                let turn = try random([20, 20], seed: UInt64(index + 5)).qrDecomposition()
                    .orthogonal
                return (name, try matmul(turn, fading.converted(to: turn.scalarType)))
            }
        let before = try composed.replacing(Dictionary(uniqueKeysWithValues: drawn))
        let weight = try Merge().apply(to: before).program.tensor("fc.weight")
            .converted(to: .float64)
        for tolerance in [0.03, 0.1, 0.3] {
            let after = try Shrink(tolerance: tolerance).apply(to: before).program
            let left = try Merge().apply(to: after).program.tensor("fc.weight")
            let change = try (left - weight).norm().item() / weight.norm().item()
            #expect(change <= tolerance + 1e-6)
        }
    }

    @Test func `a direction that one factor alone has lost stays`() throws {
        // As LoRA begins: the product is zero, and the gradient of the last factor is not.
        let before = try composed([Double](repeating: 1, count: 10), factors: 2)
        for name in ["fc.factors.0", "fc.factors.1"] {
            let shape = try #require(before.tensors[name]?.shape)
            let zeroed = try before.replacing([name: .zeros(shape)])
            #expect(try Shrink().apply(to: zeroed).projections.isEmpty)
        }
        let broken = try before.replacing(["fc.factors.0": .full([10, 10], .nan)])
        #expect(try Shrink().apply(to: broken).projections.isEmpty)
    }

    @Test func `one direction is left where all are dead but one`() throws {
        let after = try Shrink().apply(to: composed([1] + [Double](repeating: 0, count: 9))).program
        #expect(shapes(after) == [[1, 10], [1, 1], [12, 1]])
    }

    @Test func `every form of weight is cut`() throws {
        for item in WeightCase.all {
            let source = try item.program().initialized(seed: 1)
            // One direction of every matrix is left.
            var weights: [String: Tensor] = [:]
            for sites in Dictionary(grouping: source.weightSites, by: \.parameter).values {
                let parts = try sites.map { site in
                    let shape = site.matrices
                    let column = try random([shape.blocks, shape.rows, 1], seed: 3)
                    let row = try random([shape.blocks, 1, shape.columns], seed: 4)
                    return try FactorStorage(shape: site.shape, layout: site.layout)
                        .tensor(of: matmul(column, row))
                }
                weights[sites[0].parameter] = try Tensor.concatenated(
                    parts, along: sites[0].partAxis)
            }
            let network = try source.replacing(weights)
            let before = try Compose(factors: 3).apply(to: network).program
            let result = try Shrink().apply(to: before)
            let count = { (program: Program) in program.cost.parameters }
            #expect(count(result.program) < count(before), "\(item)")
            let merged = try Merge().apply(to: result.program).program
            #expect(merged.description == network.description, "\(item)")
            for (name, weight) in weights {
                try expectClose(merged.tensor(name), weight, within: 1e-5)
            }
        }
    }

    @Test func `every tensor has its change, and factors their maps`() throws {
        let before = try composed(fading)
        let result = try Shrink().apply(to: before)
        #expect(result.changes.map(\.tensor) == Array(before.tensors.keys))
        for change in result.changes {
            guard change.tensor.contains("factors") else {
                #expect(change.kind == .kept)
                continue
            }
            #expect(change.kind == .projected)
            #expect(change.reason == "inner widths 10, 10 are now 3, 3: the rest had died")
            let map = try #require(result.projections[change.tensor])
            try expectClose(
                map(before.tensor(change.tensor)), result.program.tensor(change.tensor),
                within: 1e-7)
        }
    }
}
