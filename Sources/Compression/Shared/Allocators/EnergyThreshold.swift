import Programs

/// In each layer the smallest rank that keeps a share of the energy.
public struct EnergyThreshold: Allocator {
    /// In how many halvings the share is looked for.
    private static let halvings = 40

    /// The share of the sum of squared values to keep, from 0 to 1; nil for the largest that the budget allows.
    public let share: Double?

    /// Keeps at least this share; without one, the largest common share that the budget allows.
    public init(_ share: Double? = nil) { self.share = share }

    /// The first rank at which the kept energy reaches the share.
    public func ranks(for problem: AllocationProblem) throws -> [Int] {
        let spectra = problem.layers.map { Spectrum($0.values) }
        if let share { return problem.raised(spectra.map { $0.rank(keeping: share) }) }
        let steps = 1 << Self.halvings
        return try problem.largest(of: steps) { step in
            spectra.map { $0.rank(keeping: Double(step) / Double(steps)) }
        }
    }
}

extension AllocationProblem {
    /// Ranks rounded up to multiples, so that no layer keeps less than was asked for.
    fileprivate func raised(_ ranks: [Int]) -> [Int] {
        ranks.enumerated().map { layer, rank in
            let multiple = (rank + rankMultiple - 1) / rankMultiple * rankMultiple
            let raised = min(multiple, layers[layer].matrices.fullRank)
            return saves(layer, at: raised) ? settled(raised, of: layer) : raised
        }
    }
}
