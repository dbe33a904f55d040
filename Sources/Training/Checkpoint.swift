import Foundation
import Interchange
import OrderedCollections
public import Programs
import Tensors

/// A training run at the end of an epoch: all that is needed to go on with the same bits.
///
/// On disk it is a `.pt2` archive of the Program as trained, factors and all, with the optimizer's state
/// in records of its own.
public struct Checkpoint: Sendable {
    /// The best epoch on validation so far.
    public struct Best: Sendable {
        /// The Program as it was.
        public let program: Program
        /// The epoch, from 1.
        public let epoch: Int
        /// Its accuracy on validation, from 0 to 1.
        public let accuracy: Double
    }

    /// The Program with its parameters and buffers.
    public let program: Program
    /// How it is trained.
    public let options: TrainingOptions
    /// The epochs that are done.
    public let epoch: Int
    /// The steps that are done.
    public let step: Int
    /// The epochs' metrics.
    public let history: [EpochMetrics]
    /// The optimizer's tensors, by parameter and name.
    let optimizerState: [String: [String: Tensor]]
    /// Where the random numbers stand.
    let generatorState: Tensor
    /// The best epoch, where it is kept.
    public let best: Best?
    /// The order in which factors are multiplied.
    public let schedule: ProductSchedule

    /// Its own state, as the best is told.
    package var end: Best? {
        history.last.map {
            Best(program: program, epoch: epoch, accuracy: $0.validationAccuracy ?? 0)
        }
    }

    private static let folder = "training/"
    private static let index = folder + "state.json"
    /// The best epoch's Program, where it is of other shapes than the checkpoint's own.
    private static let bestFile = folder + "best.pt2"

    /// What the index holds beside the tensors' places.
    private struct Index: Codable {
        struct Entry: Codable {
            let path: [String]
            let type: Int32
            let shape: [Int]
        }
        let options: TrainingOptions
        let epoch: Int
        let step: Int
        let history: [EpochMetrics]
        let bestEpoch: Int?
        let bestAccuracy: Double?
        let schedule: ProductSchedule?
        let tensors: [Entry]
    }

    /// Writes the checkpoint, atomically.
    public func write(to path: String) throws {
        var entries: [Index.Entry] = []
        var records: [(name: String, data: Data)] = []
        func add(_ path: [String], _ tensor: Tensor) throws {
            records.append(("\(Self.folder)tensor_\(entries.count)", try tensor.bytes()))
            entries.append(
                Index.Entry(path: path, type: tensor.scalarType.rawValue, shape: tensor.shape))
        }
        try add(["generator"], generatorState)
        for (name, state) in optimizerState.sorted(by: { $0.key < $1.key }) {
            for (part, tensor) in state.sorted(by: { $0.key < $1.key }) {
                try add(["optimizer", name, part], tensor)
            }
        }
        if let best {
            if best.program.hasShapes(of: program) {
                for name in best.program.tensors.keys {
                    try add(["best", name], best.program.tensor(name))
                }
            } else {
                let own = "\(path).best"
                defer { try? FileManager.default.removeItem(atPath: own) }
                try best.program.write(to: own, records: [])
                records.append((Self.bestFile, try Data(contentsOf: URL(fileURLWithPath: own))))
            }
        }
        let index = Index(
            options: options, epoch: epoch, step: step, history: history, bestEpoch: best?.epoch,
            bestAccuracy: best?.accuracy, schedule: schedule, tensors: entries)
        records.append((Self.index, try JSONEncoder().encode(index)))
        try program.write(to: path, records: records)
    }

    /// Reads a checkpoint.
    ///
    /// - Throws: one sentence where the file is not one, or is damaged.
    public init(contentsOf path: String) throws {
        let file = try ModelFile(contentsOf: path)
        guard let json = try file.record(Self.index),
            let index = try? JSONDecoder().decode(Index.self, from: json)
        else { throw TrainingError(.checkpoint, "\(path): this model file is not a checkpoint") }
        var generator: Tensor?
        var optimizer: [String: [String: Tensor]] = [:]
        var bestElements: [String: Tensor] = [:]
        for (number, entry) in index.tensors.enumerated() {
            let tensor = try Self.tensor(number, entry, file)
            switch (entry.path.first, entry.path.count) {
            case ("generator", 1): generator = tensor
            case ("optimizer", 3): optimizer[entry.path[1], default: [:]][entry.path[2]] = tensor
            case ("best", 2): bestElements[entry.path[1]] = tensor
            default: throw TrainingError(.checkpoint, "\(path): this checkpoint is damaged")
            }
        }
        guard let generator else {
            throw TrainingError(.checkpoint, "\(path): this checkpoint is damaged")
        }
        program = file.program
        (options, epoch, step) = (index.options, index.epoch, index.step)
        history = index.history
        schedule = index.schedule ?? ProductSchedule()
        optimizerState = optimizer
        generatorState = generator
        best = try index.bestEpoch.map { epoch in
            let other = try file.record(Self.bestFile).map(Self.program)
            return Best(
                program: try other ?? file.program.replacing(bestElements), epoch: epoch,
                accuracy: index.bestAccuracy ?? 0)
        }
    }

    /// A Program from the bytes of its file.
    private static func program(_ bytes: Data) throws -> Program {
        let path = NSTemporaryDirectory() + "swiftlet-\(UUID().uuidString).pt2"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try bytes.write(to: URL(fileURLWithPath: path))
        return try ModelFile(contentsOf: path).program
    }

    private static func tensor(_ number: Int, _ entry: Index.Entry, _ file: ModelFile) throws
        -> Tensor
    {
        guard let bytes = try file.record("\(folder)tensor_\(number)"),
            let type = ScalarType(rawValue: entry.type),
            bytes.count == type.byteCount(ofShape: entry.shape)
        else { throw TrainingError(.checkpoint, "\(file.path): this checkpoint is damaged") }
        return Tensor(bytes: bytes, type: type, shape: entry.shape)
    }

    init(
        program: Program, options: TrainingOptions, epoch: Int, step: Int, history: [EpochMetrics],
        optimizerState: [String: [String: Tensor]], generatorState: Tensor, best: Best?,
        schedule: ProductSchedule
    ) {
        self.program = program
        self.options = options
        self.epoch = epoch
        self.step = step
        self.history = history
        self.optimizerState = optimizerState
        self.generatorState = generatorState
        self.best = best
        self.schedule = schedule
    }
}

extension Program {
    /// Whether the stored tensors have the names and shapes of another's.
    fileprivate func hasShapes(of other: Program) -> Bool {
        tensors.keys == other.tensors.keys
            && tensors.allSatisfy { name, stored in stored.shape == other.tensors[name]?.shape }
    }
}
