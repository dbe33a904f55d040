public import Tensors

/// `aten.linear`: the weight is the matrix, `[outputs, inputs]`.
public struct LinearForm: WeightForm {
    /// `linear`.
    public let name = "linear"

    /// Makes the form.
    public init() {}

    /// The weight of an `aten.linear`.
    public func weight(of node: Node) -> Value? {
        node.operation == "aten.linear.default" ? node.value("weight") : nil
    }

    /// The input of an `aten.linear`.
    public func input(of node: Node) -> Value? { node.value("input") }

    /// The weight's own two sizes.
    public func matrices(in node: Node, shape: [Int]) -> MatrixShape? {
        shape.count == 2 ? MatrixShape(rows: shape[0], columns: shape[1]) : nil
    }

    /// The weight itself.
    public func matrices(of weight: Tensor, blocks: Int) throws -> Tensor {
        try weight.unsqueezed(at: 0)
    }

    /// Over all dimensions of the input but the last.
    public func moments(
        of input: Tensor, in node: Node, shape: [Int]
    ) throws -> (sum: Moments, count: Int) {
        let rows = try input.reshaped(to: [-1, input.shape[input.rank - 1]])
            .converted(to: .float64)
        let sum = try matmul(rows.transposed(), rows).unsqueezed(at: 0)
        return (.full(sum), rows.shape[0])
    }

    /// `[outputs, inputs]`.
    public func factorShape(
        _ index: Int, blocks: Int, outputs: Int, inputs: Int, weight shape: [Int]
    ) -> [Int] {
        [outputs, inputs]
    }

    /// One `aten.linear` after the other, the bias with the last.
    public func applying(_ factors: [Value], inner: [Value], in node: Node) -> [Node] {
        node.asChain(of: factors, inner: inner) { part, index in
            if index > 0 { part["input"] = .value(inner[index - 1]) }
            part["weight"] = .value(factors[index])
        }
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
