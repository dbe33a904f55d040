import FileFormats
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import Testing

/// The built `swiftlet`, run in a folder of its own.
struct Workplace {
    let folder: String

    /// What a command left.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        /// The last line for people.
        var lastLine: String { errors.split(separator: "\n").last.map(String.init) ?? "" }

        /// The one JSON object on stdout.
        func json(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
            try #require(
                try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any],
                sourceLocation: sourceLocation)
        }
    }

    /// Where the build put the program: beside the bundle of the tests that run.
    static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("swiftlet")

    /// A command that is not waited for.
    func start(_ arguments: [String], log: String = "log") throws -> Process {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        var environment = ProcessInfo.processInfo.environment
        environment["HOME"] = folder
        environment["SWIFTLET_DATA"] = nil
        environment["OMP_NUM_THREADS"] = "1"
        process.environment = environment
        for (name, stream) in [("out", \Process.standardOutput), ("err", \Process.standardError)] {
            let path = "\(folder)/\(log).\(name)"
            try Data().write(to: URL(fileURLWithPath: path))
            let file: FileHandle? = FileHandle(forWritingAtPath: path)
            process[keyPath: stream] = file
        }
        process.standardInput = FileHandle.nullDevice
        // NB: tests run on threads that block signals, and a child would inherit that.
        var (all, before) = (sigset_t(), sigset_t())
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_UNBLOCK, &all, &before)
        defer { unsafe _ = pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
        return process
    }

    /// Runs a command to its end.
    @discardableResult
    func run(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws
        -> Outcome
    {
        try run(arguments, sourceLocation: sourceLocation)
    }

    /// Runs a command whose arguments are put together to its end.
    @discardableResult
    func run(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws
        -> Outcome
    {
        let process = try start(arguments)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit, sourceLocation: sourceLocation)
        return try outcome(of: process)
    }

    /// Interrupts a program, as Ctrl-C does, once it has written a file.
    func interrupt(_ process: Process, whenThereIs file: String) {
        let limit = Date().addingTimeInterval(60)
        while !exists(file), Date() < limit { usleep(2_000) }
        process.interrupt()
        process.waitUntilExit()
    }

    /// What a program has told, and how it ended.
    func outcome(of process: Process, log: String = "log") throws -> Outcome {
        Outcome(
            status: process.terminationStatus, output: try text("\(log).out"),
            errors: try text("\(log).err"))
    }

    /// Runs a command that fails, and expects its status and whole sentence.
    func expectFailure(
        _ status: Int32, _ sentence: String, _ arguments: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let process = try start(arguments)
        process.waitUntilExit()
        let outcome = try outcome(of: process)
        #expect(process.terminationReason == .exit, sourceLocation: sourceLocation)
        #expect(outcome.status == status, sourceLocation: sourceLocation)
        #expect(outcome.lastLine == "swiftlet: \(sentence)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    }

    /// Runs a command whose arguments the parser refuses, and expects its first line.
    func expectUsage(
        _ sentence: String, _ arguments: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let process = try start(arguments)
        process.waitUntilExit()
        let outcome = try outcome(of: process)
        #expect(outcome.status == 64, sourceLocation: sourceLocation)
        let first = outcome.errors.split(separator: "\n").first.map(String.init)
        #expect(first == "Error: \(sentence)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
    }

    // MARK: Files

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    func data(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }

    func write(_ data: Data, to name: String) throws {
        try data.write(to: URL(fileURLWithPath: path(name)))
    }

    /// The names in a folder, hidden ones too.
    func names(in name: String = "") throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: path(name)))
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    func program(_ name: String) throws -> Program {
        try ModelFile(contentsOf: path(name)).program
    }

    /// The bytes of a model file's tensors.
    func contents(_ name: String) throws -> [String: Data] {
        let program = try program(name)
        let pairs = try program.tensors.keys.map { ($0, try program.tensor($0).bytes()) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    /// Writes a zip archive of stored entries.
    func archive(_ entries: [(name: String, data: Data)], as name: String) throws {
        var writer = try ZipWriter(path: path(name))
        for (name, data) in entries { try writer.add(name, data) }
        try writer.finish()
    }

    /// Puts a network for the digits, not trained, where `train` would.
    func putModel(in name: String = "model", classes: Int = 10) throws {
        try FileManager.default.createDirectory(
            atPath: path(name), withIntermediateDirectories: true)
        try fullyConnected(layers: 3, width: 12, classes: classes, input: [1, 8, 8])
            .initialized(seed: 1).write(to: path("\(name)/model.pt2"))
    }
}

/// Runs `body` in a new folder, and removes it.
func withWorkplace<Result>(_ body: (Workplace) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        .appendingPathComponent("commands-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(Workplace(folder: folder.path))
}

/// A JSON value that is a number, and neither a Boolean nor text.
func number(
    _ json: [String: Any], _ key: String, sourceLocation: SourceLocation = #_sourceLocation
) throws -> Double {
    let value = try #require(
        json[key] as? NSNumber, "\(key) is \(json[key] ?? "missing")",
        sourceLocation: sourceLocation)
    return value.doubleValue
}

/// Expects the measurements that programs rely on, with the right types and ranges.
func expectMeasured(
    _ json: [String: Any], latency: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    for key in ["parameters", "bytes", "fileBytes", "macs", "examples"] {
        let value = try number(json, key, sourceLocation: sourceLocation)
        #expect(value > 0 && value == value.rounded(), "\(key)", sourceLocation: sourceLocation)
    }
    let (low, accuracy, high) = (
        try number(json, "accuracyLow"), try number(json, "accuracy"),
        try number(json, "accuracyHigh")
    )
    #expect(0 <= low && low <= accuracy, sourceLocation: sourceLocation)
    #expect(accuracy <= high && high <= 1, sourceLocation: sourceLocation)
    #expect(try number(json, "loss") > 0, sourceLocation: sourceLocation)
    #expect(json["file"] is String, sourceLocation: sourceLocation)
    for key in ["secondsBatch1", "secondsBatch128"] {
        guard latency else {
            #expect(json[key] == nil, sourceLocation: sourceLocation)
            continue
        }
        #expect(try number(json, key) > 0, sourceLocation: sourceLocation)
    }
}
