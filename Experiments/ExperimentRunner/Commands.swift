import Foundation

/// Runs `swiftlet`, which stands beside this program.
struct Commands {
    /// Runs a verb to its end; what it tells goes to a log.
    static func swiftlet(_ arguments: [String], log: String) throws {
        let process = Process()
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        process.executableURL = own.deletingLastPathComponent().appendingPathComponent("swiftlet")
        process.arguments = arguments
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        try file.seekToEnd()
        process.standardError = file
        process.standardOutput = file
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ExperimentError(
                "swiftlet \(arguments.joined(separator: " ")) ended with "
                    + "\(process.terminationStatus); \(log) says why")
        }
    }
}

extension String {
    /// Options that stand in one line of a recipe.
    var words: [String] { split(separator: " ").map(String.init) }
}

/// A file that one process at a time may hold; it falls free when its process ends.
struct Lock {
    private let descriptor: Int32

    /// Takes a lock; nil where another process holds it.
    init?(_ path: String) {
        descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    /// Gives it back.
    func release() { close(descriptor) }
}
