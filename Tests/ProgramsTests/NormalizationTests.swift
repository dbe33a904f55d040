import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct NormalizationTests {
    /// A Program on `x`, float32 [batch, 4, 6], whose results are all its values.
    private static func program(_ nodes: [Node]) throws -> Program {
        let type = TensorType(.float32, [.dimension("batch"), 4, 6])
        let values = nodes.flatMap { $0.outputs.compactMap { $0 } }
        return Program(
            inputs: ["x"], nodes: nodes, outputs: values.map { .result($0) }, tensors: [:],
            types: ["x": .tensor(type)], dimensions: ["batch": 1...Int.max]
        )
    }

    private static func node(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>,
        _ outputs: Value...
    ) -> Node {
        Node(operation, arguments, outputs: outputs.map(Optional.some))
    }

    /// What libtorch gives where the nodes write in place, beside what the normalized Program gives.
    private static func expectSame(
        _ nodes: [Node], batch: Int = 3, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let raw = try typed(program(nodes))
        let normalized = try raw.normalized()
        #expect(
            normalized.nodes.allSatisfy { !$0.operation.name.hasSuffix("_") },
            sourceLocation: sourceLocation)
        var generator = Generator(seed: 7)
        let input = try Tensor.normal([batch, 4, 6], using: &generator)
        let before = try input.elements(Float.self)
        // The results lie in shared memory: they are read after all writes.
        let expected = try results(of: raw, on: input.copied())
        let found = try results(of: normalized, on: input)
        #expect(try input.elements(Float.self) == before, sourceLocation: sourceLocation)
        for (value, pair) in zip(raw.results, zip(expected, found)) {
            #expect(pair.0.shape == pair.1.shape, "\(value)", sourceLocation: sourceLocation)
            #expect(
                pair.0.scalarType == pair.1.scalarType, "\(value)", sourceLocation: sourceLocation)
            let same = try Verification.Difference("\(value)", pair.0, pair.1, 0)
            #expect(same.isEqual, "\(same) in \(normalized)", sourceLocation: sourceLocation)
        }
    }

    private static func results(of program: Program, on input: Tensor) throws -> [Tensor] {
        var generator = Generator(seed: 0)
        return try withoutGradients {
            try Runner(program).run([input], mode: .inference, generator: &generator).results
        }
    }

    /// With the types that a file would state.
    private static func typed(_ program: Program) throws -> Program { try program.propagated() }

    private static let clone = node("aten.clone.default", ["self": .value("x")], "y")

    @Test(arguments: [
        [
            node("aten.select.int", ["self": .value("y"), "dim": .int(1), "index": .int(2)], "v"),
            node("aten.add_.Tensor", ["self": .value("v"), "other": .int(1)], "w"),
        ],
        [
            node("aten.view.default", ["self": .value("y"), "size": .ints([-1])], "v"),
            node("aten.mul_.Scalar", ["self": .value("v"), "other": .int(2)], "w"),
        ],
        [
            node(
                "aten.slice.Tensor",
                [
                    "self": .value("y"), "dim": .int(2), "start": .int(0), "end": .int(.max),
                    "step": .int(2),
                ], "v"),
            node("aten.zero_.default", ["self": .value("v")], "w"),
        ],
        [
            node("aten.pow_.Scalar", ["self": .value("y"), "exponent": .int(2)], "w"),
            node("aten.div_.Scalar", ["self": .value("w"), "other": .int(2)], "z"),
        ],
        [
            node(
                "aten.split.Tensor",
                ["self": .value("y"), "split_size": .int(4), "dim": .int(-1)], "v", "u"),
            node("aten.relu_.default", ["self": .value("u")], "w"),
        ],
        [
            node("aten.unbind.int", ["self": .value("y"), "dim": .int(1)], "a", "b", "c", "d"),
            node("aten.copy_.default", ["self": .value("a"), "src": .value("c")], "w"),
        ],
        [
            node("aten.permute.default", ["self": .value("y"), "dims": .ints([2, 0, -2])], "v"),
            node("aten.select.int", ["self": .value("v"), "dim": .int(0), "index": .int(-1)], "u"),
            node("aten.fill_.Scalar", ["self": .value("u"), "value": .double(0.5)], "w"),
        ],
        [
            node(
                "aten.transpose.int", ["self": .value("y"), "dim0": .int(1), "dim1": .int(2)], "v"),
            node(
                "aten.diagonal.default",
                ["self": .value("v"), "offset": .int(0), "dim1": .int(1), "dim2": .int(2)], "u"),
            node("aten.exp_.default", ["self": .value("u")], "w"),
        ],
        [
            node(
                "aten.narrow.default",
                ["self": .value("y"), "dim": .int(1), "start": .int(1), "length": .int(2)], "v"),
            node("aten.unsqueeze.default", ["self": .value("v"), "dim": .int(0)], "u"),
            node("aten.flatten.using_ints", ["self": .value("u"), "start_dim": .int(2)], "z"),
            node("aten.neg_.default", ["self": .value("u")], "w"),
        ],
        [
            node(
                "aten.dropout.default",
                ["input": .value("y"), "p": .double(0.5), "train": .bool(false)], "v"),
            node("aten.sigmoid_.default", ["self": .value("v")], "w"),
        ],
        [
            node("aten.to.dtype", ["self": .value("y"), "dtype": .scalarType(.float64)], "v"),
            node("aten.add_.Tensor", ["self": .value("y"), "other": .value("v")], "w"),
        ],
        [
            node(
                "aten.dropout_.default",
                ["self": .value("y"), "p": .double(0.5), "train": .bool(false)], "w"),
            node("aten.gt_.Scalar", ["self": .value("w"), "other": .int(0)], "z"),
        ],
    ])
    func `a write through a view changes the whole, and every other view of it`(
        nodes: [Node]
    ) throws {
        // A view from before the write is read after it.
        let other = Self.node(
            "aten.slice.Tensor",
            ["self": .value("y"), "dim": .int(1), "start": .int(1), "end": .int(3)], "before")
        let sum = Self.node(
            "aten.sum.dim_IntList", ["self": .value("before"), "dim": .ints([0])], "after")
        try Self.expectSame([Self.clone, other] + nodes + [sum])
    }

    @Test func `a reshape that copies is no view`() throws {
        try Self.expectSame([
            Self.clone,
            Self.node(
                "aten.transpose.int", ["self": .value("y"), "dim0": .int(1), "dim1": .int(2)], "t"),
            Self.node(
                "aten.reshape.default", ["self": .value("t"), "shape": .ints([-1, 24])], "copy"),
            Self.node("aten.add_.Tensor", ["self": .value("copy"), "other": .int(1)], "w"),
            Self.node("aten.mul.Scalar", ["self": .value("y"), "other": .int(1)], "z"),
        ])
    }

    @Test(arguments: 0..<40)
    func `random views and writes give what they give in place`(seed: Int) throws {
        var random = RandomWrites(seed: UInt64(seed))
        try Self.expectSame(try random.nodes(count: 14))
    }

    @Test func `a buffer that is written into becomes an output`() throws {
        var program = try Self.program([
            Self.node("aten.add_.Tensor", ["self": .value("count"), "other": .int(1)], "counted"),
            Self.node("aten.add.Tensor", ["self": .value("x"), "other": .value("count")], "y"),
        ])
        program.outputs = [.result("y")]
        program.tensors["count"] = StoredTensor(.buffer, Tensor(Float(2)))
        let normalized = try typed(program).normalized()
        #expect(normalized.outputs == [.buffer("count", "counted"), .result("y")])
        var generator = Generator(seed: 0)
        let run = try Runner(normalized).run(
            [.full([1, 4, 6], 0)], mode: .inference, generator: &generator)
        #expect(try run.results[0].elements(Float.self)[0] == 3)
        #expect(try run.buffers["count"]?.item() == 3)
        #expect(try normalized.tensor("count").item() == 2)
    }

    private func typed(_ program: Program) throws -> Program { try Self.typed(program) }

    @Test func `a write into a parameter is refused`() throws {
        var program = try Self.program([
            Self.node("aten.add_.Tensor", ["self": .value("w"), "other": .int(1)], "y")
        ])
        program.tensors["w"] = StoredTensor(.parameter, Tensor(Float(2)))
        let error = #expect(throws: ProgramError.self) { try program.normalized() }
        #expect(
            error?.description
                == "the network writes into w, which is not a buffer; register it as one")
    }

    @Test func `unknown operators are all named before any work, with their number and place`()
        throws
    {
        var first = Self.node("custom.fancy.default", ["self": .value("x")], "a")
        first.source = "File \"/home/me/net.py\", line 12, in forward\n    return fancy(x)"
        let program = try Self.program([
            first, Self.node("custom.fancy.default", ["self": .value("a")], "b"),
            Self.node("torchvision.nms.default", ["dets": .value("b")], "c"),
        ])
        let error = #expect(throws: ProgramError.self) { try program.normalized() }
        #expect(
            error?.description
                == "operators that are not supported: custom.fancy.default (2 times, first at a, "
                + "net.py, line 12), torchvision.nms.default (1 times, first at c); replace them in "
                + "the model, or export it with run_decompositions()")
    }

    @Test func `a write through a view as another type is refused`() throws {
        let program = try Self.program([
            Self.clone,
            Self.node(
                "aten.view.dtype", ["self": .value("y"), "dtype": .scalarType(.int32)], "v"),
            Self.node("aten.add_.Tensor", ["self": .value("v"), "other": .int(1)], "z"),
        ])
        let error = #expect(throws: ProgramError.self) { try program.normalized() }
        #expect(
            error?.description
                == "a write through aten.view.dtype is not supported; clone the tensor before the "
                + "write: v = aten.view.dtype(self: y, dtype: int32)")
    }

    @Test func `quantised arithmetic of exports is written out`() throws {
        let nodes = [
            Self.node(
                "quantized_decomposed.quantize_per_tensor.default",
                [
                    "input": .value("x"), "scale": .double(0.1), "zero_point": .int(3),
                    "quant_min": .int(-128), "quant_max": .int(127), "dtype": .scalarType(.int8),
                ], "q"),
            Self.node(
                "quantized_decomposed.dequantize_per_tensor.default",
                [
                    "input": .value("q"), "scale": .double(0.1), "zero_point": .int(3),
                    "quant_min": .int(-128), "quant_max": .int(127), "dtype": .scalarType(.int8),
                ], "y"),
        ]
        let program = try Self.program(nodes).normalized().propagated()
        var generator = Generator(seed: 1)
        let input = try Tensor.normal([2, 4, 6], using: &generator)
        let results = try Self.results(of: program, on: input)
        #expect(results[0].scalarType == .int8)
        let values = try input.elements(Float.self)
        for (value, found) in zip(values, try results[1].elements(Float.self)) {
            let level = min(max((value / 0.1).rounded(.toNearestOrEven) + 3, -128), 127)
            #expect(abs(found - (level - 3) * 0.1) < 1e-6)
        }
    }
}

/// Random views of one tensor, and writes through them.
private struct RandomWrites {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    private mutating func next(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    mutating func nodes(count: Int) throws -> [Node] {
        var nodes = [Node("aten.clone.default", ["self": .value("x")], outputs: ["v0"])]
        var shapes: [(value: Value, shape: [Int])] = [("v0", [3, 4, 6])]
        for index in 1...count {
            let source = shapes[next(shapes.count)]
            let output = Value("v\(index)")
            let (node, shape) = next(3) == 0 ? write(source, output) : view(source, output)
            nodes.append(node)
            shapes.append((output, shape))
        }
        // The sizes of the batch are free in the Program, and 3 where it is run.
        return nodes
    }

    private mutating func write(
        _ source: (value: Value, shape: [Int]), _ output: Value
    ) -> (Node, [Int]) {
        let target = Argument.value(source.value)
        let node =
            switch next(4) {
            case 0:
                Node(
                    "aten.add_.Tensor", ["self": target, "other": .int(next(5))], outputs: [output])
            case 1: Node("aten.neg_.default", ["self": target], outputs: [output])
            case 2:
                Node("aten.mul_.Tensor", ["self": target, "other": target], outputs: [output])
            default: Node("aten.sin_.default", ["self": target], outputs: [output])
            }
        return (node, source.shape)
    }

    /// A view along the axes behind the first, whose size is free.
    private mutating func view(
        _ source: (value: Value, shape: [Int]), _ output: Value
    ) -> (Node, [Int]) {
        let input = Argument.value(source.value)
        let axes = source.shape.indices.dropFirst().filter { source.shape[$0] > 1 }
        guard !axes.isEmpty else {
            return (
                Node("aten.unsqueeze.default", ["self": input, "dim": .int(1)], outputs: [output]),
                [source.shape[0], 1] + source.shape.dropFirst()
            )
        }
        let axis = axes[next(axes.count)]
        var shape = source.shape
        switch next(4) {
        case 0:
            shape.remove(at: axis)
            return (
                Node(
                    "aten.select.int",
                    ["self": input, "dim": .int(axis), "index": .int(next(source.shape[axis]))],
                    outputs: [output]), shape
            )
        case 1:
            shape[axis] = (source.shape[axis] + 1) / 2
            return (
                Node(
                    "aten.slice.Tensor",
                    [
                        "self": input, "dim": .int(axis), "start": .int(0), "end": .int(.max),
                        "step": .int(2),
                    ],
                    outputs: [output]), shape
            )
        case 2:
            shape.swapAt(1, axis)
            return (
                Node(
                    "aten.transpose.int",
                    ["self": input, "dim0": .int(1), "dim1": .int(axis)], outputs: [output]), shape
            )
        default:
            return (
                Node(
                    "aten.reshape.default",
                    [
                        "self": input,
                        "shape": .ints([-1, source.shape.dropFirst().reduce(1, *)]),
                    ], outputs: [output]), [shape[0], source.shape.dropFirst().reduce(1, *)]
            )
        }
    }
}
