import FileFormats
import OrderedCollections
import Programs
import Tensors
import Testing

/// What an export leaves in a Program beside the network itself.
@Suite struct ExportedFormTests {
    private func program(_ nodes: [Node], sizes: [Size]) -> Program {
        Program(
            inputs: ["x"], nodes: nodes, outputs: [.result(nodes.last?.output ?? "x")],
            tensors: [:],
            types: ["x": .tensor(TensorType(.float32, sizes))],
            dimensions: ["s0": 1...64, "s1": 1...Int.max])
    }

    private let relu = Node("aten.relu.default", ["self": .value("x")], outputs: ["y"])

    @Test func `a free network has nothing fixed`() {
        #expect(program([relu], sizes: [.dimension("s0"), 3]).fixedByExport.isEmpty)
    }

    @Test func `fixed arguments, sizes, draws and modes are told`() {
        var draw = Node(
            "aten.bernoulli.p", ["self": .value("x"), "p": .double(0.5)], outputs: ["d"])
        draw.source = "File \"net.py\", line 7, in forward"
        let attention = Node(
            "aten.scaled_dot_product_attention.default",
            ["query": .value("x"), "key": .value("x"), "value": .value("x")], outputs: ["y"])
        var network = program([draw, attention], sizes: [4, 3])
        network.interface = Interface(
            inputs: [.value, .fixed(.int(3), name: "steps"), .fixed(.none, name: "mask")],
            outputs: [.value], inputTree: "", outputTree: "")
        #expect(
            network.fixedByExport == [
                "the argument steps is always 3",
                "the first size of the input x, float32 [4, 3], is always 4; export with dynamic_shapes "
                    + "to free it",
                "1 calls draw random numbers in every run, first at d, net.py, line 7; they neither "
                    + "infer nor train as the model did",
                "dropout inside attention is gone where the model inferred when exported",
            ])
        let decomposed = Node(
            "aten.native_layer_norm.default",
            [
                "input": .value("x"), "normalized_shape": .ints([3]), "weight": .none,
                "bias": .none,
                "eps": .double(1e-5),
            ], outputs: ["y", nil, nil])
        #expect(
            program([decomposed], sizes: [.dimension("s0"), 3]).fixedByExport == [
                "it was exported for inference and decomposed: dropout is gone, and training goes on "
                    + "without it"
            ])
    }

    @Test func `the dimension that the first input begins with becomes the batch`() throws {
        var network = program([relu], sizes: [.dimension("s0"), .dimension("s1")])
        network.types["y"] = .tensor(
            TensorType(
                .float32,
                sizes: [
                    .affine(scale: 2, dimension: "s0", offset: 1),
                    .expression(.floorDivide(.add([.symbol("s0"), .symbol("s1")]), 2)),
                ], strides: [.dimension("s1"), 1]))
        let named = network.namingBatch()
        #expect(named.dimensions == ["batch": 1...64, "s1": 1...Int.max])
        #expect(named.type(of: "x")?.description == "float32 [batch, s1]")
        #expect(named.type(of: "y")?.description == "float32 [2·batch + 1, (batch + s1)//2]")
        #expect(named.namingBatch().dimensions == named.dimensions)
        let fixed = program([relu], sizes: [4, .dimension("s1")])
        #expect(fixed.namingBatch().dimensions == fixed.dimensions)
    }

    @Test func `tied parameters count once, and give their owner's elements`() throws {
        let linear = Node(
            "aten.linear.default", ["input": .value("x"), "weight": .value("head.weight")],
            outputs: ["y"])
        var network = program([linear], sizes: [.dimension("s0"), 3])
        network.tensors["head.weight"] = StoredTensor(
            .parameter, Tensor([Float](repeating: 2, count: 6), shape: [2, 3]))
        network.tensors["table.weight"] = StoredTensor(
            .parameter, Tensor([Float](repeating: 0, count: 6), shape: [2, 3]))
        network.tensors["table.weight"]?.tied = "head.weight"
        #expect(network.cost.parameters == 6)
        #expect(network.cost.bytes == 24)
        #expect(network.parameterNames == ["head.weight"])
        #expect(try network.tensor("table.weight").elements(Float.self) == [2, 2, 2, 2, 2, 2])
        #expect(network.withoutUnused().tensors.keys == ["head.weight", "table.weight"])
    }
}
