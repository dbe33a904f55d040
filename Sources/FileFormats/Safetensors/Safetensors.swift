public import Foundation

/// The contents of a safetensors file: named arrays and a dictionary of texts.
public struct Safetensors: Sendable {
    /// The most bytes that a header may take, as in the format's reference reader.
    public static let largestHeader = 100_000_000

    /// The arrays' names in the order of their bytes in the file.
    public let names: [String]
    /// The texts under `__metadata__`; empty where there are none.
    public let metadata: [String: String]
    private let arrays: [String: RawArray]

    /// The array of this name; nil where there is none.
    public subscript(name: String) -> RawArray? { arrays[name] }

    /// Reads the file at `path` by mapping it: arrays are slices of it, not copies.
    ///
    /// See `init(_:file:)` for what is refused.
    public init(contentsOf path: String) throws {
        try self.init(InputFile.map(path))
    }

    /// Reads a file held in memory; `file` is what errors name.
    ///
    /// Throws `truncated` for an incomplete file, `tooLarge` for a header over `largestHeader`,
    /// `unsupported` for element types narrower than a byte, and `malformed` where the header is
    /// damaged, has a name twice, or where the arrays' bytes leave holes, overlap, or do not fit
    /// their types and shapes.
    public init(_ data: Data, file: String) throws {
        try self.init(ByteView(data: data, file: file))
    }

    init(_ view: ByteView) throws {
        let (header, buffer) = try Self.parts(of: view)
        let ordered = header.entries.enumerated().sorted {
            ($0.element.begin, $0.element.end, $0.offset)
                < ($1.element.begin, $1.element.end, $1.offset)
        }
        var arrays: [String: RawArray] = [:]
        var end = 0
        for (_, entry) in ordered {
            arrays[entry.name] = try Self.array(entry, after: end, in: buffer)
            end = entry.end
        }
        guard end == buffer.count else {
            throw view.error(
                .malformed,
                "\(buffer.count - end) bytes follow the last tensor; fetch the file again")
        }
        self.arrays = arrays
        metadata = header.metadata
        names = ordered.map(\.element.name)
    }

    /// The parsed header, and the bytes after it.
    private static func parts(of view: ByteView) throws -> (SafetensorsHeader, ByteView) {
        if let impostor = view.impostor(expected: "the safetensors file") { throw impostor }
        if view.begins(with: [0x50, 0x4B, 3, 4]) {
            throw view.error(
                .malformed, "it is a zip archive, not safetensors; open it as .pt2 or .pt")
        }
        guard let length = view.little(UInt64.self, at: 0) else {
            throw view.error(
                .truncated,
                "it has \(view.count) bytes, too few for a safetensors file; the download is "
                    + "incomplete, fetch it again")
        }
        guard length <= UInt64(largestHeader) else {
            throw view.error(
                .tooLarge,
                "its header is said to take \(length) bytes, more than \(largestHeader); "
                    + "it is not a safetensors file or is damaged, fetch it again")
        }
        let start = 8 + Int(length)
        guard let header = view.slice(at: 8, count: Int(length)),
            let buffer = view.slice(at: start, count: view.count - start)
        else { throw incomplete(view, expected: start) }
        let parsed = try SafetensorsHeader(header, file: view.file)
        return (parsed, ByteView(data: buffer, file: view.file))
    }

    /// The array, which has to begin where the one before it ended.
    private static func array(
        _ entry: SafetensorsHeader.Entry, after end: Int, in buffer: ByteView
    ) throws -> RawArray {
        let name = entry.name.quoted
        guard entry.begin == end else {
            throw buffer.error(
                .malformed,
                "tensor \(name) begins at byte \(entry.begin) of the data, where \(end) is "
                    + "expected; do not trust this file")
        }
        guard entry.begin <= entry.end,
            entry.type.byteCount(ofShape: entry.shape) == entry.end - entry.begin
        else {
            throw buffer.error(
                .malformed,
                "tensor \(name) of \(entry.type) \(entry.shape.shown) does not fit bytes "
                    + "\(entry.begin) to \(entry.end); do not trust this file")
        }
        guard let bytes = buffer.slice(at: entry.begin, count: entry.end - entry.begin) else {
            throw buffer.error(
                .truncated,
                "tensor \(name) ends at byte \(entry.end) of the data, which end at "
                    + "\(buffer.count); the download is incomplete, fetch it again")
        }
        return try RawArray(
            entry.type, shape: entry.shape, bytes: bytes, file: "\(buffer.file), tensor \(name)")
    }

    private static func incomplete(_ view: ByteView, expected: Int) -> FileFormatError {
        view.error(
            .truncated,
            "it has \(view.count) bytes and its header alone ends at \(expected); the download is "
                + "incomplete, fetch it again")
    }
}
