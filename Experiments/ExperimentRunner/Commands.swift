import Foundation
import Synchronization

/// Runs `swiftlet`, which stands beside this program.
struct Commands {
    /// The status with which `swiftlet` says that a loss is not a number.
    private static let diverged: Int32 = 4
    /// The process that is waited for; 0 where there is none.
    private static let child = Atomic<pid_t>(0)

    /// Ends the process that is waited for with this one, so that it does not train on unseen.
    static func endChildrenWithSelf() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                let child = Commands.child.load(ordering: .relaxed)
                if child > 0 { kill(child, SIGTERM) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// Runs a verb to its end; what it tells goes to a log.
    ///
    /// - Returns: false where it ended because a loss was not a number.
    @discardableResult
    static func swiftlet(_ arguments: [String], log: String) throws -> Bool {
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
        child.store(process.processIdentifier, ordering: .relaxed)
        process.waitUntilExit()
        child.store(0, ordering: .relaxed)
        guard process.terminationStatus != diverged else { return false }
        guard process.terminationStatus == 0 else {
            throw ExperimentError(
                "swiftlet \(arguments.joined(separator: " ")) ended with "
                    + "\(process.terminationStatus); \(log) says why")
        }
        return true
    }
}

extension String {
    /// Options that stand in one line of a recipe.
    var words: [String] { split(separator: " ").map(String.init) }
}

/// A file that one process at a time may hold; it falls free when its process ends.
struct Lock {
    private let descriptor: Int32

    /// Takes a lock, once no other process holds it.
    init(waitingFor path: String) throws {
        while true {
            if let lock = try Lock(path) {
                self = lock
                return
            }
            sleep(1)
        }
    }

    /// Takes a lock; nil where another process holds it.
    ///
    /// - Throws: where there is none to be had at all, in a folder that cannot be written to for example.
    init?(_ path: String) throws {
        descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.refusal(path, errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            guard reason == EWOULDBLOCK else { throw Self.refusal(path, reason) }
            return nil
        }
    }

    private static func refusal(_ path: String, _ number: Int32) -> ExperimentError {
        ExperimentError("\(path) cannot be locked: \(unsafe String(cString: strerror(number)))")
    }

    /// Gives it back.
    func release() { close(descriptor) }
}
