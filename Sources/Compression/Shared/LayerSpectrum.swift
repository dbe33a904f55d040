public import Programs

/// What an allocator knows of one layer.
public struct LayerSpectrum: Sendable {
    /// The weight's name, for messages.
    public let name: String
    /// The matrices of its weight.
    public let matrices: MatrixShape
    /// The values of the components in the criterion's norm, falling.
    public let values: [Double]
    /// The same on a scale that all layers share, falling.
    public let scores: [Double]

    /// Makes a spectrum.
    public init(name: String = "", matrices: MatrixShape, values: [Double], scores: [Double]) {
        self.name = name
        self.matrices = matrices
        self.values = values
        self.scores = scores
    }

    /// The parameters of the layer's weight at a rank: of two factors where they save, else of the matrix.
    public func parameters(atRank rank: Int) -> Int {
        matrices.saves(atRank: rank) ? matrices.count(atRank: rank) : matrices.count
    }

    /// The squared scores that a rank leaves out, one a rank from 1 on; 0 at the last.
    var errors: [Double] {
        var tail = 0.0
        return scores.indices.reversed().map { index in
            defer { tail += scores[index] * scores[index] }
            return tail
        }.reversed()
    }
}
