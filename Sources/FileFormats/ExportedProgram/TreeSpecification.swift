/// The structure of a program's arguments or of its result, as PyTorch's trees describe it.
///
/// A leaf is one value. What is not a leaf has a Python type, a context (a text that holds JSON: the
/// keys of a dictionary, or `null`) and children.
public struct TreeSpecification: Codable, Equatable, Sendable {
    /// The Python type, such as `builtins.tuple`; nil for a leaf.
    public var type: String?
    /// What the type needs to be made again; nil for a leaf.
    public var context: String?
    /// The children, in order.
    public var children: [TreeSpecification]

    /// Makes a specification.
    public init(type: String?, context: String?, children: [TreeSpecification]) {
        self.type = type
        self.context = context
        self.children = children
    }

    /// One value.
    public static let leaf = TreeSpecification(type: nil, context: nil, children: [])

    /// A tuple.
    public static func tuple(_ children: [TreeSpecification]) -> TreeSpecification {
        TreeSpecification(type: "builtins.tuple", context: "null", children: children)
    }

    /// A dictionary, its keys in order.
    ///
    /// - Throws: `FileFormatError` of kind `unwritable` where a key has no JSON form.
    public static func dictionary(
        _ entries: KeyValuePairs<String, TreeSpecification>
    ) throws -> TreeSpecification {
        try dictionary(keys: entries.map(\.key), children: entries.map(\.value))
    }

    /// The arguments of a call: so many by position, then those with names.
    ///
    /// - Throws: `FileFormatError` of kind `unwritable` where a name has no JSON form.
    public static func arguments(
        _ count: Int, named names: [String] = []
    ) throws -> TreeSpecification {
        tuple([
            tuple(Array(repeating: leaf, count: count)),
            try dictionary(keys: names, children: names.map { _ in leaf }),
        ])
    }

    /// The number of values.
    public var leafCount: Int {
        type == nil ? 1 : children.reduce(0) { $0 + $1.leafCount }
    }

    /// The keys of a dictionary, in order; nil for everything else.
    public var keys: [String]? {
        guard type == "builtins.dict", let context else { return nil }
        return try? SchemaJSON.read([String].self, from: context.utf8, file: "")
    }

    private static func dictionary(
        keys: [String], children: [TreeSpecification]
    ) throws -> TreeSpecification {
        let context = try SchemaJSON.write(keys, file: "tree specification")
        return TreeSpecification(
            type: "builtins.dict", context: String(decoding: context, as: UTF8.self),
            children: children)
    }

    private enum CodingKeys: String, CodingKey {
        case type
        case context
        case children = "children_spec"
    }

    /// Writes all three keys: PyTorch needs the nulls of a leaf.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try container.encode(context, forKey: .context)
        try container.encode(children, forKey: .children)
    }
}

extension TreeSpecification {
    /// Reads the text of `in_spec` or `out_spec`: a list of the version, 1, and the specification.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - file: what errors call the text.
    /// - Throws: `FileFormatError` where the text is not of that form.
    public init(parsing text: String, file: String) throws {
        self = try SchemaJSON.read(Versioned.self, from: text.utf8, file: file).specification
    }

    /// The text for `in_spec` and `out_spec`.
    ///
    /// - Throws: `FileFormatError` of kind `unwritable` where a value has no JSON form.
    public func text() throws -> String {
        let bytes = try SchemaJSON.write(Versioned(specification: self), file: "tree specification")
        return String(decoding: bytes, as: UTF8.self)
    }

    private struct Versioned: Codable {
        let specification: TreeSpecification

        init(specification: TreeSpecification) {
            self.specification = specification
        }

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            let version = try container.decode(Int.self)
            guard version == 1 else {
                throw SchemaMismatch(
                    path: decoder.codingPath, kind: .unsupported,
                    reason: "version \(version) of a tree specification is not supported, only 1 is"
                )
            }
            specification = try container.decode(TreeSpecification.self)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            try container.encode(1)
            try container.encode(specification)
        }
    }
}
