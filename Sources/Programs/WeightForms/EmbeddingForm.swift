public import Tensors

/// `aten.embedding`: the table `[entries, features]` is the transposed matrix from an entry's indicator to its
/// features.
///
/// A chain is a table of fewer features, and then linear layers.
public struct EmbeddingForm: WeightForm {
    /// `embedding`.
    public let name = "embedding"

    /// Makes the form.
    public init() {}

    /// The table of an embedding whose gradients are neither sparse nor scaled.
    public func readings(of node: Node, in context: WeightContext) -> [WeightReading] {
        guard node.operation == "aten.embedding.default", refusal(of: node) == nil,
            let weight = node.value("weight"), let shape = context.shape(of: weight),
            shape.count == 2
        else { return [] }
        return [WeightReading(weight, sizes: shape, rows: [1], columns: [0])]
    }

    /// Sparse gradients, and those scaled by frequency, are not those of a product.
    public func refusal(of value: Value, in node: Node, _ context: WeightContext) -> String? {
        switch node.operation.name {
        case "embedding": refusal(of: node)
        case "embedding_bag", "_embedding_bag": "a bag of embeddings has no form yet"
        default: nil
        }
    }

    private func refusal(of node: Node) -> String? {
        if node["sparse"] ?? .bool(false) != .bool(false) {
            return "an embedding with sparse gradients"
        }
        return node["scale_grad_by_freq"] ?? .bool(false) != .bool(false)
            ? "an embedding with gradients scaled by frequency" : nil
    }

    /// The indices.
    public func inputs(of node: Node) -> [Value] { [node.value("indices")].compactMap { $0 } }

    /// How often each entry was looked up.
    public func moments(
        of reading: WeightReading, in node: Node, values: (Value) throws -> Tensor
    ) throws -> (sum: Moments, count: Int) {
        guard let indices = try inputs(of: node).first.map(values) else {
            throw ProgramError(.invalid, "an embedding without indices: \(node)")
        }
        let counts = try indices.reshaped(to: [-1]).occurrences(of: reading.sizes[0])
        return (.diagonal(try counts.converted(to: .float64)), indices.count)
    }

    /// `[inputs, outputs]` for the table, `[outputs, inputs]` for the others.
    public func storage(
        of factor: MatrixShape, at place: ChainPlace, of reading: WeightReading
    ) -> FactorStorage {
        place.isFirst
            ? FactorStorage([factor.columns, factor.rows], rows: [1], columns: [0])
            : FactorStorage([factor.rows, factor.columns], rows: [0], columns: [1])
    }

    /// A normal distribution for the table.
    public func initializer(at place: ChainPlace, inputs: Int) -> Initializer {
        place.isFirst
            ? .normal(deviation: 1) : LinearForm().initializer(at: place, inputs: inputs)
    }

    /// They have no embeddings; squares of the number of entries would be absurd.
    public func hasSquaresOnInputs(_ reading: WeightReading) -> Bool { false }

    /// Not where an entry pads: it has no gradient in the table of the product, and one in the layers after a narrow table.
    public func keepsGradients(in node: Node) -> Bool {
        guard case .int(let padding) = node["padding_idx"] else { return true }
        return padding < 0
    }

    /// A lookup costs none.
    public func firstFactorMACs(outputs: Int, inputs: Int) -> Int { 0 }

    /// The lookup, then linear layers.
    public func applying(
        _ factors: [Value], inner: [Value], in node: Node, _ reading: WeightReading
    ) -> [Node] {
        let outputs = inner.map(Optional.some) + [node.output]
        var lookup = node
        lookup["weight"] = .value(factors[0])
        lookup.outputs = [outputs[0]]
        return [lookup]
            + factors.indices.dropFirst().map { index in
                Node(
                    "aten.linear.default",
                    ["input": .value(inner[index - 1]), "weight": .value(factors[index])],
                    outputs: [outputs[index]])
            }
    }
}
