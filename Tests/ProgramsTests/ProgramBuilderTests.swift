import OrderedCollections
import Programs
import Tensors
import Testing

@Suite struct ProgramBuilderTests {
    private func small() throws -> Program {
        try Program(input: [2, 3]) { x in
            x.flattened().linear("fc1", outputs: 5).batchNorm("norm").relu()
                .linear("fc2", outputs: 4, bias: false).relu().linear("head", outputs: 2)
        }
    }

    @Test func `tensors have PyTorch's names, shapes and roles`() throws {
        let program = try small()
        let found = program.tensors.map { "\($0.value.role) \($0.key) \($0.value.type)" }
        #expect(
            found == [
                "parameter fc1.weight float32 [5, 6]", "parameter fc1.bias float32 [5]",
                "parameter norm.weight float32 [5]", "parameter norm.bias float32 [5]",
                "buffer norm.running_mean float32 [5]", "buffer norm.running_var float32 [5]",
                "buffer norm.num_batches_tracked int64 []", "parameter fc2.weight float32 [4, 5]",
                "parameter head.weight float32 [2, 4]", "parameter head.bias float32 [2]",
            ])
        #expect(
            program.parameterNames == [
                "fc1.weight", "fc1.bias", "norm.weight", "norm.bias", "fc2.weight", "head.weight",
                "head.bias",
            ])
    }

    @Test func `values are counted as PyTorch's export counts them`() throws {
        #expect(
            try small().nodes.map(\.output) == [
                "flatten", "linear", "batch_norm", "relu", "linear_1", "relu_1", "linear_2",
            ])
        let named = try Program(input: [3], name: "relu") { $0.relu() }
        #expect(named.nodes[0].output == "relu_1")
    }

    @Test func `an input may have a name that a later node would get`() throws {
        let program = try Program(input: [3], name: "relu_1") { $0.relu().relu() }
        #expect(Set(program.nodes.map(\.output)).count == 2)
        #expect(program.inputs == ["relu_1"])
    }

    @Test func `widths are inferred and the batch stays free`() throws {
        let program = try small()
        let sizes = program.nodes.map { $0.output.flatMap { program.type(of: $0) }?.description }
        #expect(
            sizes == [6, 5, 5, 5, 4, 4, 2].map { "float32 [batch, \($0)]" })
        #expect(program.type(of: "x")?.description == "float32 [batch, 2, 3]")
        #expect(program.dimensions == ["batch": 1...Int.max])
    }

    @Test func `a linear layer works on the last of many dimensions`() throws {
        let program = try Program(input: [7, 3]) { $0.linear("fc", outputs: 4) }
        #expect(program.type(of: "linear")?.description == "float32 [batch, 7, 4]")
        let normed = try Program(input: [7, 3]) { $0.batchNorm("norm") }
        #expect(normed.tensors["norm.weight"]?.shape == [7])
    }

    @Test func `a name given twice is refused`() {
        expectError(.name, "the name fc.weight is given to two tensors") {
            _ = try Program(input: [3]) {
                $0.linear("fc", outputs: 3).relu().linear("fc", outputs: 3)
            }
        }
    }

    @Test func `a layer whose inputs are not known is refused`() {
        expectError(.invalid, "the last size of x, float32 [batch], is not a number") {
            _ = try Program(input: []) { $0.linear("fc", outputs: 3) }
        }
    }

    @Test func `the first error wins, and what follows does nothing`() {
        expectError(.name, "the name a.weight is given to two tensors") {
            _ = try Program(input: [3]) { x in
                let twice = x.linear("a", outputs: 3).linear("a", outputs: 4)
                x.builder.fail(ProgramError(.unsupported, "later"))
                return twice.linear("b", outputs: 2).batchNorm("b")
            }
        }
    }

    @Test func `what the body throws is thrown`() {
        struct Stop: Error {}
        #expect(throws: Stop.self) { _ = try Program(input: [3]) { _ in throw Stop() } }
    }

    @Test func `an operator that does not fit names operands and node`() {
        expectError(
            .execution,
            "aten::mm on float32 [29, 3], float32 [29, 3]: mat1 and mat2 shapes cannot be multiplied "
                + "(29x3 and 29x3) (check the operands' shapes, types and devices), in the node "
                + "mm = aten.mm.default(self: x, mat2: x)"
        ) {
            _ = try Program(input: [3]) { x in
                x.builder.call(
                    "aten.mm.default", ["self": .value(x.value), "mat2": .value(x.value)])
            }
        }
    }

    @Test func `an operator whose result is no tensor is refused`() {
        expectError(
            .invalid, "the result is not a tensor: size = aten.size.int(self: x, dim: 1)"
        ) {
            _ = try Program(input: [3]) { x in
                x.builder.call("aten.size.int", ["self": .value(x.value), "dim": .int(1)])
            }
        }
    }

    @Test(arguments: [
        (
            Node("aten.nope.default", ["self": .value("x")], outputs: ["y"]),
            ProgramError.Kind.unsupported,
            "libtorch has no operator aten.nope.default: y = aten.nope.default(self: x)"
        ),
        (
            Node("aten.transpose.int", ["self": .value("x"), "dim0": .int(0)], outputs: ["y"]),
            .invalid,
            "argument dim1 is missing: y = aten.transpose.int(self: x, dim0: 0)"
        ),
        (
            Node("aten.relu.default", ["self": .value("x"), "slope": .int(0)], outputs: ["y"]),
            .invalid,
            "aten.relu.default does not take slope: y = aten.relu.default(self: x, slope: 0)"
        ),
        (
            Node("aten.relu.default", ["self": .value("x"), "self": .value("x")], outputs: ["y"]),
            .invalid,
            "aten.relu.default does not take an argument twice: "
                + "y = aten.relu.default(self: x, self: x)"
        ),
        (
            Node("aten.relu.default", ["self": .value("z")], outputs: ["y"]), .invalid,
            "z is read before it is computed: y = aten.relu.default(self: z)"
        ),
    ])
    func `a node that cannot be called is named`(
        node: Node, kind: ProgramError.Kind, sentence: String
    ) {
        expectError(kind, sentence) {
            _ = try program([.dimension("batch"), 3], [node], results: ["y"])
        }
    }
}
