/// One threshold over the scores of all layers, as low as the budget allows.
///
/// This is the global mode of LoRITa (Zhang, Alkhouri and Wang, 2024, section 4), counted in what the network that
/// comes out takes rather than in singular values.
public struct GlobalThreshold: Allocator {
    /// Makes the allocator.
    public init() {}

    /// The largest ranks below one common threshold that fit the budget.
    public func ranks(for problem: AllocationProblem) throws -> [Int] {
        let components = problem.layers.enumerated()
            .flatMap { index, layer in layer.scores.map { (layer: index, score: $0) } }
            .sorted { ($1.score, $0.layer) < ($0.score, $1.layer) }
        return try problem.largest(of: components.count) { count in
            var ranks = [Int](repeating: 0, count: problem.layers.count)
            for component in components.prefix(count) { ranks[component.layer] += 1 }
            return ranks.map { max(1, $0) }
        }
    }
}
