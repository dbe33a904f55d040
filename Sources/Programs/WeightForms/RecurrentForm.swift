public import Tensors

/// `lstm`, `gru`, `rnn_tanh` and `rnn_relu`: the weights of input and hidden state, the gates' rows below each other.
///
/// The operator takes whole weights alone: the product of the factors stands before it, so that what is stored
/// shrinks and the multiply-accumulates do not.
public struct RecurrentForm: WeightForm {
    /// `recurrent`.
    public let name = "recurrent"

    /// Makes the form.
    public init() {}

    /// It cannot.
    public var takesFactors: Bool { false }

    /// The weights of every layer and direction.
    public func readings(of node: Node, in context: WeightContext) -> [WeightReading] {
        guard let call = RecurrentCall(node), !call.hasProjections else { return [] }
        return call.parameters.enumerated().compactMap { index, value in
            guard let shape = context.shape(of: value), shape.count == 2 else { return nil }
            return WeightReading(value, sizes: shape, rows: [0], columns: [1], operand: index)
        }
    }

    /// With a projection the hidden state before it is seen by nobody.
    public func refusal(of value: Value, in node: Node, _ context: WeightContext) -> String? {
        RecurrentCall(node)?.hasProjections == true
            ? "a recurrent layer with projections has no form yet" : nil
    }

    /// The input, the initial states and the parameters.
    public func inputs(of node: Node) -> [Value] {
        RecurrentCall(node).map { [$0.input] + $0.states + $0.parameters } ?? []
    }

    /// Over all times: of the layer's input, or of its hidden state before each.
    public func moments(
        of reading: WeightReading, in node: Node, values: (Value) throws -> Tensor
    ) throws -> (sum: Moments, count: Int) {
        guard let call = RecurrentCall(node) else {
            throw ProgramError(.invalid, "no recurrent layer of known form: \(node)")
        }
        let (place, position) = reading.operand.quotientAndRemainder(dividingBy: call.perDirection)
        let (layer, direction) = place.quotientAndRemainder(dividingBy: call.directions)
        let states = try call.states.map(values)
        func initial(_ layer: Int, _ direction: Int?) throws -> [Tensor] {
            let first = layer * call.directions + (direction ?? 0)
            let count = direction == nil ? call.directions : 1
            return try states.map { try $0.sliced(first..<(first + count)).contiguous() }
        }
        func parameters(_ layer: Int, _ direction: Int?) throws -> [Tensor] {
            try call.parameters(ofLayer: layer, direction: direction)
                .map { try values(call.parameters[$0]) }
        }
        var input = try values(call.input)
        if call.isBatchFirst { input = try input.transposed(0, 1) }
        for before in 0..<layer {
            input = try call.run(
                input, initial(before, nil), parameters(before, nil),
                bothDirections: call.isBidirectional)
        }
        if position == 0 {
            return try Moments.ofRows(input.reshaped(to: [1, -1, input.shape[2]]))
        }
        if direction == 1 { input = try input.flipped(along: [0]) }
        let start = try initial(layer, direction)
        let hidden = try call.run(
            input, start, parameters(layer, direction), bothDirections: false)
        let before = try Tensor.concatenated([
            start[0], hidden.sliced(0..<(hidden.shape[0] - 1)),
        ])
        return try Moments.ofRows(before.reshaped(to: [1, -1, before.shape[2]]))
    }

    /// `[outputs, inputs]`.
    public func storage(
        of factor: MatrixShape, at place: ChainPlace, of reading: WeightReading
    ) -> FactorStorage {
        FactorStorage([factor.rows, factor.columns], rows: [0], columns: [1])
    }

    /// The node as it is: it takes the product.
    public func applying(
        _ factors: [Value], inner: [Value], in node: Node, _ reading: WeightReading
    ) -> [Node] {
        preconditionFailure("\(node.operation) takes no factors")
    }
}
