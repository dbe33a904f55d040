import ArgumentParser
import Compression
import Datasets
import Interchange
import Programs
import Reports
import Tensors
import Training

/// The verb `swiftlet evaluate`.
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measures a model file: accuracy with its interval, costs, time.",
        discussion: """
            Example: swiftlet evaluate runs/small --data mnist --original runs/mnist --latency

            The accuracy is that of the file as it is on disk. Without labels the agreement with \
            --original is reported instead.
            """)

    @ArgumentParser.Argument(help: "A model file, or a folder with a model.pt2.")
    var model: String

    @Option(help: "A known data set, or a .npz, .safetensors or .csv file.")
    var data: String

    @Option(help: "Which examples: training, validation or test.")
    var split: Split = .test

    @Option(help: "The model before, to compare with.")
    var original: String?

    @Flag(help: "Measure the time of a batch of 1 and of 128 too.")
    var latency = false

    @OptionGroup var source: DataArguments

    @OptionGroup var threads: ThreadArguments

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    func run() throws {
        try threads.apply()
        let file = try ModelLocation.open(model)
        let originalFile = try original.map { try ModelLocation.open($0) }
        let dataset = try source.load(data, for: file.program)
        let examples = split.examples(of: dataset)
        if split == .validation, ModelNotes.mayHaveSeenValidation(file.program) {
            Console.note("These weights may have seen the validation split: measure on test.")
        }
        guard examples.labels != nil || originalFile != nil else {
            throw Failure(
                .usage,
                "\(data) has no labels; name the model before with --original to compare with it")
        }
        var report = Measurement(file)
        if examples.labels != nil {
            report.evaluation = try Evaluation(of: file.program, on: examples)
        }
        if let originalFile {
            report.agreement = try Agreement(
                between: originalFile.program, and: file.program, on: examples)
            if examples.labels != nil {
                report.originalAccuracy = try Evaluation(of: originalFile.program, on: examples)
                    .accuracy
            }
        }
        let numbers = [report.evaluation?.loss, report.agreement?.divergence]
        guard numbers.compactMap({ $0 }).allSatisfy(\.isFinite) else {
            throw Failure(
                .diverged,
                "what \(file.path) answers on \(data) is not a number: swiftlet inspect names weights that "
                    + "are not finite")
        }
        if latency {
            let programs = [file.program] + (originalFile.map { [$0.program] } ?? [])
            let single = try Latency.measured(of: programs, batch: 1, on: examples)
            let batch = try Latency.measured(of: programs, batch: 128, on: examples)
            (report.secondsBatch1, report.secondsBatch128) = (single[0].seconds, batch[0].seconds)
            if programs.count > 1 {
                report.originalSecondsBatch1 = single[1].seconds
                report.originalSecondsBatch128 = batch[1].seconds
            }
        }
        if json { return try Console.json(report) }
        Console.result(report.text(split: split.rawValue, data: data))
    }
}
