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

    /// One more way of truncation, beside every criterion under every allocator.
    struct Way: Decodable {
        let criterion: String
        /// `threshold`, where the recipe says nothing.
        let allocator: String
        /// Into which layers convolutions are cut; `channel`, where the recipe says nothing.
        let split: String

        private enum Keys: String, CodingKey { case criterion, allocator, split }

        init(criterion: String, allocator: String = "threshold", split: String = "channel") {
            self.criterion = criterion
            self.allocator = allocator
            self.split = split
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Keys.self)
            self.init(
                criterion: try values.decode(String.self, forKey: .criterion),
                allocator: try values.decodeIfPresent(String.self, forKey: .allocator)
                    ?? "threshold",
                split: try values.decodeIfPresent(String.self, forKey: .split) ?? "channel")
        }

        /// The split as the library has it; nil where there is none of that name.
        var splitChoice: SplitChoice? {
            split == "best" ? .best : ConvolutionSplit(rawValue: split).map { .fixed($0) }
        }

        /// The way in words, the usual left out.
        var title: String {
            ([criterion]
                + [allocator == "threshold" ? nil : allocator, split == "channel" ? nil : split]
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
    let allocators: [String]?
    /// Other ways of truncation.
    let also: [Way]?
    let variants: [Variant]
    /// The variant that is trained plainly.
    let plain: String
    let tuning: Tuning?
    let measure: Measure
    /// Minutes that an epoch takes on one thread, for the plan.
    let minutesPerEpoch: Double

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
        for way in ways(isSweep: false) {
            let unknown = [
                ("criterion", way.criterion, Criteria.named(way.criterion) == nil),
                ("allocator", way.allocator, AllocatorChoice(rawValue: way.allocator) == nil),
                ("split", way.split, way.splitChoice == nil),
            ].first(where: \.2)
            if let (kind, name, _) = unknown {
                throw ExperimentError("\(path): there is no \(kind) \(name)")
            }
        }
    }

    /// The ways of truncation: in sweeps every criterion alone, else all.
    func ways(isSweep: Bool) -> [Way] {
        let allocators = isSweep ? ["threshold"] : allocators ?? ["threshold"]
        let grid = allocators.flatMap { allocator in
            criteria.map { Way(criterion: $0, allocator: allocator) }
        }
        return isSweep ? grid : grid + (also ?? [])
    }

    /// The runs that choose a decay for a variant; none where there is but one.
    func sweep(_ variant: Variant) -> [Run] {
        let decays = variant.decays ?? decays
        guard decays.count > 1, let sweepEpochs else { return [] }
        return decays.map {
            Run(variant: variant, decay: $0, seed: seeds[0], epochs: sweepEpochs, isSweep: true)
        }
    }

    /// The runs that are tested.
    func finals(_ variant: Variant, decay: Double) -> [Run] {
        seeds.map {
            Run(
                variant: variant, decay: decay, seed: $0, epochs: variant.epochs ?? epochs,
                isSweep: false)
        }
    }
}

/// One network to train and to truncate.
struct Run {
    let variant: Recipe.Variant
    let decay: Double
    let seed: Int
    let epochs: Int
    /// Whether it only chooses a decay: its test accuracy is not looked at.
    let isSweep: Bool

    /// A name for files.
    var name: String {
        let slug = variant.name.lowercased().filter { $0.isLetter || $0.isNumber }
        return "\(slug)-decay\(decay)-epochs\(epochs)-seed\(seed)\(isSweep ? "-sweep" : "")"
    }
}

/// A sentence about what went wrong.
struct ExperimentError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
