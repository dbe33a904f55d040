import FileFormats
import Foundation
import Programs

/// What a Program holds beyond what PyTorch's own schema has room for, as one extra file of the archive.
struct ArchiveNotes: Codable {
    /// The record's name in the archive.
    static let record = ProgramRecords.extraFolder + "swiftlet.json"

    /// The version of this form.
    var version = 1
    /// The Program's names of values, by the archive's, where they differ.
    var values: [String: String] = [:]
    /// The names of the free dimensions, by the archive's symbols.
    var dimensions: [String: String] = [:]
    /// The values that rewrites set apart, by mark, with the Program's names.
    var marks: [String: [String]] = [:]
    /// The Program's metadata.
    var metadata: [String: String] = [:]
    /// The sizes and strides that are not known, by the archive's values; the archive says 1 there.
    var unknown: [String: Axes]?

    /// Axes of a tensor.
    struct Axes: Codable {
        /// Those whose sizes are meant.
        var sizes: [Int]
        /// Those whose strides are meant.
        var strides: [Int]
    }

    private struct Version: Decodable {
        let version: Int
    }

    init() {}

    /// Reads the notes of an archive; empty ones where it has none.
    init(from archive: ZipArchive) throws {
        guard archive.contains(Self.record(in: archive)) else { return }
        let bytes = try archive.soundBytes(of: Self.record(in: archive))
        let malformed = FileFormatError(
            .malformed, file: archive.file,
            "\(Self.record) does not hold what it should; fetch the file again")
        // Another version may have another form, so it is read first.
        guard let found = try? JSONDecoder().decode(Version.self, from: bytes) else {
            throw malformed
        }
        guard found.version == 1 else {
            throw FileFormatError(
                .unsupported, file: archive.file,
                "\(Self.record) has version \(found.version), and this release reads 1; "
                    + "use a newer release")
        }
        guard let notes = try? JSONDecoder().decode(Self.self, from: bytes) else { throw malformed }
        self = notes
    }

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(self)
    }

    private static func record(in archive: ZipArchive) -> String { archive.root + record }
}

extension ZipArchive {
    /// The folder that holds everything, with its slash; empty where there is none.
    var root: String {
        guard let first = names.first, let slash = first.firstIndex(of: "/") else { return "" }
        let folder = String(first[...slash])
        return names.allSatisfy { $0.hasPrefix(folder) } ? folder : ""
    }

    /// The bytes of an entry, compared with its check sum: a damaged weight is no weight.
    func soundBytes(of name: String) throws -> Data {
        try verify(name)
        return try bytes(of: name)
    }
}
