import Foundation

extension Safetensors {
    /// Writes arrays and texts as a safetensors file that appears whole or not at all.
    ///
    /// Arrays are ordered by alignment, the largest first, then by name, as the reference writer
    /// orders them; equal contents give equal bytes. Throws `malformed` for a name that is given
    /// twice or is `__metadata__`, `unsupported` for an element type that the format lacks,
    /// `missing` and `unwritable` as `AtomicFile` does.
    public static func write(
        _ arrays: [(name: String, array: RawArray)], metadata: [String: String] = [:],
        to path: String
    ) throws {
        let ordered = try sorted(arrays, file: path)
        let header = header(of: ordered, metadata: metadata)
        guard header.count <= largestHeader else {
            throw FileFormatError(
                .tooLarge, file: path,
                "its header would take \(header.count) bytes, more than \(largestHeader); "
                    + "write several files")
        }
        let file = try TemporaryFile(replacing: path)
        var length = Data()
        length.append(little: UInt64(header.count))
        try file.write(length)
        try file.write(header)
        for (_, array) in ordered { try file.write(array.bytes) }
        try file.commit()
    }

    private static func sorted(
        _ arrays: [(name: String, array: RawArray)], file: String
    ) throws -> [(name: String, array: RawArray)] {
        var names: Set<String> = ["__metadata__"]
        let ranked = try arrays.map { pair in
            guard names.insert(pair.name).inserted else {
                throw FileFormatError(
                    .malformed, file: file,
                    "the name \(pair.name.quoted) is taken already; choose another")
            }
            guard let rank = SafetensorsType.rank(of: pair.array.elementType) else {
                throw FileFormatError(
                    .unsupported, file: file,
                    "tensor \(pair.name.quoted) is \(pair.array.elementType), which safetensors "
                        + "lacks; convert it to another type")
            }
            return (pair, rank)
        }
        return ranked.sorted { ($1.1, $0.0.name) < ($0.1, $1.0.name) }.map(\.0)
    }

    /// The JSON header, padded with spaces to a multiple of eight bytes.
    private static func header(
        of arrays: [(name: String, array: RawArray)], metadata: [String: String]
    ) -> Data {
        var parts: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }
            let texts = pairs.map { "\(json($0.key)):\(json($0.value))" }
            parts.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var end = 0
        for (name, array) in arrays {
            let begin = end
            end += array.bytes.count
            let type = SafetensorsType.names.first { $0.type == array.elementType }?.name ?? ""
            let shape = array.shape.map { String($0) }.joined(separator: ",")
            parts.append(
                "\(json(name)):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(begin),\(end)]}")
        }
        var header = Data("{\(parts.joined(separator: ","))}".utf8)
        header.append(Data(repeating: 0x20, count: (8 - header.count % 8) % 8))
        return header
    }

    /// The text as a JSON string.
    private static func json(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
