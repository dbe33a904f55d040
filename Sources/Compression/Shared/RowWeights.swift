import Tensors

/// Weights of a layer's rows, by which criteria tell outputs of more consequence from others.
struct RowWeights {
    /// The least weight, relative to the largest: no row counts for nothing.
    static let floor = 1e-6

    /// `[blocks, rows, 1]`, in double precision.
    private let weights: Tensor

    /// Floors weights of 0 or more, `[blocks, rows]` in any shape.
    init(flooring weights: Tensor, blocks: Int) throws {
        let wide = try weights.converted(to: .float64).reshaped(to: [blocks, -1, 1])
        let largest = try wide.maximum().item()
        self.weights = try wide.clamped(
            from: max(largest * Self.floor, Double.leastNormalMagnitude))
    }

    /// The decomposition of `weights · matrix`, brought back to `matrix`.
    ///
    /// Where the matrices have several rows for each weight, next to each other, those have it alike.
    func decomposition(
        of matrices: Tensor, by decompose: (Tensor) throws -> Decomposition
    ) throws -> Decomposition {
        let weights = try self.weights(forRows: matrices.shape[1])
        let found = try decompose(matrices.converted(to: .float64) * weights)
        return Decomposition(
            left: try found.left / weights, right: found.right, values: found.values)
    }

    private func weights(forRows rows: Int) throws -> Tensor {
        let (blocks, own) = (weights.shape[0], weights.shape[1])
        guard own > 1, own != rows else { return weights }
        return try
            (weights.unsqueezed(at: 2)
            * Tensor.full([1, 1, rows / own, 1], 1, type: .float64))
            .reshaped(to: [blocks, rows, 1])
    }
}
