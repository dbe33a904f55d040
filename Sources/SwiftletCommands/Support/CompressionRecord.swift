import ArgumentParser
import Compression
import FileFormats
import Interchange
import Programs
import Tensors
import Training

/// What `run.json` says of a compression.
struct CompressionRecord: Codable {
    /// One weight.
    struct Layer: Codable {
        let weight: String
        let blocks: Int
        let rows: Int
        let columns: Int
        let split: ConvolutionSplit
        let rank: Int?
        let energy: Double
        let energyShortfall: Double
        let reason: String
        let secondsDense: Double?
        let secondsFactored: Double?
    }

    /// What was asked for: all that is needed to do it again.
    struct Request: Codable {
        let keep: String
        let data: String?
        let dataDirectory: String?
        let splitSeed: UInt64
        let criterion: String?
        let examples: Int
        let allocation: AllocationRecord
        let neverSlower: Bool
        let correctBias: Bool
        let recalibrate: Bool
        let threads: Int
    }

    /// A criterion that was tried, and what it reached.
    struct Candidate: Codable {
        let criterion: String
        let accuracy: Double
        let loss: Double
    }

    /// How the file does on validation, beside the network before.
    struct Validation: Codable {
        let accuracy: Double
        let accuracyLow: Double
        let accuracyHigh: Double
        let loss: Double
        let accuracyBefore: Double
        /// Of a batch of 128, as a share of what it took before.
        let timeShare: Double

        init(_ verdict: Verdict) {
            let evaluation = verdict.compressed.evaluation
            accuracy = evaluation.accuracy
            (accuracyLow, accuracyHigh) = (evaluation.accuracyLow, evaluation.accuracyHigh)
            loss = evaluation.loss
            accuracyBefore = verdict.reference.evaluation.accuracy
            timeShare = 1 / verdict.speedup
        }
    }

    var verb = "compress"
    let asked: Request
    let budget: String
    let criterion: String
    let allocator: String
    let original: String
    let originalChecksum: String
    let file: String
    let checksum: String
    let parametersBefore: Int
    let parameters: Int
    let bytes: Int
    let fileBytes: Int
    let macs: Int?
    let keptParameters: Double
    let layers: [Layer]
    let dense: [DenseWeight]
    /// What `best` tried on validation; none where the criterion was named.
    let candidates: [Candidate]
    /// Nil without labelled examples.
    let validation: Validation?
    var versions = ["swiftlet": SwiftletCommand.configuration.version, "libtorch": libtorchVersion]

    init(
        _ plan: Plan, by planning: Planning, from original: ModelFile, to file: ModelFile,
        timings: [LayerTiming], verdict: Verdict?, asked: Request
    ) throws {
        self.asked = asked
        let times = Dictionary(timings.map { ($0.weight, $0) }) { first, _ in first }
        let cost = file.program.cost
        budget = plan.budget.description
        criterion = plan.criterion
        allocator = planning.allocation.allocatorName(for: planning.budget)
        self.original = original.path
        originalChecksum = try Checksum.crc32(ofFile: original.path)
        self.file = file.path
        checksum = try Checksum.crc32(ofFile: file.path)
        parametersBefore = plan.parametersBefore
        (parameters, bytes, macs) = (cost.parameters, cost.bytes, cost.macs)
        fileBytes = file.fileBytes
        keptParameters = plan.keptFraction
        dense = plan.dense
        candidates = planning.candidates.map {
            Candidate(
                criterion: $0.plan.criterion, accuracy: $0.evaluation.accuracy,
                loss: $0.evaluation.loss)
        }
        validation = verdict.map { Validation($0) }
        layers = plan.layers.map { layer in
            Layer(
                weight: layer.weight, blocks: layer.matrices.blocks, rows: layer.matrices.rows,
                columns: layer.matrices.columns, split: layer.split, rank: layer.rank,
                energy: layer.energy, energyShortfall: layer.energyShortfall, reason: layer.reason,
                secondsDense: times[layer.weight]?.dense,
                secondsFactored: times[layer.weight]?.split)
        }
    }
}
