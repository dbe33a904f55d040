import FileFormats
import Foundation
import TestSupport
import Testing

struct ONNXModelTests {
    private let graph: ONNXGraph

    init() throws {
        graph = try Self.everything()
    }

    private static func everything() throws -> ONNXGraph {
        try ONNXGraph(
            name: "main",
            nodes: [
                ONNXNode(
                    "Conv", inputs: ["x", "w", ""], outputs: ["y"],
                    attributes: [
                        "pads": .ints([0, -1, Int.max]), "alpha": .float(0), "axis": .int(0),
                        "mode": .string("über"), "value": .tensor(RawArray([1, 2], shape: [2])),
                        "scales": .floats([0.5]), "names": .strings(["a", ""]),
                        "body": .graph(
                            ONNXGraph(
                                name: "inner",
                                nodes: [ONNXNode("Relu", inputs: ["a"], outputs: ["b"])],
                                initializers: [ONNXTensor("c", RawArray([true], shape: []))])),
                    ], name: "conv1"),
                ONNXNode("Own", inputs: ["y"], outputs: ["", "z"], domain: "com.example"),
            ],
            inputs: [ONNXValue("x", .tensor(.float32, [.named("batch"), .fixed(3), .unknown]))],
            outputs: [ONNXValue("z", .tensor(.int64, nil)), ONNXValue("v")],
            values: [ONNXValue("y", .tensor(.float16, []))],
            initializers: [
                ONNXTensor("w", RawArray([Float](repeating: 0.25, count: 600), shape: [600])),
                ONNXTensor("none", RawArray([Int](), shape: [2, 0])),
                ONNXTensor("b", RawArray([Double](repeating: -1, count: 300), shape: [30, 10])),
            ])
    }

    private var model: ONNXModel {
        ONNXModel(
            irVersion: 8, opsets: ["": 17, "com.example": 2], producer: ("swiftlet", "1"),
            metadata: ["swiftlet.note": "a\nb", "": ""], graph: graph)
    }

    @Test
    func `what is written is read again`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.onnx"
            try model.write(to: path)
            let again = try ONNXModel(contentsOf: path)
            #expect(again.irVersion == 8)
            #expect(again.opsets == model.opsets)
            #expect(again.producer == ("swiftlet", "1"))
            #expect(again.metadata == model.metadata)
            #expect(sameGraph(again.graph, graph))
            #expect(try names(in: folder) == ["a.onnx"])
        }
    }

    @Test
    func `equal models give equal bytes`() throws {
        try withTemporaryFolder { folder in
            try model.write(to: "\(folder)/a.onnx")
            try model.write(to: "\(folder)/b.onnx")
            let bytes = try ["a", "b"].map { try contents("\(folder)/\($0).onnx") }
            #expect(bytes[0] == bytes[1])
        }
    }

    @Test
    func `large tensors go to a second file, each on a page of its own`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.onnx"
            try model.write(to: path, splittingAbove: 1000)
            let again = try ONNXModel(contentsOf: path)
            #expect(sameGraph(again.graph, graph))
            #expect(try contents(path).count < 2400)
            #expect(try contents(path + ".data").count == 4096 + 2400)
            // The threshold is what the one file would take: above it the file stays whole.
            try FileManager.default.removeItem(atPath: path + ".data")
            try model.write(to: path, splittingAbove: 6000)
            #expect(!FileManager.default.fileExists(atPath: path + ".data"))
            // Small tensors stay, however little room there is.
            var small = model
            small.graph.initializers.removeAll { $0.name != "none" }
            try small.write(to: path, splittingAbove: 0)
            #expect(!FileManager.default.fileExists(atPath: path + ".data"))
        }
    }

    @Test
    func `every element type has a number and is read back by it`() throws {
        for type in ElementType.allCases {
            #expect(type.onnxCode > 0)
            #expect(ElementType(onnxCode: type.onnxCode) == type)
            var model = self.model
            let bytes = Data(repeating: 1, count: type.byteCount * 3)
            model.graph.initializers = [
                ONNXTensor("w", try RawArray(type, shape: [3], bytes: bytes))
            ]
            try withTemporaryFolder { folder in
                try model.write(to: "\(folder)/a.onnx")
                let again = try ONNXModel(contentsOf: "\(folder)/a.onnx")
                #expect(again.graph.initializers[0].array == model.graph.initializers[0].array)
            }
        }
        #expect(ElementType(onnxCode: 8) == nil)
    }

    @Test
    func `two tensors of one name are not written`() throws {
        var model = self.model
        model.graph.initializers.append(model.graph.initializers[0])
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.onnx"
            #expect(
                message(.malformed) { try model.write(to: path) }
                    == "\(path): two tensors are named “w”; rename one of them")
            let left = try names(in: folder)
            #expect(left == [])
        }
    }

    @Test
    func `a node is named in errors by its operator and its name or result`() {
        #expect(graph.nodes[0].description == "Conv “conv1”")
        #expect(ONNXNode("Own", inputs: [], outputs: ["z"], domain: "d").description == "d.Own “z”")
        #expect(ONNXNode("A\nB", inputs: [], outputs: []).description == "A\\u{a}B")
    }

    private func contents(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path))
    }

    /// Dictionaries have no order of their own, so attributes are compared one by one.
    private func sameGraph(_ one: ONNXGraph, _ other: ONNXGraph) -> Bool {
        func text(_ graph: ONNXGraph) -> [String] {
            graph.nodes.map { node in
                let attributes = node.attributes.sorted { $0.key < $1.key }.map {
                    "\($0.key) = \(text($0.value))"
                }
                return "\(node.operation) \(node.domain) \(node.name) \(node.inputs) "
                    + "\(node.outputs) \(attributes)"
            } + ["\(graph.name) \(graph.inputs) \(graph.outputs) \(graph.values)"]
                + graph.initializers.map { "\($0.name) \($0.array) \([UInt8]($0.array.bytes))" }
        }
        func text(_ attribute: ONNXAttribute) -> String {
            switch attribute {
            case .graph(let graph): "\(text(graph))"
            case .tensor(let array): "\(array.elementType) \(array.shape) \([UInt8](array.bytes))"
            default: "\(attribute)"
            }
        }
        return text(one) == text(other)
    }
}
