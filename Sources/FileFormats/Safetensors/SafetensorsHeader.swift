import Foundation

/// The JSON header of a safetensors file, read strictly: a key that is given twice is an error.
struct SafetensorsHeader {
    /// The arrays in the order of the header.
    private(set) var entries: [SafetensorsEntry] = []
    private(set) var metadata: [String: String] = [:]

    /// Reads the header's bytes; throws `malformed` where they break a rule.
    init(_ bytes: Data, file: String) throws {
        var scanner = try HeaderScanner(bytes, file: file)
        guard scanner.next == UInt8(ascii: "{") else { throw scanner.failure("“{”") }
        try scanner.expect("{")
        var seen: Set<String> = []
        try scanner.items(until: "}") { scanner in
            let name = try scanner.newKey(among: &seen)
            if name == "__metadata__" {
                metadata = try scanner.texts()
            } else {
                entries.append(try Self.entry(named: name, &scanner))
            }
        }
        scanner.skipBlanks()
        guard scanner.next == nil else { throw scanner.failure("the end") }
    }

    private static func entry(
        named name: String, _ scanner: inout HeaderScanner
    ) throws -> SafetensorsEntry {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.expect("{")
        try scanner.items(until: "}") { scanner in
            let key = try scanner.key()
            switch key {
            case "dtype" where type == nil: type = try scanner.string()
            case "shape" where shape == nil: shape = try scanner.integers()
            case "data_offsets" where offsets == nil: offsets = try scanner.integers()
            case "dtype", "shape", "data_offsets": throw scanner.repeated(key)
            default: throw scanner.failure("“dtype”, “shape” or “data_offsets” as the key")
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw scanner.failure("an array with dtype, shape and two data_offsets before it")
        }
        return SafetensorsEntry(
            name: name, typeName: type, elementType: SafetensorsType.type(named: type),
            shape: shape, begin: offsets[0], end: offsets[1])
    }
}

extension HeaderScanner {
    /// Reads an object of texts.
    mutating func texts() throws -> [String: String] {
        var result: [String: String] = [:]
        var seen: Set<String> = []
        try expect("{")
        try items(until: "}") { scanner in
            let key = try scanner.newKey(among: &seen)
            result[key] = try scanner.string()
        }
        return result
    }

    /// Reads an array of whole numbers.
    fileprivate mutating func integers() throws -> [Int] {
        var result: [Int] = []
        try expect("[")
        try items(until: "]") { result.append(try $0.integer()) }
        return result
    }
}
