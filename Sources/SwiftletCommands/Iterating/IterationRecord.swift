import ArgumentParser
import Compression
import Tensors
import Training

/// What `run.json` says of a run of `iterate`: all that is needed to run it again, and the steps that were made.
struct IterationRecord: Codable {
    var verb = "iterate"
    let model: ModelSource
    let data: String
    let dataDirectory: String?
    let splitSeed: UInt64
    let split: String
    /// What is to be reached, a share of the parameters or of the multiply-accumulates.
    let budget: String
    let stepCount: Int
    /// How far accuracy on validation may fall, in percentage points; nil without a limit.
    let largestDrop: Double?
    let criterion: String
    /// How many training examples the criterion looks at.
    let examples: Int
    let allocation: AllocationRecord
    let productDecay: Double?
    let distillation: DistillationRecord?
    let training: TrainingOptions
    let threads: Int
    var versions = ["swiftlet": SwiftletCommand.configuration.version, "libtorch": libtorchVersion]
    /// The accuracy on validation before; nil until it is measured.
    var accuracyBefore: Double?
    /// The steps that were made.
    var steps: [Iterate.Step] = []
    /// Filled in at the end: the checksum of the model file, by file name.
    var checksums: [String: String] = [:]
}
