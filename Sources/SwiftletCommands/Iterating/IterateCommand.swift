import ArgumentParser
import Compression
import Datasets
import Interchange
import Programs
import Reports
import Tensors
import Training

/// The verb `swiftlet iterate`.
struct IterateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "iterate",
        abstract: "Cuts a network in steps, and tunes it after each.",
        discussion: """
            Examples:
                swiftlet iterate runs/large --data cifar10 --keep parameters:0.2 --steps 4 --distill runs/large \
            --output runs/small
                swiftlet iterate --resume runs/small

            Shares fall by one factor from 1 to that of --keep, parameters:F or macs:F. Each step multiplies the \
            factors out, chooses ranks anew and tunes for --epochs; the best state on validation is kept. With \
            --largest-drop a step after which more is lost on validation is the last and not taken: the folder holds \
            the network of the step before.
            """)

    @ArgumentParser.Argument(help: "A model file, or a folder with a model.pt2.")
    var model: String?

    @OptionGroup var shared: RunArguments

    @Option(help: "How much may stay at the end: parameters:F or macs:F.")
    var keep: String?

    @Option(help: "How many steps to go there in.")
    var steps = 4

    @Option(
        help: ArgumentHelp(
            "How far accuracy on validation may fall, in percentage points.", valueName: "points"))
    var largestDrop: Double?

    @Option(help: "\(Criteria.known.map(\.name).joined(separator: ", ")).")
    var criterion = WhitenedCriterion().name

    @Option(help: "Training examples that a criterion looks at.")
    var examples = 2_048

    @OptionGroup(title: "Allocation") var allocation: AllocationArguments
    @OptionGroup(title: "Tuning") var tuning: TuningArguments
    @OptionGroup(title: "Tuning") var distillation: DistillationArguments

    func validate() throws {
        guard steps >= 1 else { throw ValidationError("--steps is 1 or more") }
        guard examples >= 2 else { throw ValidationError("--examples is 2 or more") }
        guard (0...100).contains(largestDrop ?? 0) else {
            throw ValidationError("--largest-drop is from 0 to 100")
        }
        try distillation.check(resuming: shared.resume != nil)
        try tuning.validate()
    }

    func run() throws {
        try shared.check(
            model, kind: "a model",
            saysNothingElse: keep == nil && steps == 4 && largestDrop == nil
                && criterion == WhitenedCriterion().name && examples == 2_048
                && allocation.isStandard && tuning.isStandard && distillation.isStandard)
        try shared.threads.apply()
        Interruption.watch()
        var session = try shared.resume.map { try IterationSession(resuming: $0) } ?? newSession()
        let file = try session.run()
        if shared.json {
            var report = Measurement(file)
            report.evaluation = try Evaluation(of: file.program, on: session.validation)
            Console.note("accuracy and loss are of the validation split")
            try Console.json(
                TunedMeasurement(
                    measured: report, accuracyBefore: session.record.accuracyBefore,
                    steps: session.record.steps, stopped: session.record.steps.last?.stopped))
        } else {
            Console.result(Self.table(session.record).text)
        }
        try Self.check(session.record, file)
    }

    private func newSession() throws -> IterationSession {
        guard let keep else { throw Failure(.usage, "name the share to come to with --keep") }
        let folder = try shared.folder()
        let file = try ModelLocation.open(model ?? "")
        try folder.refuse(ifItHolds: file.path)
        let (model, distilling) = (try ModelSource(file), try distillation.record())
        if let distilling { try folder.refuse(ifItHolds: distilling.from.path) }
        let material = try TuningMaterial(
            shared.data, from: shared.source, for: file.program, of: model, distilling)
        let options = tuning.options(
            augmenting: Datasets.known(shared.data)?.augmentation ?? .none)
        try options.augmentation.check(material.dataset.training)
        let record = IterationRecord(
            model: model, data: shared.data, dataDirectory: shared.source.dataDir,
            splitSeed: shared.source.splitSeed, split: material.dataset.splitNote, budget: keep,
            stepCount: steps, largestDrop: largestDrop, criterion: criterion, examples: examples,
            allocation: allocation.record(seed: tuning.step.seed),
            productDecay: tuning.productDecay, distillation: distilling, training: options,
            threads: threadCount)
        return try IterationSession(record, of: file.program, with: material, in: folder)
    }

    /// Says so where the share was not reached.
    private static func check(_ record: IterationRecord, _ file: ModelFile) throws {
        guard let last = record.steps.last else { return }
        let number = record.steps.count
        if let stopped = last.stopped {
            throw Failure(
                .diverged,
                "step \(number): \(stopped); \(file.path) holds the best state "
                    + (last.isAccepted ? "of it" : "before it"))
        }
        guard !last.isAccepted, let before = record.accuracyBefore, let drop = record.largestDrop
        else { return }
        let lost = Formatting.decimal((before - last.accuracyTuned) * 100, places: 2)
        let held =
            number == 1 ? "the network as it came" : "that of step \(number - 1)"
        throw Failure(
            .budget,
            "step \(number) of \(record.stepCount) loses \(lost) points on validation, more than \(drop); "
                + "\(file.path) holds \(held)")
    }

    private static func table(_ record: IterationRecord) -> TextTable {
        var table = TextTable([
            "step": .right, "share": .right, "parameters": .right, "cut": .right, "tuned": .right,
            "taken": .left,
        ])
        for (index, step) in record.steps.enumerated() {
            table.add([
                "\(index + 1)", Formatting.percent(step.share), Formatting.count(step.parameters),
                Formatting.percent(step.accuracyCut), Formatting.percent(step.accuracyTuned),
                step.isAccepted ? "yes" : "no",
            ])
        }
        return table
    }
}
