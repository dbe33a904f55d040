public import Datasets
public import Programs
import Tensors
import Training

/// How alike two networks' first results are; it needs no labels.
///
/// Results are vectors along their last axis: the classes of an example or of each position in it, or an embedding.
public struct Agreement: Hashable, Sendable, Codable {
    /// The number of examples.
    public let examples: Int
    /// The share of vectors whose largest element stands in the same place, from 0 to 1.
    public let sameClass: Double
    /// The mean Kullback–Leibler divergence from the reference's classes, in nats; of meaning for logits only.
    public let divergence: Double
    /// The mean squared difference of the elements.
    public let meanSquaredError: Double
    /// The norm of the difference over the norm of the reference's results, 0 where they are equal.
    public let relativeError: Double
    /// The mean cosine of the angle between two vectors, 1 where they point the same way.
    public let cosine: Double

    /// Runs both networks over examples.
    ///
    /// - Throws: where the results' shapes differ or are not floating-point numbers.
    public init(between reference: Program, and other: Program, on examples: Examples) throws {
        var sums = Sums()
        try forEachBatch(of: [Runner(reference), Runner(other)], on: examples, 512) { results, _ in
            try sums.add(results[0], results[1])
        }
        self.examples = examples.count
        sameClass = sums.same / max(sums.vectors, 1)
        // NB: of a number and NaN, max gives the number.
        let mean = sums.divergence / max(sums.vectors, 1)
        divergence = mean < 0 ? 0 : mean
        meanSquaredError = sums.squaredDifference / max(sums.elements, 1)
        relativeError =
            sums.squaredDifference == 0
            ? 0 : (sums.squaredDifference / max(sums.squaredReference, 1e-300)).squareRoot()
        cosine = sums.cosine / max(sums.vectors, 1)
    }

    /// What was counted so far.
    private struct Sums {
        var vectors = 0.0
        var elements = 0.0
        var same = 0.0
        var divergence = 0.0
        var squaredDifference = 0.0
        var squaredReference = 0.0
        var cosine = 0.0

        mutating func add(_ reference: Tensor, _ other: Tensor) throws {
            guard reference.shape == other.shape, reference.rank >= 1,
                reference.scalarType.isFloatingPoint
            else {
                throw CompressionError(
                    .program,
                    "the networks' first results are \(reference.summary) and \(other.summary), which cannot "
                        + "be compared")
            }
            // An example of one number is a vector of one.
            let width = reference.rank == 1 ? 1 : reference.shape[reference.rank - 1]
            let first = try reference.reshaped(to: [-1, width]).converted(to: .float64)
            let second = try other.reshaped(to: [-1, width]).converted(to: .float64)
            vectors += Double(first.shape[0])
            elements += Double(first.count)
            same += try first.argmax(along: 1).equals(second.argmax(along: 1))
                .converted(to: .float64).sum().item()
            divergence += try klDivergence(from: first.logSoftmax(), to: second.logSoftmax()).item()
            squaredDifference += try (first - second).power(2).sum().item()
            squaredReference += try first.power(2).sum().item()
            let products = try (first * second).sum(along: [1])
            let norms = try (first.power(2).sum(along: [1]) * second.power(2).sum(along: [1]))
                .power(0.5)
            cosine += try (products / norms.clamped(from: 1e-300)).sum().item()
        }
    }
}
