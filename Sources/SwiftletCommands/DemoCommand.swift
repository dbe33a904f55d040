import ArgumentParser
import Foundation
import Reports
import Tensors

/// The verb `swiftlet demo`.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Trains on built-in digits plainly and with LoRITa, truncates, and compares.",
        discussion: """
            Example: swiftlet demo

            It writes runs/demo and replaces nothing else. The report is also there as report.json.
            """)

    @Option(help: "The folder to write; another than runs/demo must be free.")
    var output = "runs/demo"

    @Option(help: "Passes over the training examples.")
    var epochs = 60

    @Option(help: "What all random numbers depend on.")
    var seed: UInt64 = 0

    @OptionGroup var threads: ThreadArguments

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    func validate() throws {
        guard epochs >= 1 else { throw ValidationError("--epochs is 1 or more") }
    }

    func run() throws {
        try threads.apply()
        Interruption.watch()
        try clear()
        let report = try Demonstration(folder: output, epochs: epochs, seed: seed).run()
        if json { return try Console.json(report) }
        Console.result("\n\(report.table.text)\n\(report.verdict)\n")
        Console.note("The files and report.json are in \(output).")
    }

    /// Removes what an earlier demonstration wrote, and nothing else.
    private func clear() throws {
        let manager = FileManager.default
        guard PathKind(at: output) != .nothing else { return }
        let names = try? manager.contentsOfDirectory(atPath: output)
        guard let names, output == "runs/demo" || names.allSatisfy(Demonstration.isOwn) else {
            throw Failure(
                .output, "\(output) is not of an earlier demo; name another folder for --output")
        }
        do {
            for name in names where Demonstration.isOwn(name) {
                try manager.removeItem(atPath: "\(output)/\(name)")
            }
        } catch {
            throw Failure(.output, "\(output) cannot be replaced; name another folder for --output")
        }
    }
}
