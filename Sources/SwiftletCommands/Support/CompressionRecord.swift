import ArgumentParser
import Compression
import FileFormats
import Interchange
import Programs
import Tensors

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
    var versions = ["swiftlet": SwiftletCommand.configuration.version, "libtorch": libtorchVersion]

    init(
        _ plan: Plan, by planning: Planning, from original: ModelFile, to file: ModelFile,
        timings: [LayerTiming], asked: Request
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
