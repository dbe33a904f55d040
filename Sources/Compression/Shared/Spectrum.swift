import Foundation
import Tensors

/// The singular values of a weight's matrices, and what is told of them.
public struct Spectrum: Sendable {
    /// The singular values of all its matrices, falling.
    public let values: [Double]

    /// Makes a spectrum of values, none below 0.
    public init(_ values: [Double]) { self.values = values.sorted(by: >) }

    /// Finds the singular values of matrices `[blocks, rows, columns]`.
    ///
    /// It goes through the Gram matrix of the smaller side in double precision, which is exact for values
    /// down to about 1e-7 of the largest; what is below counts as 0.
    init(of matrices: Tensor) throws {
        try self.init(squares: Self.squares(of: matrices).reshaped(to: [-1]))
    }

    /// Finds the values of matrices `[blocks, rows, columns]` that are cut to one rank: value i is the root of the sum
    /// over the blocks of their i-th squared singular values, as in a ``Decomposition``.
    init(joining matrices: Tensor) throws {
        try self.init(squares: Self.squares(of: matrices).sum(along: [0]))
    }

    private init(squares: Tensor) throws {
        let found = try squares.squareRoot().elements(Double.self)
        let floor = 1e-7 * (found.max() ?? 0)
        self.init(found.map { $0 < floor ? 0 : $0 })
    }

    /// The squared singular values of each block, rising: `[blocks, k]`.
    private static func squares(of matrices: Tensor) throws -> Tensor {
        let wide = try matrices.converted(to: .float64)
        let turned = try wide.transposed()
        let gram =
            wide.shape[1] <= wide.shape[2] ? try matmul(wide, turned) : try matmul(turned, wide)
        return try gram.symmetricEigenvalues().clamped(from: 0)
    }

    /// Σσ².
    public var energy: Double { values.reduce(0) { $0 + $1 * $1 } }

    /// Σσ² / σ₁² (Rudelson and Vershynin, 2007); 0 where all are 0.
    public var stableRank: Double {
        guard let largest = values.first, largest > 0 else { return 0 }
        return energy / (largest * largest)
    }

    /// e to the entropy of σ / Σσ (Roy and Vetterli, 2007); 0 where all are 0.
    public var effectiveRank: Double {
        let sum = values.reduce(0, +)
        guard sum > 0 else { return 0 }
        return exp(
            values.reduce(0.0) { total, value in
                let share = value / sum
                return share > 0 ? total - share * log(share) : total
            })
    }

    /// The smallest number of values, at least 1, that have a share of Σσ².
    public func rank(keeping share: Double) -> Int {
        let needed = share * energy
        var kept = 0.0
        for (index, value) in values.enumerated() {
            kept += value * value
            if kept >= needed { return index + 1 }
        }
        return max(1, values.count)
    }

    /// Σσ^power: with power 2/N what weight decay on N balanced factors amounts to, up to a factor N/2 · λ.
    public func schatten(_ power: Double) -> Double {
        values.reduce(0) { $1 > 0 ? $0 + pow($1, power) : $0 }
    }
}
