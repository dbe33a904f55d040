import Foundation

/// The bytes of a file with its name: every access is checked against the end, and none traps.
struct ByteView: Sendable {
    /// The bytes, maybe a slice.
    let data: Data
    /// The name that errors show.
    let file: String

    var count: Int { data.count }

    /// The bytes from `offset` on, without a copy; nil where they are not all there.
    func slice(at offset: Int, count: Int) -> Data? {
        guard offset >= 0, count >= 0, offset <= data.count, count <= data.count - offset else {
            return nil
        }
        let start = data.startIndex + offset
        return data[start..<start + count]
    }

    /// The byte at `offset`; nil past the end.
    func byte(at offset: Int) -> UInt8? {
        guard offset >= 0, offset < data.count else { return nil }
        return data[data.startIndex + offset]
    }

    /// The unsigned little-endian number at `offset`; nil where it is not all there.
    func little<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type, at offset: Int
    ) -> Number? {
        let bytes = slice(at: offset, count: MemoryLayout<Number>.size)
        return bytes?.reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    /// The unsigned big-endian number at `offset`; nil where it is not all there.
    func big<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type, at offset: Int
    ) -> Number? {
        let bytes = slice(at: offset, count: MemoryLayout<Number>.size)
        return bytes?.reduce(0) { $0 << 8 | Number($1) }
    }

    /// Whether the file begins with these bytes.
    func begins(with prefix: [UInt8]) -> Bool { data.starts(with: prefix) }

    /// An error that names this file.
    func error(_ kind: FileFormatError.Kind, _ message: String) -> FileFormatError {
        FileFormatError(kind, file: file, message)
    }
}

extension ByteView {
    /// The error for a file that is plainly something else than `expected`; nil where it is not.
    func impostor(expected: String) -> FileFormatError? {
        let start = String(decoding: data.prefix(64), as: UTF8.self).lowercased()
        let text = start.drop { $0.isWhitespace }
        if start.hasPrefix("version https://git-lfs") {
            return error(
                .malformed,
                "it is a Git LFS pointer, not \(expected) itself; run `git lfs pull`")
        }
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
            return error(
                .malformed,
                "it is a web page, not \(expected); download the file itself, not the page about it"
            )
        }
        return nil
    }
}
