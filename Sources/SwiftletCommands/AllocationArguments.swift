import ArgumentParser
import Compression
import Foundation
import Programs

/// How `compress` shares a budget out between the layers.
struct AllocationArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How ranks are chosen: "
                + AllocatorChoice.allCases.map(\.rawValue).joined(separator: ", ") + ".",
            discussion: "Without it what goes with the budget: uniform, energy or threshold."))
    var allocator: String?

    @Option(
        name: .customLong("split"),
        help: ArgumentHelp(
            "Into which two layers convolutions are cut: channel, spatial, input-channel or best.",
            discussion:
                "k×k to few channels then 1×1, k×1 then 1×k, 1×1 then k×k, or for each layer the one that "
                + "loses least."))
    var splitName = ConvolutionSplit.channel.rawValue

    @Option(help: "Ranks are multiples of this, where a layer has so many.")
    var rankMultiple = 1

    @Option(help: "The seed of a search.")
    var seed: UInt64 = 0

    @Option(help: "Training examples that a search looks at, others than --examples.")
    var searchExamples = 1_024

    @Option(help: "The generations of an evolutionary search.")
    var generations = EvolutionarySearch.Effort().generations

    @Option(help: "The examples in a batch that is timed, for latency and per-millisecond.")
    var latencyBatch = 1

    @Option(help: "A latency.json that an earlier compress wrote, in place of measuring.")
    var timings: String?

    func validate() throws {
        for (name, value) in [
            ("rank-multiple", rankMultiple), ("search-examples", searchExamples),
            ("generations", generations), ("latency-batch", latencyBatch),
        ] where value < 1 {
            throw ValidationError("--\(name) is 1 or more")
        }
        guard splitName == "best" || ConvolutionSplit(rawValue: splitName) != nil else {
            let names = ConvolutionSplit.allCases.map(\.rawValue) + ["best"]
            throw ValidationError("there is no split \(NearMiss.text(splitName, among: names))")
        }
    }

    /// Into which layers convolutions are cut.
    var split: SplitChoice {
        ConvolutionSplit(rawValue: splitName).map { .fixed($0) } ?? .best
    }

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
        return table
    }
}
