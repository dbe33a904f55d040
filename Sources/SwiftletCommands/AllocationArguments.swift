import ArgumentParser
import Compression
import Foundation
import Programs

/// How `compress` and `iterate` share a budget out between the layers.
struct AllocationArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How ranks are chosen: "
                + AllocatorChoice.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            discussion: "Without it what goes with the budget: uniform, energy or threshold."))
    var allocator: String?

    @Option(
        help: ArgumentHelp(
            "Into which two layers convolutions are cut: channel, spatial, input-channel or best.",
            discussion:
                "k×k to few channels then 1×1, k×1 then 1×k, 1×1 then k×k, or for each layer the one that "
                + "loses least."))
    var split = AllocationRecord.standard.split.rawValue

    @Option(help: "Ranks are multiples of this, where a layer has so many.")
    var rankMultiple = AllocationRecord.standard.rankMultiple

    @Option(help: "Training examples that a search looks at, others than --examples.")
    var searchExamples = AllocationRecord.standard.searchExamples

    @Option(help: "The generations of an evolutionary search.")
    var generations = AllocationRecord.standard.generations

    @Option(help: "The examples in a batch that is timed, for latency and per-millisecond.")
    var latencyBatch = AllocationRecord.standard.latencyBatch

    @Option(help: "A latency.json that an earlier compress wrote, in place of measuring.")
    var timings: String?

    func validate() throws {
        for (name, value) in [
            ("rank-multiple", rankMultiple), ("search-examples", searchExamples),
            ("generations", generations), ("latency-batch", latencyBatch),
        ] where value < 1 {
            throw ValidationError("--\(name) is 1 or more")
        }
        guard SplitChoice(rawValue: split) != nil else {
            let names = SplitChoice.allCases.map(\.rawValue)
            throw ValidationError("there is no split \(NearMiss.text(split, among: names))")
        }
    }

    /// The first option that is said; nil where nothing is.
    var given: String? {
        let (own, usual) = (record(seed: 0), AllocationRecord.standard)
        return [
            (own.allocator != nil, "--allocator"), (own.split != usual.split, "--split"),
            (own.rankMultiple != usual.rankMultiple, "--rank-multiple"),
            (own.searchExamples != usual.searchExamples, "--search-examples"),
            (own.generations != usual.generations, "--generations"),
            (own.latencyBatch != usual.latencyBatch, "--latency-batch"),
            (own.timings != nil, "--timings"),
        ].first(where: \.0)?.1
    }

    /// Whether nothing is said.
    var isStandard: Bool { given == nil }

    /// All of it, with the seed of a search.
    func record(seed: UInt64) -> AllocationRecord {
        AllocationRecord(
            allocator: allocator,
            split: SplitChoice(rawValue: split) ?? AllocationRecord.standard.split,
            rankMultiple: rankMultiple, seed: seed,
            searchExamples: searchExamples, generations: generations, latencyBatch: latencyBatch,
            timings: timings)
    }
}
