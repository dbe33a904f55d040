import FileFormats
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// The form that ONNX models take as Programs.
@Suite struct ONNXProgramTests {
    private func model(
        _ nodes: [ONNXNode], inputs: [ONNXValue] = [.init("x", [.named("batch"), .fixed(4)])],
        outputs: [String] = ["y"], stored: [(String, Tensor)] = [], opset: Int = 17
    ) throws -> Program {
        try Program(
            .of(nodes, inputs: inputs, outputs: outputs, stored: stored, opset: opset), file: "m")
    }

    @Test func `What was written is read again: results, weights, texts`() throws {
        for network in [Network.lenet300, .merged, .truncated] {
            var program = try network.program()
            program.metadata["classes"] = "[\"cat\"]"
            let again = try Program(program.onnxModel())
            #expect(again.metadata == program.metadata)
            #expect(Set(again.parameterNames) == Set(program.parameterNames))
            #expect(again.weightSites.map(\.parameter) == program.weightSites.map(\.parameter))
            for batch in [1, 7] {
                let inputs = try program.inputs(batch: batch, seed: 2)
                try expectClose(
                    again.outputs(for: inputs)[0], program.outputs(for: inputs)[0], within: 1e-5)
            }
        }
    }

    @Test func `A matrix of inputs by outputs becomes a layer's weight under its name`() throws {
        let weight = try random([4, 3])
        let program = try model(
            [
                ONNXNode("MatMul", inputs: ["x", "fc.weight"], outputs: ["a"]),
                ONNXNode("Add", inputs: ["a", "fc.bias"], outputs: ["y"]),
            ], stored: [("fc.weight", weight), ("fc.bias", try random([3]))])
        #expect(
            program.nodes.map(\.description) == [
                "y = aten.linear.default(input: x, weight: fc.weight, bias: fc.bias)"
            ])
        #expect(program.parameterNames == ["fc.weight", "fc.bias"])
        #expect(
            try program.tensor("fc.weight").bytes() == weight.transposed().contiguous().bytes())
        #expect(program.weightSites.map(\.parameter) == ["fc.weight"])
        #expect(program.type(of: "y")?.description == "float32 [batch, 3]")
    }

    @Test func `A table that is read as a matrix too is one parameter`() throws {
        let program = try model(
            [
                ONNXNode("Gather", inputs: ["w", "x"], outputs: ["e"]),
                ONNXNode(
                    "Transpose", inputs: ["w"], outputs: ["t"], attributes: ["perm": .ints([1, 0])]),
                ONNXNode("MatMul", inputs: ["e", "t"], outputs: ["y"]),
            ],
            inputs: [ONNXValue("x", .tensor(.int64, [.named("batch"), .named("tokens")]))],
            stored: [("w", try random([6, 4]))])
        #expect(program.parameterNames == ["w"])
        #expect(
            program.nodes.map { "\($0.operation)" } == [
                "aten.embedding.default", "aten.linear.default",
            ])
        #expect(program.dimensions.keys == ["batch", "tokens"])
    }

    @Test func `Running statistics are buffers, scales parameters, other tensors constants`() throws
    {
        let four = try random([4])
        let program = try model(
            [
                ONNXNode(
                    "BatchNormalization",
                    inputs: ["x", "bn.weight", "bn.bias", "bn.mean", "bn.var"],
                    outputs: ["a"]),
                ONNXNode("Sub", inputs: ["a", "shift"], outputs: ["y"]),
            ],
            stored: ["bn.weight", "bn.bias", "bn.mean", "bn.var", "shift"].map { ($0, four) })
        #expect(
            program.tensors.map { "\($0.value.role) \($0.key)" } == [
                "parameter bn.weight", "parameter bn.bias", "buffer bn.mean", "buffer bn.var",
                "constant shift",
            ])
    }

    @Test func `Sizes that are joined leave no arithmetic where one of them is free`() throws {
        let program = try model(
            [
                ONNXNode("Shape", inputs: ["x"], outputs: ["s"]),
                ONNXNode("Gather", inputs: ["s", "zero"], outputs: ["b"]),
                ONNXNode("Unsqueeze", inputs: ["b", "axis"], outputs: ["b1"]),
                ONNXNode(
                    "Concat", inputs: ["b1", "rest"], outputs: ["t"], attributes: ["axis": .int(0)]),
                ONNXNode("Reshape", inputs: ["x", "t"], outputs: ["y"]),
            ], stored: [("zero", Tensor(0)), ("axis", Tensor([0])), ("rest", Tensor([2, 2]))])
        #expect(
            program.nodes.map(\.description) == [
                "y = aten.reshape.default(self: x, shape: [-1, 2, 2])"
            ])
    }

    @Test func `Several free sizes become numbers that the Program computes once`() throws {
        let program = try model(
            [
                ONNXNode("Shape", inputs: ["x"], outputs: ["s"]),
                ONNXNode("Slice", inputs: ["s", "from", "to"], outputs: ["bt"]),
                ONNXNode(
                    "Concat", inputs: ["bt", "rest"], outputs: ["t"], attributes: ["axis": .int(0)]),
                ONNXNode("Reshape", inputs: ["x", "t"], outputs: ["a"]),
                ONNXNode("Reshape", inputs: ["a", "t"], outputs: ["y"]),
            ],
            inputs: [.init("x", [.named("batch"), .named("tokens"), .fixed(8)])],
            stored: [("from", Tensor([0])), ("to", Tensor([2])), ("rest", Tensor([2, 4]))])
        #expect(program.nodes.filter { $0.operation == "aten.sym_size.int" }.count == 2)
        #expect(program.type(of: "y")?.description == "float32 [batch, tokens, 2, 4]")
    }

    @Test func `Names become ones that PyTorch opens`() throws {
        let names = ["a", "a.b", "a.b.c", "onnx::MatMul_3", "3", "class", "/layer/0/weight", ""]
        let program = try model(
            names.enumerated().map { index, name in
                ONNXNode(
                    "Sub",
                    inputs: [index == 0 ? "x" : "v/\(index - 1)", name.isEmpty ? "x" : name],
                    outputs: ["v/\(index)"])
            }, outputs: ["v/\(names.count - 1)"],
            stored: try names.dropLast().map { ($0, try random([4])) })
        try program.validate()
        #expect(
            program.tensors.keys.elements == [
                "a_1", "a.b_1", "a.b.c", "onnx__MatMul_3", "v3", "class_", "layer.0.weight",
            ])
    }

    @Test func `Sizes without a name get one, and equal ones are one`() throws {
        let program = try model(
            [ONNXNode("Add", inputs: ["x", "z"], outputs: ["y"])],
            inputs: [.init("x", [.unknown, .unknown]), .init("z", [.named("b c"), .fixed(4)])])
        #expect(program.type(of: "x")?.description == "float32 [b_c, 4]")
        #expect(program.type(of: "y")?.description == "float32 [b_c, 4]")
    }

    @Test func `A size that a table bounds has that range`() throws {
        let program = try model(
            [
                ONNXNode("Shape", inputs: ["x"], outputs: ["s"], attributes: ["start": .int(1)]),
                ONNXNode("Slice", inputs: ["table", "from", "s"], outputs: ["t"]),
                ONNXNode("Add", inputs: ["x", "t"], outputs: ["y"]),
            ], inputs: [.init("x", [.named("batch"), .named("tokens")])],
            stored: [("table", try random([20])), ("from", Tensor([0]))])
        #expect(program.dimensions["tokens"] == 1...20)
        #expect(program.type(of: "y")?.description == "float32 [batch, tokens]")
    }
}

extension ONNXValue {
    /// A value of `float32` with these sizes.
    init(_ name: String, _ sizes: [ONNXSize]) { self.init(name, .tensor(.float32, sizes)) }
}

extension ONNXModel {
    /// A model of these nodes.
    static func of(
        _ nodes: [ONNXNode], inputs: [ONNXValue], outputs: [String],
        stored: [(String, Tensor)] = [], opset: Int = 17, functions: [ONNXFunction] = []
    ) throws -> ONNXModel {
        ONNXModel(
            irVersion: 8, opsets: ["": opset], producer: ("test", ""),
            graph: ONNXGraph(
                name: "graph", nodes: nodes, inputs: inputs, outputs: outputs.map { ONNXValue($0) },
                initializers: try stored.map { ONNXTensor($0, try RawArray($1)) }),
            functions: functions)
    }
}
