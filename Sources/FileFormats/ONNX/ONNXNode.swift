/// One call of an operator.
public struct ONNXNode: Sendable {
    /// The operator, `Conv` for example.
    public var operation: String
    /// The operator set that it is of; empty for ONNX's own.
    public var domain: String
    /// The form of a function that is defined several times; empty for all others.
    public var overload: String
    /// The node's own name; often empty, and not always unique.
    public var name: String
    /// The names of what it reads; an empty one is left out.
    public var inputs: [String]
    /// The names of what it computes; an empty one is left out.
    public var outputs: [String]
    /// Its attributes by name.
    public var attributes: [String: ONNXAttribute]

    /// Makes a node.
    public init(
        _ operation: String, inputs: [String], outputs: [String],
        attributes: [String: ONNXAttribute] = [:], name: String = "", domain: String = "",
        overload: String = ""
    ) {
        self.operation = operation
        self.domain = domain
        self.overload = overload
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
    }
}

extension ONNXNode: CustomStringConvertible {
    /// As in `Conv “/conv1”`; by its first output where the node has no name.
    public var description: String {
        let shown = domain.isEmpty ? operation : "\(domain).\(operation)"
        let label = name.isEmpty ? outputs.first ?? "" : name
        // Names in files may be anything.
        let plain = shown.quoted.dropFirst().dropLast()
        return label.isEmpty ? String(plain) : "\(plain) \(label.quoted)"
    }
}

/// What an attribute of a node holds.
public enum ONNXAttribute: Sendable {
    case int(Int)
    case float(Float)
    case string(String)
    case tensor(RawArray)
    case graph(ONNXGraph)
    case ints([Int])
    case floats([Float])
    case strings([String])
    case tensors([RawArray])
    case graphs([ONNXGraph])
    /// In a function: the attribute of that name of the node that calls it.
    case reference(String)
    /// A kind that is not read, by its name: `sparse tensor` or `type`.
    case other(String)
}

/// An operator that a file defines by others.
public struct ONNXFunction: Sendable {
    /// The operator set that it belongs to.
    public var domain: String
    /// The name by which nodes call it.
    public var name: String
    /// Which of several forms of the name it is; mostly empty.
    public var overload: String
    /// The names that the nodes have for what it is called with.
    public var inputs: [String]
    /// The names that the nodes have for what it gives back.
    public var outputs: [String]
    /// The names of attributes without a default.
    public var attributes: [String]
    /// The attributes with a default.
    public var defaults: [String: ONNXAttribute]
    /// The operators' calls in order.
    public var nodes: [ONNXNode]
    /// The version of each operator set that its nodes use, by domain.
    public var opsets: [String: Int]
}
