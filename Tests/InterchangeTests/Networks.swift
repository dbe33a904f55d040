import Compression
import Models
import OrderedCollections
import Programs
import Tensors
import Testing

/// The networks that are written, by the names that `check_export.py` knows them by.
enum Network: String, CaseIterable, Sendable {
    case fcn6, fcn6LogitsNorm, lenet300, composed, merged, truncated, bytes, oddNames, pair

    /// The Program, its tensors drawn.
    func program() throws -> Program {
        switch self {
        case .fcn6: try Self.trained(layers: 6, logitsNorm: false)
        case .fcn6LogitsNorm: try Self.trained(layers: 6, logitsNorm: true)
        case .lenet300: try leNet300(classes: 10, input: [1, 28, 28]).initialized(seed: 4)
        case .composed:
            try Compose(factors: 3).apply(to: Self.trained(layers: 3, logitsNorm: true)).program
        case .merged: try Merge().apply(to: Self.composed.program()).program
        case .truncated: try Self.cut(Self.merged.program())
        case .bytes: try Self.ofBytes().initialized(seed: 5)
        case .oddNames: try Self.withOddNames().initialized(seed: 6)
        case .pair: try Self.ofTwoInputs()
        }
    }

    /// A fully connected network whose norms have seen something, with metadata.
    private static func trained(layers: Int, logitsNorm: Bool) throws -> Program {
        var program = try fullyConnected(
            layers: layers, width: 16, classes: 5, input: [1, 4, 4], logitsNorm: logitsNorm
        ).initialized(seed: 1)
        var generator = Generator(seed: 2)
        for (name, stored) in program.tensors where name.contains("norm") {
            let isCount = stored.type.scalarType == .int64
            program.tensors[name]?.content = .tensor(
                isCount
                    ? Tensor(17) : try .uniform(stored.shape, from: 0.5, to: 2, using: &generator))
        }
        program.metadata = ["classes": "zero\none\n\u{fc}ber\n\"3\"\n", "empty": ""]
        return program
    }

    /// Rank 7 saves in the square layers and does not in the head, which stays dense.
    private static func cut(_ program: Program) throws -> Program {
        let plan = try Plan(for: program, keeping: .rank(7), by: .raw)
        #expect(plan.layers.map { $0.rank } == [7, 7, nil])
        return try Truncate(plan).apply(to: program).program
    }

    /// A network that takes bytes.
    private static func ofBytes() throws -> Program {
        try Program(input: [2, 3], type: .uint8, name: "image") { image in
            image.builder.call(
                "aten.mul.Scalar", ["self": .value(image.value), "other": .double(0.0625)]
            ).flattened().linear("fc", outputs: 4)
        }
    }

    /// Names that are no identifiers of Python, or that become the same one.
    ///
    /// NB: PyTorch itself cannot open an archive in which a part of a parameter's name is a keyword.
    private static func withOddNames() throws -> Program {
        var program = try Program(input: [4], name: "1x.class") { x in
            x.linear("1st.layer", outputs: 3).relu().linear("2nd.\u{fc}ber-x y", outputs: 3)
                .relu().linear("1st_layer", outputs: 2)
        }
        let renamed: [Value: Value] = [
            "linear": "1x.out", "relu": "class", "linear_1": "1x out",
            "relu_1": "p__1st_layer_bias",
            "linear_2": "self",
        ]
        program.nodes = program.nodes.map { node in
            var node = node.mapInputs { renamed[$0] ?? $0 }
            node.outputs = node.outputs.map { output in output.map { renamed[$0] ?? $0 } }
            return node
        }
        program.outputs = program.outputs.map { .result(renamed[$0.value] ?? $0.value) }
        return try program.propagated()
    }

    /// Two inputs, two results, tensors without elements or dimensions, and a constant of the name that
    /// PyTorch gives to what a node computes.
    private static func ofTwoInputs() throws -> Program {
        let type = ValueType.tensor(TensorType(.float32, [.dimension("batch"), 4]))
        let draw = { (shape: [Int], seed: UInt64) in
            var generator = Generator(seed: seed)
            return try Tensor.normal(shape, using: &generator)
        }
        return try Program(
            inputs: ["left", "right"],
            nodes: [
                Node(
                    "aten.cat.default",
                    ["tensors": .list([.value("left"), .value("right")]), "dim": .int(-1)],
                    outputs: ["cat"]),
                Node(
                    "aten.mul.Tensor", ["self": .value("cat"), "other": .value("mul")],
                    outputs: ["scaled"]),
                Node(
                    "aten.linear.default",
                    ["input": .value("scaled"), "weight": .value("fc.weight")],
                    outputs: ["linear"]),
            ],
            outputs: [.result("linear"), .result("scaled")],
            tensors: [
                "fc.weight": StoredTensor(.parameter, draw([3, 8], 1)),
                "mul": StoredTensor(.constant, draw([8], 2)),
                "none": StoredTensor(.buffer, .zeros([0, 3])),
                "nothing": StoredTensor(.buffer, .zeros([3, 0])),
                "count": StoredTensor(.buffer, Tensor(-5)),
            ],
            types: ["left": type, "right": type], dimensions: ["batch": 1...4096]
        ).propagated()
    }
}
