private enum Operators {
    static let svd = Operator(known: "aten::linalg_svd")
    static let singularValues = Operator(known: "aten::linalg_svdvals")
    static let qr = Operator(known: "aten::linalg_qr")
    static let eigh = Operator(known: "aten::linalg_eigh")
    static let eigvalsh = Operator(known: "aten::linalg_eigvalsh")
    static let cholesky = Operator(known: "aten::linalg_cholesky")
    static let solveTriangular = Operator(known: "aten::linalg_solve_triangular")
}

/// The thin singular value decomposition `left · diag(values) · right`, values descending.
public struct SingularValueDecomposition: Sendable {
    /// Orthonormal columns, `[rows, k]` with k = min(rows, columns).
    public let left: Tensor
    /// The singular values, `[k]`.
    public let values: Tensor
    /// Orthonormal rows, `[k, columns]`.
    public let right: Tensor
}

extension Tensor {
    /// The thin singular value decomposition of a matrix, by LAPACK.
    public func singularValueDecomposition() throws(TensorError) -> SingularValueDecomposition {
        let parts = try Operators.svd.tensors(.tensor(self), .bool(false))
        return SingularValueDecomposition(left: parts[0], values: parts[1], right: parts[2])
    }

    /// The singular values of a matrix, descending, by LAPACK.
    public func singularValues() throws(TensorError) -> Tensor {
        try Operators.singularValues.tensor(.tensor(self))
    }

    /// The thin QR decomposition of a matrix.
    public func qrDecomposition() throws(TensorError) -> (orthogonal: Tensor, triangular: Tensor) {
        let parts = try Operators.qr.tensors(.tensor(self), .string("reduced"))
        return (parts[0], parts[1])
    }

    /// The eigenvalues, ascending, and eigenvectors, as columns, of a symmetric matrix.
    public func symmetricEigenvectors() throws(TensorError) -> (values: Tensor, vectors: Tensor) {
        let parts = try Operators.eigh.tensors(.tensor(self), .string("L"))
        return (parts[0], parts[1])
    }

    /// The eigenvalues of a symmetric matrix, ascending.
    public func symmetricEigenvalues() throws(TensorError) -> Tensor {
        try Operators.eigvalsh.tensor(.tensor(self), .string("L"))
    }

    /// The lower triangular L of a positive definite matrix L·Lᵀ.
    public func choleskyFactor() throws(TensorError) -> Tensor {
        try Operators.cholesky.tensor(.tensor(self))
    }

    /// The x of `self · x = right`, where `self` is triangular.
    public func solvingTriangular(
        _ right: Tensor, upper: Bool
    ) throws(TensorError) -> Tensor {
        try Operators.solveTriangular.tensor(.tensor(self), .tensor(right), .bool(upper))
    }
}
