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
        try write(
            arrays.map { PendingArray($0.name, $0.array) }, metadata: metadata, to: path)
    }

    /// Writes arrays one by one as a safetensors file, or as shards with an index, all or nothing.
    ///
    /// Shards are filled in the order of the arrays. `DIR/model.safetensors` becomes
    /// `DIR/model-00001-of-00003.safetensors` and so on with `DIR/model.safetensors.index.json`;
    /// arrays that fit one shard become the one file. No file has its name before all are complete.
    ///
    /// - Parameters:
    ///   - arrays: what to write.
    ///   - metadata: texts, the same in every file.
    ///   - path: where; a file of that name is replaced.
    ///   - maximumShardBytes: the most bytes of elements in one file; an array that takes more has a
    ///     file of its own. Nil for one file.
    /// - Returns: the paths that were written, the index last.
    @discardableResult
    public static func write(
        _ arrays: [PendingArray], metadata: [String: String] = [:], to path: String,
        maximumShardBytes: Int? = nil
    ) throws -> [String] {
        try check(arrays, file: path)
        let parts = maximumShardBytes.map { arrays.shards(ofAtMost: $0) } ?? [arrays]
        guard parts.count > 1 else {
            let file = try staged(arrays, metadata: metadata, path: path)
            try file.commit()
            return [path]
        }
        let names = SafetensorsShardNames(path, count: parts.count)
        var files = try parts.enumerated().map { index, part in
            try staged(part, metadata: metadata, path: names.folder + names[index])
        }
        let index = try TemporaryFile(replacing: path + indexEnding)
        try index.write(self.index(of: parts, names: names))
        files.append(index)
        for file in files { try file.commit() }
        return files.map(\.path)
    }

    /// Writes one file that has not got its name yet.
    private static func staged(
        _ arrays: [PendingArray], metadata: [String: String], path: String
    ) throws -> TemporaryFile {
        let ordered = arrays.sorted {
            (SafetensorsType.rank(of: $1.elementType) ?? 0, $0.name)
                < (SafetensorsType.rank(of: $0.elementType) ?? 0, $1.name)
        }
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
        for pending in ordered {
            let array = try pending.elements()
            precondition(
                array.elementType == pending.elementType && array.shape == pending.shape,
                "\(pending.name) is another array than was announced")
            try file.write(array.bytes)
        }
        return file
    }

    private static func check(_ arrays: [PendingArray], file: String) throws {
        var names: Set<String> = ["__metadata__"]
        for array in arrays {
            guard names.insert(array.name).inserted else {
                throw FileFormatError(
                    .malformed, file: file,
                    "the name \(array.name.quoted) is taken already; choose another")
            }
            guard SafetensorsType.rank(of: array.elementType) != nil else {
                throw FileFormatError(
                    .unsupported, file: file,
                    "tensor \(array.name.quoted) is \(array.elementType), which safetensors "
                        + "lacks; convert it to another type")
            }
        }
    }

    /// The JSON header, padded with spaces to a multiple of eight bytes.
    private static func header(of arrays: [PendingArray], metadata: [String: String]) -> Data {
        var parts: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }
            let texts = pairs.map { "\($0.key.json):\($0.value.json)" }
            parts.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
        }
        var end = 0
        for array in arrays {
            let begin = end
            end += array.byteCount
            let type = SafetensorsType.names.first { $0.type == array.elementType }?.name ?? ""
            let shape = array.shape.map { String($0) }.joined(separator: ",")
            parts.append(
                "\(array.name.json):{\"dtype\":\"\(type)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(begin),\(end)]}")
        }
        var header = Data("{\(parts.joined(separator: ","))}".utf8)
        header.append(Data(repeating: 0x20, count: (8 - header.count % 8) % 8))
        return header
    }

    /// The JSON of an index.
    private static func index(of parts: [[PendingArray]], names: SafetensorsShardNames) -> Data {
        var total = 0
        var lines: [(name: String, line: String)] = []
        for (index, part) in parts.enumerated() {
            for array in part {
                total += array.byteCount
                lines.append((array.name, "    \(array.name.json): \(names[index].json)"))
            }
        }
        let map = lines.sorted { $0.name < $1.name }.map(\.line).joined(separator: ",\n")
        return Data(
            "{\n  \"metadata\": {\n    \"total_size\": \(total)\n  },\n  \"weight_map\": {\n\(map)\n  }\n}\n"
                .utf8)
    }
}

/// What the shards of a file are called.
private struct SafetensorsShardNames {
    /// The folder with its slash; empty for the current one.
    let folder: String
    private let stem: String
    private let count: Int

    init(_ path: String, count: Int) {
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        folder = String(path[..<start])
        let name = path[start...]
        let ending = ".safetensors"
        stem = String(name.hasSuffix(ending) ? name.dropLast(ending.count) : name)
        self.count = count
    }

    subscript(index: Int) -> String {
        let number = { (number: Int) in
            String(repeating: "0", count: max(0, 5 - String(number).count)) + String(number)
        }
        return "\(stem)-\(number(index + 1))-of-\(number(count)).safetensors"
    }
}

extension [PendingArray] {
    /// Runs of arrays of at most so many bytes each, or of one array that takes more.
    fileprivate func shards(ofAtMost most: Int) -> [[PendingArray]] {
        var result: [[PendingArray]] = []
        var bytes = 0
        for array in self {
            if !result.isEmpty, bytes + array.byteCount <= most {
                result[result.count - 1].append(array)
                bytes += array.byteCount
            } else {
                result.append([array])
                bytes = array.byteCount
            }
        }
        return result
    }
}

extension String {
    /// The text as a JSON string.
    fileprivate var json: String {
        var result = "\""
        for scalar in unicodeScalars {
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
