import OrderedCollections
import Programs
import Tensors
import Testing

@Suite struct PropagationTests {
    private func types(_ nodes: [Node], _ sizes: [Size], of values: Value...) throws -> [String?] {
        let found = try program(
            sizes, dimensions: ["batch": 1...Int.max, "tokens": 1...512], nodes, results: values)
        return values.map { found.type(of: $0)?.description }
    }

    private func node(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>,
        _ outputs: Value?...
    ) -> Node { Node(operation, arguments, outputs: outputs) }

    @Test func `sizes are numbers or follow one free dimension`() throws {
        let sizes: [Size] = [.dimension("batch"), .dimension("tokens"), 6]
        let nodes = [
            node(
                "aten.cat.default",
                ["tensors": .list([.value("x"), .value("x")]), "dim": .int(1)], "a"),
            node(
                "aten.constant_pad_nd.default",
                ["self": .value("x"), "pad": .ints([0, 0, 1, -3]), "value": .int(0)], "b"),
            node("aten.select.int", ["self": .value("x"), "dim": .int(0), "index": .int(0)], "c"),
            node(
                "aten.slice.Tensor",
                ["self": .value("x"), "dim": .int(1), "start": .int(0), "end": .int(1)], "d"),
        ]
        #expect(
            try types(nodes, sizes, of: "a", "b", "c", "d") == [
                "float32 [batch, 2·tokens, 6]", "float32 [batch, tokens - 2, 6]",
                "float32 [tokens, 6]", "float32 [batch, 1, 6]",
            ])
    }

    @Test func `sizes that follow two dimensions, a rounded part or data are unknown`() throws {
        let nodes = [
            node("aten.flatten.using_ints", ["self": .value("x")], "a"),
            node(
                "aten.slice.Tensor",
                [
                    "self": .value("x"), "dim": .int(0), "start": .int(0), "end": .none,
                    "step": .int(3),
                ], "b"),
        ]
        #expect(
            try types(nodes, [.dimension("batch"), .dimension("tokens")], of: "a", "b") == [
                "float32 [?]", "float32 [?, tokens]",
            ])
        let data = [node("aten.nonzero.default", ["self": .value("x")], "a")]
        #expect(try types(data, [.dimension("batch"), 3], of: "a") == ["int64 [?, 2]"])
        #expect(try types(data, [4, 3], of: "a") == ["int64 [?, 2]"])
    }

    @Test func `strides follow free dimensions too`() throws {
        let turned = node(
            "aten.transpose.int", ["self": .value("x"), "dim0": .int(0), "dim1": .int(1)], "y")
        let packed = node(
            "aten.clone.default", ["self": .value("y"), "memory_format": .memoryFormat(0)], "z")
        let found = try program([.dimension("batch"), 3], [turned, packed], results: ["z"])
        #expect(found.type(of: "y")?.tensor?.strides == [1, 3])
        #expect(found.type(of: "z")?.tensor?.sizes == [3, .dimension("batch")])
        #expect(found.type(of: "z")?.tensor?.strides == [.dimension("batch"), 1])
    }

    @Test func `numbers and lists of tensors have types`() throws {
        let nodes = [
            node("aten.size.int", ["self": .value("x"), "dim": .int(0)], "a"),
            node(
                "aten.split.Tensor", ["self": .value("x"), "split_size": .int(2), "dim": .int(1)],
                "b", "b2"),
            node("aten.sort.default", ["self": .value("x")], nil, "c"),
            node(
                "aten.new_zeros.default",
                ["self": .value("x"), "size": .list([.value("a"), .int(9)])], "d"),
        ]
        #expect(
            try types(nodes, [.dimension("batch"), 3], of: "a", "b", "b2", "c", "d") == [
                "scalar batch", "float32 [batch, 2]", "float32 [batch, 1]", "int64 [batch, 3]",
                "float32 [batch, 9]",
            ])
    }

    @Test func `an operator without a meta kernel runs on zeros`() throws {
        // Meta has no kernel for it: seen by asking the operator itself.
        let histogram: [Operand] = [.tensor(try .meta([5])), .int(4), .int(0), .int(1)]
        let refused = #expect(throws: TensorError.self) {
            try Operator("aten::histc").call(histogram)
        }
        #expect(refused?.kind == .notImplemented)
        let histc = node(
            "aten.histc.default",
            ["self": .value("x"), "bins": .int(4), "min": .int(0), "max": .int(1)], "y")
        let relu = node("aten.relu.default", ["self": .value("y")], "z")
        #expect(
            try types([histc, relu], [.dimension("batch")], of: "y", "z") == [
                "float32 [4]", "float32 [4]",
            ])
    }

    @Test func `a length or rank that depends on sizes is refused`() {
        expectError(
            .unsupported,
            "the length of a list depends on sizes: y = aten.split.Tensor(self: x, split_size: 2)"
        ) {
            let split = Node(
                "aten.split.Tensor", ["self": .value("x"), "split_size": .int(2)], outputs: ["y"])
            _ = try program([.dimension("batch"), 3], [split], results: ["y"])
        }
    }

    @Test func `a narrow range is respected`() throws {
        let select = node(
            "aten.select.int", ["self": .value("x"), "dim": .int(0), "index": .int(3)], "y")
        let found = try program(
            [.dimension("n"), 2], dimensions: ["n": 4...6], [select], results: ["y"])
        #expect(found.type(of: "y")?.description == "float32 [2]")
        #expect(throws: ProgramError.self) {
            try program([.dimension("n"), 2], dimensions: ["n": 3...6], [select], results: ["y"])
        }
    }

    @Test func `inputs of unknown size or type, and too many dimensions, are refused`() {
        expectError(.unsupported, "the sizes of x, float32 [?], are not known") {
            _ = try program([.unknown], [], results: ["x"])
        }
        expectError(.invalid, "the input x has no type") {
            _ = try Program(
                inputs: ["x"], nodes: [], outputs: [], tensors: [:], types: [:], dimensions: [:]
            ).propagated()
        }
        expectError(.unsupported, "more than 6 free dimensions") {
            let names = (0..<7).map { ("d\($0)", 1...9) }
            let dimensions = OrderedDictionary(uniqueKeysWithValues: names)
            _ = try program([3], dimensions: dimensions, [], results: ["x"])
        }
    }
}
