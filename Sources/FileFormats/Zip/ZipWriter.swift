public import Foundation

/// Writes a zip archive of stored entries, each aligned so that it can be mapped.
///
/// The archive appears under its name when `finish()` returns; dropped before that, or after an
/// error, it leaves nothing behind. Equal entries give equal bytes: no time is recorded.
public struct ZipWriter: ~Copyable {
    /// Data begin at multiples of this many bytes, as PyTorch's reader expects.
    public static let alignment = 64

    private let output: TemporaryFile
    private var directory = Data()
    private var names: Set<String> = []
    /// Numbers from here on are written with 64 bits; the formats' own limit except in tests.
    private let widest: UInt32

    /// Begins an archive that will stand at `path`; throws `missing` where its folder does not
    /// exist and `unwritable` where it may not be written.
    public init(path: String) throws {
        try self.init(path: path, widest: .max)
    }

    init(path: String, widest: UInt32) throws {
        output = try TemporaryFile(replacing: path)
        self.widest = widest
    }

    /// Appends an entry; throws `malformed` for a name that is taken or refused, `unwritable` when
    /// the disk is full.
    public mutating func add(_ name: String, _ data: Data) throws {
        let fault = name.hasSuffix("/") ? "names a folder" : ZipName.fault(of: name)
        if let fault {
            throw FileFormatError(
                .malformed, file: output.path,
                "the entry name \(name.quoted) \(fault); choose another")
        }
        guard names.insert(name).inserted else {
            throw FileFormatError(
                .malformed, file: output.path,
                "there is an entry named \(name.quoted) already; choose another name")
        }
        let record = Record(
            name: name, byteCount: data.count, checksum: crc32(of: data), offset: output.count,
            widest: widest)
        try output.write(record.local)
        try output.write(data)
        directory.append(record.central)
    }

    /// Writes the directory and gives the archive its name; throws `unwritable` when the disk is
    /// full.
    public consuming func finish() throws {
        let offset = output.count
        try output.write(directory)
        try output.write(end(directoryOffset: offset))
        try output.commit()
    }

    private func end(directoryOffset offset: Int) -> Data {
        var result = Data()
        let count = names.count
        let narrowCount = min(widest, UInt32(UInt16.max))
        let isWide = count >= narrowCount || offset >= widest || directory.count >= widest
        if isWide {
            result.append(little: ZipSignature.end64)
            result.append(little: UInt64(44))
            result.append(little: UInt16(45))
            result.append(little: UInt16(45))
            result.append(little: UInt64(0))
            for number in [count, count, directory.count, offset] {
                result.append(little: UInt64(number))
            }
            result.append(little: ZipSignature.locator64)
            result.append(little: UInt32(0))
            result.append(little: UInt64(offset + directory.count))
            result.append(little: UInt32(1))
        }
        result.append(little: ZipSignature.end)
        result.append(little: UInt32(0))
        for _ in 0..<2 { result.append(little: isWide ? UInt16.max : UInt16(count)) }
        result.append(little: isWide ? UInt32.max : UInt32(directory.count))
        result.append(little: isWide ? UInt32.max : UInt32(offset))
        result.append(little: UInt16(0))
        return result
    }
}
