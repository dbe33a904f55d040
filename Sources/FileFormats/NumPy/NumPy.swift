public import Foundation

/// NumPy's files: `.npy` holds one array, `.npz` is a zip archive of several.
public enum NumPy {
    /// Reads the `.npy` file at `path`; see `read(_:file:)`.
    public static func read(contentsOf path: String) throws -> RawArray {
        try read(InputFile.map(path))
    }

    /// Reads an `.npy` file held in memory, versions 1 to 3; `file` is what errors name.
    ///
    /// Big-endian elements are swapped and Fortran order becomes C order; else the array is a slice
    /// of the file. Throws `unsupported` for Python objects, records and texts, `truncated` where
    /// bytes are missing, `tooLarge` for a header over 1 MiB, `malformed` where the header is
    /// damaged or bytes follow the array.
    public static func read(_ data: Data, file: String) throws -> RawArray {
        try read(ByteView(data: data, file: file))
    }

    /// Writes an array as an `.npy` file that appears whole or not at all.
    ///
    /// Throws `unsupported` for `bfloat16` and the types of eight-bit floating point, which NumPy
    /// lacks, and `missing` and `unwritable` as `AtomicFile` does.
    public static func write(_ array: RawArray, to path: String) throws {
        guard let header = NumPyHeader.written(for: array) else {
            throw FileFormatError(
                .unsupported, file: path,
                "NumPy has no type for \(array.elementType); convert the array to float32")
        }
        let file = try TemporaryFile(replacing: path)
        try file.write(header)
        try file.write(array.bytes)
        try file.commit()
    }

    /// Reads the arrays of the `.npz` file at `path`, in the archive's order; see
    /// `readArchive(_:file:limit:)`.
    public static func readArchive(
        contentsOf path: String, limit: Int = Gzip.defaultLimit
    ) throws -> [(name: String, array: RawArray)] {
        try readArchive(ZipArchive(contentsOf: path), limit: limit)
    }

    /// Reads the arrays of an `.npz` file held in memory, in the archive's order; `file` is what
    /// errors name.
    ///
    /// Compressed entries are inflated, to `limit` bytes in all; stored ones are slices of the
    /// file. Throws `tooLarge` past the limit, `malformed` for entries that are not `.npy`, else as
    /// `read(_:file:)` and `ZipArchive` do.
    public static func readArchive(
        _ data: Data, file: String, limit: Int = Gzip.defaultLimit
    ) throws -> [(name: String, array: RawArray)] {
        try readArchive(ZipArchive(data, file: file), limit: limit)
    }

    private static func readArchive(
        _ archive: ZipArchive, limit: Int
    ) throws -> [(name: String, array: RawArray)] {
        var left = limit
        return try archive.names.map { entry in
            guard entry.hasSuffix(".npy") else {
                throw archive.view.error(
                    .malformed,
                    "entry \(entry.quoted) is not an .npy file; save the arrays with numpy.savez")
            }
            let bytes = try archive.inflated(entry, limit: left)
            if archive.isCompressed(entry) { left -= bytes.count }
            let array = try read(bytes, file: "\(archive.file), entry \(entry.quoted)")
            return (String(entry.dropLast(4)), array)
        }
    }

    private static func read(_ view: ByteView) throws -> RawArray {
        let header = try NumPyHeader(in: view)
        let described = "\(header.type) \(header.shape.shown)"
        let found = view.count - header.dataOffset
        guard let expected = header.type.byteCount(ofShape: header.shape) else {
            throw view.error(
                .malformed, "\(described) is not a possible shape; fetch the file again")
        }
        guard found >= expected else {
            throw view.error(
                .truncated,
                "\(described) takes \(expected) bytes and it holds \(found); fetch the file again")
        }
        guard found == expected, var bytes = view.slice(at: header.dataOffset, count: expected)
        else {
            throw view.error(
                .malformed,
                "\(described) takes \(expected) bytes and \(found - expected) more follow; "
                    + "fetch the file again")
        }
        if header.isBigEndian { bytes = bytes.swapped(wordByteCount: header.type.wordByteCount) }
        if header.isFortranOrder {
            bytes = bytes.fromFortranOrder(
                shape: header.shape, elementByteCount: header.type.byteCount)
        }
        return try RawArray(header.type, shape: header.shape, bytes: bytes, file: view.file)
    }
}

extension Data {
    /// The elements of an array whose first axis is the fastest, rearranged so that its last one
    /// is.
    fileprivate func fromFortranOrder(shape: [Int], elementByteCount: Int) -> Data {
        guard !isEmpty, shape.count(where: { $0 > 1 }) > 1 else { return self }
        var strides: [Int] = []
        var step = 1
        for size in shape {
            strides.append(step)
            step *= size
        }
        return gathered(shape: shape, strides: strides, elementByteCount: elementByteCount)
    }
}
