public import Datasets
import OrderedCollections
public import Programs
public import Tensors

/// How well a network does on examples.
public struct Evaluation: Hashable, Sendable, Codable {
    /// The number of predictions: of examples, or of all their positions where each has a class.
    public let examples: Int
    /// The share of predictions whose class is right, from 0 to 1.
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
        var count = 0
        try forEachBatch(of: [runner], on: examples, batchSize, tensors) { results, labels in
            let logits = results[0]
            guard let labels else {
                throw TrainingError(.unusable, "the examples have no labels to compare with")
            }
            let predictions = try Predictions(logits, labels)
            count += predictions.count
            correct += try predictions.correct
            loss += try predictions.loss(reduction: .sum).item()
        }
        self.init(
            correct: Int(correct), examples: count, loss: loss / Double(max(count, 1)))
    }

    /// The mean cross entropy in bits: bits per byte where bytes are predicted.
    public var bits: Double { loss / 0.693_147_180_559_945_3 }

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
    try forEachBatch(of: [Runner(program)], on: examples, batchSize, [:]) { results, _ in
        parts.append(results[0])
    }
    return try .concatenated(parts)
}

/// Runs networks side by side over examples; `body` takes the first result of each, and the labels.
package func forEachBatch(
    of runners: [Runner], on examples: Examples, _ batchSize: Int,
    _ tensors: [String: Tensor] = [:], _ body: ([Tensor], Tensor?) throws -> Void
) throws {
    var generator = Generator(seed: 0)
    let size = try runners.reduce(batchSize) { try examples.batchSize($0, for: $1.program) }
    for start in stride(from: 0, to: examples.count, by: size) {
        let batch = try examples.batch(start..<min(start + size, examples.count))
        try withoutGradients {
            let results = try runners.map {
                try $0.run(
                    batch.all, mode: .inference, tensors: tensors, generator: &generator
                ).results[0]
            }
            try body(results, batch.labels)
        }
    }
}
