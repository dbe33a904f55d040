import Programs

/// Replaces what the spectra say is lost of a layer by what the network loses when that layer alone is cut.
///
/// Each layer is cut at a few ranks, and between them the loss follows the squared scores left out. That losses of
/// layers add up is an assumption (SPDY, Frantar and Alistarh, 2022, section 3); that each is as its spectrum says is none any more.
public struct MeasuredErrors: Allocator {
    /// The shares of the break-even rank at which layers are cut.
    private static let shares = [0.15, 0.3, 0.6]

    /// What is measured.
    public let objective: any RankObjective
    /// The examples on which it is measured; all there are, where they are fewer.
    public let examples: Int
    /// What chooses by the measured errors.
    public let allocator: any Allocator

    /// Makes the allocator; the errors are minimised by dynamic programming unless something else is named.
    public init(
        _ objective: any RankObjective, examples: Int = 128,
        by allocator: any Allocator = DynamicProgramming()
    ) {
        self.objective = objective
        self.examples = examples
        self.allocator = allocator
    }

    /// The choice by the measured errors.
    public func ranks(for problem: AllocationProblem) throws -> [Int] {
        try problem.requireReachable()
        let range = 0..<min(examples, objective.examples)
        let full = problem.layers.map(\.matrices.fullRank)
        let base = try objective.scoreBase(full, on: range)
        let errors = try problem.layers.indices.map { layer in
            let ranks = problem.options(of: layer).dropLast().map(\.rank)
            guard let last = ranks.last else { return problem.errors[layer] }
            var points: [(known: Double, found: Double)] = []
            for rank in Set(
                Self.shares.map { share in
                    ranks.first { Double($0) >= share * Double(last) } ?? last
                }
            ).sorted(by: >) {
                var cut = full
                cut[layer] = rank
                let rise = try objective.score(cut, on: range) - base
                points.append((problem.errors[layer][rank - 1], max(points.last?.found ?? 0, rise)))
            }
            return problem.errors[layer].map { Self.value(at: $0, on: [(0, 0)] + points) }
        }
        return try allocator.ranks(
            for: AllocationProblem(
                problem.layers, costs: problem.costs, budget: problem.budget,
                allowed: problem.allowed, rankMultiple: problem.rankMultiple, errors: errors))
    }

    /// The value of a rising line through points, beyond the last one in proportion.
    static func value(
        at place: Double, on points: [(known: Double, found: Double)]
    ) -> Double {
        for (left, right) in zip(points, points.dropFirst()) where place <= right.known {
            let width = right.known - left.known
            guard width > 0 else { return right.found }
            return left.found + (place - left.known) / width * (right.found - left.found)
        }
        guard let last = points.last, last.known > 0 else { return place }
        return last.found * place / last.known
    }
}
