import ArgumentParser
import Interchange
import Programs
import Reports
import Tensors

/// The verb `swiftlet verify`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Runs two networks on the same inputs and tells how far their results lie apart.",
        discussion: """
            Example: swiftlet verify model.pt2 runs/small

            The inputs are those that the first file was exported with, or those of --inputs, or random numbers. Where \
            the results differ by more than the tolerance, the first node that differs is named, and the exit status \
            is 2. With --inputs, arrays named output.0, output.1 and so on are compared with the first file's results \
            too.
            """)

    @ArgumentParser.Argument(help: "The network that is taken to be right.")
    var first: String

    @ArgumentParser.Argument(help: "The other network; the first again by default.")
    var second: String?

    @Option(
        help: ArgumentHelp(
            "A .npz or safetensors file with arrays named as the inputs, or input.0, input.1, …",
            valueName: "file"))
    var inputs: String?

    @Option(
        help: ArgumentHelp(
            "How much of the largest value may differ (default: 1e-4 in single precision).",
            valueName: "fraction"))
    var tolerance: Double?

    @Option(help: "The seed of random inputs.")
    var seed: UInt64 = 0

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    private struct Report: Encodable {
        let first: String
        let second: String
        let inputs: String
        let isEqual: Bool
        let verification: Verification
        let recorded: [Verification.Difference]
    }

    func validate() throws {
        if let tolerance, !(tolerance >= 0 && tolerance.isFinite) {
            throw ValidationError("--tolerance is a number from 0")
        }
    }

    func run() throws {
        let left = try Network(at: first)
        let right = try second.map { try Network(at: $0) } ?? left
        let given = try NetworkInputs(
            for: left.program, file: left.file, arrays: inputs, seed: seed)
        let found = try Verification(
            comparing: left.program, with: right.program, on: given.tensors, tolerance: tolerance)
        let recorded = try recordedDifferences(left.program, given)
        let isEqual = found.isEqual && recorded.allSatisfy(\.isEqual)
        let report = Report(
            first: left.path, second: right.path, inputs: given.source, isEqual: isEqual,
            verification: found, recorded: recorded)
        if json { try Console.json(report) } else { show(report) }
        if !isEqual { throw ExitCode(ExitStatus.unequal.rawValue) }
    }

    private func recordedDifferences(
        _ program: Program, _ given: NetworkInputs
    ) throws -> [Verification.Difference] {
        guard !given.recorded.isEmpty else { return [] }
        var generator = Generator(seed: seed)
        let results = try withoutGradients {
            try Runner(program).run(given.tensors, mode: .inference, generator: &generator).results
        }
        return try given.recorded.sorted { $0.key < $1.key }.map { index, expected in
            try Verification.Difference("output.\(index)", expected, results[index], tolerance)
        }
    }

    private func show(_ report: Report) {
        Console.result("On \(report.inputs):\n\n")
        var table = TextTable([
            "result": .left, "form": .left, "largest difference": .right, "mean": .right,
            "of the largest value": .right, "same top class": .right,
        ])
        for difference in report.verification.results + report.recorded {
            table.add([
                difference.name, difference.form, Formatting.scientific(difference.largest),
                Formatting.scientific(difference.mean),
                difference.scale > 0
                    ? Formatting.scientific(difference.largest / difference.scale) : "-",
                difference.sameClass.map { Formatting.percent($0) } ?? "-",
            ])
        }
        Console.result(table.text)
        if report.isEqual { return Console.result("\nEqual within the tolerance.\n") }
        Console.result("\nNot equal.")
        if let difference = report.verification.firstDifference {
            Console.result(
                " They part at \(report.verification.place ?? difference.name), by "
                    + "\(Formatting.scientific(difference.largest)) of values up to "
                    + "\(Formatting.scientific(difference.scale)).")
        }
        Console.result("\n")
    }
}
