/// The contents of a safetensors file, or of the shards that an index names: named arrays and a
/// dictionary of texts.
///
/// Files are mapped: nothing of an array is read before its elements are.
public struct Safetensors: Sendable {
    /// The most bytes that a header may take, as in the format's reference reader.
    public static let largestHeader = 100_000_000

    /// The file that was opened: the one of the arrays, or the index.
    public let file: String
    /// The paths of the files that hold the arrays: one, or the shards in the order of their names.
    public let shards: [String]
    /// The arrays' names in the order of their bytes in the file, shard after shard.
    public let names: [String]
    /// The texts under `__metadata__`, those of all shards; empty where there are none.
    public let metadata: [String: String]
    private let places: [String: (shard: Int, entry: SafetensorsEntry)]
    private let buffers: [ByteView]

    /// What the header says of the array of this name; nil where there is none.
    public func entry(_ name: String) -> SafetensorsEntry? { places[name]?.entry }

    /// The array of this name, a slice of the file; nil where there is none.
    ///
    /// Throws `unsupported` for a type that Swiftlet lacks, `malformed` for a bool that is neither 0
    /// nor 1.
    public subscript(name: String) -> RawArray? {
        get throws {
            guard let (shard, entry) = places[name] else { return nil }
            let buffer = buffers[shard]
            guard let type = entry.elementType else {
                throw buffer.error(
                    .unsupported,
                    "tensor \(name.quoted) has the type \(entry.typeName.quoted), which is not "
                        + "supported; convert it to another")
            }
            guard let bytes = buffer.slice(at: entry.begin, count: entry.byteCount) else {
                preconditionFailure("\(name) was found within its file")
            }
            return try RawArray(
                type, shape: entry.shape, bytes: bytes,
                file: "\(buffer.file), tensor \(name.quoted)")
        }
    }

    init(file: String, _ parts: [SafetensorsFile]) {
        self.file = file
        shards = parts.map(\.buffer.file)
        buffers = parts.map(\.buffer)
        var names: [String] = []
        var places: [String: (shard: Int, entry: SafetensorsEntry)] = [:]
        names.reserveCapacity(parts.reduce(0) { $0 + $1.entries.count })
        places.reserveCapacity(names.capacity)
        for (shard, part) in parts.enumerated() {
            for entry in part.entries {
                names.append(entry.name)
                places[entry.name] = (shard, entry)
            }
        }
        self.names = names
        self.places = places
        metadata = parts.reduce(into: [:]) { all, part in
            all.merge(part.metadata) { first, _ in first }
        }
    }
}

/// One array as a safetensors header describes it.
public struct SafetensorsEntry: Sendable {
    /// Its name.
    public let name: String
    /// The type of its elements in the format's own words, `BF16` for example.
    public let typeName: String
    /// The type of its elements; nil for one that Swiftlet lacks.
    public let elementType: ElementType?
    /// The sizes, slowest axis first; empty for a single number.
    public let shape: [Int]
    /// Offsets into the bytes after the header.
    let begin: Int
    let end: Int

    /// Bytes that its elements take.
    public var byteCount: Int { end - begin }
}
