public import Datasets
public import Programs
public import Tensors

/// How well a network does on examples.
public struct Evaluation: Hashable, Sendable, Codable {
    /// The number of examples.
    public let examples: Int
    /// The share of examples whose class is right, from 0 to 1.
    public let accuracy: Double
    /// The lower end of the accuracy's 95 % interval (Wilson, 1927).
    public let accuracyLow: Double
    /// The upper end of the accuracy's 95 % interval.
    public let accuracyHigh: Double
    /// The mean cross entropy, in nats.
    public let loss: Double

    /// Makes an evaluation from counts.
    public init(correct: Int, examples: Int, loss: Double) {
        self.examples = examples
        self.loss = loss
        accuracy = Double(correct) / Double(max(examples, 1))
        (accuracyLow, accuracyHigh) = Self.wilson(accuracy, examples)
    }

    /// Runs a network over labelled examples.
    public init(of program: Program, on examples: Examples, batchSize: Int = 512) throws {
        try self.init(of: Runner(program), on: examples, batchSize: batchSize)
    }

    /// Runs a network over labelled examples, with tensors in place of its own.
    init(
        of runner: Runner, on examples: Examples, batchSize: Int = 512,
        tensors: [String: Tensor] = [:]
    ) throws {
        var correct = 0.0
        var loss = 0.0
        try forEachBatch(of: runner, on: examples, batchSize, tensors) { logits, labels in
            guard let labels else {
                throw TrainingError(.unusable, "the examples have no labels to compare with")
            }
            correct += try logits.argmax(along: 1).equals(labels).converted(to: .int64).sum().item()
            loss += try crossEntropy(logits, labels, reduction: .sum).item()
        }
        self.init(
            correct: Int(correct), examples: examples.count,
            loss: loss / Double(max(examples.count, 1)))
    }

    /// The 95 % interval of a share (Wilson, Probable inference, 1927).
    private static func wilson(_ share: Double, _ count: Int) -> (Double, Double) {
        guard count > 0 else { return (0, 1) }
        let z = 1.959963984540054
        let n = Double(count)
        let middle = share + z * z / (2 * n)
        let spread = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 + z * z / n
        return (max(0, (middle - spread) / scale), min(1, (middle + spread) / scale))
    }
}

/// The logits of a network on examples, `[examples, classes]`.
public func logits(
    of program: Program, on examples: Examples, batchSize: Int = 512
) throws -> Tensor {
    var parts: [Tensor] = []
    try forEachBatch(of: Runner(program), on: examples, batchSize, [:]) { logits, _ in
        parts.append(logits)
    }
    return try .concatenated(parts)
}

private func forEachBatch(
    of runner: Runner, on examples: Examples, _ batchSize: Int, _ tensors: [String: Tensor],
    _ body: (Tensor, Tensor?) throws -> Void
) throws {
    var generator = Generator(seed: 0)
    for start in stride(from: 0, to: examples.count, by: batchSize) {
        let batch = try examples.batch(start..<min(start + batchSize, examples.count))
        try withoutGradients {
            let run = try runner.run(
                [batch.inputs], mode: .inference, tensors: tensors, generator: &generator)
            try body(run.results[0], batch.labels)
        }
    }
}
