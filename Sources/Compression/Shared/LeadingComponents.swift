import Foundation
public import Programs
public import Tensors

/// The first components of large matrices, found with random directions, and how much they leave out.
///
/// Halko, Martinsson and Tropp, Finding structure with randomness (2011): subspace iteration with a random start
/// (algorithm 4.4) on W·C·Wᵀ, where C is the metric of the columns, then the decomposition of what it spans
/// (algorithm 5.1). What lies outside of the span is known afterwards: its energy as the difference of two traces, its norm by
/// ten random vectors (equation 4.3, wrong once in 10¹⁰), taken of its fourth power, of which the bound is far closer.
public struct LeadingComponents: Sendable {
    /// Random vectors that the norm of what is missed is measured with.
    private static let probes = 10
    /// Of which power of what is missed they measure the norm.
    private static let power = 4

    /// Directions beyond those that are wanted.
    public static let oversampling = 16
    /// How often the directions are multiplied with the matrix and its transpose.
    public static let iterations = 4
    /// Matrices with a smaller side are decomposed in full.
    public static let smallestSide = 1_024
    /// The largest share of the smaller side for which random directions are used.
    public static let largestShare = 0.125
    /// The largest share of the energy that random directions may have missed for them to stand in for the full decomposition.
    public static let tolerance = 0.02

    /// The components, `oversampling` more than were wanted, in falling importance, and what they miss.
    public let decomposition: Decomposition
    /// Σσ² of all components, those not found among them.
    public let energy: Double
    /// Whether random directions are worth it.
    public static func suits(_ shape: MatrixShape, rank: Int) -> Bool {
        shape.fullRank >= smallestSide
            && Double(rank + oversampling) <= largestShare * Double(shape.fullRank)
    }

    /// Finds the first components of matrices `[blocks, rows, columns]`.
    ///
    /// - Parameters:
    ///   - rank: how many are wanted.
    ///   - matrices: with no more rows than columns, where there is a metric.
    ///   - metric: the second moments of the inputs; nil for the plain singular value decomposition.
    ///   - seed: what the directions depend on.
    public init(_ rank: Int, of matrices: Tensor, metric: Metric? = nil, seed: UInt64 = 0) throws {
        let matrix = try matrices.converted(to: .float64)
        guard matrix.shape[1] <= matrix.shape[2] else {
            precondition(metric == nil, "a metric is of the columns, which are the longer side")
            let turned = try LeadingComponents(rank, of: matrix.transposed(), seed: seed)
            self.init(
                decomposition: Decomposition(
                    left: try turned.decomposition.right.transposed(),
                    right: try turned.decomposition.left.transposed(),
                    values: turned.decomposition.values, missing: turned.decomposition.missing,
                    largestMissing: turned.decomposition.largestMissing), energy: turned.energy)
            return
        }
        let rows = matrix.shape[1]
        let weighted = try metric.map { try $0.moments(timesLeft: matrix) } ?? matrix
        let turned = try matrix.transposed()
        var generator = Generator(seed: seed)
        let count = min(rank + Self.oversampling, rows)
        var span = try Tensor.normal(
            [matrix.shape[0], rows, count], type: .float64, using: &generator)
        for _ in 0..<Self.iterations {
            span = try matmul(weighted, matmul(turned, span.qrDecomposition().orthogonal))
        }
        span = try span.qrDecomposition().orthogonal
        let across = try span.transposed()
        let small = try matmul(matmul(across, weighted), matmul(turned, span))
        let (squares, vectors) = try small.symmetricEigenvectors()
        let left = try matmul(span, vectors.flipped(along: [2]))
        let values = try squares.clamped(from: 0).sum(along: [0]).flipped(along: [0]).squareRoot()
        let found: [Double] = try values.elements()
        let energy = try (weighted * matrix).sum().item()
        func outside(_ vectors: Tensor) throws -> Tensor {
            try vectors - matmul(span, matmul(across, vectors))
        }
        let probes = try Tensor.normal(
            [matrix.shape[0], rows, Self.probes], type: .float64, using: &generator)
        var images = try outside(probes)
        for _ in 0..<Self.power { images = try outside(matmul(weighted, matmul(turned, images))) }
        // Of each block the largest of the probes, as a sum over the blocks: a component has a part in each.
        let squared: [Double] = try images.power(2).sum(along: [1]).elements()
        let norms = stride(from: 0, to: squared.count, by: Self.probes).reduce(0) {
            let largest = (squared[$1..<$1 + Self.probes].max() ?? 0).squareRoot()
            return $0 + pow(10 * (2 / Double.pi).squareRoot() * largest, 1 / Double(Self.power))
        }
        let missed = max(0, energy - found.reduce(0) { $0 + $1 * $1 })
        self.init(
            decomposition: Decomposition(
                left: left, right: try matmul(left.transposed(), matrix), values: found,
                missing: missed, largestMissing: norms),
            energy: energy)
    }

    /// Whether the best components of a rank keep hardly more.
    public func isAccurate(atRank rank: Int) -> Bool {
        decomposition.shortfall(atRank: rank) <= Self.tolerance * energy
    }

    private init(decomposition: Decomposition, energy: Double) {
        self.decomposition = decomposition
        self.energy = energy
    }
}

extension RawCriterion {
    /// The first components of the singular value decomposition.
    public func leading(
        _ rank: Int, of matrices: Tensor, profile: LayerProfile?
    ) throws -> LeadingComponents? {
        try LeadingComponents(rank, of: matrices)
    }
}

extension RelativeCriterion {
    /// The first components of the singular value decomposition.
    public func leading(
        _ rank: Int, of matrices: Tensor, profile: LayerProfile?
    ) throws -> LeadingComponents? {
        try LeadingComponents(rank, of: matrices)
    }
}

extension WhitenedCriterion {
    /// The first components in the metric of the inputs, where the weight has no more rows than columns and is read in
    /// one way.
    public func leading(
        _ rank: Int, of matrices: Tensor, profile: LayerProfile?
    ) throws -> LeadingComponents? {
        guard let profile, profile.transposedMoments == nil, matrices.shape[1] <= matrices.shape[2]
        else { return nil }
        return try LeadingComponents(
            rank, of: matrices, metric: Metric(flooring: profile.moments))
    }
}
