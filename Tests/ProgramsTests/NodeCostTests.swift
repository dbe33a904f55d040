import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Multiply-accumulates of operators against numbers counted by hand.
@Suite struct NodeCostTests {
    private func macs(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>,
        _ tensors: [String: [Int]], batch: Int = 1
    ) throws -> Int? {
        var stored: OrderedDictionary<String, StoredTensor> = [:]
        for (name, shape) in tensors.sorted(by: { $0.key < $1.key }) where name != "x" {
            stored[name] = StoredTensor(.parameter, shape: shape, initially: .constant(0))
        }
        let count = try operation.listResults.count
        let node = Node(
            operation, arguments, outputs: (0..<count).map { Value($0 == 0 ? "y" : "y\($0)") })
        let input = try #require(tensors["x"])
        let network = try program(
            [.dimension("batch")] + input.dropFirst().map(Size.fixed), tensors: stored, [node],
            results: ["y"])
        #expect(network.cost.macs == network.macs(of: node))
        return network.macs(of: node, at: ["batch": batch])
    }

    private let x = Argument.value("x")
    private let w = Argument.value("w")
    private let b = Argument.value("b")

    @Test func `vectors and sums of products`() throws {
        #expect(try macs("aten.mv.default", ["self": x, "vec": w], ["x": [1, 5], "w": [5]]) == 5)
        #expect(
            try macs(
                "aten.matmul.default", ["self": x, "other": w], ["x": [1, 4, 5], "w": [5]],
                batch: 3) == 3 * 4 * 5)
    }

    @Test(arguments: [
        // equation, input, weight, count for one example
        ("bsd,od->bso", [1, 4, 3], [5, 3], 4 * 3 * 5),
        ("bsd,hdk->bshk", [1, 4, 3], [2, 3, 5], 4 * 3 * 2 * 5),
        ("bshk,hkd->bsd", [1, 4, 2, 5], [2, 5, 3], 4 * 2 * 5 * 3),
        ("bhsd,hde->bhse", [1, 2, 4, 3], [2, 3, 5], 2 * 4 * 3 * 5),
        ("...d,df->...f", [1, 4, 6, 3], [3, 5], 4 * 6 * 3 * 5),
        ("bd,od", [1, 3], [5, 3], 3 * 5),
    ])
    func `einsum takes the product of all its letters' sizes`(
        equation: String, input: [Int], weight: [Int], count: Int
    ) throws {
        let arguments: KeyValuePairs<String, Argument> = [
            "equation": .string(equation), "tensors": .list([x, w]),
        ]
        let tensors = ["x": input, "w": weight]
        #expect(try macs("aten.einsum.default", arguments, tensors) == count)
        #expect(try macs("aten.einsum.default", arguments, tensors, batch: 3) == 3 * count)
    }

    @Test func `einsum of three contracts from the left`() throws {
        // First b·i·r, then b·r·o.
        #expect(
            try macs(
                "aten.einsum.default",
                ["equation": .string("bi,ri,or->bo"), "tensors": .list([x, w, b])],
                ["x": [1, 6], "w": [2, 6], "b": [5, 2]]) == 6 * 2 + 2 * 5)
    }

    @Test(arguments: [1, 2])
    func `a transposed convolution spreads every input`(groups: Int) throws {
        #expect(
            try macs(
                "aten.conv_transpose2d.input",
                ["input": x, "weight": w, "groups": .int(groups), "stride": .ints([2, 2])],
                ["x": [1, 4, 5, 6], "w": [4, 3, 2, 3]]) == 4 * 5 * 6 * 3 * 2 * 3)
    }

    @Test func `a recurrent layer takes every weight at every time`() throws {
        for test in WeightCase.recurrent {
            let network = try test.program()
            let weights = network.parameterNames.compactMap { network.tensors[$0] }
                .filter { $0.shape.count == 2 }.reduce(0) { $0 + $1.count }
            #expect(network.cost.macs == 5 * weights)
            let node = try #require(network.nodes.last)
            #expect(network.macs(of: node, at: ["batch": 4]) == 4 * 5 * weights)
            // Each weight has its share.
            let shares = network.weightSites.map { $0.macs(in: network) }
            #expect(shares == network.weightSites.map { 5 * $0.matrices.count })
        }
    }

    @Test func `attention's two products`() throws {
        // 2 heads, 4 queries of width 3 against themselves: 2·4·4·3 twice.
        #expect(
            try macs(
                "aten.scaled_dot_product_attention.default",
                ["query": x, "key": x, "value": x], ["x": [1, 2, 4, 3]], batch: 5)
                == 5 * 2 * (2 * 4 * 4 * 3))
    }

    @Test func `the sites of a network have its multiply-accumulates between them`() throws {
        for test in WeightCase.all where test.name != "in-projection" {
            let network = try test.program()
            let parts = network.weightSites.map { $0.macs(in: network) }
            #expect(parts.reduce(0) { $0 + ($1 ?? -1) } == network.cost.macs, "\(test.name)")
        }
    }
}
