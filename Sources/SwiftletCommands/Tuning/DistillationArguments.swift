import ArgumentParser
import Compression
import Programs

/// From what `tune` and `iterate` let a network learn beside the labels.
struct DistillationArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A model to learn from as well as from the labels: the one before it was cut.",
            valueName: "model"))
    var distill: String?

    @Option(help: "What the logits are divided by where --distill compares them.")
    var temperature = 4.0

    @Option(
        help: ArgumentHelp(
            "The share of the loss that is of --distill's model.", valueName: "share"))
    var teacherShare = 0.5

    /// Whether nothing is said.
    var isStandard: Bool { distill == nil && temperature == 4 && teacherShare == 0.5 }

    /// Checks them; a run that goes on has its own.
    func check(resuming: Bool) throws {
        guard temperature > 0, temperature.isFinite else {
            throw ValidationError("--temperature is a number above 0")
        }
        guard (0...1).contains(teacherShare) else {
            throw ValidationError("--teacher-share is from 0 to 1")
        }
        guard distill != nil || resuming || isStandard else {
            throw ValidationError("--temperature and --teacher-share go with --distill")
        }
    }

    /// What the record of a run says of them; nil where there is no model to learn from.
    func record() throws -> DistillationRecord? {
        try distill.map {
            DistillationRecord(
                from: try ModelSource(ModelLocation.open($0)), temperature: temperature,
                share: teacherShare)
        }
    }
}

/// The same, as `run.json` says it.
struct DistillationRecord: Codable {
    let from: ModelSource
    let temperature: Double
    let share: Double

    /// In words, as they are printed before a run starts.
    var summary: String { "\(share) of the loss from \(from.path) at temperature \(temperature)" }
}
