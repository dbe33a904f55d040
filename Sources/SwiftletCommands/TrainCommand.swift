import ArgumentParser
import Compression
import Datasets
import Foundation
import Interchange
import Models
import Programs
import Reports
import Tensors
import Training

/// The verb `swiftlet train`.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a network, plainly or with LoRITa, and writes a model file.",
        discussion: """
            Examples:
                swiftlet train fcn6 --data mnist --factors 3 --weight-decay 1e-3 --output runs/mnist
                swiftlet train --resume runs/mnist

            The folder holds model.pt2 (the network with its weights multiplied out), run.json (all \
            options), metrics.jsonl (a line an epoch) and checkpoint.pt2 (the factors, to resume from).
            """)

    @ArgumentParser.Argument(
        help: "The network: \(ZooModel.all.map(\.name).joined(separator: ", ")).")
    var model: String?

    @OptionGroup var shared: RunArguments

    @Option(help: "The width of the hidden layers, where the network leaves it open.")
    var width: Int?

    @Flag(help: "Batch norm on the logits, as the LoRITa paper has it.")
    var logitsNorm = false

    @OptionGroup var composition: CompositionArguments
    @OptionGroup var training: TrainingArguments

    @Option(help: "Where to train: cpu.")
    var device = "cpu"

    func validate() throws {
        guard width.map({ $0 >= 1 }) ?? true else { throw ValidationError("--width is 1 or more") }
        guard device == "cpu" else {
            throw ValidationError(
                "--device \(device) is not supported yet; leave it out, or say cpu")
        }
        try training.validate()
    }

    func run() throws {
        try shared.check(
            model, kind: "a network",
            saysNothingElse: width == nil && !logitsNorm && composition.isStandard
                && training.isStandard)
        try shared.threads.apply()
        Interruption.watch()
        var session = try shared.resume.map { try TrainingSession(resuming: $0) } ?? newSession()
        let (file, record) = try session.run()
        guard shared.json else { return }
        var report = Measurement(file)
        report.evaluation = try Evaluation(of: file.program, on: session.dataset.validation)
        Console.note("accuracy and loss are of the validation split, run \(record.seconds ?? 0) s")
        try Console.json(report)
    }

    private func newSession() throws -> TrainingSession {
        let name = model ?? ""
        guard let zoo = ZooModel.named(name) else {
            throw Failure(
                .usage,
                "there is no network \(NearMiss.text(name, among: ZooModel.all.map(\.name)))")
        }
        if !zoo.isAdjustable, width != nil || logitsNorm {
            throw Failure(
                .usage,
                "\(zoo.name) has its own width and head; leave out --width and --logits-norm")
        }
        let folder = try shared.folder()
        let dataset = try shared.source.load(shared.data)
        let options = training.options(
            augmenting: Datasets.known(shared.data)?.augmentation ?? .none)
        try options.augmentation.check(dataset.training)
        let record = RunRecord(
            model: zoo.name, width: width, logitsNorm: logitsNorm, data: shared.data,
            dataDirectory: shared.source.dataDir, splitSeed: shared.source.splitSeed,
            split: dataset.splitNote,
            composition: try CompositionRecord(composition),
            training: options, threads: threadCount)
        return TrainingSession(record: record, folder: folder, dataset: dataset, checkpoint: nil)
    }
}
