public import Tensors

/// A matrix as a sum of components of falling importance: `matrix = left · right`.
///
/// Keeping the first r columns of `left` and rows of `right` is the best matrix of rank r in the norm of
/// the criterion that made it, and its squared error is the sum of the squares of the values left out.
public struct Decomposition: Sendable {
    /// `[rows, k]`, in double precision.
    public let left: Tensor
    /// `[k, columns]`, in double precision.
    public let right: Tensor
    /// The singular values in the criterion's norm, falling, one a component.
    public let values: [Double]

    /// Makes a decomposition.
    public init(left: Tensor, right: Tensor, values: [Double]) {
        self.left = left
        self.right = right
        self.values = values
    }

    /// The two factors of a rank, in the type of the weights, each component's norm shared evenly.
    ///
    /// - Parameter rank: from 1 to the number of components.
    /// - Returns: `first` `[rank, columns]`, next to the input, and `second` `[rows, rank]`.
    public func factors(
        rank: Int, type: ScalarType
    ) throws -> (first: Tensor, second: Tensor) {
        let columns = try left.sliced(0..<rank, along: 1)
        let rows = try right.sliced(0..<rank, along: 0)
        let tiny = Double.leastNormalMagnitude
        let ofColumns = try (columns * columns).sum(along: [0]).squareRoot().clamped(from: tiny)
        let ofRows = try (rows * rows).sum(along: [1]).squareRoot().clamped(from: tiny)
        let scale = try (ofRows / ofColumns).squareRoot()
        let second = try (columns * scale).converted(to: type).contiguous()
        let first = try (rows / scale.unsqueezed(at: 1)).converted(to: type).contiguous()
        return (first, second)
    }
}

extension Decomposition {
    /// The singular value decomposition of `matrix · root`, where `root · rootᵀ = metric`, brought back to
    /// `matrix`: the best choice where the inputs have `metric` as their second moments.
    ///
    /// It goes through the Gram matrix of the smaller side in double precision, which is exact for
    /// values down to about 1e-7 of the largest: the resolution of float weights.
    ///
    /// - Parameters:
    ///   - matrix: `[rows, columns]`.
    ///   - metric: the inputs' metric; nil for the plain singular value decomposition.
    init(ofMatrix matrix: Tensor, metric: Metric? = nil) throws {
        let matrix = try matrix.converted(to: .float64)
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        if rows <= columns {
            // matrix·metric·matrixᵀ = U Σ² Uᵀ; the components are U and Uᵀ·matrix.
            let weighted = try metric.map { try matmul(matrix, $0.moments) } ?? matrix
            let (values, vectors) = try Self.eigenvectors(matmul(weighted, matrix.transposed()))
            self.init(
                left: vectors, right: try matmul(vectors.transposed(), matrix), values: values)
        } else {
            // (matrix·root)ᵀ(matrix·root) = V Σ² Vᵀ; the components are matrix·root·V and Vᵀ·root⁻¹.
            let scaled = try metric.map { try matmul(matrix, $0.root) } ?? matrix
            let (values, vectors) = try Self.eigenvectors(matmul(scaled.transposed(), scaled))
            let right = try vectors.transposed()
            self.init(
                left: try matmul(scaled, vectors),
                right: try metric.map { try matmul(right, $0.inverseRoot) } ?? right, values: values
            )
        }
    }

    /// Eigenvectors as columns, in falling order, and the roots of the eigenvalues.
    private static func eigenvectors(_ gram: Tensor) throws -> ([Double], Tensor) {
        let (values, vectors) = try gram.symmetricEigenvectors()
        let roots = try values.flipped(along: [0]).clamped(from: 0).squareRoot()
        return (try roots.elements(), try vectors.flipped(along: [1]))
    }
}

/// Second moments of a layer's inputs, with a root and its inverse.
public struct Metric: Sendable {
    /// The eigenvalues' floor, relative to the largest.
    public static let floor = 1e-10

    /// The moments, eigenvalues floored: `[columns, columns]`.
    public let moments: Tensor
    /// R with R·Rᵀ = moments.
    public let root: Tensor
    /// R⁻¹.
    public let inverseRoot: Tensor

    /// Floors the eigenvalues of a second-moment matrix and takes its root.
    ///
    /// - Parameter moments: symmetric `[columns, columns]`.
    public init(flooring moments: Tensor) throws {
        let (values, vectors) = try moments.converted(to: .float64).symmetricEigenvectors()
        let largest = try values.maximum().item()
        let floor = max(largest * Self.floor, Double.leastNormalMagnitude)
        let roots = try values.clamped(from: floor).squareRoot()
        root = try vectors * roots
        inverseRoot = try (vectors / roots).transposed()
        self.moments = try matmul(root, root.transposed())
    }
}
