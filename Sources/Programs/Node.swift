/// The name of an operator as PyTorch's graphs write it, `aten.linear.default` for example.
public struct OperatorName: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral
{
    /// The library, `aten` for example.
    public let library: String
    /// The name, `linear` for example.
    public let name: String
    /// The overload; `default` for the one without a name.
    public let overload: String

    /// Makes a name from its parts.
    public init(library: String, name: String, overload: String) {
        (self.library, self.name, self.overload) = (library, name, overload)
    }

    /// Reads a name of the form `library.name.overload`; nil for any other form.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts.contains("") else { return nil }
        (library, name, overload) = (parts[0], parts[1], parts[2])
    }

    /// Reads a name that the program's text states.
    public init(stringLiteral text: String) {
        guard let name = OperatorName(text) else {
            preconditionFailure("\(text) is not of the form library.name.overload")
        }
        self = name
    }

    /// As in `aten.linear.default`.
    public var description: String { "\(library).\(name).\(overload)" }
}

/// One call of an operator.
public struct Node: Hashable, Sendable {
    /// An argument with the name that the operator's schema gives it.
    public struct NamedArgument: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The argument.
        public var argument: Argument

        /// Makes a named argument.
        public init(_ name: String, _ argument: Argument) {
            self.name = name
            self.argument = argument
        }
    }

    /// The operator.
    public var operation: OperatorName
    /// The arguments in the schema's order; those left out take its defaults.
    public var arguments: [NamedArgument]
    /// The results in order; nil for one that nobody reads.
    public var outputs: [Value?]
    /// Where in its source the node comes from, as the file it was read from says.
    public var source: String?

    /// Makes a node.
    public init(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>,
        outputs: [Value?], source: String? = nil
    ) {
        self.operation = operation
        self.arguments = arguments.map { NamedArgument($0.key, $0.value) }
        self.outputs = outputs
        self.source = source
    }

    /// The argument of that name; nil where the schema's default stands.
    public subscript(_ name: String) -> Argument? {
        get { arguments.first { $0.name == name }?.argument }
        set {
            arguments.removeAll { $0.name == name && newValue == nil }
            guard let newValue else { return }
            if let index = arguments.firstIndex(where: { $0.name == name }) {
                arguments[index].argument = newValue
            } else {
                arguments.append(NamedArgument(name, newValue))
            }
        }
    }

    /// The value that the argument of that name is, if it is one.
    public func value(_ name: String) -> Value? {
        guard case .value(let value) = self[name] else { return nil }
        return value
    }

    /// The values that the node reads, in the order of its arguments.
    public var inputs: [Value] { arguments.flatMap(\.argument.values) }

    /// The first result.
    public var output: Value? { outputs.first ?? nil }

    /// The node with every value that it reads replaced.
    public func mapInputs(_ transform: (Value) -> Value) -> Node {
        var node = self
        for index in node.arguments.indices {
            node.arguments[index].argument = node.arguments[index].argument.mapValues(transform)
        }
        return node
    }
}

extension Node: CustomStringConvertible {
    /// As in `linear = aten.linear.default(input: x, weight: fc.weight)`.
    public var description: String {
        let results = outputs.map { $0?.name ?? "_" }.joined(separator: ", ")
        let given = arguments.map { "\($0.name): \($0.argument)" }.joined(separator: ", ")
        return "\(results) = \(operation)(\(given))"
    }
}
