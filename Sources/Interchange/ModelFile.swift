import FileFormats
public import Foundation
public import Programs

/// A `.pt2` file that holds a Program: what `torch.export.load` opens.
public struct ModelFile: Sendable {
    /// Where it is.
    public let path: String
    /// The Program, its tensors mapped from the file.
    public let program: Program
    private let archive: ZipArchive

    /// Opens a file and reads the Program called `model`.
    ///
    /// - Throws: one sentence with the file and the reason where it is not such a file, is damaged, or
    ///   holds what is not supported.
    public init(contentsOf path: String) throws {
        self.path = path
        archive = try ZipArchive(contentsOf: path)
        program = try ProgramReader(archive).program()
    }

    /// The bytes that it takes on disk.
    public var fileBytes: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? Int) ?? 0
    }

    /// A record beside the Program, as ``Programs/Program/write(to:records:)`` took it; nil where there
    /// is none of that name.
    public func record(_ name: String) throws -> Data? {
        let name = archive.root + name
        return archive.contains(name) ? try archive.soundBytes(of: name) : nil
    }
}

extension Program {
    /// Writes the Program as a `.pt2` archive, atomically, and reads it back.
    ///
    /// - Parameters:
    ///   - path: where; a file of that name is replaced.
    ///   - records: more records of the archive by name, which PyTorch ignores.
    /// - Returns: the file as read back.
    @discardableResult
    public func write(
        to path: String, records: [(name: String, data: Data)] = []
    ) throws -> ModelFile {
        try ProgramWriter(self).write(to: path, records: records)
        return try ModelFile(contentsOf: path)
    }
}
