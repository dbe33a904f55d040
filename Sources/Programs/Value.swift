/// The name of what a node computes, of an input, or of a stored tensor.
///
/// A parameter, buffer or constant is read under its own name.
public struct Value: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The name, unique in its Program.
    public let name: String

    /// Makes a value of that name.
    public init(_ name: String) { self.name = name }

    /// Makes a value of that name.
    public init(stringLiteral name: String) { self.name = name }

    /// The name.
    public var description: String { name }
}
