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

    /// The table of an embedding.
    public func weight(of node: Node) -> Value? {
        guard node.operation == "aten.embedding.default",
            node["sparse"] ?? .bool(false) == .bool(false),
            node["scale_grad_by_freq"] ?? .bool(false) == .bool(false)
        else { return nil }
        return node.value("weight")
    }

    /// The indices.
    public func input(of node: Node) -> Value? { node.value("indices") }

    /// Features by entries.
    public func matrices(in node: Node, shape: [Int]) -> MatrixShape? {
        shape.count == 2 ? MatrixShape(rows: shape[1], columns: shape[0]) : nil
    }

    /// The table transposed.
    public func matrices(of weight: Tensor, blocks: Int) throws -> Tensor {
        try weight.transposed().unsqueezed(at: 0)
    }

    /// How often each entry was looked up.
    public func moments(
        of input: Tensor, in node: Node, shape: [Int]
    ) throws -> (sum: Moments, count: Int) {
        let counts = try input.reshaped(to: [-1]).occurrences(of: shape[0])
        return (.diagonal(try counts.converted(to: .float64)), input.count)
    }

    /// `[inputs, outputs]` for the table, `[outputs, inputs]` for the others.
    public func factorShape(
        _ index: Int, blocks: Int, outputs: Int, inputs: Int, weight shape: [Int]
    ) -> [Int] {
        storesTransposed(index) ? [inputs, outputs] : [outputs, inputs]
    }

    /// The table is.
    public func storesTransposed(_ index: Int) -> Bool { index == 0 }

    /// A normal distribution for the table.
    public func initializer(_ index: Int, inputs: Int) -> Initializer {
        index == 0 ? .normal(deviation: 1) : LinearForm().initializer(index, inputs: inputs)
    }

    /// They have no embeddings; squares of the number of entries would be absurd.
    public func hasSquaresOnInputs(_ shape: [Int]) -> Bool { false }

    /// A lookup costs none.
    public func firstFactorMACs(outputs: Int, inputs: Int) -> Int { 0 }

    /// The lookup, then linear layers.
    public func applying(_ factors: [Value], inner: [Value], in node: Node) -> [Node] {
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
