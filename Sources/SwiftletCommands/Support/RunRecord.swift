import ArgumentParser
import Compression
import Tensors
import Training

/// What `run.json` says of a training run: all that is needed to run it again.
struct RunRecord: Codable {
    var verb = "train"
    var model: String
    var width: Int?
    var logitsNorm: Bool
    var data: String
    var dataDirectory: String?
    var splitSeed: UInt64
    var split: String
    var composition: CompositionRecord
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
