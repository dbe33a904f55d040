import Tensors
import TestSupport
import Testing

@Suite struct LinearAlgebraTests {
    private static let shapes = [[5, 3], [3, 5], [4, 4], [1, 1], [1, 6]]

    private func matrix(_ shape: [Int]) throws -> Tensor {
        var generator = Generator(seed: 2)
        return try .normal(shape, type: .float64, using: &generator)
    }

    /// The matrix `A·Aᵀ + I`.
    private func positiveDefinite(_ size: Int) throws -> Tensor {
        let a = try matrix([size, size])
        return try matmul(a, a.transposed()) + .identity(size, type: .float64)
    }

    private func expectOrthonormalColumns(
        _ tensor: Tensor, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expectClose(
            matmul(tensor.transposed(), tensor), .identity(tensor.shape[1], type: .float64),
            within: 1e-13, sourceLocation: sourceLocation)
    }

    @Test(arguments: shapes)
    func `a matrix is the product of its singular value decomposition`(shape: [Int]) throws {
        let matrix = try matrix(shape)
        let parts = try matrix.singularValueDecomposition()
        let k = shape.min() ?? 0
        #expect(parts.left.shape == [shape[0], k] && parts.right.shape == [k, shape[1]])
        try expectClose(matmul(parts.left * parts.values, parts.right), matrix, within: 1e-13)
        try expectOrthonormalColumns(parts.left)
        try expectOrthonormalColumns(parts.right.transposed())
        let values = try parts.values.elements(Double.self)
        #expect(values == values.sorted(by: >) && values.allSatisfy { $0 >= 0 })
        try expectClose(matrix.singularValues(), parts.values, within: 1e-13)
        try expectClose(parts.values.norm(), matrix.norm(), within: 1e-13)
    }

    @Test func `singular values of a known matrix`() throws {
        let matrix = Tensor([3.0, 0, 0, 0, -5, 0], shape: [2, 3])
        try expectClose(matrix.singularValues(), Tensor([5.0, 3.0]), within: 1e-15)
    }

    @Test(arguments: shapes)
    func `a matrix is the product of its QR decomposition`(shape: [Int]) throws {
        let matrix = try matrix(shape)
        let (orthogonal, triangular) = try matrix.qrDecomposition()
        try expectClose(matmul(orthogonal, triangular), matrix, within: 1e-13)
        try expectOrthonormalColumns(orthogonal)
        let below = try call("aten::tril", "", .tensor(triangular), .int(-1))
        try expectClose(below, .zeros(triangular.shape, type: .float64))
    }

    @Test(arguments: [1, 2, 5])
    func `eigenvectors diagonalise a symmetric matrix, values ascending`(size: Int) throws {
        let matrix = try positiveDefinite(size)
        let (values, vectors) = try matrix.symmetricEigenvectors()
        try expectOrthonormalColumns(vectors)
        try expectClose(matmul(vectors * values, vectors.transposed()), matrix, within: 1e-13)
        let numbers = try values.elements(Double.self)
        #expect(numbers == numbers.sorted() && numbers.allSatisfy { $0 >= 1 - 1e-12 })
    }

    @Test(arguments: [1, 2, 5])
    func `a Cholesky factor is lower triangular and squares to the matrix`(size: Int) throws {
        let matrix = try positiveDefinite(size)
        let factor = try matrix.choleskyFactor()
        try expectClose(matmul(factor, factor.transposed()), matrix, within: 1e-13)
        let above = try call("aten::triu", "", .tensor(factor), .int(1))
        try expectClose(above, .zeros([size, size], type: .float64))
    }

    @Test(arguments: [false, true])
    func `a triangular system is solved`(upper: Bool) throws {
        let lower = try positiveDefinite(4).choleskyFactor()
        let triangle = try upper ? lower.transposed() : lower
        let right = try matrix([4, 2])
        let x = try triangle.solvingTriangular(right, upper: upper)
        try expectClose(matmul(triangle, x), right, within: 1e-12)
    }

    @Test func `a matrix that is not finite is refused`() throws {
        let failure = #expect(throws: TensorError.self) {
            try Tensor([1, .nan, 2, 3], shape: [2, 2]).singularValueDecomposition()
        }
        #expect(failure?.kind == .linearAlgebra)
        #expect(failure?.operatorName == "aten::linalg_svd")
    }
}
