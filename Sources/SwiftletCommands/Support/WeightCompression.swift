import ArgumentParser
import Compression
import FileFormats
import Foundation
import Interchange
import Programs
import Reports
import Tensors

/// `compress` on weights without their network.
struct WeightCompression {
    /// The file of weights.
    let file: String
    let key: String?
    let budget: Budget
    let criterion: any Criterion
    let folder: OutputFolder

    /// Reads, plans and writes; Ctrl-C leaves the folder as it was.
    func run() throws -> WeightCompressionRecord {
        let weights = try StateDict(contentsOf: file, key: key)
        try folder.refuse(ifItHolds: file)
        if let note = weights.note { Console.note(note) }
        for group in weights.sharing {
            Console.note("One storage: \(group.prefix(8).joined(separator: ", "))")
        }
        Interruption.watch()
        var progress = Steps("reading", of: weights.names.count)
        let plan = try WeightPlan(for: weights, keeping: budget, by: criterion) {
            try progress.step($0)
        }
        for name in plan.notFinite {
            Console.note("\(name) has values that are not finite; it is kept as it is.")
        }
        try folder.prepare()
        do {
            return try write(plan, of: weights)
        } catch {
            _ = unsafe rmdir(folder.path)  // where nothing else is in it
            throw error
        }
    }

    private func write(_ plan: WeightPlan, of weights: StateDict) throws -> WeightCompressionRecord
    {
        let largest = weights.files.count > 1 ? weights.files.map(Self.size).max() : nil
        var steps = Steps("writing", of: plan.entries.count)
        let files = try plan.write(
            to: folder.file("model.safetensors"), maximumShardBytes: largest
        ) { try steps.step($0) }
        let map = WeightMap(plan)
        try folder.write(map, as: "map.json")
        let record = try WeightCompressionRecord(
            map, from: weights, fileBytesBefore: weights.files.reduce(0) { $0 + Self.size($1) },
            to: files, fileBytes: files.reduce(0) { $0 + Self.size($1) },
            map: folder.file("map.json"))
        try folder.write(record, as: "run.json")
        return record
    }

    private static func size(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        return attributes?[.size] as? Int ?? 0
    }
}

/// Tells how far the work is, and ends it when the user asks.
private struct Steps {
    private let word: String
    private let count: Int
    private var done = 0
    private let isSeen = isatty(FileHandle.standardError.fileDescriptor) == 1

    init(_ word: String, of count: Int) {
        self.word = word
        self.count = count
    }

    mutating func step(_ name: String) throws {
        guard !Interruption.isRequested else {
            throw Failure(.interrupted, "stopped while \(word) \(name); nothing was written")
        }
        done += 1
        if isSeen { Console.progress("\(word) \(done) of \(count): \(name)", isLast: false) }
    }
}

/// What `run.json` says of weights that were compressed without their network.
struct WeightCompressionRecord: Codable {
    var verb = "compress"
    let budget: String
    let criterion: String
    let original: String
    /// Where in a checkpoint the weights stood; nil for its top level.
    let key: String?
    /// By the path of each file that was read.
    let originalChecksums: [String: String]
    /// By the path of each file that was written.
    let checksums: [String: String]
    /// The file of the weights, or the index of several.
    let file: String
    let map: String
    let parametersBefore: Int
    let parameters: Int
    let keptParameters: Double
    let fileBytesBefore: Int
    let fileBytes: Int
    let tensors: [WeightMap.Tensor]
    var versions = ["swiftlet": SwiftletCommand.configuration.version, "libtorch": libtorchVersion]

    init(
        _ map: WeightMap, from weights: StateDict, fileBytesBefore: Int, to files: [String],
        fileBytes: Int, map path: String
    ) throws {
        budget = map.budget
        criterion = map.criterion
        original = weights.file
        key = weights.key
        let sums = { (paths: [String]) in
            try Dictionary(
                paths.map { ($0, try Checksum.crc32(ofFile: $0)) }, uniquingKeysWith: { $1 })
        }
        originalChecksums = try sums(weights.files)
        checksums = try sums(files)
        file = files.last ?? ""
        self.map = path
        parametersBefore = map.parametersBefore
        parameters = map.parameters
        keptParameters = Double(map.parameters) / Double(max(map.parametersBefore, 1))
        self.fileBytesBefore = fileBytesBefore
        self.fileBytes = fileBytes
        tensors = map.tensors
    }

    /// Prints the tensors that could have been factored, and what became of the file.
    func report() {
        var table = TextTable([
            "tensor": .left, "shape": .left, "rank": .right, "energy kept": .right, "why": .left,
        ])
        let matrices = tensors.filter { $0.shape.count > 1 && $0.outcome != "shared" }
        for tensor in matrices {
            table.add([
                tensor.name, "\(tensor.shape)", tensor.rank.map(String.init) ?? "",
                tensor.rank == nil ? "" : Formatting.percent(1 - tensor.droppedEnergy),
                tensor.reason,
            ])
        }
        Console.result(table.text)
        let replaced = tensors.filter { $0.outcome == "replaced" }.count
        Console.result(
            "\n\(budget) by \(criterion): \(replaced) of \(tensors.count) tensors factored, "
                + "\(Formatting.count(parametersBefore)) → \(Formatting.count(parameters)) "
                + "parameters (\(Formatting.percent(keptParameters)) kept), "
                + "\(Formatting.bytes(fileBytesBefore)) → \(Formatting.bytes(fileBytes)) on disk\n"
        )
        Console.result("Wrote \(file)\n")
        Console.result("Wrote \(map)\n")
    }
}
