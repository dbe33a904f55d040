/// A name with what the file says of its type.
public struct ONNXValue: Sendable {
    /// The name, unique in its graph.
    public var name: String
    /// The type; nil where the file says nothing.
    public var type: ONNXType?

    /// Makes a named value.
    public init(_ name: String, _ type: ONNXType? = nil) {
        self.name = name
        self.type = type
    }
}

/// The type of a value.
public enum ONNXType: Sendable, Equatable {
    /// A tensor; its sizes are nil where not even their number is known.
    case tensor(ElementType, [ONNXSize]?)
    /// What has no counterpart here, in words: `a sequence`, `a tensor of strings`.
    case other(String)
}

/// One size of a tensor.
public enum ONNXSize: Sendable, Equatable {
    /// A number, not negative.
    case fixed(Int)
    /// A free size; equal names are equal sizes.
    case named(String)
    /// Nothing is said.
    case unknown
}
