import Compression
import Datasets
import FileFormats
import Foundation
import Interchange
import Models
import Programs
import Reports
import Tensors
import Training

/// One run of `train`, new or resumed, in its folder.
struct TrainingSession {
    private(set) var record: RunRecord
    let folder: OutputFolder
    let dataset: Dataset
    let checkpoint: Checkpoint?

    init(record: RunRecord, folder: OutputFolder, dataset: Dataset, checkpoint: Checkpoint?) {
        self.record = record
        self.folder = folder
        self.dataset = dataset
        self.checkpoint = checkpoint
    }

    /// Picks up a run that was cut off.
    init(resuming path: String) throws {
        let run = try UnfinishedRun<RunRecord>(in: path, of: "train")
        (record, folder, checkpoint) = (run.record, run.folder, run.checkpoint)
        dataset = try Datasets.load(
            record.data,
            options: DatasetOptions(directory: record.dataDirectory, seed: record.splitSeed))
        try setThreadCount(record.threads)
    }

    /// Trains, and writes the merged network.
    mutating func run() throws -> (file: ModelFile, record: RunRecord) {
        let program = try composed()
        record.decayCheck = try DecayCheck(
            record.training, of: program,
            stepsPerEpoch: record.training.stepsPerEpoch(on: dataset.training))
        if checkpoint == nil {
            try folder.prepare()
            try folder.write(record, as: "run.json")
        }
        announce(program)
        let run: TrainingRun
        do {
            run = try Trainer(record.training, hooks: record.composition.hooks).fit(
                program, on: dataset.training, validating: dataset.validation, from: checkpoint,
                observer: Trainer.Observer(
                    writing: folder, epochs: record.training.epochs))
        } catch let error as TrainingError where error.kind == .interrupted {
            throw Failure(
                .interrupted,
                "\(error); go on with swiftlet train --resume \(folder.path)")
        }
        return try finish(run)
    }

    /// The network as it is trained, at its beginning.
    private func composed() throws -> Program {
        guard let zoo = ZooModel.named(record.model) else {
            throw Failure(.usage, "there is no network \(record.model)")
        }
        let options = ZooModel.Options(
            input: dataset.exampleShape, classes: dataset.classCount, width: record.width,
            logitsNorm: record.logitsNorm)
        guard dataset.training.labels != nil else {
            throw Failure(.usage, "\(record.data) has no labels to train on")
        }
        let network = try zoo.program(options).initialized(seed: record.training.seed)
        return try record.composition.compose(network, seed: record.training.seed)
    }

    private func announce(_ program: Program) {
        Console.note(
            "\(record.model) on \(dataset.name): \(Formatting.count(program.cost.parameters)) parameters, "
                + record.composition.summary)
        Console.note("\(record.training.summary), \(record.threads) threads")
        Console.note(
            "\(Formatting.count(dataset.training.count)) training and "
                + "\(Formatting.count(dataset.validation.count)) validation examples: \(dataset.splitNote)"
        )
        if let check = record.decayCheck { Console.note(check.summary) }
        if let checkpoint {
            Console.note("going on after epoch \(checkpoint.epoch) of \(record.training.epochs)")
        }
    }

    private func finish(_ run: TrainingRun) throws -> (ModelFile, RunRecord) {
        var merged = try Merge().apply(to: run.program).program
        try ModelNotes.add(dataset, to: &merged)
        merged.metadata["recipe"] = String(
            decoding: try Console.encoded(record), as: UTF8.self)
        let file = try merged.write(to: folder.file("model.pt2"))
        var finished = record
        finished.epoch = run.epoch
        finished.seconds = run.history.reduce(0) { $0 + $1.seconds }
        finished.checksums["model.pt2"] = try Checksum.crc32(ofFile: file.path)
        try folder.write(finished, as: "run.json")
        Console.note("wrote \(file.path) (\(Formatting.bytes(file.fileBytes)))")
        return (file, finished)
    }
}
