import FileFormats
import Interchange
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Graphs that hold anything: each is refused in a sentence or read, and none ends the process.
@Suite struct ONNXHostileGraphTests {
    private func refusal(
        _ nodes: [ONNXNode], inputs: [ONNXValue] = [.init("x", [.named("batch"), .fixed(4)])],
        outputs: [String] = ["y"], stored: [(String, Tensor)] = [], opset: Int = 17
    ) throws -> String {
        let model = try ONNXModel.of(
            nodes, inputs: inputs, outputs: outputs, stored: stored, opset: opset)
        let error = try #require(throws: FileFormatError.self) {
            _ = try Program(model, file: "m.onnx")
        }
        return error.description
    }

    private func relu(_ input: String, _ output: String) -> ONNXNode {
        ONNXNode("Relu", inputs: [input], outputs: [output], name: "n_\(output)")
    }

    @Test func `Operators that are not supported are named all at once`() throws {
        let nodes = [
            ONNXNode("If", inputs: ["x"], outputs: ["a"], name: "branch"),
            ONNXNode("NonZero", inputs: ["x"], outputs: ["b"]),
            ONNXNode("If", inputs: ["x"], outputs: ["c"], name: "other"),
            ONNXNode("Attention", inputs: ["x"], outputs: ["y"], domain: "com.microsoft"),
        ]
        #expect(
            try refusal(nodes)
                == "m.onnx: operators that are not supported: If (2 times, first, “branch”), NonZero "
                + "(once, “b”), com.microsoft.Attention (once, “y”); export the model without them")
    }

    @Test func `Names that do not resolve are refused`() throws {
        #expect(
            try refusal([relu("z", "y")])
                == "m.onnx: Relu “n_y” reads “z”, which nothing computes; export the model again")
        #expect(
            try refusal([relu("x", "z")])
                == "m.onnx: its list of outputs reads “y”, which nothing computes; export the model "
                + "again")
        #expect(
            try refusal([relu("x", "y"), relu("x", "y")])
                == "m.onnx: the name “y” is given twice, also by Relu “n_y”; export the model again"
        )
        #expect(
            try refusal([relu("b", "a"), relu("a", "b"), relu("a", "y")])
                == "m.onnx: Relu “n_a” needs its own result; export the model again")
    }

    @Test func `Nodes in any order are read`() throws {
        let model = try ONNXModel.of(
            [relu("a", "y"), relu("x", "a")], inputs: [.init("x", [.fixed(4)])], outputs: ["y"])
        #expect(try Program(model).nodes.map { $0.output?.name } == ["a", "y"])
    }

    @Test func `Other versions are refused with the way out`() throws {
        for version in [10, 23, 0, -1, Int.max] {
            #expect(
                try refusal([relu("x", "y")], opset: version)
                    == "m.onnx: it is written in version \(version) of ONNX's operators, and versions "
                    + "11 to 22 are read; export it for one of those, or convert it with "
                    + "onnx.version_converter")
        }
    }

    @Test func `Inputs without a shape, or that are no tensors, are refused`() throws {
        func input(_ type: ONNXType?) throws -> String {
            try refusal([relu("x", "y")], inputs: [ONNXValue("x", type)])
        }
        #expect(
            try input(nil)
                == "m.onnx: the input “x” does not say how many dimensions it has; state its shape in "
                + "the model")
        #expect(
            try input(.other("a sequence"))
                == "m.onnx: the input “x” is a sequence, which is not supported")
        #expect(
            try input(.tensor(.uint64, [.fixed(1)]))
                == "m.onnx: the input “x” is of uint64, which is not supported")
    }

    @Test func `Wrong attributes and missing inputs are refused`() throws {
        #expect(
            try refusal([ONNXNode("Relu", inputs: [], outputs: ["y"], name: "n")])
                == "m.onnx: Relu “n”: its input 0 is missing; export the model again")
        #expect(
            try refusal([
                ONNXNode(
                    "Softmax", inputs: ["x"], outputs: ["y"], attributes: ["axis": .float(1)],
                    name: "n")
            ])
                == "m.onnx: Softmax “n”: its attribute axis is not a whole number; export the model "
                + "again")
        #expect(
            try refusal([
                ONNXNode(
                    "Softmax", inputs: ["x"], outputs: ["y"], attributes: ["axis": .int(.max)],
                    name: "n")
            ])
                == "m.onnx: Softmax “n”: it has no dimension \(Int.max) among 2; export the model again"
        )
        #expect(
            try refusal([ONNXNode("Relu", inputs: ["x"], outputs: ["z", "y"], name: "n")])
                == "m.onnx: Relu “n”: its output 2 is not supported; leave it out of the model")
    }

    @Test func `Training, and results that only training has, are refused`() throws {
        let four = try random([4])
        let names = ["x", "a", "b", "c", "d"]
        let stored = names.dropFirst().map { ($0, four) }
        let training = ONNXNode(
            "BatchNormalization", inputs: names, outputs: ["y"],
            attributes: ["training_mode": .int(1)], name: "n")
        #expect(
            try refusal([training], stored: stored)
                == "m.onnx: BatchNormalization “n”: training_mode = 1 is not supported")
    }

    @Test func `Sizes that no memory holds are refused`() throws {
        let huge = [Int.max, 1 << 40, 1 << 31]
        for size in huge {
            let sentence = try refusal(
                [ONNXNode("Expand", inputs: ["x", "s"], outputs: ["y"], name: "n")],
                inputs: [.init("x", [.fixed(1)])], stored: [("s", Tensor([size, 1 << 20]))])
            #expect(sentence.hasPrefix("m.onnx: Expand “n”: "))
            #expect(
                try refusal(
                    [ONNXNode("ConstantOfShape", inputs: ["s"], outputs: ["y"], name: "n")],
                    stored: [("s", Tensor([size, 1 << 20]))]
                ).hasPrefix("m.onnx: ConstantOfShape “n”: "))
            #expect(
                try refusal(
                    [ONNXNode("Range", inputs: ["a", "s", "b"], outputs: ["y"], name: "n")],
                    stored: [("a", Tensor(0)), ("s", Tensor(size)), ("b", Tensor(1))]
                ).hasPrefix("m.onnx: Range “n”: "))
        }
    }

    @Test func `No operator ends the process, whatever it is given`() throws {
        var generator = SeededGenerator(state: 7)
        for operation in Program.onnxOperators {
            for version in [11, 13, 17, 20] {
                for _ in 0..<12 { try attempt(operation, version, &generator) }
            }
        }
    }

    /// One node with operands and attributes drawn at random, of which few make sense.
    private func attempt(
        _ operation: String, _ version: Int, _ generator: inout SeededGenerator
    ) throws {
        let numbers: [Double] = [0, 1, -1, 2, 3, 1e30, -1e18]
        let shapes: [[Int]] = [
            [], [1], [4], [2, 3], [1, 2, 3], [1, 2, 4, 4], [2, 2, 3, 4, 4], [0], [0, 3],
        ]
        let types: [ScalarType] = [.float32, .float32, .float32, .int64, .int64, .bool, .uint8]
        var stored: [(String, Tensor)] = []
        var inputs: [ONNXValue] = []
        var names: [String] = []
        for index in 0..<Int.random(in: 0...6, using: &generator) {
            let shape = shapes.randomElement(using: &generator) ?? []
            let type = types.randomElement(using: &generator) ?? .float32
            names.append(Bool.random(using: &generator) || index == 0 ? "x\(index)" : "")
            guard Bool.random(using: &generator) else {
                let element = try RawArray(Tensor.zeros([1], type: type)).elementType
                inputs.append(
                    ONNXValue(
                        "x\(index)",
                        .tensor(
                            element,
                            shape.map {
                                Bool.random(using: &generator) ? .fixed($0) : .named("n\($0)")
                            })
                    ))
                continue
            }
            let number = numbers.randomElement(using: &generator) ?? 0
            stored.append(
                ("x\(index)", try Tensor.full(shape, number, type: .float64).converted(to: type)))
        }
        var attributes: [String: ONNXAttribute] = [:]
        for name in Self.attributeNames where Int.random(in: 0..<4, using: &generator) == 0 {
            attributes[name] = Self.attribute(&generator)
        }
        let node = ONNXNode(
            operation, inputs: names,
            outputs: ["y", "z", "w"].dropLast(Int.random(in: 0...2, using: &generator)),
            attributes: attributes)
        let model = try ONNXModel.of(
            [node], inputs: inputs, outputs: node.outputs, stored: stored, opset: version)
        do {
            _ = try Program(model)
        } catch is FileFormatError {
        } catch {
            Issue.record("\(operation): \(error)")
        }
    }

    private static let attributeNames = [
        "axis", "axes", "keepdims", "perm", "kernel_shape", "strides", "pads", "dilations", "group",
        "auto_pad", "mode", "num_groups", "num_outputs", "split", "equation", "to", "alpha", "size",
        "blocksize", "hidden_size", "direction", "value", "output_shape", "output_padding", "k",
        "coordinate_transformation_mode", "batch_dims", "ceil_mode", "start", "end", "layout",
    ]

    private static func attribute(_ generator: inout SeededGenerator) -> ONNXAttribute {
        let numbers = [0, 1, -1, 2, 3, 4, Int.max, Int.min, 1 << 31, 1 << 40]
        func number() -> Int { numbers.randomElement(using: &generator) ?? 0 }
        switch Int.random(in: 0..<8, using: &generator) {
        case 0, 1, 2: return .int(number())
        case 3, 4:
            return .ints((0..<Int.random(in: 0...4, using: &generator)).map { _ in number() })
        case 5:
            return .float([0, 1, -1, .infinity, .nan, 0.5].randomElement(using: &generator) ?? 0)
        case 6:
            return .string(
                ["", "SAME_UPPER", "reflect", "linear", "bidirectional", "ij,jk->ik", "floor"]
                    .randomElement(using: &generator) ?? "")
        default: return .reference("none")
        }
    }
}
