import Programs

/// The same share of the components of every layer, the largest that the budget allows.
///
/// This is the local mode of LoRITa (Zhang, Alkhouri and Wang, 2024, section 4).
public struct UniformShare: Allocator {
    /// In how many steps the share is tried.
    private static let steps = 10_000

    /// Makes the allocator.
    public init() {}

    /// The share of each layer's full rank, rounded up.
    public func ranks(for problem: AllocationProblem) throws -> [Int] {
        try problem.largest(of: Self.steps) { step in
            problem.layers.map { layer in
                let share = Double(step) / Double(Self.steps)
                return max(1, Int((share * Double(layer.matrices.fullRank)).rounded(.up)))
            }
        }
    }
}
