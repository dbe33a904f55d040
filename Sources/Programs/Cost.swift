import OrderedCollections

/// What a Program takes, without running it.
public struct Cost: Hashable, Sendable {
    /// Elements of the parameters, tied ones once.
    public let parameters: Int
    /// Bytes of parameters, buffers and constants at their stored types.
    public let bytes: Int
    /// Multiply-accumulates for one example (1 MAC = 2 FLOPs) of linear layers, convolutions, matrix
    /// products and einsum, attention's two products and recurrent layers; nil where a size is not known.
    public let macs: Int?
}

extension Program {
    /// The cost of the whole Program.
    public var cost: Cost {
        let perNode = nodes.map { macs(of: $0) }
        return Cost(
            parameters: tensors.values.filter { $0.role == .parameter && $0.tied == nil }.reduce(0)
            { $0 + $1.count },
            bytes: tensors.values.filter { $0.tied == nil }.reduce(0) { $0 + $1.byteCount },
            macs: NodeCost.sum(perNode))
    }

    /// The multiply-accumulates of one node at given free dimensions; 0 for operators that are not
    /// counted, nil where a size is not known.
    ///
    /// - Parameter dimensions: one example by default.
    public func macs(of node: Node, at dimensions: [String: Int] = ["batch": 1]) -> Int? {
        guard node.operation.library == "aten" else { return 0 }
        return NodeCost(self, node, dimensions).macs
    }

    /// The number of a value's elements at given free dimensions; nil where a size is not known.
    func elements(of value: Value?, at dimensions: [String: Int]) -> Int? {
        guard let type = value.flatMap({ type(of: $0)?.tensor }) else { return nil }
        return NodeCost.product(type.sizes.map { $0.evaluated(at: dimensions) })
    }
}
