public import Programs
public import Tensors
public import Training

/// Lets a network learn from another's logits as well as from labels.
///
/// G. Hinton, O. Vinyals and J. Dean, Distilling the Knowledge in a Neural Network, 2015, section 2: the loss becomes
/// (1 − share) · cross entropy + share · T² · KL(teacher ‖ student), both of logits over the temperature T. The teacher
/// infers on the same inputs, augmented as they are, and has no gradients.
public struct Distillation: TrainingHook {
    /// What the logits are divided by, above 0.
    public let temperature: Double
    /// The share of the loss that is of the teacher, from 0 to 1.
    public let share: Double
    private let teacher: Runner
    private var generator = Generator(seed: 0)

    /// Makes the hook.
    ///
    /// - Throws: where the teacher has an operator that is unknown.
    public init(from teacher: Program, temperature: Double = 4, share: Double = 0.5) throws {
        precondition(temperature > 0 && (0...1).contains(share))
        self.teacher = try Runner(teacher)
        self.temperature = temperature
        self.share = share
    }

    /// The loss mixed with the divergence.
    ///
    /// - Throws: where the teacher does not take these inputs, or tells other classes apart.
    public mutating func loss(
        _ loss: Tensor, of result: Tensor, on inputs: [Tensor], _ progress: TrainingProgress
    ) throws -> Tensor {
        let logits = try withoutGradients {
            try teacher.run(inputs, mode: .inference, generator: &generator).results[0]
        }
        guard logits.shape == result.shape else {
            throw CompressionError(
                .program,
                "the teacher's first result is \(logits.summary) and the network's \(result.summary): "
                    + "distil from a network for the same classes")
        }
        let divergence = try Self.divergence(of: result, from: logits, temperature)
        return try loss * (1 - share) + divergence * (share * temperature * temperature)
    }

    /// The mean KL(teacher ‖ student) of the classes' probabilities, in nats.
    private static func divergence(
        of student: Tensor, from teacher: Tensor, _ temperature: Double
    ) throws -> Tensor {
        let known = try (teacher * (1 / temperature)).logSoftmax()
        let learnt = try (student * (1 / temperature)).logSoftmax()
        let vectors = max(student.count / max(student.shape.last ?? 1, 1), 1)
        return try klDivergence(from: known, to: learnt) * (1 / Double(vectors))
    }
}
