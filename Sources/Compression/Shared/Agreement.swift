public import Datasets
public import Programs
import Tensors
import Training

/// How alike two networks' answers are; it needs no labels.
public struct Agreement: Hashable, Sendable, Codable {
    /// The number of examples.
    public let examples: Int
    /// The share of examples to which both give the same class, from 0 to 1.
    public let sameClass: Double
    /// The mean Kullback–Leibler divergence from the reference's classes, in nats.
    public let divergence: Double
    /// The mean squared difference of the logits.
    public let meanSquaredError: Double

    /// Runs both networks over examples.
    public init(between reference: Program, and other: Program, on examples: Examples) throws {
        let first = try logits(of: reference, on: examples)
        let second = try logits(of: other, on: examples)
        let same = try first.argmax(along: 1).equals(second.argmax(along: 1))
        let logarithms = (try first.logSoftmax(), try second.logSoftmax())
        let weighted = try logarithms.0.exponential() * (logarithms.0 - logarithms.1)
        self.examples = examples.count
        sameClass = try same.converted(to: .float64).mean().item()
        divergence = max(0, try weighted.sum(along: [1]).mean().item())
        meanSquaredError = try (first - second).power(2).mean().item()
    }
}
