public import Tensors

/// `mm`, `addmm`, `matmul`, `bmm` and `baddbmm` of an input with a weight: `[inputs, outputs]` on the right,
/// `[outputs, inputs]` on the left, with the same leading dimensions as the input where it has more.
///
/// A chain is products one after the other, what is added with the last.
public struct MatrixProductForm: WeightForm {
    /// `product`.
    public let name = "product"

    /// Makes the form.
    public init() {}

    /// The operand that depends on parameters alone, where the other does not.
    public func readings(of node: Node, in context: WeightContext) -> [WeightReading] {
        guard let (left, right) = operands(of: node),
            context.isOfParametersAlone(left) != context.isOfParametersAlone(right)
        else { return [] }
        let isRight = context.isOfParametersAlone(right)
        let (weight, input) = isRight ? (right, left) : (left, right)
        guard isRight || !node.operation.name.contains("add"),
            node["beta"] ?? .int(1) == .int(1), node["alpha"] ?? .int(1) == .int(1),
            let sizes = context.shape(of: weight), sizes.count >= 2,
            let rank = context.rank(of: input), rank >= (isRight && sizes.count == 2 ? 1 : 2),
            leads(sizes.dropLast(2), input, rank, context)
        else { return [] }
        let (above, last) = (sizes.count - 2, sizes.count - 1)
        return [
            WeightReading(
                weight, sizes: sizes, blocks: Array(0..<above), rows: [isRight ? last : above],
                columns: [isRight ? above : last], operand: isRight ? 1 : 0)
        ]
    }

    /// What is added to a product is no factor of it.
    public func refusal(of value: Value, in node: Node, _ context: WeightContext) -> String? {
        guard operands(of: node) != nil, node.operation.name.contains("add") else { return nil }
        if node.value("self") == value { return "\(node.operation) adds it to a product" }
        let scales = [node["beta"], node["alpha"]].compactMap { $0 }
        return scales.allSatisfy { $0 == .int(1) } ? nil : "\(node.operation) scales the product"
    }

    /// Whether each of the weight's matrices meets an input of its own.
    private func leads(
        _ sizes: ArraySlice<Int>, _ input: Value, _ rank: Int, _ context: WeightContext
    ) -> Bool {
        guard sizes.contains(where: { $0 != 1 }) else {
            return rank >= sizes.count + 2 || sizes.isEmpty
        }
        guard let given = context.program.type(of: input)?.tensor?.sizes, rank >= sizes.count + 2
        else { return false }
        return given.dropLast(2).suffix(sizes.count).map(\.fixed) == sizes.map(Optional.some)
    }

    private func operands(of node: Node) -> (left: Value, right: Value)? {
        guard let names = Self.names["\(node.operation)"], let left = node.value(names.left),
            let right = node.value(names.right)
        else { return nil }
        return (left, right)
    }

    private static let names: [String: (left: String, right: String)] = [
        "aten.mm.default": ("self", "mat2"), "aten.bmm.default": ("self", "mat2"),
        "aten.matmul.default": ("self", "other"), "aten.addmm.default": ("mat1", "mat2"),
        "aten.baddbmm.default": ("batch1", "batch2"),
    ]

    /// It is for a single matrix on the right.
    public func putsRowsLast(_ reading: WeightReading) -> Bool {
        reading.operand == 1 && reading.sizes.count == 2
    }

    /// Both operands.
    public func inputs(of node: Node) -> [Value] {
        operands(of: node).map { [$0.left, $0.right] } ?? []
    }

    /// Over all dimensions of the input but the one that is summed over and the weight's leading ones.
    public func moments(
        of reading: WeightReading, in node: Node, values: (Value) throws -> Tensor
    ) throws -> (sum: Moments, count: Int) {
        guard let operands = operands(of: node) else {
            throw ProgramError(.invalid, "no product of two matrices: \(node)")
        }
        let isRight = reading.operand == 1
        var input = try values(isRight ? operands.left : operands.right)
        if !isRight { input = try input.transposed() }
        let columns = input.shape[input.rank - 1]
        let leading = Array(reading.sizes.dropLast(2))
        guard leading.contains(where: { $0 != 1 }) else {
            return try Moments.ofRows(input.reshaped(to: [1, -1, columns]))
        }
        // [batch…, leading…, positions, columns] to [blocks, vectors, columns]
        let first = input.rank - 2 - leading.count
        let order =
            Array(first..<(first + leading.count)) + Array(0..<first)
            + [input.rank - 2, input.rank - 1]
        return try Moments.ofRows(
            input.permuted(order).reshaped(to: [leading.reduce(1, *), -1, columns]))
    }

    /// As the weight is: `[…, inputs, outputs]` on the right, `[…, outputs, inputs]` on the left.
    public func storage(
        of factor: MatrixShape, at place: ChainPlace, of reading: WeightReading
    ) -> FactorStorage {
        let leading = Array(reading.sizes.dropLast(2))
        let isRight = reading.operand == 1
        let sizes = isRight ? [factor.columns, factor.rows] : [factor.rows, factor.columns]
        let above = leading.count
        return FactorStorage(
            leading + sizes, blocks: Array(0..<above), rows: [isRight ? above + 1 : above],
            columns: [isRight ? above : above + 1])
    }

    /// Products, what is added with the last.
    public func applying(
        _ factors: [Value], inner: [Value], in node: Node, _ reading: WeightReading
    ) -> [Node] {
        let isRight = reading.operand == 1
        let bare = separatingBias(of: node).node
        return factors.indices.map { index in
            let isLast = index == factors.count - 1
            var part = isLast ? node : bare
            guard let names = Self.names["\(part.operation)"] else { return part }
            part[isRight ? names.right : names.left] = .value(factors[index])
            if index > 0 { part[isRight ? names.left : names.right] = .value(inner[index - 1]) }
            if !isLast { part.outputs = [inner[index]] }
            return part
        }
    }

    /// `mm` for `addmm`, `bmm` for `baddbmm`.
    public func separatingBias(of node: Node) -> (node: Node, bias: Argument?) {
        guard node.operation.name.contains("add"), let operands = operands(of: node) else {
            return (node, nil)
        }
        let bare = Node(
            node.operation.name == "addmm" ? "aten.mm.default" : "aten.bmm.default",
            ["self": .value(operands.left), "mat2": .value(operands.right)],
            outputs: node.outputs, source: node.source)
        return (bare, node["self"])
    }
}
