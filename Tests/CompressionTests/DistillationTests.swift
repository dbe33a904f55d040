import Compression
import Datasets
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct DistillationTests {
    private func network(_ seed: UInt64, classes: Int = 3) throws -> Program {
        try fullyConnected(layers: 2, width: 8, classes: classes, input: [6])
            .initialized(seed: seed)
    }

    /// The loss of a hook on logits and what it does to them.
    private func loss(
        _ teacher: Program, _ logits: Tensor, labels: [Int], share: Double, temperature: Double
    ) throws -> (value: Double, gradient: Tensor) {
        let leaf = try logits.trainable()
        let found = Gathered()
        let hook = try Distillation(from: teacher, temperature: temperature, share: share)
        let plain = try crossEntropy(leaf, Tensor(labels))
        try found.run(hook, plain, leaf)
        let loss = try #require(found.loss)
        let gradient = try #require(try gradients(of: loss, with: [leaf])[0])
        return (try loss.item(), gradient)
    }

    /// Calls a hook as the trainer does: within a run of one step.
    private final class Gathered {
        var loss: Tensor?

        func run(_ hook: Distillation, _ plain: Tensor, _ logits: Tensor) throws {
            var hook = hook
            loss = try hook.loss(
                plain, of: logits, on: [random([4, 6], seed: 7)],
                TrainingProgress(epoch: 0, step: 0, steps: 1, learningRate: 1))
        }
    }

    private func probabilities(_ logits: Tensor, _ temperature: Double) throws -> Tensor {
        try (logits * (1 / temperature)).logSoftmax().exponential()
    }

    @Test(arguments: [1.0, 4.0])
    func `the gradient is T times the difference of the softened probabilities`(
        temperature: Double
    ) throws {
        let teacher = try network(2)
        let known = try teacher.logits(random([4, 6], seed: 7))
        let student = try random([4, 3], seed: 9)
        let (value, gradient) = try loss(
            teacher, student, labels: [0, 1, 2, 0], share: 1, temperature: temperature)
        let (one, two) = (
            try probabilities(known, temperature), try probabilities(student, temperature)
        )
        try expectClose(gradient, (two - one) * (temperature / 4), within: 1e-5)
        let divergence = try (one * (one.logarithm() - two.logarithm())).sum().item() / 4
        expectClose(value, temperature * temperature * divergence, within: 1e-4)
    }

    @Test func `a share of 0 is the labels' loss, and one between is the mixture`() throws {
        let teacher = try network(2)
        let student = try random([4, 3], seed: 9)
        let values = try [0.0, 0.25, 1.0].map {
            try loss(teacher, student, labels: [0, 1, 2, 0], share: $0, temperature: 2).value
        }
        let labels = try crossEntropy(student, Tensor([0, 1, 2, 0])).item()
        expectClose(values[0], labels, within: 1e-6)
        expectClose(values[1], 0.75 * values[0] + 0.25 * values[2], within: 1e-6)
    }

    @Test func `a network that gives the teacher's logits has nothing to learn from it`() throws {
        let teacher = try network(2)
        let known = try teacher.logits(random([4, 6], seed: 7))
        let (value, gradient) = try loss(
            teacher, known, labels: [0, 0, 0, 0], share: 1, temperature: 4)
        #expect(value.magnitude < 1e-5)
        #expect(try gradient.energy < 1e-10)
    }

    @Test func `in training the student comes near the teacher, which does not change`() throws {
        let teacher = try network(2)
        let before = try teacher.contents
        let inputs = try random([64, 6], seed: 5)
        let examples = examples(inputs, labels: (0..<64).map { $0 % 3 })
        var options = TrainingOptions()
        (options.epochs, options.batchSize, options.weightDecay) = (40, 16, 0)
        let hook = try Distillation(from: teacher, temperature: 2, share: 1)
        let student = try network(1)
        let run = try Trainer(options, hooks: [hook]).fit(student, on: examples)
        let (far, near) = (
            try Agreement(between: teacher, and: student, on: examples).divergence,
            try Agreement(between: teacher, and: run.program, on: examples).divergence
        )
        #expect(near < 0.2 * far)
        #expect(try teacher.contents == before)
    }

    @Test func `a teacher of other classes is refused`() throws {
        var options = TrainingOptions()
        (options.epochs, options.batchSize) = (1, 16)
        let hook = try Distillation(from: network(2, classes: 4))
        expectError(
            .program,
            "the teacher's first result is float32 [16, 4] and the network's float32 [16, 3]: distil from a "
                + "network for the same classes"
        ) {
            _ = try Trainer(options, hooks: [hook]).fit(
                network(1),
                on: examples(random([16, 6]), labels: (0..<16).map { $0 % 3 }))
        }
    }
}

extension Program {
    /// The logits for inputs.
    fileprivate func logits(_ inputs: Tensor) throws -> Tensor { try Runner(self)(inputs) }
}
