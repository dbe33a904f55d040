import FileFormats
import Programs
import Tensors

extension ONNXReaders {
    /// Recurrent layers.
    static let recurrent: [String: Translation] = [
        "LSTM": { try ONNXRecurrentLayer($0, .lstm).results() },
        "GRU": { try ONNXRecurrentLayer($0, .gru).results() },
        "RNN": { try ONNXRecurrentLayer($0, .rnn).results() },
    ]
}

/// One recurrent layer: its weights put into PyTorch's order, and the call.
struct ONNXRecurrentLayer {
    /// The sorts of layer.
    enum Kind {
        case lstm, gru, rnn

        /// For each gate in PyTorch's order, its place in ONNX's: `iofc` for `ifgo`, `zrh` for `rzn`.
        var gates: [Int] {
            switch self {
            case .lstm: [0, 2, 3, 1]
            case .gru: [1, 0, 2]
            case .rnn: [0]
            }
        }

        /// The functions that ATen's operator has built in, one direction's.
        var functions: [String] {
            switch self {
            case .lstm: ["sigmoid", "tanh", "tanh"]
            case .gru: ["sigmoid", "tanh"]
            case .rnn: ["tanh"]
            }
        }
    }

    private let call: ONNXSourceNode
    private let kind: Kind
    private let directions: Int
    private let isReversed: Bool
    private let isBatchFirst: Bool
    private let hidden: Int
    private let operation: OperatorName

    init(_ call: ONNXSourceNode, _ kind: Kind) throws {
        self.call = call
        self.kind = kind
        let direction = try call.string("direction", "forward")
        guard ["forward", "reverse", "bidirectional"].contains(direction) else {
            throw call.refusal("direction \(direction.shownName) is not supported")
        }
        directions = direction == "bidirectional" ? 2 : 1
        isReversed = direction == "reverse"
        isBatchFirst = try call.flag("layout")
        guard let hidden = try call.operand(2).type.sizes.last?.fixed,
            1..<ONNXWindows.largest ~= hidden,
            try call.operand(0).rank == 3, try call.operand(1).rank == 3,
            try call.operand(2).type.shape == [directions, kind.gates.count * hidden, hidden]
        else {
            throw call.refusal(
                "its weights do not fit: \(try call.operand(1).type), \(try call.operand(2).type)",
                .invalid)
        }
        self.hidden = hidden
        try call.refuse("input_forget")
        if call.node.attributes["clip"] != nil { throw call.refusal("clip is not supported") }
        if kind == .lstm, call.optional(7) != nil {
            throw call.refusal("peepholes are not supported")
        }
        if kind == .gru, try !call.flag("linear_before_reset") {
            throw call.refusal(
                "linear_before_reset = 0 is not supported; PyTorch's own GRU exports it as 1")
        }
        operation = try Self.operation(call, kind, directions)
        try checkLengths()
    }

    private static func operation(
        _ call: ONNXSourceNode, _ kind: Kind, _ directions: Int
    ) throws -> OperatorName {
        var given: [String]?
        switch call.node.attributes["activations"] {
        case nil: break
        case .strings(let names): given = names.map { $0.lowercased() }
        default: throw call.refusal("its activations are not texts; export it again", .invalid)
        }
        let all = (0..<directions).flatMap { _ in kind.functions }
        switch kind {
        case .lstm where given == nil || given == all: return "aten.lstm.input"
        case .gru where given == nil || given == all: return "aten.gru.input"
        case .rnn where given == nil || given == all: return "aten.rnn_tanh.input"
        case .rnn where given == all.map({ _ in "relu" }): return "aten.rnn_relu.input"
        default: throw call.refusal("activations other than the usual ones are not supported")
        }
    }

    /// Sequences of several lengths are not supported; lengths that are all the whole one say nothing.
    private func checkLengths() throws {
        guard let lengths = call.optional(4) else { return }
        let whole = try call.operand(0).type.sizes[isBatchFirst ? 1 : 0].fixed
        guard let whole, let numbers = lengths.numbers, numbers.allSatisfy({ $0 == .int(whole) })
        else {
            throw call.refusal("sequences of several lengths, sequence_lens, are not supported")
        }
    }

    // MARK: Weights

    /// The layer's weights and biases in PyTorch's order, for each direction.
    private func parameters() throws -> [ONNXSourceValue] {
        let (inner, outer) = (try call.operand(1), try call.operand(2))
        let bias = call.optional(3)
        if let bias, bias.type.shape != [directions, 2 * kind.gates.count * hidden] {
            throw call.refusal("its bias is \(bias.type), which does not fit", .invalid)
        }
        return try (0..<directions).flatMap { direction in
            let suffix = direction == 0 ? "l0" : "l0_reverse"
            var all = [
                try rows(of: inner, direction, 0, "weight_ih_\(suffix)"),
                try rows(of: outer, direction, 0, "weight_hh_\(suffix)"),
            ]
            guard let bias else { return all }
            all.append(try rows(of: bias, direction, 0, "bias_ih_\(suffix)"))
            all.append(
                try rows(of: bias, direction, kind.gates.count * hidden, "bias_hh_\(suffix)"))
            return all
        }
    }

    /// One direction's rows from `start` on, the gates in PyTorch's order.
    private func rows(
        of all: ONNXSourceValue, _ direction: Int, _ start: Int, _ name: String
    ) throws -> ONNXSourceValue {
        let own = try call.call(
            "aten.select.int",
            ["self": .tensor(all), "dim": .int(0), "index": .int(direction)])
        let gates = try kind.gates.map { gate in
            let first = start + gate * hidden
            return try call.call(
                "aten.slice.Tensor",
                [
                    "self": .tensor(own), "dim": .int(0), "start": .int(first),
                    "end": .int(first + hidden),
                ])
        }
        let sorted = try call.call(
            "aten.cat.default", ["tensors": .tensors(gates), "dim": .int(0)])
        guard let tensor = sorted.constant else { return sorted }
        let layer = call.node.name.isEmpty ? call.operands[1]?.label ?? "" : call.node.name
        return ONNXSourceValue(tensor, label: "\(layer).\(name)", isInitializer: true)
    }

    // MARK: States

    /// The state that a sequence begins with, `[directions, batch, hidden]`; zeros where none is given.
    private func state(_ index: Int) throws -> ONNXSourceValue {
        if let given = call.optional(index) {
            guard given.rank == 3, given.type.sizes[2] == .fixed(hidden) else {
                throw call.refusal("its state is \(given.type), not of width \(hidden)", .invalid)
            }
            return try isBatchFirst ? call.transposed(given, 0, 1) : given
        }
        let batch = try call.assembly.size(of: call.operand(0), isBatchFirst ? 0 : 1)
        return try call.call(
            "aten.full.default",
            [
                "size": .numbers([.int(directions), batch, .int(hidden)]), "fill_value": .double(0),
                "dtype": .type(call.operand(0).scalarType), "device": .cpu,
            ])
    }

    func results() throws -> [ONNXSourceValue] {
        let sequence = isBatchFirst ? 1 : 0
        var x = try call.operand(0)
        if isReversed {
            x = try call.call(
                "aten.flip.default", ["self": .tensor(x), "dims": .ints([sequence])])
        }
        let parameters = try parameters()
        for parameter in parameters { _ = try call.assembly.value(of: parameter, as: .parameter) }
        let states = try kind == .lstm ? [state(5), state(6)] : [state(5)]
        let found = try call.results(
            operation,
            [
                "input": .tensor(x),
                "hx": kind == .lstm ? .tensors(states) : .tensor(states[0]),
                "params": .tensors(parameters), "has_biases": .bool(call.optional(3) != nil),
                "num_layers": .int(1), "dropout": .double(0), "train": .bool(false),
                "bidirectional": .bool(directions == 2), "batch_first": .bool(isBatchFirst),
            ], count: states.count + 1)
        var output = found[0]
        if isReversed {
            output = try call.call(
                "aten.flip.default", ["self": .tensor(output), "dims": .ints([sequence])])
        }
        return [try separated(output)]
            + (try found.dropFirst().map { try isBatchFirst ? call.transposed($0, 0, 1) : $0 })
    }

    /// The directions as a dimension of their own: before the batch, or with the batch first before the features.
    private func separated(_ output: ONNXSourceValue) throws -> ONNXSourceValue {
        let place = isBatchFirst ? 2 : 1
        guard directions == 2 else {
            return try call.call(
                "aten.unsqueeze.default", ["self": .tensor(output), "dim": .int(place)])
        }
        let parts = try call.call(
            "aten.unflatten.int",
            ["self": .tensor(output), "dim": .int(2), "sizes": .ints([2, hidden])])
        return try isBatchFirst ? parts : call.permuted(parts, [0, 2, 1, 3])
    }
}
