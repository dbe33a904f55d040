import OrderedCollections

/// What a Program takes, without running it.
public struct Cost: Hashable, Sendable {
    /// Elements of the parameters.
    public let parameters: Int
    /// Bytes of parameters, buffers and constants at their stored types.
    public let bytes: Int
    /// Multiply-accumulates for one example (1 MAC = 2 FLOPs) of linear layers, matrix products and
    /// their kin; nil where a size is not known.
    public let macs: Int?
}

extension Program {
    /// The cost of the whole Program.
    public var cost: Cost {
        let perNode = nodes.map { macs(of: $0) }
        return Cost(
            parameters: tensors.values.filter { $0.role == .parameter }.reduce(0) { $0 + $1.count },
            bytes: tensors.values.reduce(0) { $0 + $1.byteCount },
            macs: perNode.contains(nil) ? nil : perNode.reduce(0) { $0 + ($1 ?? 0) })
    }

    /// The multiply-accumulates of one node at given free dimensions; 0 for operators that are not
    /// counted, nil where a size is not known.
    ///
    /// - Parameter dimensions: one example by default.
    public func macs(of node: Node, at dimensions: [String: Int] = ["batch": 1]) -> Int? {
        guard node.operation.library == "aten", let inner = Self.innerDimension[node.operation.name]
        else { return 0 }
        guard let result = node.output.flatMap({ type(of: $0)?.tensor }),
            let left = node.value(inner.argument).flatMap({ type(of: $0)?.tensor }),
            left.sizes.indices.contains(left.sizes.count + inner.axis),
            let summed = left.sizes[left.sizes.count + inner.axis].evaluated(at: dimensions)
        else { return nil }
        var count = summed
        for size in result.sizes {
            guard let number = size.evaluated(at: dimensions) else { return nil }
            let product = count.multipliedReportingOverflow(by: number)
            guard !product.overflow else { return nil }
            count = product.partialValue
        }
        return count
    }

    /// The argument, and its axis from the end, over which an operator sums for each result element.
    private static let innerDimension: [String: (argument: String, axis: Int)] = [
        "linear": ("weight", -1),
        "matmul": ("self", -1),
        "mm": ("self", -1),
        "bmm": ("self", -1),
        "addmm": ("mat1", -1),
        "baddbmm": ("batch1", -1),
    ]
}
