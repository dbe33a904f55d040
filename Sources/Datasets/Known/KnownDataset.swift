import FileFormats
import Foundation

/// A data set that has a name.
public struct KnownDataset: Sendable {
    /// A folder in which it is looked for.
    public struct Place: Hashable, Sendable {
        /// The folder's path.
        public let folder: String
        /// Whether all of the files are in it.
        public let isFound: Bool
    }

    /// The name that the command line takes.
    public let name: String
    /// What it is and by whom, in a line.
    public let summary: String
    /// The folder's name within the folders that are searched; nil for data that are built in.
    public let folder: String?
    /// The publisher's names of the files in it; each may also lie there without its `.gz`.
    public let files: [String]
    /// The publisher's page.
    public let address: String
    /// The licence that the publisher states.
    public let licence: String
    /// The sizes of one example: `[channels, height, width]`, `[features]` or `[bytes]`.
    public let exampleShape: [Int]
    /// The classes by label.
    public let classNames: [String]
    /// What is usually done to its examples in training.
    public var augmentation: Augmentation = .none
    let reader: @Sendable (KnownDataset, DatasetOptions) throws -> Dataset

    /// The number of classes.
    public var classCount: Int { classNames.count }

    /// The folders that are looked in, in their order; none for data that are built in.
    public func searched(_ options: DatasetOptions = DatasetOptions()) -> [Place] {
        guard let folder else { return [] }
        return options.searchedFolders.map { parent in
            let path = "\(parent)/\(folder)"
            return Place(folder: path, isFound: files.allSatisfy { Self.find($0, in: path) != nil })
        }
    }

    /// Loads it from the first folder that has all of the files.
    public func load(_ options: DatasetOptions = DatasetOptions()) throws -> Dataset {
        try reader(self, options)
    }

    /// The paths of the files in the first folder that has all of them.
    ///
    /// Throws ``DatasetError/Kind/missing`` with a file that is not there and all folders.
    func paths(_ options: DatasetOptions) throws -> [String] {
        let folders = searched(options).map(\.folder)
        var best: [String] = []
        for folder in folders {
            let paths = files.compactMap { Self.find($0, in: folder) }
            if paths.count == files.count { return paths }
            if paths.count > best.count { best = paths }
        }
        let there = best.map { URL(fileURLWithPath: $0).lastPathComponent }
        let missing = files.first { !there.contains($0) && !there.contains($0.withoutGzip) } ?? ""
        throw DatasetError(
            .missing,
            "\(name): \(missing) is missing, looked in \(folders.joined(separator: ", ")); put the "
                + "files from \(address) into one of these folders, or name with --data-dir the "
                + "folder that \(folder ?? name) is in")
    }

    /// The path of the file, with or without its `.gz`; nil where there is neither.
    private static func find(_ file: String, in folder: String) -> String? {
        [file, file.withoutGzip].map { "\(folder)/\($0)" }
            .first { FileManager.default.fileExists(atPath: $0) }
    }
}

extension String {
    fileprivate var withoutGzip: String { hasSuffix(".gz") ? String(dropLast(3)) : self }
}
