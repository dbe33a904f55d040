import ArgumentParser
import Foundation
import Tensors

/// How many threads a verb works with.
struct ThreadArguments: ParsableArguments {
    @Option(help: "Threads that one operation may use.")
    var threads: Int?

    func validate() throws {
        // More only wait for each other, and some thousands bring the process down.
        let most = max(64, 4 * ProcessInfo.processInfo.activeProcessorCount)
        guard threads.map({ (1...most).contains($0) }) ?? true else {
            throw ValidationError("--threads is from 1 to \(most)")
        }
    }

    /// Sets the number for the whole process, where one is given.
    func apply() throws {
        if let threads { try setThreadCount(threads) }
    }
}
