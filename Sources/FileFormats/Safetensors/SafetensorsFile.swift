import Foundation

/// One safetensors file: what its header says, checked, and the bytes behind the header.
struct SafetensorsFile {
    /// The arrays in the order of their bytes.
    let entries: [SafetensorsEntry]
    let metadata: [String: String]
    /// The bytes after the header.
    let buffer: ByteView

    /// Checks every rule of the format without looking at the arrays' elements.
    init(_ view: ByteView) throws {
        let (header, buffer) = try Self.parts(of: view)
        let ordered = header.entries.isOrdered ? header.entries : header.entries.ordered()
        var end = 0
        for entry in ordered {
            try Self.check(entry, after: end, in: buffer)
            end = entry.end
        }
        guard end == buffer.count else {
            throw view.error(
                .malformed,
                "\(buffer.count - end) bytes follow the last tensor; fetch the file again")
        }
        entries = ordered
        metadata = header.metadata
        self.buffer = buffer
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
        guard length <= UInt64(Safetensors.largestHeader) else {
            throw view.error(
                .tooLarge,
                "its header is said to take \(length) bytes, more than "
                    + "\(Safetensors.largestHeader); it is not a safetensors file or is damaged, "
                    + "fetch it again")
        }
        let start = 8 + Int(length)
        guard let header = view.slice(at: 8, count: Int(length)),
            let buffer = view.slice(at: start, count: view.count - start)
        else {
            throw view.error(
                .truncated,
                "it has \(view.count) bytes and its header alone ends at \(start); the download "
                    + "is incomplete, fetch it again")
        }
        let parsed = try SafetensorsHeader(header, file: view.file)
        return (parsed, ByteView(data: buffer, file: view.file))
    }

    /// Checks an array, which has to begin where the one before it ended.
    private static func check(
        _ entry: SafetensorsEntry, after end: Int, in buffer: ByteView
    ) throws {
        guard entry.begin == end else {
            throw buffer.error(
                .malformed,
                "tensor \(entry.name.quoted) begins at byte \(entry.begin) of the data, where "
                    + "\(end) is expected; do not trust this file")
        }
        guard entry.begin <= entry.end, entry.fits else {
            throw buffer.error(
                .malformed,
                "tensor \(entry.name.quoted) of \(entry.typeShown) \(entry.shape.shown) does not "
                    + "fit bytes \(entry.begin) to \(entry.end); do not trust this file")
        }
        guard entry.end <= buffer.count else {
            throw buffer.error(
                .truncated,
                "tensor \(entry.name.quoted) ends at byte \(entry.end) of the data, which end at "
                    + "\(buffer.count); the download is incomplete, fetch it again")
        }
    }
}

extension SafetensorsEntry {
    /// Whether type and shape ask for as many bytes as there are; of a type that is not known only
    /// the shape can be checked.
    fileprivate var fits: Bool {
        if let elementType { return elementType.byteCount(ofShape: shape) == byteCount }
        guard let count = ElementType.uint8.byteCount(ofShape: shape) else { return false }
        guard let bits = SafetensorsType.narrow[typeName] else { return true }
        let (total, overflow) = count.multipliedReportingOverflow(by: bits)
        return !overflow && total.isMultiple(of: 8) && total / 8 == byteCount
    }

    fileprivate var typeShown: String { elementType?.description ?? typeName.quoted }
}

extension [SafetensorsEntry] {
    /// Whether the arrays stand in the order of their bytes already, as writers put them.
    fileprivate var isOrdered: Bool {
        zip(self, dropFirst()).allSatisfy { ($0.begin, $0.end) <= ($1.begin, $1.end) }
    }

    /// In the order of their bytes; arrays without elements keep the header's.
    fileprivate func ordered() -> [SafetensorsEntry] {
        let ranked = enumerated().sorted {
            ($0.element.begin, $0.element.end, $0.offset)
                < ($1.element.begin, $1.element.end, $1.offset)
        }
        return ranked.map(\.element)
    }
}
