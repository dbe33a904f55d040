import Programs

/// The same largest rank everywhere.
public struct UniformRank: Allocator {
    /// The rank.
    public let rank: Int

    /// Allows ranks up to `rank`.
    public init(_ rank: Int) { self.rank = rank }

    /// The rank, or a layer's full rank where that is less; a layer that it does not make smaller stays as it is.
    public func ranks(for problem: AllocationProblem) -> [Int] {
        problem.layers.enumerated().map { layer, spectrum in
            let rank = max(1, min(rank, spectrum.matrices.fullRank))
            return problem.saves(layer, at: rank) ? problem.settled(rank, of: layer) : rank
        }
    }
}
