/// Nodes in order, and the names that go in and out.
///
/// The empty name stands for an input or output that is left out.
public struct ONNXGraph: Sendable {
    /// The graph's own name.
    public var name: String
    /// The operators' calls, each after those whose results it reads.
    public var nodes: [ONNXNode]
    /// What the caller passes; old files list the initializers too.
    public var inputs: [ONNXValue]
    /// What is given back.
    public var outputs: [ONNXValue]
    /// What the file says of values in between.
    public var values: [ONNXValue]
    /// Stored tensors.
    public var initializers: [ONNXTensor]

    /// Makes a graph from its parts.
    public init(
        name: String, nodes: [ONNXNode] = [], inputs: [ONNXValue] = [], outputs: [ONNXValue] = [],
        values: [ONNXValue] = [], initializers: [ONNXTensor] = []
    ) {
        self.name = name
        self.nodes = nodes
        self.inputs = inputs
        self.outputs = outputs
        self.values = values
        self.initializers = initializers
    }
}

/// A stored tensor with its name.
public struct ONNXTensor: Sendable {
    /// The name by which nodes read it.
    public var name: String
    /// Its elements.
    public var array: RawArray

    /// Makes a stored tensor.
    public init(_ name: String, _ array: RawArray) {
        self.name = name
        self.array = array
    }
}
