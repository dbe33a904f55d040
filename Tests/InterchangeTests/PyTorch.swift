import FileFormats
import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors
import TestSupport

/// One run of `check_export.py` over all networks, for the whole suite: torch takes seconds to start.
struct PyTorch: Sendable {
    static let batches = [1, 2, 7, 33]

    /// The outcome of the run, made when it is first asked for.
    static let run = Result { try PyTorch() }

    /// By network and check, "ok" or what is wrong.
    let report: [String: [String: String]]
    /// The archives that PyTorch saved again.
    let again: [String: Program]
    /// The same networks as PyTorch exports them.
    let native: [String: Program]

    /// Whether Python is there: what `SWIFTLET_PYTHON` names, else `.venv/bin/python` of the package.
    static var isAvailable: Bool {
        named != nil || FileManager.default.isExecutableFile(atPath: local)
    }

    private static var named: String? {
        let path = ProcessInfo.processInfo.environment["SWIFTLET_PYTHON"]
        return path?.isEmpty ?? true ? nil : path
    }

    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let local =
        here.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".venv/bin/python").path

    private init() throws {
        (report, again, native) = try withTemporaryFolder { folder in
            var ranks: [String: [String: Int]] = [:]
            for network in Network.allCases {
                ranks[network.rawValue] = try Self.write(network, in: folder)
            }
            try JSONEncoder().encode(ranks).write(
                to: URL(fileURLWithPath: "\(folder)/networks.json"))
            try Self.runScript("check_export.py", folder)
            let report = try JSONDecoder().decode(
                [String: [String: String]].self, from: contents(ofFile: "\(folder)/report.json"))
            return (report, try Self.read("again", in: folder), try Self.read("native", in: folder))
        }
    }

    /// Writes what Python reads, and gives the ranks of the layers that were cut.
    private static func write(_ network: Network, in folder: String) throws -> [String: Int] {
        let program = try network.program()
        try program.write(to: "\(folder)/\(network).pt2")
        try program.writeWeights(to: "\(folder)/\(network).safetensors")
        for batch in batches {
            let inputs = try program.inputs(batch: batch, seed: UInt64(batch))
            let outputs = try program.outputs(for: inputs)
            let arrays =
                try inputs.enumerated().map { ("input_\($0)", try RawArray($1)) }
                + outputs.enumerated().map { ("output_\($0)", try RawArray($1)) }
            try Safetensors.write(arrays, to: "\(folder)/\(network).\(batch).safetensors")
        }
        let first = ".0.weight"
        let cut = program.tensors.filter {
            $0.key.hasSuffix(first)
                && program.tensors[$0.key.dropLast(first.count) + ".1.weight"] != nil
        }
        return Dictionary(
            uniqueKeysWithValues: cut.map { (String($0.dropLast(first.count)), $1.shape[0]) })
    }

    /// Runs a script of this folder on another one.
    static func runScript(_ script: String, _ folder: String, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: named ?? local)
        process.arguments = [here.appendingPathComponent(script).path, folder] + arguments
        let log = "\(folder)/log"
        try Data().write(to: URL(fileURLWithPath: log))
        process.standardOutput = FileHandle(forWritingAtPath: log)
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw PythonFailure(
                description: String(decoding: try contents(ofFile: log), as: UTF8.self))
        }
    }

    /// The archives of one sort that Python left; a missing one shows in the report.
    private static func read(_ sort: String, in folder: String) throws -> [String: Program] {
        var programs: [String: Program] = [:]
        for network in Network.allCases {
            let path = "\(folder)/\(network).\(sort).pt2"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            programs[network.rawValue] = try ModelFile(contentsOf: path).program
        }
        return programs
    }
}

/// What Python printed before it failed.
struct PythonFailure: Error, CustomStringConvertible {
    let description: String
}
