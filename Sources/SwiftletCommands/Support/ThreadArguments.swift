import ArgumentParser
import Tensors

/// How many threads a verb works with.
struct ThreadArguments: ParsableArguments {
    @Option(help: "Threads that one operation may use.")
    var threads: Int?

    func validate() throws {
        guard threads.map({ $0 >= 1 }) ?? true else {
            throw ValidationError("--threads is 1 or more")
        }
    }

    /// Sets the number for the whole process, where one is given.
    func apply() throws {
        if let threads { try setThreadCount(threads) }
    }
}
