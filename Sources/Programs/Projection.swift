public import Tensors

/// A linear map of a stored tensor to another: left · matrix · right for each of its matrices.
///
/// Where left and right are parts of orthogonal matrices the network's function, gradients and weight decay are
/// mapped in the same way, and with them the means of gradients that optimizers keep.
public struct Projection: Sendable {
    private let source: FactorStorage
    private let target: FactorStorage
    /// `[blocks, new rows, rows]`, in double precision; nil for the identity.
    private let left: Tensor?
    /// `[blocks, columns, new columns]`.
    private let right: Tensor?

    /// Makes a map.
    ///
    /// - Parameters:
    ///   - source: how the tensor is stored.
    ///   - target: how the new one is.
    ///   - left: `[blocks, new rows, rows]`; nil for the identity.
    ///   - right: `[blocks, columns, new columns]`; nil for the identity.
    public init(from source: FactorStorage, to target: FactorStorage, left: Tensor?, right: Tensor?)
    {
        self.source = source
        self.target = target
        self.left = left
        self.right = right
    }

    /// The map of a tensor.
    public func callAsFunction(_ tensor: Tensor) throws -> Tensor {
        try mapped(tensor, left, right)
    }

    /// The map of the mean squares of random elements, where those are uncorrelated and their means 0.
    ///
    /// The variance of Σ aᵢxᵢ is then Σ aᵢ² times the variance of xᵢ; what is 0 or more stays so.
    public func ofSquares(_ tensor: Tensor) throws -> Tensor {
        try mapped(tensor, left.map { try $0 * $0 }, right.map { try $0 * $0 })
    }

    private func mapped(_ tensor: Tensor, _ left: Tensor?, _ right: Tensor?) throws -> Tensor {
        var matrices = try source.layout.matrices(of: tensor.converted(to: .float64))
        if let left { matrices = try matmul(left, matrices) }
        if let right { matrices = try matmul(matrices, right) }
        return try target.tensor(of: matrices).converted(to: tensor.scalarType).contiguous()
    }
}
