import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct FusedRowsTests {
    private static let width = 12

    /// A network of one linear layer `qkv`, what `body` does with its result, and the sites found.
    private func parts(
        outputs: Int = 3 * width, _ body: (SymbolicTensor) -> SymbolicTensor
    ) throws -> [Range<Int>?] {
        try Program(input: [5, Self.width]) { body($0.linear("qkv", outputs: outputs)) }
            .weightSites.map(\.part)
    }

    private func attention(_ q: SymbolicTensor, _ k: SymbolicTensor, _ v: SymbolicTensor)
        -> SymbolicTensor
    {
        q.builder.call(
            "aten.scaled_dot_product_attention.default",
            ["query": .value(q.value), "key": .value(k.value), "value": .value(v.value)])
    }

    private func selected(_ x: SymbolicTensor, _ dimension: Int, _ index: Int) -> SymbolicTensor {
        x.builder.call(
            "aten.select.int",
            ["self": .value(x.value), "dim": .int(dimension), "index": .int(index)])
    }

    private func sliced(_ x: SymbolicTensor, _ range: Range<Int>) -> SymbolicTensor {
        x.builder.call(
            "aten.slice.Tensor",
            [
                "self": .value(x.value), "dim": .int(-1), "start": .int(range.lowerBound),
                "end": .int(range.upperBound),
            ])
    }

    @Test func `queries, keys and values of one weight are three parts`() throws {
        let found = try parts { x in
            let heads = x.reshaped(to: [-1, 5, 3, 3, 4]).permuted([2, 0, 3, 1, 4])
            return attention(selected(heads, 0, 0), selected(heads, 0, 1), selected(heads, 0, 2))
        }
        #expect(found == [0..<12, 12..<24, 24..<36])
    }

    @Test func `parts may have different widths`() throws {
        let found = try parts(outputs: 20) { x in
            let (gate, value) = (sliced(x, 0..<8), sliced(x, 8..<20))
            return gate.relu().linear("a", outputs: 3) + value.gelu().linear("b", outputs: 3)
        }
        #expect(found[0] == 0..<8 && found[1] == 8..<20)
    }

    @Test func `heads are no parts`() throws {
        // Three heads of queries look like three matrices of one head each, but all arrive as queries.
        let found = try parts(outputs: 12) { x in
            let q = x.reshaped(to: [-1, 5, 3, 4]).transposed(1, 2)
            return attention(q, q, q)
        }
        #expect(found == [nil])
    }

    @Test func `rows that lie mixed are one matrix`() throws {
        // Each head has its queries, keys and values together.
        let found = try parts { x in
            let heads = x.reshaped(to: [-1, 5, 3, 3, 4]).permuted([3, 0, 2, 1, 4])
            return attention(selected(heads, 0, 0), selected(heads, 0, 1), selected(heads, 0, 2))
        }
        #expect(found == [nil])
    }

    @Test func `a part that nobody reads leaves one matrix`() throws {
        let found = try parts { x in sliced(x, 0..<24).relu() }
        #expect(found == [nil])
    }

    @Test func `a layer that is read whole as well is one matrix`() throws {
        let found = try parts(outputs: 12) { x in
            sliced(x, 0..<6).relu().linear("a", outputs: 12)
                + sliced(x, 6..<12).linear(
                    "b", outputs: 12) + x
        }
        #expect(found[0] == nil)
    }

    @Test func `the results of a split have a value each`() throws {
        let tensors: OrderedDictionary = [
            "w": StoredTensor(.parameter, try random([6, 4]))
        ]
        let network = try program(
            [.dimension("batch"), 4], tensors: tensors,
            [
                Node(
                    "aten.linear.default", ["input": .value("x"), "weight": .value("w")],
                    outputs: ["y"]),
                Node(
                    "aten.chunk.default", ["self": .value("y"), "chunks": .int(2), "dim": .int(1)],
                    outputs: ["a", "b"]),
                Node(
                    "aten.mul.Tensor", ["self": .value("a"), "other": .value("b")], outputs: ["z"]),
                Node("aten.sigmoid.default", ["self": .value("a")], outputs: ["s"]),
            ], results: ["z", "s"])
        #expect(network.type(of: "b")?.description == "float32 [batch, 3]")
        #expect(network.weightSites.map(\.part) == [0..<3, 3..<6])
        #expect(network.weightSites.map(\.name) == ["w[0..<3]", "w[3..<6]"])
        let x = try random([5, 4], seed: 2)
        let y = try matmul(x, network.tensor("w").transposed())
        try expectClose(
            Runner(network)(x), y.sliced(0..<3, along: 1) * y.sliced(3..<6, along: 1),
            within: 1e-5)
    }
}
