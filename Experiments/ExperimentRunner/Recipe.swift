import Compression
import Foundation
import Programs
import Yams

/// One experiment, as its file under `Experiments/recipes` says: a network, its data, and the ways of training that are compared.
struct Recipe: Decodable {
    /// A way of training.
    struct Variant: Decodable {
        /// What tables call it.
        let name: String
        /// Options of `swiftlet train` (or `tune`, where the network is there already) beside the recipe's own.
        let options: String?
        /// Epochs of training in place of the recipe's; 0 leaves a network as it came.
        let epochs: Int?
        /// The weight decays that are tried, in place of the recipe's.
        let decays: [Double]?
        /// Epochs of tuning after truncation, in place of the recipe's.
        let tuningEpochs: Int?
    }

    /// A network that others trained, to begin from.
    struct Start: Decodable {
        /// The file's name, in the folder that --weights names.
        let file: String
        /// Options of `swiftlet import`.
        let options: String
    }

    /// What is done with truncated networks.
    struct Tuning: Decodable {
        /// The shares of the parameters that are tuned at.
        let budgets: [Double]
        /// Options of `swiftlet compress`.
        let compress: String
        /// Options of `swiftlet tune`; `{start}` stands for the network to begin from.
        let tune: String
        /// The epochs.
        let epochs: Int
    }

    /// A way to truncate.
    struct Truncation: Decodable, Equatable {
        let criterion: String
        /// `threshold`, where the recipe says nothing.
        let allocator: AllocatorChoice
        /// Into which layers convolutions are cut; `channel`, where the recipe says nothing.
        let split: SplitChoice

        private enum Keys: String, CodingKey { case criterion, allocator, split }

        init(
            criterion: String, allocator: AllocatorChoice = .threshold,
            split: SplitChoice = .fixed(.channel)
        ) {
            self.criterion = criterion
            self.allocator = allocator
            self.split = split
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Keys.self)
            self.init(
                criterion: try values.decode(String.self, forKey: .criterion),
                allocator: try values.decodeIfPresent(AllocatorChoice.self, forKey: .allocator)
                    ?? .threshold,
                split: try values.decodeIfPresent(SplitChoice.self, forKey: .split)
                    ?? .fixed(.channel))
        }

        /// The way in words, the usual left out.
        var title: String {
            ([criterion]
                + [
                    allocator == .threshold ? nil : allocator.rawValue,
                    split == .fixed(.channel) ? nil : split.rawValue,
                ]
                .compactMap { $0 }).joined(separator: ", ")
        }
    }

    /// What a network is judged by.
    enum Measure: String, Decodable {
        /// The share of right classes.
        case accuracy
        /// The cross entropy in bits: a byte's where bytes are predicted.
        case bits
    }

    let title: String
    /// A network of the zoo; nil where there is a start.
    let network: String?
    let start: Start?
    let data: String
    /// Options that all variants share.
    let options: String
    let epochs: Int
    /// Epochs of the runs that choose the decay; nil where there is one decay.
    let sweepEpochs: Int?
    let decays: [Double]
    let seeds: [Int]
    /// Shares of the parameters that truncated networks keep.
    let budgets: [Double]
    let criteria: [String]
    /// `threshold` alone, where it is nil.
    let allocators: [AllocatorChoice]?
    /// Other ways of truncation.
    let also: [Truncation]?
    let variants: [Variant]
    /// The variant that is trained plainly.
    let plain: String
    let tuning: Tuning?
    let measure: Measure
    /// Minutes that an epoch takes on one thread, for the plan.
    let minutesPerEpoch: Double
    /// Whether its runs wait for a larger machine: a trial shows that the recipe works.
    let waits: Bool?

    /// Reads a recipe.
    init(contentsOf path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        do {
            self = try YAMLDecoder().decode(Recipe.self, from: text)
        } catch { throw ExperimentError("\(path) is not a recipe: \(error)") }
        guard variants.contains(where: { $0.name == plain }) else {
            throw ExperimentError("\(path): there is no variant \(plain) to compare with")
        }
        guard (network == nil) != (start == nil) else {
            throw ExperimentError("\(path): say either network or start")
        }
        let several = variants.filter { ($0.decays ?? decays).count > 1 }
        if sweepEpochs == nil, let variant = several.first {
            throw ExperimentError(
                "\(path): \(variant.name) has several decays, and nothing chooses one: say sweepEpochs"
            )
        }
        let named = criteria + (also ?? []).map(\.criterion)
        if let unknown = named.first(where: { Criteria.named($0) == nil }) {
            throw ExperimentError("\(path): there is no criterion \(unknown)")
        }
    }

    /// The ways to truncate: in sweeps every criterion alone, else all.
    func truncations(isSweep: Bool) -> [Truncation] {
        let allocators = isSweep ? [.threshold] : allocators ?? [.threshold]
        let grid = allocators.flatMap { allocator in
            criteria.map { Truncation(criterion: $0, allocator: allocator) }
        }
        return isSweep ? grid : grid + (also ?? [])
    }

    /// Whether networks were truncated to every budget in every way that is asked for.
    func isCovered(by truncated: [Outcome.Truncated], isSweep: Bool) -> Bool {
        budgets.allSatisfy { budget in
            truncations(isSweep: isSweep).allSatisfy { way in
                truncated.contains { $0.budget == budget && $0.truncation == way }
            }
        }
    }

    /// What a run's outcome depends on beside its own decay, seed and epochs.
    func settings(of run: Run) -> String {
        var parts = [network ?? start?.file ?? "", data, options, run.variant.options ?? ""]
        if let tuning, !run.isSweep {
            parts += [
                tuning.compress, tuning.tune, "\(run.variant.tuningEpochs ?? tuning.epochs) epochs",
            ]
        }
        return parts.filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// The runs that choose a decay for a variant; none where there is but one.
    func sweepRuns(_ variant: Variant) -> [Run] {
        let decays = variant.decays ?? decays
        guard decays.count > 1, let sweepEpochs else { return [] }
        return decays.map {
            Run(variant: variant, decay: $0, seed: seeds[0], epochs: sweepEpochs, isSweep: true)
        }
    }

    /// The runs that are tested.
    func finalRuns(_ variant: Variant, decay: Double) -> [Run] {
        seeds.map {
            Run(
                variant: variant, decay: decay, seed: $0, epochs: variant.epochs ?? epochs,
                isSweep: false)
        }
    }
}
