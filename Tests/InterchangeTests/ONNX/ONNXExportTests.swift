import FileFormats
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// What a written model holds, and what cannot be written.
struct ONNXExportTests {
    private func network() throws -> Program {
        var program = try fullyConnected(layers: 2, width: 8, classes: 3, input: [1, 2, 2])
            .initialized(seed: 1)
        program.metadata = ["classes": "a\nb\nc", "preprocessing": "{}"]
        return program
    }

    @Test(arguments: ONNXOpset.allCases)
    func `stored tensors keep names and bits, free sizes stay free`(opset: ONNXOpset) throws {
        let program = try network()
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.onnx"
            try program.writeONNX(to: path, opset: opset)
            let model = try ONNXModel(contentsOf: path)
            #expect(model.opsets == ["": opset.rawValue])
            #expect(model.irVersion == (opset == .v20 ? 9 : 8))
            #expect(model.producer.name == "swiftlet")
            #expect(
                model.metadata
                    == ["swiftlet.classes": "a\nb\nc", "swiftlet.preprocessing": "{}"])
            for tensor in model.graph.initializers {
                #expect(tensor.array == (try RawArray(program.tensor(tensor.name))))
            }
            // Counts of batches are for training alone.
            let kept = Array(program.tensors.keys).filter {
                !$0.hasSuffix("num_batches_tracked")
            }
            #expect(model.graph.initializers.map(\.name) == kept)
            let sizes = ONNXType.tensor(
                .float32, [.named("batch"), .fixed(1), .fixed(2), .fixed(2)])
            #expect(model.graph.inputs.map(\.name) == program.inputs.map(\.name))
            #expect(model.graph.inputs.map(\.type) == [sizes])
            #expect(model.graph.outputs.map(\.name) == program.results.map(\.name))
            #expect(
                model.graph.outputs.map(\.type) == [
                    .tensor(.float32, [.named("batch"), .fixed(3)])
                ])
        }
    }

    @Test
    func `every value keeps its name, and its type is told`() throws {
        let program = try network()
        let graph = try program.onnxModel().graph
        let computed = Set(graph.nodes.flatMap(\.outputs))
        for node in program.nodes {
            let name = try #require(node.output).name
            #expect(computed.contains(name), "\(node)")
        }
        let told = Set(graph.values.map(\.name) + graph.outputs.map(\.name))
        #expect(told.isSuperset(of: program.nodes.compactMap { $0.output?.name }))
    }

    @Test
    func `a network of layers is as many nodes`() throws {
        let program = try network()
        let operations = try program.onnxModel().graph.nodes.map(\.operation)
        #expect(
            operations.filter { $0 != "Constant" } == [
                "Reshape", "Gemm", "BatchNormalization", "Relu", "Gemm",
            ])
    }

    @Test
    func `equal Programs give equal bytes`() throws {
        try withTemporaryFolder { folder in
            for name in ["a", "b"] { try network().writeONNX(to: "\(folder)/\(name).onnx") }
            #expect(
                try contents(ofFile: "\(folder)/a.onnx") == contents(ofFile: "\(folder)/b.onnx"))
        }
    }

    @Test
    func `tensors go to a file of their own above a size`() throws {
        let program = try Program(input: [4]) { $0.linear("fc", outputs: 500) }.initialized(seed: 1)
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.onnx"
            try program.writeONNX(to: path, splittingAbove: 4000)
            #expect(try names(in: folder) == ["a.onnx", "a.onnx.data"])
            let model = try ONNXModel(contentsOf: path)
            for tensor in model.graph.initializers {
                #expect(tensor.array == (try RawArray(program.tensor(tensor.name))))
            }
        }
    }

    @Test
    func `what is passed on, stored, or asked for twice is a result all the same`() throws {
        let type = ValueType.tensor(TensorType(.float32, [.dimension("batch"), 3]))
        let program = Program(
            inputs: ["x"],
            nodes: [
                Node("aten.relu.default", ["self": .value("x")], outputs: ["y"]),
                Node("aten.clone.default", ["self": .value("y")], outputs: ["z"]),
            ],
            outputs: [.result("x"), .result("y"), .result("z"), .result("w"), .result("y")],
            tensors: ["w": StoredTensor(.parameter, try .ones([2]))],
            types: ["x": type, "y": type, "z": type], dimensions: ["batch": 1...9])
        let graph = try program.onnxModel().graph
        #expect(
            graph.nodes.map(\.operation) == [
                "Relu", "Identity", "Identity", "Identity", "Identity",
            ])
        #expect(graph.outputs.map(\.name) == ["x_1", "y", "z", "w_1", "y_1"])
        #expect(Set(graph.nodes.flatMap(\.outputs)) == ["x_1", "y", "z", "w_1", "y_1"])
    }

    // MARK: What cannot be written

    @Test
    func `all operators without a counterpart are named, and nothing is written`() throws {
        let type = ValueType.tensor(TensorType(.float32, [.dimension("batch"), 3, 3]))
        let call = { (name: OperatorName, output: Value) in
            Node(name, ["self": .value("x")], outputs: [output])
        }
        let program = Program(
            inputs: ["x"],
            nodes: [
                call("aten.lgamma.default", "a"), call("aten.relu.default", "b"),
                call("aten.lgamma.default", "c"), call("aten.linalg_inv.default", "d"),
            ], outputs: ["a", "b", "c", "d"].map { .result(Value($0)) }, tensors: [:],
            types: ["x": type, "a": type, "b": type, "c": type, "d": type],
            dimensions: ["batch": 1...9])
        try withTemporaryFolder { folder in
            #expect(
                failure { try program.writeONNX(to: "\(folder)/a.onnx") }
                    == "ONNX with operator set 17 has no counterpart of aten.lgamma.default (2 times), "
                    + "aten.linalg_inv.default (once); replace what uses them, or write .pt2")
            let left = try names(in: folder)
            #expect(left == [])
        }
    }

    @Test
    func `a form without a counterpart is named with its reason`() throws {
        let type = ValueType.tensor(TensorType(.int64, [.dimension("batch")]))
        let node = { (output: Value) in
            Node("aten.bitwise_not.default", ["self": .value("x")], outputs: [output])
        }
        let program = Program(
            inputs: ["x"], nodes: [node("a"), node("b")], outputs: [.result("a"), .result("b")],
            tensors: [:], types: ["x": type, "a": type, "b": type], dimensions: ["batch": 1...9])
        #expect(
            failure { _ = try program.onnxModel() }
                == "ONNX with operator set 17 has no counterpart of aten.bitwise_not.default of whole "
                + "numbers, which operator set 18 brings (2 times); replace what uses them, or write .pt2"
        )
        #expect(
            try program.onnxModel(opset: .v18).graph.nodes.map(\.operation) == [
                "BitwiseNot", "BitwiseNot",
            ])
    }

    @Test
    func `a buffer that changes is refused`() throws {
        let type = ValueType.tensor(TensorType(.float32, [3]))
        let program = Program(
            inputs: ["x"],
            nodes: [
                Node(
                    "aten.add.Tensor", ["self": .value("x"), "other": .value("state")],
                    outputs: ["y"])
            ], outputs: [.result("y"), .buffer("state", "y")],
            tensors: ["state": StoredTensor(.buffer, try .zeros([3]))],
            types: ["x": type, "y": type], dimensions: [:])
        #expect(
            failure { _ = try program.onnxModel() }
                == "the buffer state changes in a run, and ONNX has no state; make it an input and a "
                + "result of the Program")
    }

    @Test
    func `a tensor without elements is refused`() throws {
        let program = try Program(input: [4]) { $0.linear("fc", outputs: 2) }
        #expect(
            failure { _ = try program.onnxModel() }
                == "fc.weight has no elements yet: call initialized(seed:) on the Program first")
    }

    private func failure(_ body: () throws -> Void) -> String {
        let error = #expect(throws: ProgramError.self, performing: body)
        return error?.description ?? ""
    }
}
