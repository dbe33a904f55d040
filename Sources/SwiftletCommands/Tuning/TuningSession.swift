import Compression
import Datasets
import FileFormats
import Foundation
import Interchange
import Programs
import Reports
import Tensors
import Training

/// One run of `tune`, new or resumed, in its folder.
struct TuningSession {
    private(set) var record: TuningRecord
    /// The network as it came.
    let program: Program
    let material: TuningMaterial
    let folder: OutputFolder
    let checkpoint: Checkpoint?

    /// Makes a new session.
    init(
        _ record: TuningRecord, of program: Program, with material: TuningMaterial,
        in folder: OutputFolder
    ) {
        self.record = record
        self.program = program
        self.material = material
        self.folder = folder
        checkpoint = nil
    }

    /// Picks up a run that was cut off.
    init(resuming path: String) throws {
        let run = try UnfinishedRun<TuningRecord>(in: path, of: "tune")
        (record, folder, checkpoint) = (run.record, run.folder, run.checkpoint)
        program = try record.model.open().program
        var source = DataArguments()
        (source.dataDir, source.splitSeed) = (record.dataDirectory, record.splitSeed)
        material = try TuningMaterial(
            record.data, from: source, for: program, of: record.model, record.distillation)
        try setThreadCount(record.threads)
    }

    /// Which state is written: with decay on factors the last, since it costs accuracy before it saves anything.
    var keeping: Tuner.Keeping { record.composition == nil ? .best : .last }

    /// Tunes, and writes what is to be kept.
    mutating func run() throws -> (file: ModelFile, run: TuningRun) {
        let dataset = material.dataset
        let program =
            try record.composition?.compose(program, seed: record.training.seed) ?? program
        guard record.productDecay == nil || !program.factorChains.isEmpty else {
            throw Failure(
                .usage,
                "no weight of \(record.model.path) is in factors, and --product-decay is for those: cut it with "
                    + "swiftlet compress first")
        }
        if record.composition != nil {
            record.decayCheck = try DecayCheck(
                record.training, of: program,
                stepsPerEpoch: record.training.stepsPerEpoch(on: dataset.training))
        }
        if checkpoint == nil {
            try folder.prepare()
            try folder.write(record, as: "run.json")
        }
        announce(program)
        let run: TuningRun
        do {
            run = try Tuner(
                record.training,
                hooks: (record.composition?.hooks ?? [])
                    + material.hooks(productDecay: record.productDecay), keeping: keeping
            ).fit(
                program, on: dataset.training, validating: dataset.validation, from: checkpoint,
                observer: Trainer.Observer(writing: folder, epochs: record.training.epochs))
        } catch let error as TrainingError where error.kind == .interrupted {
            throw Failure(
                .interrupted, "\(error); go on with swiftlet tune --resume \(folder.path)")
        }
        return (try finish(run), run)
    }

    private func announce(_ program: Program) {
        Console.note(
            "\(record.model.path) on \(material.dataset.name): \(Formatting.count(program.cost.parameters)) parameters, "
                + "\(program.factorChains.count) weights in factors")
        var parts = [record.training.summary]
        if let composition = record.composition { parts.append(composition.summary) }
        if let decay = record.productDecay { parts.append("decay \(decay) of products") }
        if let distillation = record.distillation { parts.append(distillation.summary) }
        Console.note("\(parts.joined(separator: ", ")), \(record.threads) threads")
        material.announce(for: program)
        if let check = record.decayCheck { Console.note(check.summary) }
        if let checkpoint {
            Console.note("going on after epoch \(checkpoint.epoch) of \(record.training.epochs)")
        }
    }

    private func finish(_ run: TuningRun) throws -> ModelFile {
        var finished = record
        finished.epoch = run.epoch
        finished.accuracyBefore = run.before.accuracy
        finished.accuracy = run.accuracy
        finished.stopped = run.stopped?.description
        finished.seconds = run.history.reduce(0) { $0 + $1.seconds }
        var tuned = run.program
        if record.composition != nil { tuned = try Merge().apply(to: tuned).program }
        tuned.metadata["tuning"] = String(
            decoding: try Console.encoded(record), as: UTF8.self)
        let file = try tuned.write(to: folder.file("model.pt2"))
        finished.checksums["model.pt2"] = try Checksum.crc32(ofFile: file.path)
        try folder.write(finished, as: "run.json")
        Console.note(
            "validation \(Formatting.percent(run.before.accuracy)) before, "
                + "\(Formatting.percent(run.accuracy)) " + Self.ending(run))
        Console.note("wrote \(file.path) (\(Formatting.bytes(file.fileBytes)))")
        return file
    }

    private static func ending(_ run: TuningRun) -> String {
        run.epoch == 0
            ? "still: no epoch is better, and the network is as it came"
            : "at epoch \(run.epoch)"
    }
}
