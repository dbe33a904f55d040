import Foundation

/// The JSON header of a safetensors file, read strictly: a key that is given twice is an error.
struct SafetensorsHeader {
    /// One array as the header describes it.
    struct Entry {
        let name: String
        let type: ElementType
        let shape: [Int]
        /// Offsets into the bytes after the header.
        let begin: Int
        let end: Int
    }

    /// The arrays in the order of the header.
    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]

    /// Reads the header's bytes; throws `malformed` where they break a rule, `unsupported` for an
    /// element type that is unknown or narrower than a byte.
    init(_ bytes: Data, file: String) throws {
        var scanner = try HeaderScanner(bytes, file: file)
        guard scanner.next == UInt8(ascii: "{") else { throw scanner.failure("“{”") }
        try scanner.expect("{")
        var seen: Set<String> = []
        try scanner.items(until: "}") { scanner in
            let name = try scanner.newKey(among: &seen)
            if name == "__metadata__" {
                metadata = try Self.metadata(&scanner)
            } else {
                entries.append(try Self.entry(named: name, &scanner))
            }
        }
        scanner.skipBlanks()
        guard scanner.next == nil else { throw scanner.failure("the end") }
    }

    private static func metadata(_ scanner: inout HeaderScanner) throws -> [String: String] {
        var result: [String: String] = [:]
        var seen: Set<String> = []
        try scanner.expect("{")
        try scanner.items(until: "}") { scanner in
            let key = try scanner.newKey(among: &seen)
            result[key] = try scanner.string()
        }
        return result
    }

    private static func entry(named name: String, _ scanner: inout HeaderScanner) throws -> Entry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        var seen: Set<String> = []
        try scanner.expect("{")
        try scanner.items(until: "}") { scanner in
            switch try scanner.newKey(among: &seen) {
            case "dtype": type = try scanner.string()
            case "shape": shape = try scanner.integers()
            case "data_offsets": offsets = try scanner.integers()
            default: throw scanner.failure("“dtype”, “shape” or “data_offsets” as the key")
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw scanner.failure("an array with dtype, shape and two data_offsets before it")
        }
        guard let elementType = SafetensorsType.type(named: type) else {
            throw FileFormatError(
                .unsupported, file: scanner.file,
                "tensor \(name.quoted) has the type \(type.quoted), which is not supported; "
                    + "convert it to another")
        }
        return Entry(
            name: name, type: elementType, shape: shape, begin: offsets[0], end: offsets[1])
    }
}

extension HeaderScanner {
    /// Reads a key and its colon; throws `malformed` where the object had it already.
    fileprivate mutating func newKey(among seen: inout Set<String>) throws -> String {
        let key = try string()
        guard seen.insert(key).inserted else {
            throw FileFormatError(
                .malformed, file: file,
                "its header has the key \(key.quoted) twice; do not trust this file")
        }
        try expect(":")
        return key
    }

    /// Reads an array of whole numbers.
    fileprivate mutating func integers() throws -> [Int] {
        var result: [Int] = []
        try expect("[")
        try items(until: "]") { result.append(try $0.integer()) }
        return result
    }
}
