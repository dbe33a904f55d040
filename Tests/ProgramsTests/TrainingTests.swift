import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// The Runner's training mode.
@Suite struct TrainingTests {
    private func normed() throws -> Program {
        try Program(input: [3]) { $0.batchNorm("n", epsilon: 0.01, momentum: 0.25) }
            .initialized(seed: 1).replacing([
                "n.weight": random([3], seed: 2), "n.bias": random([3], seed: 3),
                "n.running_mean": random([3], seed: 4),
                "n.running_var": random([3], seed: 5).magnitude(),
                "n.num_batches_tracked": Tensor(41),
            ])
    }

    private func train(
        _ program: Program, _ inputs: Tensor..., seed: UInt64 = 0
    ) throws -> RunResult {
        var generator = Generator(seed: seed)
        return try Runner(program).run(
            inputs, mode: .training, tensors: program.trainableParameters(), generator: &generator)
    }

    /// Batch norm's result and new statistics, written out.
    private func expected(
        _ x: Tensor, _ program: Program
    ) throws -> (output: Tensor, mean: Tensor, variance: Tensor) {
        let rows = Double(x.shape[0])
        let mean = try x.mean(along: [0])
        let squares = try (x - mean).power(2).sum(along: [0])
        let output =
            try (x - mean) / (squares * (1 / rows) + 0.01).squareRoot()
            * program.tensor("n.weight") + program.tensor("n.bias")
        return (
            output, try program.tensor("n.running_mean") * 0.75 + mean * 0.25,
            try program.tensor("n.running_var") * 0.75 + squares * (0.25 / (rows - 1))
        )
    }

    @Test func `batch norm uses the batch and updates its statistics`() throws {
        let program = try normed()
        let x = try random([6, 3])
        let run = try train(program, x)
        let hand = try expected(x, program)
        try expectClose(run.results[0], hand.output, within: 1e-6)
        try expectClose(run.buffers["n.running_mean"], hand.mean, within: 1e-6)
        try expectClose(run.buffers["n.running_var"], hand.variance, within: 1e-6)
        #expect(try run.buffers["n.num_batches_tracked"]?.elements(Int.self) == [42])
        #expect(run.buffers.count == 3)
    }

    @Test func `inference leaves statistics alone, however the node was exported`() throws {
        var program = try normed()
        program.nodes[0]["training"] = .bool(true)
        let x = try random([6, 3])
        let before = try program.tensor("n.running_mean").elements(Float.self)
        let output = try Runner(program)(x)
        #expect(try program.tensor("n.running_mean").elements(Float.self) == before)
        try expectClose(output, Runner(normed())(x), within: 0)
    }

    @Test func `a batch norm that is used twice updates its statistics twice`() throws {
        var program = try normed()
        var again = program.nodes[0]
        again["input"] = .value("batch_norm")
        again.outputs = ["twice"]
        program.nodes.append(again)
        program.outputs = [.result("twice")]
        program = try program.propagated()
        let x = try random([6, 3])
        let run = try train(program, x)
        let first = try expected(x, program)
        let after = try program.replacing([
            "n.running_mean": first.mean, "n.running_var": first.variance,
        ])
        let second = try expected(first.output, after)
        try expectClose(run.results[0], second.output, within: 1e-5)
        try expectClose(run.buffers["n.running_mean"], second.mean, within: 1e-5)
        try expectClose(run.buffers["n.running_var"], second.variance, within: 1e-5)
        #expect(try run.buffers["n.num_batches_tracked"]?.elements(Int.self) == [43])
    }

    @Test func `tensors and inputs that were passed never change`() throws {
        let network = try fullyConnected(layers: 3, width: 8, classes: 4, input: [6])
            .initialized(seed: 1)
        let x = try random([5, 6])
        let all = try network.tensors.keys.map { try network.tensor($0) } + [x]
        let before = try all.map { try $0.bytes() }
        for mode in [RunMode.training, .inference] {
            var generator = Generator(seed: 0)
            let run = try Runner(network).run(
                [x], mode: mode, tensors: network.trainableParameters(), generator: &generator)
            let leaf = run.results[0]
            #expect(leaf.requiresGradient)
        }
        #expect(try all.map { try $0.bytes() } == before)
    }

    @Test func `every parameter has a gradient`() throws {
        let network = try fullyConnected(
            layers: 3, width: 16, classes: 4, input: [1, 4, 4], logitsNorm: true
        ).initialized(seed: 1)
        let leaves = try network.trainableParameters()
        var generator = Generator(seed: 2)
        let run = try Runner(network).run(
            [random([8, 1, 4, 4])], mode: .training, tensors: leaves, generator: &generator)
        #expect(run.buffers.count == 9)
        let loss = try crossEntropy(run.results[0], Tensor([0, 1, 2, 3, 0, 1, 2, 3]))
        let names = network.parameterNames
        let found = try gradients(of: loss, with: names.compactMap { leaves[$0] })
        for (name, gradient) in zip(names, found) {
            #expect(gradient?.shape == network.tensors[name]?.shape, "\(name)")
        }
    }

    private func dropping(_ rate: Double, train: Bool = false) throws -> Program {
        try Program(input: [100]) { x in
            x.builder.call(
                "aten.dropout.default",
                ["input": .value(x.value), "p": .double(rate), "train": .bool(train)])
        }
    }

    @Test func `dropout draws from the run's generator`() throws {
        let (program, x) = (try dropping(0.5), try Tensor.ones([4, 100]))
        func mask(_ seed: UInt64) throws -> [Float] {
            try train(program, x, seed: seed).results[0].elements()
        }
        #expect(try mask(1) == mask(1))
        #expect(try mask(1) != mask(2))
        var generator = Generator(seed: 1)
        let runner = try Runner(program)
        let first = try runner.run([x], mode: .training, generator: &generator).results[0]
        let second = try runner.run([x], mode: .training, generator: &generator).results[0]
        #expect(try first.elements(Float.self) != second.elements(Float.self))
    }

    @Test(arguments: [0, 0.2, 0.75])
    func `dropout keeps elements scaled, so that the mean stays`(rate: Double) throws {
        let result = try train(dropping(rate), .ones([200, 100])).results[0]
        let kept = Float(1 / (1 - rate))
        #expect(try result.elements(Float.self).allSatisfy { $0 == 0 || $0 == kept })
        #expect(try (result.mean().item() - 1).magnitude < 0.06)
        let zeros = try result.elements(Float.self).count { $0 == 0 }
        #expect((Double(zeros) / 20_000 - rate).magnitude < 0.02)
    }

    @Test(arguments: [false, true])
    func `dropout does nothing in inference, however it was exported`(train: Bool) throws {
        let x = try random([4, 100])
        try expectClose(Runner(dropping(0.5, train: train))(x), x, within: 0)
    }

    @Test func `a dropout that keeps nothing is refused`() throws {
        let program = try dropping(1)
        expectError(
            .unsupported,
            "a dropout of this form cannot be trained: "
                + "dropout = aten.dropout.default(input: x, p: 1.0, train: false)"
        ) {
            var generator = Generator(seed: 0)
            _ = try Runner(program).run(
                [random([4, 100])], mode: .training, generator: &generator)
        }
    }

    @Test func `an operator without a derivative is refused in training alone`() throws {
        let weight = StoredTensor(.parameter, try random([4, 3]))
        let fused = Node(
            "mkldnn._linear_pointwise.default",
            [
                "X": .value("x"), "W": .value("w"), "B": .none, "attr": .string("none"),
                "scalars": .list([]), "algorithm": .string(""),
            ], outputs: ["y"])
        let network = try program(
            [.dimension("batch"), 3], tensors: ["w": weight], [fused], results: ["y"])
        let x = try random([5, 3])
        try expectClose(
            Runner(network)(x), matmul(x, network.tensor("w").transposed()), within: 1e-6)
        expectError(
            .unsupported,
            "mkldnn._linear_pointwise.default has no derivative and cannot be trained: "
                + "y = mkldnn._linear_pointwise.default(X: x, W: w, B: none, attr: \"none\", "
                + "scalars: [], algorithm: \"\")"
        ) { _ = try train(network, x) }
    }

    @Test func `training without gradients is no refusal`() throws {
        let program = try normed()
        let x = try random([6, 3])
        let run = try withoutGradients { try train(program, x) }
        #expect(!run.results[0].requiresGradient)
        try expectClose(run.results[0], expected(x, program).output, within: 1e-6)
    }

    @Test func `a detached value stops gradients without a refusal`() throws {
        let weight = StoredTensor(.parameter, try random([3]))
        let nodes = [
            Node("aten.mul.Tensor", ["self": .value("x"), "other": .value("w")], outputs: ["y"]),
            Node("aten.detach.default", ["self": .value("y")], outputs: ["z"]),
        ]
        let network = try program(
            [3], tensors: ["w": weight], dimensions: [:], nodes, results: ["z"])
        #expect(try !train(network, random([3])).results[0].requiresGradient)
    }
}
