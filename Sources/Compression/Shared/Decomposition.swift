import Programs
public import Tensors

/// The matrices of a weight as sums of components of falling importance: `matrix = left · right` in each block.
///
/// Keeping the first r columns of `left` and rows of `right` is the best matrix of rank r in the norm of
/// the criterion that made it, and its squared error is the sum of the squares of the values left out. Component i of
/// a weight of several blocks is component i of each of them; its value is the root of the sum of their squares.
public struct Decomposition: Sendable {
    /// `[blocks, rows, k]`, in double precision.
    public let left: Tensor
    /// `[blocks, k, columns]`, in double precision.
    public let right: Tensor
    /// The singular values in the criterion's norm, falling, one a component.
    public let values: [Double]
    /// Σσ² of components that were not asked for; 0 where they are all there.
    public let missing: Double
    /// A bound on what one component that was not found can have, Σ over the blocks of the largest σ² of each; 0 where all are there.
    public let largestMissing: Double

    /// Makes a decomposition.
    public init(
        left: Tensor, right: Tensor, values: [Double], missing: Double = 0,
        largestMissing: Double = 0
    ) {
        self.left = left
        self.right = right
        self.values = values
        self.missing = missing
        self.largestMissing = largestMissing
    }

    /// By how much the Σσ² that a rank keeps can be less than that of the best choice of this rank, at most.
    ///
    /// What the best choice keeps is no more than what it keeps within the span that was found and what the same number of
    /// directions keeps outside (Ky Fan's inequality).
    public func shortfall(atRank rank: Int) -> Double {
        min(missing, Double(rank) * largestMissing)
    }

    /// Σσ² of all components.
    var energy: Double { values.reduce(missing) { $0 + $1 * $1 } }

    /// The two factors of a rank, in the type of the weights, each component's norm shared evenly.
    ///
    /// - Parameter rank: from 1 to the number of components.
    /// - Returns: `first` `[blocks, rank, columns]`, next to the input, and `second` `[blocks, rows, rank]`.
    public func factors(
        rank: Int, type: ScalarType
    ) throws -> (first: Tensor, second: Tensor) {
        let columns = try left.sliced(0..<rank, along: 2)
        let rows = try right.sliced(0..<rank, along: 1)
        let tiny = Double.leastNormalMagnitude
        let ofColumns = try (columns * columns).sum(along: [1]).squareRoot().clamped(from: tiny)
        let ofRows = try (rows * rows).sum(along: [2]).squareRoot().clamped(from: tiny)
        let scale = try (ofRows / ofColumns).squareRoot()
        let second = try (columns * scale.unsqueezed(at: 1)).converted(to: type).contiguous()
        let first = try (rows / scale.unsqueezed(at: 2)).converted(to: type).contiguous()
        return (first, second)
    }
}

extension Decomposition {
    /// The singular value decomposition of `matrix · root`, where `root · rootᵀ = metric`, brought back to
    /// `matrix`: the best choice where the inputs have `metric` as their second moments.
    ///
    /// It goes through the Gram matrix of the smaller side in double precision, which is exact for values down to about 1e-7
    /// of the largest: the resolution of float weights. Moments are as exact as they were summed: those of convolutions, in
    /// parts in single precision, tell values apart down to about 1e-4 of the largest.
    ///
    /// - Parameters:
    ///   - matrices: `[blocks, rows, columns]`.
    ///   - metric: the inputs' metric; nil for the plain singular value decomposition.
    init(of matrices: Tensor, metric: Metric? = nil) throws {
        let matrix = try matrices.converted(to: .float64)
        let (rows, columns) = (matrix.shape[1], matrix.shape[2])
        if rows <= columns {
            // matrix·metric·matrixᵀ = U Σ² Uᵀ; the components are U and Uᵀ·matrix.
            let weighted = try metric.map { try $0.moments(timesLeft: matrix) } ?? matrix
            let (values, vectors) = try Self.eigenvectors(matmul(weighted, matrix.transposed()))
            self.init(
                left: vectors, right: try matmul(vectors.transposed(), matrix), values: values)
        } else {
            // (matrix·root)ᵀ(matrix·root) = V Σ² Vᵀ; the components are matrix·root·V and Vᵀ·root⁻¹.
            let scaled = try metric.map { try $0.root(timesLeft: matrix) } ?? matrix
            let (values, vectors) = try Self.eigenvectors(matmul(scaled.transposed(), scaled))
            let right = try vectors.transposed()
            self.init(
                left: try matmul(scaled, vectors),
                right: try metric.map { try $0.inverseRoot(timesLeft: right) } ?? right,
                values: values
            )
        }
    }

    /// The roots of eigenvalues' sums over the blocks, falling.
    private static func roots(_ values: Tensor) throws -> Tensor {
        try values.clamped(from: 0).sum(along: [0]).flipped(along: [0]).squareRoot()
    }

    /// Eigenvectors as columns, in falling order, and the roots of the eigenvalues' sums over the blocks.
    private static func eigenvectors(_ gram: Tensor) throws -> ([Double], Tensor) {
        let (values, vectors) = try gram.symmetricEigenvectors()
        return (try roots(values).elements(), try vectors.flipped(along: [2]))
    }
}

extension Decomposition {
    /// The decomposition of `outputRootᵀ · matrix · root`, brought back to `matrix`: for a weight that is read
    /// transposed too.
    ///
    /// - Parameters:
    ///   - matrices: `[blocks, rows, columns]`.
    ///   - metric: the metric of the columns.
    ///   - outputMetric: the metric of the rows.
    init(of matrices: Tensor, metric: Metric, outputMetric: Metric) throws {
        let turned = try matrices.converted(to: .float64).transposed()
        let scaled = try Decomposition(
            of: outputMetric.root(timesLeft: turned).transposed(), metric: metric)
        self.init(
            left: try outputMetric.inverseRoot(timesLeft: scaled.left.transposed()).transposed(),
            right: scaled.right, values: scaled.values)
    }
}

extension Moments {
    /// The moments over their mean, with one added: none of the directions counts for nothing.
    var damped: Moments {
        get throws {
            switch self {
            case .full(let matrix):
                let size = matrix.shape[matrix.rank - 1]
                let identity = try Tensor.identity(size, type: .float64)
                let mean = try (matrix * identity).sum().item() / Double(size * matrix.shape[0])
                return .full(try matrix * (mean > 0 ? 1 / mean : 0) + identity)
            case .diagonal(let values):
                let mean = try values.mean().item()
                return .diagonal(try values * (mean > 0 ? 1 / mean : 0) + 1.0)
            }
        }
    }
}
