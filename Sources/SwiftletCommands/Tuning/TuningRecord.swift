import ArgumentParser
import Compression
import FileFormats
import Foundation
import Interchange
import Tensors
import Training

/// What `run.json` says of a run of `tune`: all that is needed to run it again.
struct TuningRecord: Codable {
    /// A model file that was read.
    struct Source: Codable {
        let path: String
        let checksum: String

        init(_ file: ModelFile) throws {
            path = file.path
            checksum = try Checksum.crc32(ofFile: file.path)
        }

        /// Opens the file again.
        func open() throws -> ModelFile {
            let file = try ModelLocation.open(path)
            guard try Checksum.crc32(ofFile: path) == checksum else {
                throw Failure(
                    .badFile, "\(path) has changed since the run began; tune anew from it")
            }
            return file
        }
    }

    /// From what a network learns beside the labels.
    struct Distilling: Codable {
        let from: Source
        let temperature: Double
        let share: Double
    }

    var verb = "tune"
    let model: Source
    let data: String
    let dataDirectory: String?
    let splitSeed: UInt64
    let split: String
    /// How its weights are written as products; nil where it trains as it stands.
    let composition: CompositionRecord?
    let productDecay: Double?
    let distillation: Distilling?
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
        model: Source, data: String, dataDirectory: String?, splitSeed: UInt64, split: String,
        composition: CompositionRecord?, productDecay: Double?, distillation: Distilling?,
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
