import OrderedCollections
import Programs
import Tensors
import Testing

@Suite struct ProgramTextTests {
    private let network = try? Program(input: [2, 2]) { x in
        x.flattened().linear("fc", outputs: 3).batchNorm("norm").relu().linear("head", outputs: 2)
    }

    @Test func `a small network as text`() throws {
        let network = try #require(network)
        #expect(
            network.description == """
                program (x: float32 [batch, 2, 2])
                  dimension batch in 1...
                  parameter fc.weight: float32 [3, 4]
                  parameter fc.bias: float32 [3]
                  parameter norm.weight: float32 [3]
                  parameter norm.bias: float32 [3]
                  buffer norm.running_mean: float32 [3]
                  buffer norm.running_var: float32 [3]
                  buffer norm.num_batches_tracked: int64 []
                  parameter head.weight: float32 [2, 3]
                  parameter head.bias: float32 [2]
                  flatten = aten.flatten.using_ints(self: x, start_dim: 1)  # float32 [batch, 4]
                  linear = aten.linear.default(input: flatten, weight: fc.weight, bias: fc.bias)\
                  # float32 [batch, 3]
                  batch_norm = aten.batch_norm.default(input: linear, weight: norm.weight, \
                bias: norm.bias, running_mean: norm.running_mean, running_var: norm.running_var, \
                training: false, momentum: 0.1, eps: 1e-05, cudnn_enabled: true)  # float32 [batch, 3]
                  relu = aten.relu.default(self: batch_norm)  # float32 [batch, 3]
                  linear_1 = aten.linear.default(input: relu, weight: head.weight, bias: head.bias)\
                  # float32 [batch, 2]
                  return linear_1

                """)
    }

    @Test func `a Program does not differ from itself`() throws {
        let network = try #require(network)
        #expect(network.difference(to: network) == [])
    }

    @Test func `a difference lists the lines that changed, in order`() throws {
        let before = try Program(input: [3]) { $0.linear("a", outputs: 4).relu() }
        let after = try Program(input: [3]) { $0.linear("b", outputs: 4).relu() }
        #expect(
            before.difference(to: after) == [
                "-   parameter a.weight: float32 [4, 3]",
                "-   parameter a.bias: float32 [4]",
                "-   linear = aten.linear.default(input: x, weight: a.weight, bias: a.bias)"
                    + "  # float32 [batch, 4]",
                "+   parameter b.weight: float32 [4, 3]",
                "+   parameter b.bias: float32 [4]",
                "+   linear = aten.linear.default(input: x, weight: b.weight, bias: b.bias)"
                    + "  # float32 [batch, 4]",
            ])
    }

    @Test func `every kind of argument, result and output has a text`() {
        let node = Node(
            "aten.f.default",
            [
                "a": .none, "b": .bool(true), "c": .list([.int(1), .value("v")]), "d": .double(0.5),
                "e": .string("mean"), "f": .scalarType(.bfloat16), "g": .device(.meta),
                "h": .layout(0), "i": .memoryFormat(2),
            ], outputs: ["y", nil])
        #expect(
            node.description == "y, _ = aten.f.default(a: none, b: true, c: [1, v], d: 0.5, "
                + "e: \"mean\", f: bfloat16, g: meta, h: layout 0, i: memory format 2)")
        let program = Program(
            inputs: ["x"], nodes: [], outputs: [.buffer("state", "x")], tensors: [:], types: [:],
            dimensions: ["n": 2...7])
        #expect(
            program.description == "program (x: ?)\n  dimension n in 2...7\n  state becomes x\n")
    }
}
