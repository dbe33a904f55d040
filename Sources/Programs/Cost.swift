import OrderedCollections

/// What a Program takes, without running it.
public struct Cost: Hashable, Sendable {
    /// Elements of the parameters.
    public let parameters: Int
    /// Bytes of parameters, buffers and constants at their stored types.
    public let bytes: Int
    /// Multiply-accumulates for one example (1 MAC = 2 FLOPs) of linear layers, convolutions, matrix
    /// products and attention's two products; nil where a size is not known.
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
        guard node.operation.library == "aten" else { return 0 }
        switch node.operation.name {
        case "linear": return macs(of: node, perResult: ("weight", [-1]), dimensions)
        case "matmul", "mm", "bmm": return macs(of: node, perResult: ("self", [-1]), dimensions)
        case "addmm": return macs(of: node, perResult: ("mat1", [-1]), dimensions)
        case "baddbmm": return macs(of: node, perResult: ("batch1", [-1]), dimensions)
        case "conv1d", "conv2d", "conv3d": return macs(ofConvolution: node, dimensions)
        case "convolution":
            return node["transposed"] == .bool(true)
                ? macs(ofTransposed: node, dimensions) : macs(ofConvolution: node, dimensions)
        case "conv_transpose1d", "conv_transpose2d", "conv_transpose3d":
            return macs(ofTransposed: node, dimensions)
        case "scaled_dot_product_attention": return macs(ofAttention: node, dimensions)
        default: return 0
        }
    }

    /// The number of a value's elements at given free dimensions; nil where a size is not known.
    func elements(of value: Value?, at dimensions: [String: Int]) -> Int? {
        guard let type = value.flatMap({ type(of: $0)?.tensor }) else { return nil }
        return product(type.sizes.map { $0.evaluated(at: dimensions) })
    }

    /// Result elements times the sizes of an argument that are summed over for each.
    private func macs(
        of node: Node, perResult summed: (argument: String, axes: [Int]),
        _ dimensions: [String: Int]
    ) -> Int? {
        guard let sizes = sizes(of: node, summed.argument, dimensions) else { return nil }
        let counts = summed.axes.map { axis -> Int? in
            let position = axis < 0 ? sizes.count + axis : axis
            return sizes.indices.contains(position) ? sizes[position] : nil
        }
        return product([elements(of: node.output, at: dimensions)] + counts)
    }

    /// Every result element sums over the kernel's inputs.
    private func macs(ofConvolution node: Node, _ dimensions: [String: Int]) -> Int? {
        guard let rank = sizes(of: node, "weight", dimensions)?.count, rank > 1 else { return nil }
        return macs(of: node, perResult: ("weight", Array(1..<rank)), dimensions)
    }

    /// Every input element spreads over the kernel's outputs.
    private func macs(ofTransposed node: Node, _ dimensions: [String: Int]) -> Int? {
        guard let kernel = sizes(of: node, "weight", dimensions) else { return nil }
        return product(
            [elements(of: node.value("input"), at: dimensions)] + kernel.dropFirst())
    }

    /// Queries times keys, and the result of that times values.
    private func macs(ofAttention node: Node, _ dimensions: [String: Int]) -> Int? {
        guard let keys = sizes(of: node, "key", dimensions), keys.count >= 2 else { return nil }
        let tokens = keys[keys.count - 2]
        guard let weighing = product([elements(of: node.value("query"), at: dimensions), tokens]),
            let mixing = product([elements(of: node.output, at: dimensions), tokens])
        else { return nil }
        return weighing + mixing
    }

    private func sizes(
        of node: Node, _ argument: String, _ dimensions: [String: Int]
    ) -> [Int?]? {
        node.value(argument).flatMap { type(of: $0)?.tensor }?
            .sizes.map { $0.evaluated(at: dimensions) }
    }

    private func product(_ numbers: [Int?]) -> Int? {
        var result = 1
        for number in numbers {
            guard let number else { return nil }
            let (next, overflow) = result.multipliedReportingOverflow(by: number)
            guard !overflow else { return nil }
            result = next
        }
        return result
    }
}
