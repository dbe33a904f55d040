import Tensors

/// Operators outside of libtorch's dispatcher, as the operators inside of it that compute the same.
enum Decompositions {
    /// The view in the place of an operator that changes a tensor's own sizes in its way; nil for another.
    static func view(for name: OperatorName) -> OperatorName? {
        switch name.name {
        case "transpose_": "aten.transpose.int"
        case "t_", "swapaxes_", "swapdims_", "squeeze_", "unsqueeze_", "detach_":
            OperatorName(
                library: "aten", name: String(name.name.dropLast()), overload: name.overload)
        default: nil
        }
    }

    /// The nodes that stand for a node; nil for one that stays as it is.
    ///
    /// - Parameters:
    ///   - rank: the dimensions of its first tensor.
    ///   - fresh: gives names to values in between.
    static func nodes(for node: Node, rank: Int, named fresh: (String) -> Value) -> [Node]? {
        guard node.operation.library == "quantized_decomposed" else { return nil }
        switch node.operation.name {
        case "quantize_per_tensor", "quantize_per_channel": return quantize(node, rank, fresh)
        case "dequantize_per_tensor", "dequantize_per_channel": return dequantize(node, rank, fresh)
        default: return nil
        }
    }

    /// `clamp(round(x / scale) + zero_point)`, in the type that is asked for.
    private static func quantize(
        _ node: Node, _ rank: Int, _ fresh: (String) -> Value
    ) -> [Node]? {
        guard let input = node.value("input"), let output = node.output else { return nil }
        var nodes: [Node] = []
        let (scale, zero) = parameters(node, rank, &nodes, fresh)
        func step(_ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>) -> Value
        {
            let value = fresh("\(output)_step")
            nodes.append(Node(operation, arguments, outputs: [value]))
            return value
        }
        let scaled = step("aten.div.Tensor", ["self": .value(input), "other": scale])
        let rounded = step("aten.round.default", ["self": .value(scaled)])
        let shifted = step("aten.add.Tensor", ["self": .value(rounded), "other": zero])
        let clamped = step(
            "aten.clamp.default",
            [
                "self": .value(shifted), "min": node["quant_min"] ?? .none,
                "max": node["quant_max"] ?? .none,
            ])
        nodes.append(
            Node(
                "aten.to.dtype", ["self": .value(clamped), "dtype": node["dtype"] ?? .none],
                outputs: [output]))
        return nodes
    }

    /// `(q - zero_point) · scale`, in single precision unless another type is asked for.
    private static func dequantize(
        _ node: Node, _ rank: Int, _ fresh: (String) -> Value
    ) -> [Node]? {
        guard let input = node.value("input"), let output = node.output else { return nil }
        var nodes: [Node] = []
        let wide = fresh("\(output)_step")
        let type =
            node["out_dtype"] == nil || node["out_dtype"] == Argument.none
            ? .scalarType(.float32) : node["out_dtype"] ?? .scalarType(.float32)
        nodes.append(
            Node("aten.to.dtype", ["self": .value(input), "dtype": type], outputs: [wide]))
        let (scale, zero) = parameters(node, rank, &nodes, fresh)
        let shifted = fresh("\(output)_step")
        nodes.append(
            Node("aten.sub.Tensor", ["self": .value(wide), "other": zero], outputs: [shifted]))
        let scaled = fresh("\(output)_step")
        nodes.append(
            Node("aten.mul.Tensor", ["self": .value(shifted), "other": scale], outputs: [scaled]))
        nodes.append(
            Node("aten.to.dtype", ["self": .value(scaled), "dtype": type], outputs: [output]))
        return nodes
    }

    /// Scale and zero point, for the axis in question where there is one for each channel.
    private static func parameters(
        _ node: Node, _ rank: Int, _ nodes: inout [Node], _ fresh: (String) -> Value
    ) -> (scale: Argument, zero: Argument) {
        let isPerChannel = node.operation.name.hasSuffix("per_channel")
        guard isPerChannel, case .int(let axis) = node["axis"], 0..<rank ~= axis else {
            return (node["scale"] ?? .none, node["zero_point"] ?? .none)
        }
        func alongAxis(_ argument: Argument?) -> Argument {
            let moved = fresh("\(node.output?.name ?? "channel")_step")
            var shape = Array(repeating: 1, count: rank)
            shape[axis] = -1
            nodes.append(
                Node(
                    "aten.view.default",
                    ["self": argument ?? .none, "size": .ints(shape)], outputs: [moved]))
            return .value(moved)
        }
        return (alongAxis(node["scales"]), alongAxis(node["zero_points"]))
    }
}

extension Program {
    /// The Program with every operator outside of the dispatcher written out, and with views in the place of operators
    /// that change a tensor's own sizes: later nodes read their result.
    func decomposed() -> Program {
        var program = self
        for (index, node) in nodes.enumerated() where node.operation.library == "aten" {
            guard let view = Decompositions.view(for: node.operation) else { continue }
            program.nodes[index].operation = view
        }
        guard nodes.contains(where: { $0.operation.library == "quantized_decomposed" }) else {
            return program
        }
        program.nodes = program.nodes.flatMap { node -> [Node] in
            let rank = node.value("input").flatMap { type(of: $0)?.tensor?.sizes.count } ?? 0
            let parts = Decompositions.nodes(for: node, rank: rank) { stem in
                let value = program.freshName(stem)
                program.types[value] = .scalar(.unknown)
                return value
            }
            return parts ?? [node]
        }
        return program
    }
}
