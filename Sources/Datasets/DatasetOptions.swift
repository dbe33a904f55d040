public import Foundation

/// Where data sets are looked for, and how one without a validation split is split.
public struct DatasetOptions: Sendable {
    /// The folder that is looked in first, as `--data-dir` names it.
    public var directory: String?
    /// Decides which training examples become the validation split, and in which order the rest is.
    public var seed: UInt64
    /// For each input of a network the names that arrays for it may have in a file; such arrays pass as they are.
    public var inputNames: [[String]]
    /// Environment variables; `SWIFTLET_DATA` and `HOME` are read.
    public var environment: [String: String]

    /// Makes options; by default the process's own environment.
    public init(
        directory: String? = nil, seed: UInt64 = 0, inputNames: [[String]] = [],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.directory = directory
        self.seed = seed
        self.inputNames = inputNames
        self.environment = environment
    }

    /// The folders in which known data sets have theirs, in the order in which they are looked in:
    /// ``directory``, what `SWIFTLET_DATA` names, `~/.cache/swiftlet/datasets`.
    public var searchedFolders: [String] {
        let home = environment["HOME"] ?? NSHomeDirectory()
        let named = [directory, environment["SWIFTLET_DATA"]].compactMap { $0 }
        var folders: [String] = []
        for folder in named.filter({ !$0.isEmpty }) + ["\(home)/.cache/swiftlet/datasets"] {
            let path = URL(fileURLWithPath: folder).standardizedFileURL.path
            if !folders.contains(path) { folders.append(path) }
        }
        return folders
    }
}
