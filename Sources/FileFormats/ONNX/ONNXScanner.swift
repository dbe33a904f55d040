/// A walk over a file's messages before they are decoded: how deep they nest and how many there are.
///
/// A message of two bytes becomes a structure of hundreds, and a number of one byte becomes eight, so a small
/// file could ask for much memory.
struct ONNXScanner {
    /// The deepest nesting of messages in messages.
    static let deepestNesting = 100
    /// The most messages in a file; one of a hundred thousand nodes has about a million.
    static let mostMessages = 2_000_000

    /// The kinds of message that hold others, and what their fields hold.
    private enum Kind {
        case model, function, graph, node, attribute, value, type, tensorType, shape, tensor, leaf

        func content(ofField number: UInt64) -> Kind? {
            switch (self, number) {
            case (.model, 7), (.attribute, 6), (.attribute, 11): .graph
            case (.model, 25): .function
            case (.graph, 1), (.function, 7): .node
            case (.graph, 5), (.attribute, 5), (.attribute, 10): .tensor
            case (.graph, 11), (.graph, 12), (.graph, 13): .value
            case (.node, 5), (.function, 11): .attribute
            case (.value, 2): .type
            case (.type, 1): .tensorType
            case (.tensorType, 2): .shape
            case (.model, 8), (.model, 14), (.function, 9), (.tensor, 13), (.shape, 1): .leaf
            // Texts and bytes are not messages, but each takes room of its own.
            case (.graph, 15), (.node, 1), (.node, 2), (.attribute, 9), (.attribute, 15),
                (.attribute, 23), (.tensor, 6), (.function, 4), (.function, 5), (.function, 6):
                .leaf
            default: nil
            }
        }
    }

    private let view: ByteView
    private var messages = 0

    init(_ view: ByteView) { self.view = view }

    /// Throws `malformed` for deeper nesting and `tooLarge` for more messages than are read here.
    func check() throws {
        var scanner = self
        try scanner.walk(.model, from: 0, to: view.count, depth: 1)
    }

    private mutating func walk(_ kind: Kind, from start: Int, to end: Int, depth: Int) throws {
        guard depth < Self.deepestNesting else { throw Self.tooDeep(view) }
        var place = start
        while place < end {
            let tag = try number(&place, end)
            switch tag & 7 {
            case 0: _ = try number(&place, end)
            case 1: try skip(8, &place, end)
            case 5: try skip(4, &place, end)
            case 2:
                let length = try number(&place, end)
                guard let count = Int(exactly: length) else { throw Self.truncated(view) }
                let begin = place
                try skip(count, &place, end)
                guard let content = kind.content(ofField: tag >> 3) else { continue }
                try countMessage()
                if content != .leaf { try walk(content, from: begin, to: place, depth: depth + 1) }
            default: throw Self.malformed(view)
            }
        }
    }

    private mutating func countMessage() throws {
        messages += 1
        guard messages <= Self.mostMessages else {
            throw view.error(
                .tooLarge, "it has more than \(Self.mostMessages) parts; do not trust this file")
        }
    }

    private func skip(_ count: Int, _ place: inout Int, _ end: Int) throws {
        guard count <= end - place else { throw Self.truncated(view) }
        place += count
    }

    /// The number at `place`, of seven bits a byte.
    private func number(_ place: inout Int, _ end: Int) throws -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
            guard place < end, let byte = view.byte(at: place) else { throw Self.truncated(view) }
            place += 1
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
        }
        throw Self.malformed(view)
    }

    static func truncated(_ view: ByteView) -> FileFormatError {
        view.error(
            .truncated,
            "it ends within a part of the model; the download is incomplete or it is not an ONNX model, "
                + "fetch it again")
    }

    static func malformed(_ view: ByteView) -> FileFormatError {
        view.error(
            .malformed, "it is not an ONNX model or is damaged; check which file it is")
    }

    static func tooDeep(_ view: ByteView) -> FileFormatError {
        view.error(
            .malformed,
            "its graphs are nested more than \(deepestNesting) parts deep; do not trust this file")
    }
}
