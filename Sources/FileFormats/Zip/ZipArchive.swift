public import Foundation

/// A zip archive opened for reading: `.pt2`, `.pt` and `.npz` files are such archives.
///
/// The whole directory is checked when it is opened, so entries are slices of the file that do not
/// overlap. Stored entries cost nothing to read; deflated ones have to be asked for with a limit.
public struct ZipArchive: Sendable {
    /// The archive's path or name, as errors show it.
    public let file: String
    /// The entries' names in the order of the directory, without those of folders.
    public let names: [String]
    let view: ByteView
    let entries: [String: ZipEntry]

    /// Opens the archive at `path` by mapping it; see `init(_:file:)` for what is refused.
    public init(contentsOf path: String) throws {
        try self.init(InputFile.map(path))
    }

    /// Opens an archive held in memory; `file` is what errors name.
    ///
    /// Throws `truncated` where the end record is not there, `unsupported` for split archives,
    /// `malformed` where records are damaged, disagree or overlap, where a name is given twice, is
    /// absolute or leads out of its folder.
    public init(_ data: Data, file: String) throws {
        try self.init(ByteView(data: data, file: file))
    }

    init(_ view: ByteView) throws {
        let directory = try ZipDirectory(in: view)
        let ordered = try Self.records(of: directory, in: view)
        var entries: [String: ZipEntry] = [:]
        for entry in ordered {
            if let fault = ZipName.fault(of: entry.name) {
                throw view.error(
                    .malformed,
                    "the name of entry \(entry.name.quoted) \(fault); do not trust this archive")
            }
            guard entries.updateValue(entry, forKey: entry.name) == nil else {
                throw view.error(
                    .malformed,
                    "it has two entries named \(entry.name.quoted); do not trust this archive")
            }
        }
        try Self.checkOverlaps(of: ordered, before: directory.offset, in: view)
        self.view = view
        self.file = view.file
        self.entries = entries
        self.names = ordered.filter { !$0.isFolder }.map(\.name)
    }

    /// Whether there is an entry of this name.
    public func contains(_ name: String) -> Bool { entries[name].map { !$0.isFolder } ?? false }

    /// The bytes of a stored entry: a slice of the file, not a copy.
    ///
    /// Throws `missing` where there is no such entry, `unsupported` where it is compressed or
    /// encrypted.
    public func bytes(of name: String) throws -> Data {
        let entry = try readableEntry(name)
        guard entry.method == ZipEntry.Method.stored else {
            throw view.error(
                .unsupported,
                "entry \(name.quoted) is compressed; write the archive again without compression")
        }
        return try stored(entry)
    }

    /// The entry, which may be stored or compressed, but is neither missing nor encrypted.
    func readableEntry(_ name: String) throws -> ZipEntry {
        guard let entry = entries[name], !entry.isFolder else {
            throw view.error(
                .missing, "it has no entry \(name.quoted); check which kind of archive it is")
        }
        guard !entry.isEncrypted else {
            throw view.error(
                .unsupported,
                "entry \(name.quoted) is encrypted; write the archive again without a password")
        }
        return entry
    }

    /// The entry's bytes as they are in the archive.
    func stored(_ entry: ZipEntry) throws -> Data {
        guard let bytes = view.slice(at: entry.dataOffset, count: entry.storedByteCount) else {
            throw view.error(
                .truncated, "entry \(entry.name.quoted) ends too early; fetch the file again")
        }
        return bytes
    }

    private static func records(
        of directory: ZipDirectory, in view: ByteView
    ) throws -> [ZipEntry] {
        let reader = ZipRecord(view: view)
        var entries: [ZipEntry] = []
        entries.reserveCapacity(directory.entryCount)
        var position = directory.offset
        for index in 0..<directory.entryCount {
            var (entry, next) = try reader.central(at: position, index: index)
            entry.dataOffset = try reader.dataOffset(of: entry)
            guard entry.method != ZipEntry.Method.stored || entry.storedByteCount == entry.byteCount
            else {
                throw view.error(
                    .malformed,
                    "entry \(entry.name.quoted) is stored but has two sizes; fetch the file again")
            }
            entries.append(entry)
            position = next
        }
        guard position == directory.offset + directory.byteCount else {
            throw view.error(
                .malformed,
                "its central directory does not hold \(directory.entryCount) records; "
                    + "fetch the file again")
        }
        return entries
    }

    /// Throws where two entries share bytes, the way of archives that unfold to far more than they
    /// hold.
    private static func checkOverlaps(
        of entries: [ZipEntry], before directoryOffset: Int, in view: ByteView
    ) throws {
        var end = 0
        var previous = "the beginning"
        for entry in entries.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            guard entry.headerOffset >= end else {
                throw view.error(
                    .malformed,
                    "entry \(entry.name.quoted) overlaps \(previous); do not trust this archive")
            }
            end = entry.end
            previous = "entry \(entry.name.quoted)"
        }
        guard end <= directoryOffset else {
            throw view.error(
                .malformed,
                "\(previous) overlaps the central directory; do not trust this archive")
        }
    }
}
