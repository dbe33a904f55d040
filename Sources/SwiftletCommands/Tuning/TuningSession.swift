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
    let folder: OutputFolder
    /// The network as it came.
    private let program: Program
    let teacher: Program?
    let dataset: Dataset
    let checkpoint: Checkpoint?

    /// Makes a session of parts that go with each other.
    ///
    /// - Throws: where the data have no labels, or other classes than the network, or where the teacher sees other inputs.
    init(
        record: TuningRecord, folder: OutputFolder, program: Program, teacher: Program?,
        dataset: Dataset, checkpoint: Checkpoint?
    ) throws {
        self.record = record
        self.folder = folder
        self.program = program
        self.teacher = teacher
        self.dataset = dataset
        self.checkpoint = checkpoint
        guard dataset.training.labels != nil else {
            throw Failure(.usage, "\(record.data) has no labels to tune on")
        }
        guard !program.parameterNames.isEmpty else {
            throw Failure(.usage, "\(record.model.path) has no parameters to tune")
        }
        let classes = program.results.first.flatMap { program.type(of: $0)?.tensor?.sizes.last }
        if let classes = classes?.fixed, classes < dataset.classCount {
            throw Failure(
                .usage,
                "the network tells \(classes) classes apart, and \(record.data) has "
                    + "\(dataset.classCount); tune on data with its classes")
        }
        if let teacher {
            let (own, other) = (
                try ModelNotes.preprocessing(of: program),
                try ModelNotes.preprocessing(of: teacher)
            )
            guard own == nil || other == nil || own == other else {
                throw Failure(
                    .usage,
                    "the network and the one to distil from have other preprocessing; distil from the "
                        + "network that it was made of")
            }
        }
    }

    /// Picks up a run that was cut off.
    init(resuming path: String) throws {
        let run = try UnfinishedRun<TuningRecord>(in: path, of: "tune", called: "tuning")
        let record = run.record
        let program = try record.model.open().program
        var source = DataArguments()
        (source.dataDir, source.splitSeed) = (record.dataDirectory, record.splitSeed)
        try self.init(
            record: record, folder: run.folder, program: program,
            teacher: record.distillation?.from.open().program,
            dataset: source.load(record.data, for: program),
            checkpoint: run.checkpoint)
        try setThreadCount(record.threads)
    }

    /// Tunes, and writes the best state.
    mutating func run() throws -> (file: ModelFile, run: TuningRun) {
        let program =
            try record.composition?.compose(program, seed: record.training.seed) ?? program
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
                record.training, hooks: hooks(), keeping: record.composition == nil ? .best : .last
            ).fit(
                program, on: dataset.training, validating: dataset.validation, from: checkpoint,
                observer: Trainer.Observer(writing: folder, epochs: record.training.epochs))
        } catch let error as TrainingError where error.kind == .interrupted {
            throw Failure(
                .interrupted, "\(error); go on with swiftlet tune --resume \(folder.path)")
        }
        return (try finish(run), run)
    }

    private func hooks() throws -> [any TrainingHook] {
        var hooks = record.composition?.hooks ?? []
        if let decay = record.productDecay { hooks.append(ProductDecay(decay)) }
        if let teacher, let distillation = record.distillation {
            hooks.append(
                try Distillation(
                    from: teacher, temperature: distillation.temperature,
                    share: distillation.share))
        }
        return hooks
    }

    private func announce(_ program: Program) {
        Console.note(
            "\(record.model.path) on \(dataset.name): \(Formatting.count(program.cost.parameters)) parameters, "
                + "\(program.factorChains.count) weights in factors")
        var parts = [record.training.summary]
        if let composition = record.composition { parts.append(composition.summary) }
        if let decay = record.productDecay { parts.append("decay \(decay) of products") }
        if let distillation = record.distillation {
            parts.append(
                "\(distillation.share) of the loss from \(distillation.from.path) at temperature "
                    + "\(distillation.temperature)")
        }
        Console.note("\(parts.joined(separator: ", ")), \(record.threads) threads")
        Console.note(
            "\(Formatting.count(dataset.training.count)) training and "
                + "\(Formatting.count(dataset.validation.count)) validation examples: \(dataset.splitNote)"
        )
        if ModelNotes.mayHaveSeenValidation(program) {
            Console.note("These weights may have seen the validation split.")
        }
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
