public import Tensors

/// `aten.linear`: the weight is the matrix, `[outputs, inputs]`.
public struct LinearForm: WeightForm {
    /// `linear`.
    public let name = "linear"

    /// Makes the form.
    public init() {}

    /// The weight of an `aten.linear`.
    public func readings(of node: Node, in context: WeightContext) -> [WeightReading] {
        guard node.operation == "aten.linear.default", let weight = node.value("weight"),
            let shape = context.shape(of: weight), shape.count == 2
        else { return [] }
        return [WeightReading(weight, sizes: shape, rows: [0], columns: [1])]
    }

    /// It is.
    public func putsRowsLast(_ reading: WeightReading) -> Bool { true }

    /// Over all dimensions of the input but the last.
    public func moments(
        of reading: WeightReading, in node: Node, values: (Value) throws -> Tensor
    ) throws -> (sum: Moments, count: Int) {
        guard let input = try inputs(of: node).first.map(values) else {
            throw ProgramError(.invalid, "a linear layer without an input: \(node)")
        }
        return try Moments.ofRows(input.reshaped(to: [1, -1, input.shape[input.rank - 1]]))
    }

    /// `[outputs, inputs]`.
    public func storage(
        of factor: MatrixShape, at place: ChainPlace, of reading: WeightReading
    ) -> FactorStorage {
        FactorStorage([factor.rows, factor.columns], rows: [0], columns: [1])
    }

    /// One `aten.linear` after the other, the bias with the last.
    public func applying(
        _ factors: [Value], inner: [Value], in node: Node, _ reading: WeightReading
    ) -> [Node] {
        node.asChain(of: factors, inner: inner) { part, index in
            if index > 0 { part["input"] = .value(inner[index - 1]) }
            part["weight"] = .value(factors[index])
        }
    }
}

extension Moments {
    /// The second moments of vectors `[blocks, vectors, columns]`, and how many there are in each block.
    static func ofRows(_ vectors: Tensor) throws -> (sum: Moments, count: Int) {
        let wide = try vectors.converted(to: .float64)
        return (.full(try matmul(wide.transposed(), wide)), wide.shape[1])
    }
}

extension Node {
    /// The node repeated for each factor, the bias with the last.
    ///
    /// - Parameter place: puts factor `index` and its input in place.
    func asChain(
        of factors: [Value], inner: [Value], _ place: (inout Node, Int) -> Void
    ) -> [Node] {
        factors.indices.map { index in
            var part = self
            if index < factors.count - 1 {
                part["bias"] = nil
                part.outputs = [inner[index]]
            }
            place(&part, index)
            return part
        }
    }
}
