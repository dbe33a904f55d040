import Tensors

extension RecurrentCall {
    /// The node layer by layer with dropout between them, for operators whose own takes no generator.
    ///
    /// - Parameters:
    ///   - node: the node that this is.
    ///   - drop: appends dropout of a value at a rate, and gives its result.
    func unrolled(
        _ node: Node, drop: (_ input: Value, _ result: Value, _ nodes: inout [Node]) throws -> Void
    ) rethrows -> [Node] {
        var nodes: [Node] = []
        let stem = node.output?.name ?? "recurrent"
        var input = self.input
        var ends: [[Value]] = states.map { _ in [] }
        for layer in 0..<layers {
            let isLast = layer == layers - 1
            let given = states.enumerated().map { index, state -> Value in
                let part = Value("\(stem).state.\(index).\(layer)")
                nodes.append(
                    Node(
                        "aten.narrow.default",
                        [
                            "self": .value(state), "dim": .int(0),
                            "start": .int(layer * directions),
                            "length": .int(directions),
                        ], outputs: [part]))
                return part
            }
            var part = node
            part["input"] = .value(input)
            part["hx"] = isLSTM ? .list(given.map(Argument.value)) : .value(given[0])
            part["params"] = .list(parameters(ofLayer: layer).map { .value(parameters[$0]) })
            part["num_layers"] = .int(1)
            part["dropout"] = .double(0)
            let output = isLast ? node.output : Value("\(stem).layer.\(layer)")
            let last = states.indices.map { Value("\(stem).end.\($0).\(layer)") }
            for (index, value) in last.enumerated() { ends[index].append(value) }
            part.outputs = [output] + last
            nodes.append(part)
            guard !isLast, let output else { continue }
            input = Value("\(stem).dropped.\(layer)")
            try drop(output, input, &nodes)
        }
        for (index, values) in ends.enumerated() where node.outputs.count > index + 1 {
            guard let output = node.outputs[index + 1] else { continue }
            nodes.append(
                Node(
                    "aten.cat.default", ["tensors": .list(values.map(Argument.value))],
                    outputs: [output]))
        }
        return nodes
    }
}
