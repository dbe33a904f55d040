import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct RunnerTests {
    @Test(arguments: [1, 2, 7])
    func `a fully connected network runs at any batch`(batch: Int) throws {
        let network = try fullyConnected(
            layers: 3, width: 16, classes: 4, input: [1, 4, 4], logitsNorm: true
        ).initialized(seed: 1)
        #expect(try Runner(network)(random([batch, 1, 4, 4])).shape == [batch, 4])
    }

    @Test func `inference equals the computation written out`() throws {
        let network = try Program(input: [2, 3]) { x in
            x.flattened().linear("a", outputs: 5).batchNorm("n", epsilon: 0.01).relu()
                .linear("b", outputs: 2, bias: false)
        }.initialized(seed: 1).replacing([
            "n.weight": random([5], seed: 2), "n.bias": random([5], seed: 3),
            "n.running_mean": random([5], seed: 4),
            "n.running_var": random([5], seed: 5).magnitude(),
        ])
        let x = try random([4, 2, 3])
        let hidden =
            try matmul(x.flattened(from: 1), network.tensor("a.weight").transposed())
            + network.tensor("a.bias")
        let deviation = try (network.tensor("n.running_var") + 0.01).squareRoot()
        let normed =
            try (hidden - network.tensor("n.running_mean")) / deviation
            * network.tensor("n.weight") + network.tensor("n.bias")
        let expected = try matmul(
            normed.clamped(from: 0), network.tensor("b.weight").transposed())
        try expectClose(Runner(network)(x), expected, within: 1e-6)
    }

    @Test func `every value that is wanted is given, beside the results`() throws {
        let network = try Program(input: [3]) { $0.linear("a", outputs: 2).relu() }
            .initialized(seed: 1)
        var generator = Generator(seed: 0)
        let x = try random([4, 3])
        let run = try Runner(network).run(
            [x], mode: .inference, wanted: ["linear", "relu", "x", "a.weight"],
            generator: &generator)
        #expect(run.values.count == 4)
        #expect(run.values["x"] === x)
        #expect(try run.values["a.weight"] === network.tensor("a.weight"))
        let linear = try #require(run.values["linear"])
        try expectClose(run.results[0], linear.clamped(from: 0), within: 0)
        #expect(try linear.minimum().item() < 0)
        expectError(.name, "the Program computes no tensor named linaer") {
            _ = try Runner(network).run(
                [x], mode: .inference, wanted: ["linaer"], generator: &generator)
        }
    }

    @Test func `tensors that are passed stand in for the Program's own`() throws {
        let network = try Program(input: [3]) { $0.linear("a", outputs: 2) }.initialized(seed: 1)
        var generator = Generator(seed: 0)
        let run = try Runner(network).run(
            [random([4, 3])], mode: .inference,
            tensors: ["a.weight": .zeros([2, 3]), "a.bias": Tensor([1, 2] as [Float])],
            generator: &generator)
        #expect(try run.results[0].elements(Float.self) == [1, 2, 1, 2, 1, 2, 1, 2])
    }

    @Test func `a Program may return its inputs and tensors, and hold lists and several inputs`()
        throws
    {
        let sum = Node(
            "aten.cat.default", ["tensors": .list([.value("x"), .value("y"), .value("c")])],
            outputs: ["z"])
        let constant = StoredTensor(.constant, Tensor([9] as [Float]))
        let type = ValueType.tensor(TensorType(.float32, [.dimension("n")]))
        let both = Program(
            inputs: ["x", "y"], nodes: [sum], outputs: ["z", "y", "c"].map { .result($0) },
            tensors: ["c": constant], types: ["x": type, "y": type], dimensions: ["n": 1...4])
        let (x, y) = (Tensor([1, 2] as [Float]), Tensor([3, 4] as [Float]))
        var generator = Generator(seed: 0)
        let run = try Runner(both).run([x, y], mode: .inference, generator: &generator)
        #expect(
            try run.results.map { try $0.elements(Float.self) } == [[1, 2, 3, 4, 9], [3, 4], [9]])
        expectError(.input, "the input y is float32 [n], and float32 [1] was passed") {
            _ = try Runner(both)(x, Tensor([5] as [Float]))
        }
        expectError(.input, "the input x is float32 [n], and float32 [5] was passed") {
            _ = try Runner(both)(.zeros([5]), .zeros([5]))
        }
    }

    @Test func `inputs that do not fit are named`() throws {
        let runner = try Runner(
            Program(input: [3]) { $0.linear("a", outputs: 2) }.initialized(seed: 1))
        expectError(.input, "2 inputs given, the Program takes 1") {
            _ = try runner(random([4, 3]), random([4, 3]))
        }
        expectError(.input, "0 inputs given, the Program takes 1") { _ = try runner() }
        let wrong = [
            try random([4, 4]), try random([3]), try random([4, 3, 1]),
            try random([4, 3], type: .float64), try Tensor.zeros([0, 3]),
        ]
        for tensor in wrong {
            expectError(
                .input, "the input x is float32 [batch, 3], and \(tensor.summary) was passed"
            ) { _ = try runner(tensor) }
        }
    }

    @Test func `elements that were never drawn are asked for`() throws {
        let network = try Program(input: [3]) { $0.linear("a", outputs: 2) }
        expectError(
            .uninitialized,
            "a.weight has no elements yet: call initialized(seed:) on the Program first"
        ) { _ = try Runner(network)(random([4, 3])) }
    }

    @Test func `a failure in a run names the node`() throws {
        let network = try Program(input: [3]) { $0.linear("a", outputs: 2) }.initialized(seed: 1)
        var generator = Generator(seed: 0)
        expectError(
            .execution,
            "aten::linear on float32 [4, 3], float32 [2, 5], float32 [2]: mat1 and mat2 shapes cannot "
                + "be multiplied (4x3 and 5x2) (check the operands' shapes, types and devices), in "
                + "the node linear = aten.linear.default(input: x, weight: a.weight, bias: a.bias)"
        ) {
            _ = try Runner(network).run(
                [random([4, 3])], mode: .inference, tensors: ["a.weight": .zeros([2, 5])],
                generator: &generator)
        }
    }

    @Test func `lists keep the order of their numbers, whole or not`() throws {
        let larger = Node(
            "aten.upsample_nearest2d.vec",
            [
                "input": .value("x"), "output_size": .none,
                "scale_factors": .list([.int(2), .double(1.5)]),
            ], outputs: ["y"])
        let resized = try program([1, 1, 2, 2], dimensions: [:], [larger], results: ["y"])
        #expect(resized.type(of: "y")?.description == "float32 [1, 1, 4, 3]")
        #expect(try Runner(resized)(random([1, 1, 2, 2])).shape == [1, 1, 4, 3])
    }

    @Test func `inference records nothing for gradients`() throws {
        let network = try Program(input: [3]) { $0.linear("a", outputs: 2) }.initialized(seed: 1)
        let leaves = try network.trainableParameters()
        #expect(try !Runner(network.replacing(leaves))(random([4, 3])).requiresGradient)
    }
}
