import Compression
import Foundation
import Programs

/// How a budget is shared out between the layers, as ``AllocationArguments`` say and a run's record keeps.
struct AllocationRecord: Codable, Equatable {
    /// The allocator; nil for what goes with the budget.
    let allocator: String?
    /// Into which layers convolutions are cut.
    let split: SplitChoice
    let rankMultiple: Int
    /// What a search starts from.
    let seed: UInt64
    let searchExamples: Int
    let generations: Int
    let latencyBatch: Int
    /// The file of times that were measured before.
    let timings: String?

    /// What stands where nothing is said.
    static let standard = AllocationRecord(
        allocator: nil, split: .fixed(.channel), rankMultiple: 1, seed: 0,
        searchExamples: 1_024, generations: EvolutionarySearch.Effort().generations,
        latencyBatch: 1, timings: nil)

    /// The allocator that is asked for, checked against the budget; nil for the budget's own.
    func choice(for budget: Budget) throws -> AllocatorChoice? {
        guard let allocator else { return nil }
        guard let choice = AllocatorChoice(rawValue: allocator) else {
            let names = AllocatorChoice.allCases.map(\.rawValue)
            throw Failure(.usage, "there is no allocator \(NearMiss.text(allocator, among: names))")
        }
        try choice.check(budget)
        return choice
    }

    /// Throws where something is said that the choice for a budget has no use for.
    func refuseIdle(for budget: Budget) throws {
        let (choice, usual) = (try choice(for: budget), Self.standard)
        let times = try needsTimings(for: budget)
        let idle = [
            (
                generations != usual.generations && choice != .evolutionary, "--generations",
                "--allocator evolutionary"
            ),
            (
                searchExamples != usual.searchExamples && choice?.needsObjective != true,
                "--search-examples", "--allocator greedy or evolutionary"
            ),
            (
                latencyBatch != usual.latencyBatch && !times, "--latency-batch",
                "budgets of latency and --allocator per-millisecond"
            ),
            (
                timings != nil && !times, "--timings",
                "budgets of latency and --allocator per-millisecond"
            ),
        ]
        guard let (_, option, other) = idle.first(where: \.0) else { return }
        throw Failure(.usage, "\(option) goes with \(other)")
    }

    /// Whether it would time layers, were no times given.
    func needsTimings(for budget: Budget) throws -> Bool {
        try budget.measure == .seconds || choice(for: budget)?.needsLatencies == true
    }

    /// The measured times of an earlier run.
    func readTimings() throws -> LatencyTable? {
        guard let timings else { return nil }
        guard let data = FileManager.default.contents(atPath: timings) else {
            throw Failure(
                .missing, "\(timings) is not there; name a latency.json of an earlier run")
        }
        guard let table = try? JSONDecoder().decode(LatencyTable.self, from: data), table.isSound
        else {
            throw Failure(
                .badFile, "\(timings) holds no timings; name a latency.json of an earlier run")
        }
        guard latencyBatch == Self.standard.latencyBatch || latencyBatch == table.batch else {
            throw Failure(
                .usage,
                "\(timings) is of batches of \(table.batch), not of \(latencyBatch); leave out --latency-batch, "
                    + "or --timings to measure anew")
        }
        return table
    }

    /// The name of the allocator that decides.
    func allocatorName(for budget: Budget) -> String {
        if let allocator { return allocator }
        switch budget {
        case .rank: return AllocatorChoice.uniform.rawValue
        case .energy: return AllocatorChoice.energy.rawValue
        default: return AllocatorChoice.threshold.rawValue
        }
    }

    /// What chose ranks, as a model file tells of itself.
    func summary(of criterion: String, for budget: Budget) -> String {
        "\(criterion), \(allocatorName(for: budget))"
            + (split == .fixed(.channel) ? "" : ", split \(split.rawValue)")
    }
}
