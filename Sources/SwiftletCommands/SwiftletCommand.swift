public import ArgumentParser
import Foundation
import Tensors

/// The command line: one verb a file.
public struct SwiftletCommand: ParsableCommand {
    /// The name, what it is for, and the verbs.
    public static let configuration = CommandConfiguration(
        commandName: "swiftlet",
        abstract: "Makes neural networks small and proves that they still work.",
        discussion: """
            Example: train a network whose weights become low-rank, cut it to a tenth, and measure it.

                swiftlet train fcn6 --data mnist --factors 3 --output runs/mnist
                swiftlet compress runs/mnist --keep parameters:0.1 --data mnist --output runs/small
                swiftlet evaluate runs/small --data mnist --original runs/mnist --latency
            """,
        version: "0.1.0",
        subcommands: [
            TrainCommand.self, CompressCommand.self, TuneCommand.self, IterateCommand.self,
            EvaluateCommand.self, InspectCommand.self, ConvertCommand.self, VerifyCommand.self,
            CompareCommand.self, ImportCommand.self, DatasetsCommand.self, DemoCommand.self,
        ])

    /// Makes the command.
    public init() {}

    /// Parses arguments, runs the verb, and ends the process with a status of ``ExitStatus``.
    public static func run(_ arguments: [String]) -> Never {
        keepFreedMemory()
        let given = Array(arguments.dropFirst())
        do {
            try refuseUnknownVerb(given)
            var command = try parseAsRoot(given)
            try command.run()
            Foundation.exit(ExitStatus.success.rawValue)
        } catch let error as Failure {
            Console.error(error.description)
            Foundation.exit(error.status.rawValue)
        } catch let error where ExitStatus(of: error) == nil {
            // Help, the version, and mistakes in the arguments, which the parser explains.
            exit(withError: error)
        } catch {
            Console.error("\(error)")
            Foundation.exit((ExitStatus(of: error) ?? .failure).rawValue)
        }
    }

    /// A verb that does not exist is named with the nearest that does.
    private static func refuseUnknownVerb(_ arguments: [String]) throws {
        guard let verb = arguments.first, !verb.hasPrefix("-") else { return }
        let verbs = configuration.subcommands.map { $0._commandName } + ["help"]
        guard !verbs.contains(verb) else { return }
        throw Failure(.usage, "there is no verb \(NearMiss.text(verb, among: verbs))")
    }
}
