import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Recurrent layers: one node a layer, both directions in it.
    static let recurrent: [String: ONNXTranslation] = [
        "aten.lstm.input": {
            try recur($0, ONNXRecurrence(operation: "LSTM", gates: [0, 3, 1, 2]))
        },
        "aten.gru.input": {
            try recur(
                $0,
                ONNXRecurrence(
                    operation: "GRU", gates: [1, 0, 2],
                    attributes: ["linear_before_reset": .int(1)]))
        },
        "aten.rnn_tanh.input": {
            try recur($0, ONNXRecurrence(operation: "RNN", gates: [0], activation: "Tanh"))
        },
        "aten.rnn_relu.input": {
            try recur($0, ONNXRecurrence(operation: "RNN", gates: [0], activation: "Relu"))
        },
    ]

    private static func recur(_ call: ONNXCall, _ kind: ONNXRecurrence) throws {
        let graph = call.graph
        let layers = try call.int("num_layers")
        let directions = try call.bool("bidirectional") ? 2 : 1
        let hasBiases = try call.bool("has_biases")
        let parameters = try call.tensors("params")
        let stride = hasBiases ? 4 : 2
        guard layers > 0, layers <= parameters.count,
            parameters.count == layers * directions * stride, try call.rank("input") == 3
        else {
            throw ONNXUnsupported(reason: "with projections or without a batch")
        }
        var states = try call.tensors("hx")
        if states.isEmpty { states = [try call.tensor("hx")] }
        let isBatchFirst = try call.bool("batch_first")
        var input = try call.tensor("input")
        if isBatchFirst { input = graph.transpose(input, [1, 0, 2]) }
        let hidden = try kind.hiddenSize(call, parameters: stride)
        var finals: [[ONNXOperand]] = states.map { _ in [] }
        for layer in 0..<layers {
            let first = layer * directions
            let weights = try (0..<directions).map { direction in
                let start = (first + direction) * stride
                return try kind.weights(graph, Array(parameters[start..<start + stride]), hidden)
            }
            let starts = try states.map { state in
                try graph.slice(
                    state, axis: 0, from: .fixed(first), to: .fixed(first + directions))
            }
            let joined = (0..<(hasBiases ? 3 : 2)).map { part in
                graph.concatenate(weights.map { $0[part] }, axis: 0)
            }
            let results = graph.emit(
                kind.operation,
                [input, joined[0], joined[1], hasBiases ? joined[2] : nil, nil] + starts,
                kind.attributes(hidden: hidden, directions: directions),
                types: Array(repeating: input.type, count: 1 + states.count))
            for index in states.indices { finals[index].append(results[index + 1]) }
            // `[tokens, directions, batch, hidden]` with both directions side by side.
            input = graph.emit(
                "Reshape",
                [
                    graph.transpose(results[0], [0, 2, 1, 3]),
                    try graph.ints([0, 0, directions * hidden]),
                ])
        }
        try call.give(isBatchFirst ? graph.transpose(input, [1, 0, 2]) : input)
        for (index, layers) in finals.enumerated() where call.isRead(index + 1) {
            try call.give(graph.concatenate(layers, axis: 0), index + 1)
        }
    }
}

/// A kind of recurrent layer.
struct ONNXRecurrence {
    /// The operator of ONNX.
    let operation: String
    /// Where each gate of ONNX's order stands in PyTorch's.
    let gates: [Int]
    /// The activation, where the operator has several.
    var activation: String?
    /// What the operator needs to compute as PyTorch does.
    var attributes: [String: ONNXAttribute] = [:]

    func hiddenSize(_ call: ONNXCall, parameters stride: Int) throws -> Int {
        guard case .list(let items)? = call.node["params"], items.count > 1,
            case .value(let value) = items[1],
            let width = call.program.type(of: value)?.tensor?.sizes.last?.fixed,
            (1...1 << 24).contains(width)
        else { throw ONNXUnsupported(reason: "of unknown width") }
        return width
    }

    func attributes(hidden: Int, directions: Int) -> [String: ONNXAttribute] {
        var all = attributes
        all["hidden_size"] = .int(hidden)
        if directions == 2 { all["direction"] = .string("bidirectional") }
        if let activation {
            all["activations"] = .strings(Array(repeating: activation, count: directions))
        }
        return all
    }

    /// One direction's weights, each with a first dimension of one: of the input, of the state, biases.
    func weights(
        _ graph: ONNXGraphWriter, _ parameters: [ONNXOperand], _ hidden: Int
    ) throws -> [ONNXOperand] {
        let ordered = try parameters.map { parameter in
            let parts = try graph.split(
                parameter, axis: 0, sizes: gates.map { _ in hidden })
            return graph.concatenate(gates.map { parts[$0] }, axis: 0)
        }
        var results = [ordered[0], ordered[1]]
        if ordered.count == 4 {
            results.append(graph.concatenate([ordered[2], ordered[3]], axis: 0))
        }
        return try results.map { try graph.unsqueeze($0, [0]) }
    }
}
