import Compression
import Foundation
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct ComposeTests {
    private let network: Program

    init() throws {
        network = try fullyConnected(layers: 3, width: 12, classes: 4, input: [1, 3, 5])
            .initialized(seed: 1)
    }

    private func composed(
        _ factors: Int, _ layout: Compose.Layout = .compact, of program: Program? = nil
    ) throws -> Program {
        try Compose(factors: factors, layout: layout).apply(to: program ?? network).program
    }

    private func factors(_ program: Program, of stem: String) throws -> [Tensor] {
        let names = program.parameterNames.filter { $0.hasPrefix("\(stem).factors.") }
        return try names.map { try program.tensor($0).converted(to: .float64) }
    }

    @Test(arguments: 1...6, Compose.Layout.allCases)
    func `merging what was composed gives the network back`(
        factors: Int, layout: Compose.Layout
    ) throws {
        let merged = try Merge().apply(to: composed(factors, layout)).program
        #expect(merged.description == network.description)
        #expect(Array(merged.tensors.keys) == Array(network.tensors.keys))
        #expect(merged.marks.isEmpty)
        for name in network.tensors.keys {
            try expectClose(merged.tensor(name), network.tensor(name), within: 1e-6)
        }
    }

    @Test(arguments: 1...6, Compose.Layout.allCases)
    func `balanced factors compute at first what the network computes`(
        factors: Int, layout: Compose.Layout
    ) throws {
        let x = try random([7, 1, 3, 5])
        try expectClose(Runner(composed(factors, layout))(x), Runner(network)(x), within: 1e-5)
    }

    @Test(arguments: 2...6, [(12, 5), (5, 12), (8, 8)])
    func `neighbouring factors are balanced`(count: Int, size: (rows: Int, columns: Int)) throws {
        let program = try layer(random([size.rows, size.columns]))
        for layout in Compose.Layout.allCases {
            let factors = try factors(composed(count, layout, of: program), of: "fc")
            #expect(factors.count == count)
            for (inner, outer) in zip(factors, factors.dropFirst()) {
                try expectClose(
                    matmul(outer.transposed(), outer), matmul(inner, inner.transposed()),
                    within: 1e-5)
            }
        }
    }

    @Test(arguments: 2...6, [(12, 5), (5, 12), (8, 8), (1, 6)])
    func `the factors' norms sum to the Schatten quasi-norm`(
        count: Int, size: (rows: Int, columns: Int)
    ) throws {
        let weight = try random([size.rows, size.columns])
        let values = try weight.converted(to: .float64).singularValues().elements(Double.self)
        let wanted = values.reduce(0) { $0 + pow($1, 2 / Double(count)) }
        for layout in Compose.Layout.allCases {
            let factors = try factors(composed(count, layout, of: layer(weight)), of: "fc")
            expectClose(
                try factors.reduce(0) { $0 + (try $1.energy) }, Double(count) * wanted,
                within: 1e-5)
        }
    }

    @Test(arguments: [(12, 5), (5, 12)])
    func `compact factors are square on the smaller side`(size: (rows: Int, columns: Int)) throws {
        let program = try layer(random([size.rows, size.columns]))
        let shapes = try factors(composed(3, of: program), of: "fc").map(\.shape)
        #expect(
            shapes
                == (size.columns < size.rows
                    ? [[5, 5], [5, 5], [12, 5]] : [[5, 12], [5, 5], [5, 5]]))
    }

    @Test(arguments: [(12, 5), (5, 12)])
    func `the paper's factors are square on the input side`(size: (rows: Int, columns: Int)) throws
    {
        let program = try layer(random([size.rows, size.columns]))
        let shapes = try factors(composed(3, .paper, of: program), of: "fc").map(\.shape)
        let square = [size.columns, size.columns]
        #expect(shapes == [square, square, [size.rows, size.columns]])
    }

    @Test func `factors stand in the weight's place, and the value keeps its name`() throws {
        let program = try composed(3, of: layer(random([3, 2])))
        #expect(
            program.description == """
                program (x: float32 [batch, 2])
                  dimension batch in 1...
                  parameter fc.factors.0: float32 [2, 2]
                  parameter fc.factors.1: float32 [2, 2]
                  parameter fc.factors.2: float32 [3, 2]
                  parameter fc.bias: float32 [3]
                  fc.weight.product.0 = aten.matmul.default(self: fc.factors.1, other: fc.factors.0)\
                  # float32 [2, 2]
                  fc.weight = aten.matmul.default(self: fc.factors.2, other: fc.weight.product.0)\
                  # float32 [3, 2]
                  linear = aten.linear.default(input: x, weight: fc.weight, bias: fc.bias)\
                  # float32 [batch, 3]
                  return linear

                """)
        #expect(program.marks == ["composed": ["fc.weight"]])
    }

    @Test func `every tensor has its change`() throws {
        let changes = try Compose(factors: 2).apply(to: network).changes
        #expect(changes.map(\.tensor) == Array(network.tensors.keys))
        for change in changes {
            guard change.tensor.hasSuffix("linear.weight") || change.tensor == "head.weight" else {
                #expect(change == Change(change.tensor, .kept, reason: "not concerned"))
                continue
            }
            let stem = change.tensor.dropLast(".weight".count)
            let names = ["\(stem).factors.0", "\(stem).factors.1"]
            let wanted = Change(
                change.tensor, .replaced(by: names), reason: "composed of 2 factors")
            #expect(change == wanted)
        }
    }

    @Test func `one factor leaves the network as it is`() throws {
        let result = try Compose(factors: 1).apply(to: network)
        #expect(result.program.description == network.description)
        #expect(result.changes.allSatisfy { $0.kind == .kept })
    }

    @Test func `composing what is composed changes nothing`() throws {
        let once = try composed(2)
        #expect(try composed(2, of: once).description == once.description)
    }

    @Test func `a weight that is used twice has one product`() throws {
        let tied = try Program(input: [6]) { x in
            let y = x.linear("fc", outputs: 6).relu()
            return y.builder.call(
                "aten.linear.default", ["input": .value(y.value), "weight": .value("fc.weight")])
        }.initialized(seed: 1)
        let program = try composed(3, of: tied)
        #expect(program.nodes.count { $0.operation.name == "matmul" } == 2)
        let x = try random([4, 6])
        try expectClose(Runner(program)(x), Runner(tied)(x), within: 1e-5)
        #expect(try Merge().apply(to: program).program.description == tied.description)
    }

    @Test func `standard factors are drawn as PyTorch draws linear layers`() throws {
        let program = try layer(random([60, 40]))
        func drawn(_ seed: UInt64) throws -> Program {
            try Compose(factors: 3, layout: .paper, initialization: .standard(seed: seed))
                .apply(to: program).program
        }
        let bound = 1 / 40.0.squareRoot()
        for factor in try factors(drawn(1), of: "fc") {
            let largest = try factor.magnitude().maximum().item()
            #expect(largest <= bound && largest > 0.95 * bound)
            let deviation = (try factor.energy / Double(factor.count)).squareRoot()
            expectClose(deviation, bound / 3.0.squareRoot(), within: 0.05)
        }
        #expect(try drawn(1).contents == drawn(1).contents)
        let (first, other) = (try drawn(1), try drawn(2))
        #expect(try first.contents != other.contents)
        let pair = try factors(first, of: "fc")
        #expect(try pair[0].bytes() != pair[1].bytes())
    }

    @Test func `a network without elements is refused`() throws {
        let empty = try Program(input: [3]) { $0.linear("fc", outputs: 2) }
        let error = #expect(throws: ProgramError.self) { try composed(2, of: empty) }
        #expect(
            error?.description
                == "fc.weight has no elements yet: call initialized(seed:) on the Program first")
    }

    @Test func `the network that was given stays as it is`() throws {
        let before = try network.contents
        let program = try composed(3)
        _ = try Merge().apply(to: program)
        #expect(try network.contents == before)
    }
}
