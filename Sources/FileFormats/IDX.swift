public import Foundation

/// The format of the MNIST files: one array, big endian, with its type and sizes before it.
public enum IDX {
    /// Reads the array at `path`, plain or gzip: `[count, height, width]` for images, `[count]` for
    /// labels.
    ///
    /// See `read(_:file:rank:limit:)` for what is refused.
    public static func read(
        contentsOf path: String, rank: Int? = nil, limit: Int = Gzip.defaultLimit
    ) throws -> RawArray {
        try read(InputFile.map(path), rank: rank, limit: limit)
    }

    /// Reads an array held in memory; `file` is what errors name.
    ///
    /// `rank` is the number of dimensions that is wanted, if it is known: images have 3, labels 1.
    /// `limit` bounds what gzip data inflate to. Throws `truncated` where bytes are missing,
    /// `unsupported` for an unknown type, and `malformed` for a wrong magic number, a wrong rank,
    /// or bytes after the array.
    public static func read(
        _ data: Data, file: String, rank: Int? = nil, limit: Int = Gzip.defaultLimit
    ) throws -> RawArray {
        try read(ByteView(data: data, file: file), rank: rank, limit: limit)
    }

    private static func read(_ packed: ByteView, rank: Int?, limit: Int) throws -> RawArray {
        let view = try packed.gunzipped(limit: limit)
        let (type, shape) = try header(of: view, rank: rank)
        let start = 4 + 4 * shape.count
        guard let expected = type.byteCount(ofShape: shape) else {
            throw view.error(
                .malformed, "its shape \(shape.shown) is not possible; fetch the file again")
        }
        let found = view.count - start
        guard found >= expected else {
            throw view.error(
                .truncated,
                "\(type) \(shape.shown) takes \(expected) bytes and it holds \(found); "
                    + "fetch the file again")
        }
        guard found == expected, let bytes = view.slice(at: start, count: expected) else {
            throw view.error(
                .malformed,
                "\(type) \(shape.shown) takes \(expected) bytes and \(found - expected) more follow; "
                    + "fetch the file again")
        }
        return try RawArray(
            type, shape: shape, bytes: bytes.swapped(wordByteCount: type.wordByteCount),
            file: view.file)
    }

    private static func header(
        of view: ByteView, rank wanted: Int?
    ) throws -> (ElementType, [Int]) {
        if let impostor = view.impostor(expected: "the IDX file") { throw impostor }
        guard let magic = view.big(UInt32.self, at: 0) else {
            throw view.error(
                .truncated,
                "it has \(view.count) bytes and an IDX file has at least 4; fetch the file again")
        }
        guard magic >> 16 == 0 else {
            let found = String(magic, radix: 16)
            throw view.error(
                .malformed,
                "it begins with 0x\(found) and an IDX file with two zero bytes; "
                    + "check which file it is")
        }
        guard let type = type(numbered: magic >> 8) else {
            throw view.error(
                .unsupported,
                "its element type is 0x\(String(magic >> 8, radix: 16)) and the known ones are "
                    + "0x8, 0x9, 0xb, 0xc, 0xd and 0xe; convert it to one of them")
        }
        let rank = Int(magic & 0xFF)
        if let wanted, wanted != rank {
            throw view.error(
                .malformed,
                "it has \(rank) dimensions and \(wanted) are expected; check that images and "
                    + "labels are not exchanged")
        }
        let shape = (0..<rank).compactMap { view.big(UInt32.self, at: 4 + 4 * $0) }
        guard shape.count == rank else {
            throw view.error(
                .truncated,
                "its header says \(rank) dimensions and holds \(shape.count); fetch the file again")
        }
        return (type, shape.map { Int($0) })
    }

    private static func type(numbered number: UInt32) -> ElementType? {
        switch number {
        case 0x08: .uint8
        case 0x09: .int8
        case 0x0B: .int16
        case 0x0C: .int32
        case 0x0D: .float32
        case 0x0E: .float64
        default: nil
        }
    }
}
