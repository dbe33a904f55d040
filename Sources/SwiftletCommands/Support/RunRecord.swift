import ArgumentParser
import Compression
import Foundation
import Programs
import Tensors
import Training

/// What `run.json` says of a training run: all that is needed to run it again.
struct RunRecord: Codable {
    /// How a network was composed.
    struct Composition: Codable, Equatable {
        var factors: Int
        var layout: String
        var initialization: String
        /// The weights that ``factors`` holds for; nil for all of them.
        var selection: LayerSelection?
        /// Other numbers of factors; nil for none.
        var rules: [FactorCounts.Rule]?

        /// How much of a weight's norm may be cut at once while it trains; nil where nothing is cut.
        var shrinkTolerance: Double?

        init(
            factors counts: FactorCounts, layout: String, initialization: String,
            shrinkTolerance: Double?
        ) {
            self.shrinkTolerance = shrinkTolerance
            factors = counts.standard
            self.layout = layout
            self.initialization = initialization
            selection = counts.selection == .all ? nil : counts.selection
            rules = counts.rules.isEmpty ? nil : counts.rules
        }

        /// The numbers of factors.
        var counts: FactorCounts {
            FactorCounts(factors, for: selection ?? .all, rules: rules ?? [])
        }
    }

    var verb = "train"
    var model: String
    var width: Int?
    var logitsNorm: Bool
    var data: String
    var dataDirectory: String?
    var splitSeed: UInt64
    var split: String
    var composition: Composition
    var training: TrainingOptions
    var threads: Int
    /// Whether decay lets directions die; nil where no weight is composed.
    var decayCheck: DecayCheck?
    var versions = ["swiftlet": SwiftletCommand.configuration.version, "libtorch": libtorchVersion]
    /// Filled in at the end: the checksum of the model file, by file name.
    var checksums: [String: String] = [:]
    /// Filled in at the end: the epoch whose parameters the file has.
    var epoch: Int?
    /// Filled in at the end: seconds that training took, in all sessions.
    var seconds: Double?
}
