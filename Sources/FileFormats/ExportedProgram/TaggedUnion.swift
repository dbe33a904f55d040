/// A value that JSON holds as an object with one key, the tag, which says what the value is.
protocol TaggedUnion: Codable {
    /// What errors call the union.
    static var unionName: String { get }

    /// Reads the value that belongs to the entry's tag.
    init(_ entry: TaggedEntry) throws

    /// The tag, and the value to write under it.
    var tagged: (tag: String, value: any Encodable) { get }
}

/// The one key of a union, and access to its value.
struct TaggedEntry {
    let tag: String
    fileprivate let key: TagKey
    fileprivate let container: KeyedDecodingContainer<TagKey>

    func value<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try container.decode(type, forKey: key)
    }

    func unknown(_ union: String) -> SchemaMismatch {
        SchemaMismatch(
            path: container.codingPath, kind: .unsupported,
            reason: "the tag \(quoted(tag)) of \(union) is not known")
    }
}

extension TaggedUnion {
    /// Reads the one key and its value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: TagKey.self)
        let keys = container.allKeys
        guard let key = keys.first, keys.count == 1 else {
            throw SchemaMismatch(
                path: decoder.codingPath, kind: .malformed,
                reason: "\(Self.unionName) needs exactly one tag and has \(keys.count)")
        }
        try self.init(TaggedEntry(tag: key.stringValue, key: key, container: container))
    }

    /// Writes the one key and its value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: TagKey.self)
        let (tag, value) = tagged
        try container.encode(value, forKey: TagKey(stringValue: tag))
    }
}

struct TagKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) { nil }
}

/// A breach of the schema that Foundation's decoder does not know of, on its way to the caller.
struct SchemaMismatch: Error {
    let path: [any CodingKey]
    let kind: FileFormatError.Kind
    let reason: String
}

/// Text from a file, shortened and safe to print in an error.
func quoted(_ text: some StringProtocol, limit: Int = 60) -> String {
    let shown = text.unicodeScalars.prefix(limit).map { scalar in
        scalar.properties.generalCategory == .control ? "?" : String(scalar)
    }
    let rest = text.unicodeScalars.dropFirst(limit).isEmpty ? "" : "…"
    return "\"" + shown.joined() + rest + "\""
}
