import Models
import OrderedCollections
import Programs
import Tensors
import Testing

@Suite struct CostTests {
    @Test func `a small network's cost is that counted by hand`() throws {
        let network = try Program(input: [2, 3]) {
            $0.flattened().linear("a", outputs: 5).batchNorm("n").relu()
                .linear("b", outputs: 4, bias: false)
        }
        // 6·5 + 5, norm 5 + 5, 5·4; buffers 5 + 5 floats and one int64.
        #expect(network.cost.parameters == 65)
        #expect(network.cost.bytes == 65 * 4 + 10 * 4 + 8)
        #expect(network.cost.macs == 6 * 5 + 5 * 4)
        #expect(network.nodes.map { network.macs(of: $0) } == [0, 30, 0, 0, 20])
        #expect(network.macs(of: network.nodes[1], at: ["batch": 128]) == 128 * 30)
        #expect(network.macs(of: network.nodes[1], at: [:]) == nil)
    }

    @Test func `the published networks have their published parameters`() throws {
        let fcn6 = try fullyConnected(
            layers: 6, width: 784, classes: 10, input: [1, 28, 28], logitsNorm: true)
        #expect(fcn6.cost.parameters == 3_092_910)
        #expect(fcn6.cost.macs == 5 * 784 * 784 + 784 * 10)
        #expect(try leNet300(classes: 10, input: [1, 28, 28]).cost.parameters == 266_610)
    }

    @Test(arguments: [
        (OperatorName("aten.mm.default"), ["self", "mat2"], [4, 3], [3, 5], 60),
        (OperatorName("aten.matmul.default"), ["self", "other"], [2, 4, 3], [3, 5], 120),
        (OperatorName("aten.bmm.default"), ["self", "mat2"], [2, 4, 3], [2, 3, 5], 120),
        (OperatorName("aten.linear.default"), ["input", "weight"], [2, 4, 3], [5, 3], 120),
        (OperatorName("aten.mul.Tensor"), ["self", "other"], [4, 3], [4, 3], 0),
    ])
    func `a product's multiply-accumulates are result elements times inner size`(
        operation: OperatorName?, names: [String], left: [Int], right: [Int], macs: Int
    ) throws {
        var node = Node(try #require(operation), [:], outputs: ["y"])
        node[names[0]] = .value("x")
        node[names[1]] = .value("w")
        let weight = StoredTensor(.parameter, shape: right, initially: .constant(0))
        let product = try program(
            left.map(Size.fixed), tensors: ["w": weight], dimensions: [:], [node], results: ["y"])
        #expect(product.macs(of: node) == macs)
        #expect(product.cost.macs == macs)
    }

    @Test func `a product with a sum is counted once`() throws {
        let weight = StoredTensor(.parameter, shape: [3, 5], initially: .constant(0))
        let bias = StoredTensor(.parameter, shape: [5], initially: .constant(0))
        let node = Node(
            "aten.addmm.default", ["self": .value("b"), "mat1": .value("x"), "mat2": .value("w")],
            outputs: ["y"])
        let product = try program(
            [.dimension("batch"), 3], tensors: ["w": weight, "b": bias], [node], results: ["y"])
        #expect(product.cost.parameters == 20 && product.cost.bytes == 80)
        #expect(product.cost.macs == 15)
    }

    @Test func `a size that is not known makes the cost unknown`() throws {
        let nodes = [
            Node("aten.nonzero.default", ["self": .value("x")], outputs: ["rows"]),
            Node(
                "aten.to.dtype", ["self": .value("rows"), "dtype": .scalarType(.float32)],
                outputs: ["y"]),
            Node(
                "aten.linear.default", ["input": .value("y"), "weight": .value("w")], outputs: ["z"]
            ),
        ]
        let weight = StoredTensor(.parameter, shape: [4, 2], initially: .constant(0))
        let found = try program(
            [.dimension("batch"), 3], tensors: ["w": weight], nodes, results: ["z"])
        #expect(found.cost.macs == nil && found.cost.parameters == 8)
    }
}
