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

    @Option(help: "Threads that one operation may use.")
    var threads: Int?

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    func validate() throws {
        guard epochs >= 1 else { throw ValidationError("--epochs is 1 or more") }
    }

    func run() throws {
        if let threads { try setThreadCount(threads) }
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
        let isOwn = manager.fileExists(atPath: "\(output)/\(Demonstration.reportName)")
        guard PathKind(at: output) != .nothing else { return }
        let isEmpty = (try? manager.contentsOfDirectory(atPath: output).isEmpty) ?? false
        guard isOwn || isEmpty || output == "runs/demo" else {
            throw Failure(
                .output, "\(output) is not of an earlier demo; name another folder for --output")
        }
        do { try manager.removeItem(atPath: output) } catch {
            throw Failure(.output, "\(output) cannot be replaced; name another folder for --output")
        }
    }
}
