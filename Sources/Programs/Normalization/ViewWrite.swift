/// A view whose content was replaced: what the whole is then.
struct ViewWrite {
    private let view: Node
    private let index: Int
    private let whole: Value
    private let part: Value
    private let types: (Value) -> TensorType?

    /// - Parameters:
    ///   - view: the node that the view came from.
    ///   - index: which of its results the view was.
    ///   - whole: the value that it is a view of.
    ///   - part: the view's new content.
    ///   - types: the values' types.
    init(
        _ view: Node, index: Int, whole: Value, part: Value,
        types: @escaping (Value) -> TensorType?
    ) {
        self.view = view
        self.index = index
        self.whole = whole
        self.part = part
        self.types = types
    }

    /// The nodes that compute the new whole; none where it is the part itself, nil where there is no way.
    func nodes(into result: Value, named fresh: (String) -> Value) -> [Node]? {
        switch view.operation.name {
        // The same bytes as another type.
        case "view" where view.operation.overload == "dtype": nil
        case "select": scatter("aten.select_scatter.default", ["dim", "index"], result)
        case "slice":
            scatter("aten.slice_scatter.default", ["dim", "start", "end", "step"], result)
        case "diagonal":
            scatter("aten.diagonal_scatter.default", ["offset", "dim1", "dim2"], result)
        case "as_strided":
            scatter(
                "aten.as_strided_scatter.default", ["size", "stride", "storage_offset"], result)
        case "narrow": narrowed(result)
        case "unbind": unbound(result)
        case "split", "split_with_sizes", "chunk", "tensor_split", "unsafe_split",
            "unsafe_chunk":
            split(result)
        case "transpose", "swapaxes", "swapdims", "t", "numpy_T": sameAgain(result)
        case "permute": permuted(result)
        case "view", "reshape", "flatten", "unflatten", "_unsafe_view", "view_as", "reshape_as",
            "squeeze", "unsqueeze", "ravel":
            [
                Node(
                    "aten.reshape_as.default", ["self": .value(part), "other": .value(whole)],
                    outputs: [result])
            ]
        default: types(part)?.sizes == types(whole)?.sizes ? [] : nil
        }
    }

    private func scatter(
        _ operation: OperatorName, _ names: [String], _ result: Value
    ) -> [Node] {
        var node = Node(
            operation, ["self": .value(whole), "src": .value(part)], outputs: [result])
        for name in names { node[name] = view[name] }
        return [node]
    }

    /// The place of a part that is as long as it was along the axis that was cut.
    private func slice(_ axis: Argument?, from start: Int, _ length: Int, _ result: Value) -> [Node]
    {
        [
            Node(
                "aten.slice_scatter.default",
                [
                    "self": .value(whole), "src": .value(part), "dim": axis ?? .int(0),
                    "start": .int(start), "end": .int(start + length),
                ], outputs: [result])
        ]
    }

    private func narrowed(_ result: Value) -> [Node]? {
        guard case .int(let start) = view["start"], start >= 0,
            case .int(let length) = view["length"]
        else { return nil }
        return slice(view["dim"], from: start, length, result)
    }

    private func unbound(_ result: Value) -> [Node] {
        [
            Node(
                "aten.select_scatter.default",
                [
                    "self": .value(whole), "src": .value(part), "dim": view["dim"] ?? .int(0),
                    "index": .int(index),
                ], outputs: [result])
        ]
    }

    private func split(_ result: Value) -> [Node]? {
        let axis: Int = if case .int(let axis) = view["dim"] { axis } else { 0 }
        let lengths = view.outputs[...index].map { output -> Int? in
            guard let sizes = output.flatMap(types)?.sizes else { return nil }
            return sizes[axis < 0 ? sizes.count + axis : axis].fixed
        }
        let known = lengths.compactMap { $0 }
        guard known.count == lengths.count, let length = known.last else { return nil }
        return slice(.int(axis), from: known.dropLast().reduce(0, +), length, result)
    }

    /// The same exchange of axes undoes itself.
    private func sameAgain(_ result: Value) -> [Node] {
        var node = view
        node["self"] = .value(part)
        node.outputs = [result]
        return [node]
    }

    private func permuted(_ result: Value) -> [Node]? {
        guard case .list(let items) = view["dims"] else { return nil }
        let axes = items.compactMap { item -> Int? in
            guard case .int(let axis) = item else { return nil }
            return axis < 0 ? items.count + axis : axis
        }
        let inverse = items.indices.compactMap { axes.firstIndex(of: $0) }
        guard inverse.count == items.count else { return nil }
        return [
            Node(
                "aten.permute.default", ["self": .value(part), "dims": .ints(inverse)],
                outputs: [result])
        ]
    }
}
