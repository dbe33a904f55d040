import Foundation

/// The records of a zip archive that describe one entry: central, local and the 64-bit extra field.
struct ZipRecord {
    /// Bytes of a central record without its name, extra fields and comment.
    static let centralByteCount = 46
    /// Bytes of a local header without its name and extra fields.
    static let localByteCount = 30

    let view: ByteView

    /// The central record at `position`, and where the next one begins.
    func central(at position: Int, index: Int) throws -> (entry: ZipEntry, next: Int) {
        let damaged = view.error(
            .malformed, "record \(index) of its central directory is damaged; fetch the file again")
        guard view.little(UInt32.self, at: position) == ZipSignature.central,
            let flags = view.little(UInt16.self, at: position + 8),
            let method = view.little(UInt16.self, at: position + 10),
            let checksum = view.little(UInt32.self, at: position + 16),
            let narrowStored = view.little(UInt32.self, at: position + 20),
            let narrowPlain = view.little(UInt32.self, at: position + 24),
            let nameLength = view.little(UInt16.self, at: position + 28),
            let extraLength = view.little(UInt16.self, at: position + 30),
            let commentLength = view.little(UInt16.self, at: position + 32),
            let narrowOffset = view.little(UInt32.self, at: position + 42)
        else { throw damaged }
        let nameStart = position + Self.centralByteCount
        let extraStart = nameStart + Int(nameLength)
        let next = extraStart + Int(extraLength) + Int(commentLength)
        guard let nameBytes = view.slice(at: nameStart, count: Int(nameLength)),
            let extra = view.slice(at: extraStart, count: Int(extraLength)), next <= view.count
        else { throw damaged }
        // The 64-bit field holds, in this order, those numbers that did not fit.
        var wide = wideNumbers(in: extra)[...]
        func number(_ narrow: UInt32) -> Int? {
            narrow == .max ? wide.popFirst().flatMap { Int(exactly: $0) } : Int(narrow)
        }
        guard let name = String(validating: nameBytes, as: UTF8.self),
            let byteCount = number(narrowPlain), let stored = number(narrowStored),
            let offset = number(narrowOffset)
        else { throw damaged }
        let entry = ZipEntry(
            name: name, method: method, isEncrypted: flags & 0x2041 != 0, checksum: checksum,
            storedByteCount: stored, byteCount: byteCount, headerOffset: offset)
        return (entry, next)
    }

    /// Where the data of `entry` begin; throws unless its local header says the same as the central
    /// record.
    func dataOffset(of entry: ZipEntry) throws -> Int {
        let start = entry.headerOffset
        let damaged = view.error(
            .malformed,
            "entry \(entry.name.quoted) has a local header that differs from the central "
                + "directory; fetch the file again")
        guard view.little(UInt32.self, at: start) == ZipSignature.local,
            let flags = view.little(UInt16.self, at: start + 6),
            let method = view.little(UInt16.self, at: start + 8),
            let nameLength = view.little(UInt16.self, at: start + 26),
            let extraLength = view.little(UInt16.self, at: start + 28),
            let name = view.slice(at: start + Self.localByteCount, count: Int(nameLength)),
            name.elementsEqual(entry.name.utf8), method == entry.method
        else { throw damaged }
        let extraStart = start + Self.localByteCount + Int(nameLength)
        guard let extra = view.slice(at: extraStart, count: Int(extraLength)) else { throw damaged }
        // With bit 3 the numbers follow the data, and the local header may hold zeros.
        let followData = flags & 8 != 0
        guard followData || localNumbersAgree(at: start, extra: extra, with: entry) else {
            throw damaged
        }
        let offset = extraStart + Int(extraLength)
        guard view.slice(at: offset, count: entry.storedByteCount) != nil else { throw damaged }
        return offset
    }

    private func localNumbersAgree(at start: Int, extra: Data, with entry: ZipEntry) -> Bool {
        var wide = wideNumbers(in: extra)[...]
        func agrees(_ narrow: UInt32?, _ expected: Int) -> Bool {
            guard narrow == .max else { return narrow.map { Int($0) } == expected }
            return wide.popFirst() == UInt64(expected)
        }
        return view.little(UInt32.self, at: start + 14) == entry.checksum
            && agrees(view.little(UInt32.self, at: start + 22), entry.byteCount)
            && agrees(view.little(UInt32.self, at: start + 18), entry.storedByteCount)
    }

    /// The numbers of the 64-bit extra field; empty where there is none.
    private func wideNumbers(in extra: Data) -> [UInt64] {
        let fields = ByteView(data: extra, file: view.file)
        var position = 0
        while let identifier = fields.little(UInt16.self, at: position),
            let length = fields.little(UInt16.self, at: position + 2)
        {
            if identifier == ZipSignature.extra64 {
                let available = min(Int(length), fields.count - position - 4)
                return (0..<available / 8).compactMap {
                    fields.little(UInt64.self, at: position + 4 + 8 * $0)
                }
            }
            position += 4 + Int(length)
        }
        return []
    }
}
