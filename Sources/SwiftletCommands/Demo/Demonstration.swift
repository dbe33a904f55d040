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

/// The main job on the built-in digits: the same network plainly and with LoRITa, and what is left of each
/// when it is cut.
struct Demonstration {
    static let reportName = "report.json"

    /// Whether a demonstration writes files of that name.
    static func isOwn(_ name: String) -> Bool {
        name == reportName || name.wholeMatch(of: /factors-\d+-kept-\d+\.pt2/) != nil
    }

    let folder: String
    let epochs: Int
    let seed: UInt64

    /// The numbers of factors, each with two weight decays of which validation picks one.
    private static let candidates: [(factors: Int, decays: [Double])] = [
        (1, [1e-2, 2e-2]), (2, [5e-3, 1e-2]), (3, [5e-3, 1e-2]),
    ]
    private static let budgets = [0.2, 0.1]

    /// A trained network with its truncated forms.
    private struct Trained {
        let factors: Int
        let decay: Double
        let merged: Program
        let cuts: [(budget: Double, best: BestPlan.Candidate)]

        /// The mean accuracy of the truncated forms on validation: what the decay is picked by.
        var score: Double {
            cuts.reduce(0) { $0 + $1.best.evaluation.accuracy } / Double(cuts.count)
        }
    }

    func run() throws -> DemoReport {
        let digits = try Datasets.load("digits")
        Console.note(
            "64-256-256-256-10 on \(digits.training.count) digits; validation \(digits.validation.count), "
                + "test \(digits.test.count); \(threadCount) threads, seed \(seed)")
        var picked: [Trained] = []
        for (factors, decays) in Self.candidates {
            let runs = try decays.map { try train(factors, decay: $0, on: digits) }
            guard let best = runs.max(by: { $0.score < $1.score }) else { continue }
            Console.note("N = \(factors): validation picks weight decay \(best.decay)")
            picked.append(best)
        }
        let written = try picked.flatMap { try write($0, digits) }
        var rows = try measured(written, on: digits.test)
        DemoReport.addGaps(to: &rows)
        let report = DemoReport(rows: rows, seed: seed, epochs: epochs, threads: threadCount)
        try AtomicFile.write(Console.encoded(report), to: "\(folder)/\(Self.reportName)")
        return report
    }

    // MARK: Training

    private func train(_ factors: Int, decay: Double, on digits: Dataset) throws -> Trained {
        var options = TrainingOptions()
        options.weightDecay = decay
        options.batchSize = 32
        options.epochs = epochs
        options.seed = seed
        let network = try fullyConnected(
            layers: 4, width: 256, classes: digits.classCount, input: digits.exampleShape
        ).initialized(seed: seed)
        let composed = try Compose(factors: factors).apply(to: network).program
        var observer = Trainer.Observer()
        let title = "N = \(factors), weight decay \(decay)"
        let last = epochs
        observer.shouldStop = { Interruption.isRequested }
        observer.epochEnded = { metrics in
            Console.progress(
                "\(title): epoch \(metrics.epoch)/\(last), validation "
                    + Formatting.percent(metrics.validationAccuracy ?? 0),
                isLast: metrics.epoch == last)
        }
        let run: TrainingRun
        do {
            run = try Trainer(options).fit(
                composed, on: digits.training, validating: digits.validation, observer: observer)
        } catch let error as TrainingError where error.kind == .interrupted {
            throw Failure(.interrupted, "\(error); begin again with swiftlet demo")
        }
        var merged = try Merge().apply(to: run.program).program
        try ModelNotes.add(digits, to: &merged)
        let profile = try Profile(of: merged, on: digits.training)
        let cuts = try Self.budgets.map { budget in
            let best = try BestPlan(
                for: merged, keeping: .parameters(budget), from: profile,
                validating: digits.validation)
            return (budget, best.best)
        }
        return Trained(factors: factors, decay: decay, merged: merged, cuts: cuts)
    }

    // MARK: Files

    /// A file with what is known of it before it is measured.
    private struct Written {
        let trained: Trained
        let budget: Double
        let criterion: String
        let name: String
        let file: ModelFile
    }

    private func write(_ trained: Trained, _ digits: Dataset) throws -> [Written] {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw Failure(.output, "\(folder) cannot be written; name another folder for --output")
        }
        func written(_ program: Program, _ budget: Double, _ criterion: String) throws -> Written {
            let name = "factors-\(trained.factors)-kept-\(Int((budget * 100).rounded())).pt2"
            return Written(
                trained: trained, budget: budget, criterion: criterion, name: name,
                file: try program.write(to: "\(folder)/\(name)"))
        }
        return [try written(trained.merged, 1, "none")]
            + (try trained.cuts.map { cut in
                let small = try Truncate(cut.best.plan).apply(to: trained.merged).program
                return try written(small, cut.budget, cut.best.plan.criterion)
            })
    }

    /// Evaluates the files as read back, and times them side by side.
    private func measured(_ files: [Written], on test: Examples) throws -> [DemoReport.Row] {
        Console.note("measuring \(files.count) files on the test split")
        let programs = files.map(\.file.program)
        let single = try Latency.measured(of: programs, batch: 1)
        let batch = try Latency.measured(of: programs, batch: 128)
        return try files.enumerated().map { index, written in
            var measurement = Measurement(written.file, name: written.name)
            measurement.evaluation = try Evaluation(of: written.file.program, on: test)
            measurement.secondsBatch1 = single[index].seconds
            measurement.secondsBatch128 = batch[index].seconds
            return DemoReport.Row(
                factors: written.trained.factors, weightDecay: written.trained.decay,
                keptParameters: Double(measurement.parameters)
                    / Double(written.trained.merged.cost.parameters),
                criterion: written.criterion, measurement: measurement)
        }
    }
}
