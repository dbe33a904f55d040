import ArgumentParser
import Compression
import Datasets
import Foundation
import Interchange
import Programs
import Reports
import Tensors
import Training

/// The verb `swiftlet tune`.
struct TuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Trains a network that is there a little further, after truncating for example.",
        discussion: """
            Examples:
                swiftlet tune runs/small --data cifar10 --distill runs/large --output runs/tuned
                swiftlet tune runs/dense --data cifar10 --factors 3 --output runs/induced
                swiftlet tune --resume runs/tuned

            The network trains as it is in the file: layers that were cut in two stay two. The best state on \
            validation is kept, be it the one before. With --factors weights are products while it trains, so that \
            decay lowers their ranks (LoRITa from a network that is trained); then they are multiplied out, and the \
            last state is kept. The folder holds what that of train holds.
            """)

    @ArgumentParser.Argument(help: "A model file, or a folder with a model.pt2.")
    var model: String?

    @OptionGroup var shared: RunArguments

    @OptionGroup var composition: CompositionArguments
    @OptionGroup var tuning: TuningArguments

    @OptionGroup var distillation: DistillationArguments

    func validate() throws {
        try distillation.check(resuming: shared.resume != nil)
        guard tuning.productDecay == nil || composition.isStandard else {
            throw ValidationError(
                "--product-decay takes away what --factors is for, the pull to low ranks; say one of them"
            )
        }
        try tuning.validate()
    }

    func run() throws {
        try shared.check(
            model, kind: "a model",
            saysNothingElse: distillation.isStandard && tuning.isStandard && composition.isStandard)
        try shared.threads.apply()
        Interruption.watch()
        var session = try shared.resume.map { try TuningSession(resuming: $0) } ?? newSession()
        let (file, run) = try session.run()
        if shared.json {
            var report = Measurement(file)
            report.evaluation = try Evaluation(
                of: file.program, on: session.material.dataset.validation)
            Console.note("accuracy and loss are of the validation split")
            try Console.json(
                TunedMeasurement(
                    measured: report, accuracyBefore: run.before.accuracy, epoch: run.epoch,
                    stopped: run.stopped?.description))
        }
        if let stopped = run.stopped {
            let state = run.epoch == 0 ? "as it came" : "of epoch \(run.epoch)"
            throw Failure(
                .diverged,
                "\(stopped); \(file.path) holds the \(session.keeping.rawValue) state, the network \(state)"
            )
        }
    }

    private func newSession() throws -> TuningSession {
        let folder = try shared.folder()
        let file = try ModelLocation.open(model ?? "")
        try folder.refuse(ifItHolds: file.path)
        let model = try ModelSource(file)
        let distilling = try distillation.record()
        if let distilling { try folder.refuse(ifItHolds: distilling.from.path) }
        let material = try TuningMaterial(
            shared.data, from: shared.source, for: file.program, of: model, distilling)
        var options = tuning.options(
            augmenting: Datasets.known(shared.data)?.augmentation ?? .none)
        options.keepsBest = composition.isStandard
        try options.augmentation.check(material.dataset.training)
        let record = try TuningRecord(
            model: model, data: shared.data, dataDirectory: shared.source.dataDir,
            splitSeed: shared.source.splitSeed, split: material.dataset.splitNote,
            composition: composition.isStandard ? nil : CompositionRecord(composition),
            productDecay: tuning.productDecay, distillation: distilling, training: options,
            threads: threadCount)
        return TuningSession(record, of: file.program, with: material, in: folder)
    }
}
