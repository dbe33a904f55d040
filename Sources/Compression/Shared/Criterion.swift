public import Programs
public import Tensors

/// What makes a component of a weight worth keeping.
///
/// A new criterion is a new type that conforms, listed in ``Criteria/known``.
public protocol Criterion: Sendable {
    /// The name that the command line takes.
    var name: String { get }
    /// Whether it reads a profile of the layer's inputs.
    var needsProfile: Bool { get }
    /// Whether it reads the gradients in a profile, which take labelled examples.
    var needsGradients: Bool { get }
    /// Whether it reads more of the network than a weight.
    var needsNetwork: Bool { get }

    /// The components of a weight in falling importance.
    ///
    /// - Parameters:
    ///   - matrices: the weight as `[blocks, rows, columns]`.
    ///   - profile: what calibration saw of the layer's inputs, where there was calibration.
    func decomposition(of matrices: Tensor, profile: LayerProfile?) throws -> Decomposition

    /// The components of a weight where it stands in its network.
    func decomposition(
        of site: WeightSite, in program: Program, profile: LayerProfile?
    ) throws -> Decomposition

    /// The values of the decomposition alone, which cost less than its components.
    func values(of matrices: Tensor, profile: LayerProfile?) throws -> [Double]

    /// The values of one layer's components on a scale that all layers share.
    func scores(_ values: [Double]) -> [Double]

    /// The first components of a large weight, found faster than all of them; nil where there is no such way.
    func leading(
        _ rank: Int, of matrices: Tensor, profile: LayerProfile?
    ) throws -> LeadingComponents?
}

extension Criterion {
    /// It does not.
    public var needsGradients: Bool { false }

    /// It does not.
    public var needsNetwork: Bool { false }

    /// Those of the weight alone.
    public func decomposition(
        of site: WeightSite, in program: Program, profile: LayerProfile?
    ) throws -> Decomposition {
        try decomposition(of: site.matrices(in: program), profile: profile)
    }

    /// None.
    public func leading(
        _ rank: Int, of matrices: Tensor, profile: LayerProfile?
    ) throws -> LeadingComponents? { nil }

    /// Those of the decomposition.
    public func values(of matrices: Tensor, profile: LayerProfile?) throws -> [Double] {
        try decomposition(of: matrices, profile: profile).values
    }
}

/// The criteria that can be asked for by name.
public enum Criteria {
    /// Those that are tried where the best is looked for.
    public static let all: [any Criterion] = [
        RawCriterion(), RelativeCriterion(), WhitenedCriterion(),
    ]

    /// All of them.
    public static let known: [any Criterion] =
        all + [
            NormFoldedCriterion(), NormFoldedCriterion(WhitenedCriterion()), FisherCriterion(),
            FisherCriterion(WhitenedCriterion()),
        ]

    /// The criterion of that name; nil where there is none.
    public static func named(_ name: String) -> (any Criterion)? {
        known.first { $0.name == name }
    }
}

/// The singular values themselves, as LoRITa ranks them (Zhang, Alkhouri and Wang, 2024).
public struct RawCriterion: Criterion {
    /// `raw`.
    public let name = "raw"
    /// It reads the weight alone.
    public let needsProfile = false

    /// Makes the criterion.
    public init() {}

    /// The singular value decomposition.
    public func decomposition(of matrices: Tensor, profile: LayerProfile?) throws -> Decomposition {
        try Decomposition(of: matrices)
    }

    /// The singular values.
    public func values(of matrices: Tensor, profile: LayerProfile?) throws -> [Double] {
        try Spectrum(joining: matrices).values
    }

    /// The values as they are.
    public func scores(_ values: [Double]) -> [Double] { values }
}

/// The singular values over the largest of their layer, so that layers of different scale compare.
public struct RelativeCriterion: Criterion {
    /// `relative`.
    public let name = "relative"
    /// It reads the weight alone.
    public let needsProfile = false

    /// Makes the criterion.
    public init() {}

    /// The singular value decomposition.
    public func decomposition(of matrices: Tensor, profile: LayerProfile?) throws -> Decomposition {
        try Decomposition(of: matrices)
    }

    /// The singular values.
    public func values(of matrices: Tensor, profile: LayerProfile?) throws -> [Double] {
        try Spectrum(joining: matrices).values
    }

    /// The values over the first.
    public func scores(_ values: [Double]) -> [Double] {
        guard let first = values.first, first > 0 else { return values }
        return values.map { $0 / first }
    }
}

/// The singular values of the weight times a root of its inputs' second moments, over their layer's norm.
///
/// Their squares are the exact mean squared error of a linear layer's output on the calibration examples
/// (SVD-LLM, Wang et al., 2024, theorem 3.2, there with a Cholesky root; here with floored eigenvalues,
/// which also serves inputs that span less than all directions).
///
/// A weight that is read transposed too, as a table that an embedding and a head share, has inputs on both sides. The
/// sum of both errors has no decomposition of its own: with both moments over their mean, `tr(Δ·C·Δᵀ) + tr(Δᵀ·S·Δ)` is
/// taken as `tr((S + 1)·Δ·(C + 1)·Δᵀ)`, which holds both terms, and the values are an estimate.
public struct WhitenedCriterion: Criterion {
    /// `whitened`.
    public let name = "whitened"
    /// It reads the moments of the layer's inputs.
    public let needsProfile = true

    /// Makes the criterion.
    public init() {}

    /// The decomposition in the metric of the inputs.
    public func decomposition(of matrices: Tensor, profile: LayerProfile?) throws -> Decomposition {
        guard let profile else {
            throw CompressionError(
                .data, "the criterion whitened needs examples: pass --data, or use relative")
        }
        guard let transposed = profile.transposedMoments else {
            return try Decomposition(
                of: matrices, metric: Metric(flooring: profile.moments))
        }
        return try Decomposition(
            of: matrices, metric: Metric(flooring: profile.moments.damped),
            outputMetric: Metric(flooring: transposed.damped))
    }

    /// The values over the root of the sum of their squares.
    public func scores(_ values: [Double]) -> [Double] {
        let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return norm > 0 ? values.map { $0 / norm } : values
    }
}

extension Criterion where Self == RawCriterion {
    /// The singular values themselves.
    public static var raw: RawCriterion { RawCriterion() }
}
extension Criterion where Self == RelativeCriterion {
    /// The singular values over their layer's largest.
    public static var relative: RelativeCriterion { RelativeCriterion() }
}
extension Criterion where Self == WhitenedCriterion {
    /// The error of the layer's output, over its norm.
    public static var whitened: WhitenedCriterion { WhitenedCriterion() }
}
