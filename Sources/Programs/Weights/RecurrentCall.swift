import Tensors

/// The settings of an `lstm`, `gru`, `rnn_tanh` or `rnn_relu` node.
struct RecurrentCall {
    let operation: OperatorName
    let input: Value
    /// The initial states, `[layers · directions, batch, hidden]` each; two for an LSTM.
    let states: [Value]
    /// For each layer and direction the weights of input and hidden state, then their biases.
    let parameters: [Value]
    let hasBiases: Bool
    let layers: Int
    /// The rate of dropout between layers while training.
    let dropout: Double
    let isBidirectional: Bool
    let isBatchFirst: Bool

    var directions: Int { isBidirectional ? 2 : 1 }
    var isLSTM: Bool { operation.name == "lstm" }
    /// The tensors of one layer and direction.
    var perDirection: Int { parameters.count / max(layers * directions, 1) }
    /// Whether an LSTM's hidden state is projected, by one weight more.
    var hasProjections: Bool { perDirection == (hasBiases ? 5 : 3) }

    /// Reads a node; nil where it is of another operator or form.
    init?(_ node: Node) {
        guard node.operation.library == "aten", node.operation.overload == "input",
            ["lstm", "gru", "rnn_tanh", "rnn_relu"].contains(node.operation.name),
            let input = node.value("input"), let states = node["hx"],
            let parameters = node["params"], case .bool(let hasBiases) = node["has_biases"],
            case .int(let layers) = node["num_layers"], layers > 0,
            case .bool(let isBidirectional) = node["bidirectional"],
            case .bool(let isBatchFirst) = node["batch_first"]
        else { return nil }
        operation = node.operation
        self.input = input
        self.states = states.values
        self.parameters = parameters.values
        self.hasBiases = hasBiases
        self.layers = layers
        switch node["dropout"] {
        case .double(let rate): dropout = rate
        case .int(let rate): dropout = Double(rate)
        default: return nil
        }
        self.isBidirectional = isBidirectional
        self.isBatchFirst = isBatchFirst
        guard layers <= self.parameters.count else { return nil }
        let perDirection = hasBiases ? [4, 5] : [2, 3]
        let (number, rest) = self.parameters.count.quotientAndRemainder(
            dividingBy: layers * (isBidirectional ? 2 : 1))
        guard self.states.count == (operation.name == "lstm" ? 2 : 1), rest == 0,
            perDirection.contains(number)
        else { return nil }
    }

    /// The parameters of one layer, of one direction or both.
    func parameters(ofLayer layer: Int, direction: Int? = nil) -> Range<Int> {
        let first = (layer * directions + (direction ?? 0)) * perDirection
        return first..<(first + perDirection * (direction == nil ? directions : 1))
    }

    /// Runs one layer on inputs `[time, batch, features]`.
    ///
    /// - Parameters:
    ///   - states: `[directions, batch, hidden]` each.
    ///   - bothDirections: whether it has the parameters and states of both.
    /// - Returns: its hidden states over time, `[time, batch, directions · hidden]`.
    func run(
        _ input: Tensor, _ states: [Tensor], _ parameters: [Tensor], bothDirections: Bool
    ) throws -> Tensor {
        let initial: Operand = isLSTM ? .tensors(states) : .tensor(states[0])
        let results = try operation.found.call([
            .tensor(input), initial, .tensors(parameters), .bool(hasBiases), .int(1), .double(0),
            .bool(false), .bool(bothDirections), .bool(false),
        ])
        guard let output = results.first?.tensor else {
            throw ProgramError(.execution, "\(operation) gave no tensor")
        }
        return output
    }
}
