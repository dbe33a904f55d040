import Synchronization
public import Programs
public import Tensors

/// Second moments of a layer's inputs, with a root and its inverse.
///
/// A root is any R with R·Rᵀ = moments. It is only taken where it is asked for: of thousands of inputs it costs far more than
/// everything else.
public struct Metric: Sendable {
    /// The floor of a root's squared eigenvalues, relative to the largest.
    public static let floor = 1e-10

    private let values: Tensor
    private let isDiagonal: Bool
    private let roots: Roots

    /// Takes second moments; where a root is taken, their eigenvalues are floored.
    public init(flooring moments: Moments) throws {
        switch moments {
        case .full(let matrix): (values, isDiagonal) = (try matrix.converted(to: .float64), false)
        case .diagonal(let vector):
            (values, isDiagonal) = (try vector.converted(to: .float64), true)
        }
        roots = Roots()
    }

    /// `matrix · moments` for a matrix `[blocks, k, columns]`.
    public func moments(timesLeft matrix: Tensor) throws -> Tensor {
        try product(matrix, values)
    }

    /// `matrix · R` for a matrix `[blocks, k, columns]`.
    public func root(timesLeft matrix: Tensor) throws -> Tensor {
        try product(matrix, roots.pair(of: values, isDiagonal).root)
    }

    /// `matrix · R⁻¹` for a matrix `[blocks, k, columns]`.
    public func inverseRoot(timesLeft matrix: Tensor) throws -> Tensor {
        try product(matrix, roots.pair(of: values, isDiagonal).inverse)
    }

    private func product(_ matrix: Tensor, _ factor: Tensor) throws -> Tensor {
        isDiagonal ? try matrix * factor : try matmul(matrix, factor)
    }

    /// A root and its inverse, taken once.
    private final class Roots: Sendable {
        private let taken = Mutex<(root: Tensor, inverse: Tensor)?>(nil)

        func pair(of moments: Tensor, _ isDiagonal: Bool) throws -> (root: Tensor, inverse: Tensor)
        {
            try taken.withLock { taken in
                if let taken { return taken }
                let pair = try isDiagonal ? Self.diagonal(moments) : Self.full(moments)
                taken = pair
                return pair
            }
        }

        private static func full(_ moments: Tensor) throws -> (root: Tensor, inverse: Tensor) {
            let (values, vectors) = try moments.symmetricEigenvectors()
            let roots = try floored(values).squareRoot().unsqueezed(at: 1)
            return (try vectors * roots, try (vectors / roots).transposed())
        }

        private static func diagonal(_ moments: Tensor) throws -> (root: Tensor, inverse: Tensor) {
            let root = try floored(moments).squareRoot()
            return (root, try Tensor.full([1], 1, type: .float64) / root)
        }

        private static func floored(_ values: Tensor) throws -> Tensor {
            let largest = try values.maximum().item()
            return try values.clamped(from: max(largest * Metric.floor, .leastNormalMagnitude))
        }
    }
}
