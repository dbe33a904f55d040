import Tensors

extension Node {
    /// The nodes that compute what the node writes, without writing it.
    ///
    /// - Parameters:
    ///   - output: the value for the result.
    ///   - target: the type of what is written into, which the result has too.
    ///   - types: the types of values.
    /// - Throws: where the operator has no such form.
    func outOfPlace(
        output: Value, into target: TensorType?, types: (Value) -> TensorType?
    ) throws -> [Node] {
        var node = self
        node.outputs = [output]
        switch operation.name {
        case "copy_": return copied(output, into: target, types: types)
        case "zero_":
            return [
                Node("aten.zeros_like.default", ["self": self["self"] ?? .none], outputs: [output])
            ]
        default:
            let form = try functionalForm()
            node.operation = form.operation
            node.arguments = form.arguments
        }
        guard let target, resultMayDiffer(from: target, types) else { return [node] }
        // What is written is converted to the type that is there.
        let unconverted = Value("\(output)_unconverted")
        node.outputs = [unconverted]
        let conversion = Node(
            "aten.to.dtype",
            ["self": .value(unconverted), "dtype": .scalarType(target.scalarType)],
            outputs: [output])
        return [node, conversion]
    }

    /// The node with the operator's form that writes nothing.
    private func functionalForm() throws -> Node {
        let name = operation.name
        let plain =
            name.hasPrefix("__i") && name.hasSuffix("__")
            ? String(name.dropFirst(3).dropLast(2)) : String(name.dropLast())
        let overloads = [operation.overload, "Tensor_\(operation.overload)", "p", "default"]
        for overload in overloads
        where !plain.isEmpty && !operation.overload.hasSuffix("out") {
            var form = self
            form.operation = OperatorName(library: "aten", name: plain, overload: overload)
            // `pow.Scalar` raises a number to tensors, `pow.Tensor_Scalar` is what `pow_.Scalar` writes.
            guard let found = try? form.operation.found, found.schema.contains("(Tensor"),
                let own = try? operation.found.argumentNames, !found.argumentNames.isEmpty
            else { continue }
            let known = found.argumentNames
            // `dropout_` calls its tensor `self`, and `dropout` calls it `input`.
            if let first = form.arguments.firstIndex(where: { $0.name == own.first }) {
                form.arguments[first].name = known[0]
            }
            if form.arguments.allSatisfy({ known.contains($0.name) }) { return form }
        }
        throw ProgramError(
            .unsupported,
            "\(operation) has no form that writes nothing; call run_decompositions() on the exported "
                + "program and save it again: \(self)")
    }

    /// A copy into a tensor: the source in the target's type and sizes.
    private func copied(
        _ output: Value, into target: TensorType?, types: (Value) -> TensorType?
    ) -> [Node] {
        var node = self
        node.operation = "aten.copy.default"
        node.outputs = [output]
        node["non_blocking"] = nil
        guard let target, let source = value("src"), let type = types(source),
            type.scalarType == target.scalarType, type.sizes == target.sizes
        else { return [node] }
        return [Node("aten.clone.default", ["self": .value(source)], outputs: [output])]
    }

    private func resultMayDiffer(
        from target: TensorType, _ types: (Value) -> TensorType?
    ) -> Bool {
        let comparing = ["eq_", "ne_", "lt_", "le_", "gt_", "ge_"]
        let isLogical = comparing.contains(operation.name) || operation.name.hasPrefix("logical_")
        if isLogical { return target.scalarType != .bool }
        return inputs.contains { value in
            types(value).map { $0.scalarType != target.scalarType && $0.scalarType != .bool }
                ?? false
        }
            && ![
                "masked_fill_", "index_put_", "scatter_", "index_fill_", "index_copy_",
                "index_add_", "scatter_add_", "masked_scatter_", "gather_",
            ].contains(operation.name)
    }
}
