import ArgumentParser
import Compression
import Tensors
import Training

/// What `run.json` says of a run of `tune`: all that is needed to run it again.
struct TuningRecord: Codable {
    var verb = "tune"
    let model: ModelSource
    let data: String
    let dataDirectory: String?
    let splitSeed: UInt64
    let split: String
    /// How its weights are written as products; nil where it trains as it stands.
    let composition: CompositionRecord?
    let productDecay: Double?
    let distillation: DistillationRecord?
    let training: TrainingOptions
    let threads: Int
    var versions = ["swiftlet": SwiftletCommand.configuration.version, "libtorch": libtorchVersion]
    /// Filled in at the end: the checksum of the model file, by file name.
    var checksums: [String: String] = [:]
    /// Whether decay lets directions die; nil where no weight is composed.
    var decayCheck: DecayCheck?
    /// Filled in at the end: the epoch whose parameters the file has, 0 where no epoch was better than none.
    var epoch: Int?
    /// Filled in at the end: the accuracy on validation before.
    var accuracyBefore: Double?
    /// Filled in at the end: the accuracy on validation of what was kept.
    var accuracy: Double?
    /// Filled in at the end: why training ended early, where it did.
    var stopped: String?
    /// Filled in at the end: seconds that training took, in all sessions.
    var seconds: Double?

    init(
        model: ModelSource, data: String, dataDirectory: String?, splitSeed: UInt64, split: String,
        composition: CompositionRecord?, productDecay: Double?, distillation: DistillationRecord?,
        training: TrainingOptions, threads: Int
    ) {
        self.model = model
        self.data = data
        self.dataDirectory = dataDirectory
        self.splitSeed = splitSeed
        self.split = split
        self.composition = composition
        self.productDecay = productDecay
        self.distillation = distillation
        self.training = training
        self.threads = threads
    }
}
