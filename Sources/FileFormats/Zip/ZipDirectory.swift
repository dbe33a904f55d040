import Foundation

/// The end-of-directory records of a zip archive: where its central directory lies.
struct ZipDirectory {
    /// Where the first record begins.
    let offset: Int
    /// Bytes that the records take.
    let byteCount: Int
    /// How many records there are.
    let entryCount: Int

    /// Finds the central directory, of zip64 as well, and checks that it lies within the file.
    init(in view: ByteView) throws {
        let end = try Self.findEnd(in: view)
        let fields = try Self.fields(in: view, end: end)
        guard fields.disks.allSatisfy({ $0 == 0 }), fields.entries == fields.entriesHere else {
            throw view.error(
                .unsupported, "it is one part of a split archive; join the parts first")
        }
        guard let offset = Int(exactly: fields.offset), let byteCount = Int(exactly: fields.size),
            let entryCount = Int(exactly: fields.entries),
            view.slice(at: offset, count: byteCount) != nil, offset + byteCount == fields.position,
            entryCount <= byteCount / ZipRecord.centralByteCount
        else {
            throw view.error(
                .malformed,
                "its central directory is not where its end record says; fetch the file again")
        }
        self.offset = offset
        self.byteCount = byteCount
        self.entryCount = entryCount
    }

    /// The position of the end record: the last one whose comment reaches the file's end exactly.
    private static func findEnd(in view: ByteView) throws -> Int {
        let smallest = 22
        let last = view.count - smallest
        for position in stride(from: last, through: max(0, last - 65_535), by: -1)
        where view.byte(at: position) == 0x50 {
            guard view.little(UInt32.self, at: position) == ZipSignature.end,
                let comment = view.little(UInt16.self, at: position + 20)
            else { continue }
            if position + smallest + Int(comment) == view.count { return position }
        }
        if let impostor = view.impostor(expected: "the zip archive") { throw impostor }
        guard view.begins(with: [0x50, 0x4B]) || view.count < 4 else {
            throw view.error(.malformed, "it is not a zip archive; check which file it is")
        }
        throw view.error(
            .truncated, "the zip archive has no end record; it is incomplete, fetch it again")
    }

    /// The fields of the end record, or of zip64's where there is one.
    private struct Fields {
        var disks: [UInt32]
        var entriesHere: UInt64
        var entries: UInt64
        var size: UInt64
        var offset: UInt64
        /// Where the central directory has to end.
        var position: Int
    }

    private static func fields(in view: ByteView, end: Int) throws -> Fields {
        let damaged = view.error(
            .malformed, "the zip archive's end record is damaged; fetch the file again")
        guard let disk = view.little(UInt16.self, at: end + 4),
            let directoryDisk = view.little(UInt16.self, at: end + 6),
            let entriesHere = view.little(UInt16.self, at: end + 8),
            let entries = view.little(UInt16.self, at: end + 10),
            let size = view.little(UInt32.self, at: end + 12),
            let offset = view.little(UInt32.self, at: end + 16)
        else { throw damaged }
        let plain = Fields(
            disks: [UInt32(disk), UInt32(directoryDisk)], entriesHere: UInt64(entriesHere),
            entries: UInt64(entries), size: UInt64(size), offset: UInt64(offset), position: end)
        guard view.little(UInt32.self, at: end - 20) == ZipSignature.locator64 else {
            return plain
        }
        guard let wide = fields64(in: view, locator: end - 20) else { throw damaged }
        // Where the narrow record says more than “see the wide one”, both have to agree.
        let agree =
            (entries == .max || plain.entries == wide.entries)
            && (size == .max || plain.size == wide.size)
            && (offset == .max || plain.offset == wide.offset)
        guard agree else { throw damaged }
        return wide
    }

    private static func fields64(in view: ByteView, locator: Int) -> Fields? {
        guard let locatorDisk = view.little(UInt32.self, at: locator + 4),
            let wide = view.little(UInt64.self, at: locator + 8).flatMap({ Int(exactly: $0) }),
            wide <= locator - 56, view.little(UInt32.self, at: wide) == ZipSignature.end64,
            let length = view.little(UInt64.self, at: wide + 4),
            length == UInt64(locator - wide - 12),
            let disk = view.little(UInt32.self, at: wide + 16),
            let directoryDisk = view.little(UInt32.self, at: wide + 20),
            let entriesHere = view.little(UInt64.self, at: wide + 24),
            let entries = view.little(UInt64.self, at: wide + 32),
            let size = view.little(UInt64.self, at: wide + 40),
            let offset = view.little(UInt64.self, at: wide + 48)
        else { return nil }
        return Fields(
            disks: [locatorDisk, disk, directoryDisk], entriesHere: entriesHere,
            entries: entries, size: size, offset: offset, position: wide)
    }
}
