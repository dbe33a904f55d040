import OrderedCollections
import Tensors

/// A Program as it is trained: batch norm over the batch with new statistics as outputs, dropout drawing.
struct TrainingForm {
    /// The Program to run.
    let program: Program
    /// Which argument of which node takes the run's generator.
    let draws: [Value: String]

    /// Switches everything that trains in another way than it infers.
    ///
    /// - Throws: where an operator has state or randomness that cannot be switched.
    init(_ source: Program) throws {
        var program = source
        var draws: [Value: String] = [:]
        var buffers: OrderedDictionary<String, Value> = [:]
        program.nodes = []
        for node in source.nodes {
            switch (node.operation.library, node.operation.name) {
            case ("aten", "batch_norm"), ("aten", "_native_batch_norm_legit_no_training"),
                ("aten", "_native_batch_norm_legit_functional"), ("aten", "native_batch_norm"):
                Self.appendBatchNorm(node, to: &program, &buffers)
            case ("aten", "dropout"):
                try Self.appendDropout(node, to: &program, &draws)
            case ("aten", "scaled_dot_product_attention") where node.dropRate != 0:
                for part in try node.attentionWritten(in: source) {
                    if part.operation.name == "dropout" {
                        try Self.appendDropout(part, to: &program, &draws)
                    } else {
                        program.nodes.append(part)
                    }
                }
            case ("aten", "lstm"), ("aten", "gru"), ("aten", "rnn_tanh"), ("aten", "rnn_relu"):
                try Self.appendRecurrent(node, to: &program, &draws)
            default:
                guard !node.drawsInTraining else {
                    throw ProgramError(
                        .unsupported,
                        "the randomness of \(node.operation) cannot be trained; set its rate to 0: "
                            + node.place)
                }
                program.nodes.append(node)
            }
        }
        program.outputs += buffers.map { .buffer($0.key, $0.value) }
        self.program = program
        self.draws = draws
    }

    /// The functional form, which has a derivative and gives the new statistics as results.
    ///
    /// - Parameter buffers: the newest value of each buffer, which a second use goes on from.
    private static func appendBatchNorm(
        _ node: Node, to program: inout Program,
        _ buffers: inout OrderedDictionary<String, Value>
    ) {
        var form = Node(
            "aten._native_batch_norm_legit_functional.default", [:],
            outputs: [node.output, nil, nil, nil, nil])
        for name in ["input", "weight", "bias", "running_mean", "running_var"] {
            form[name] = node[name] ?? Argument.none
        }
        form["training"] = .bool(true)
        form["momentum"] = node["momentum"]
        form["eps"] = node["eps"]
        for (slot, name) in [(3, "running_mean"), (4, "running_var")] {
            guard let buffer = node.value(name), let output = node.output else { continue }
            let updated = Value("\(output).\(name)")
            form.outputs[slot] = updated
            form[name] = .value(buffers[buffer.name] ?? buffer)
            buffers[buffer.name] = updated
        }
        program.nodes.append(form)
        // PyTorch counts the batches beside the running mean.
        guard let mean = node.value("running_mean"), let output = node.output else { return }
        let counter = mean.name.replacingSuffix("running_mean", with: "num_batches_tracked")
        // An export for training counts them with a node of its own.
        let isCounted = program.outputs.contains { output in
            if case .buffer(counter, _) = output { true } else { false }
        }
        guard let counter, program.tensors[counter] != nil, !isCounted else { return }
        let counted = Value("\(output).num_batches_tracked")
        let before = buffers[counter] ?? Value(counter)
        program.nodes.append(
            Node("aten.add.Scalar", ["self": .value(before), "other": .int(1)], outputs: [counted]))
        buffers[counter] = counted
    }

    /// `x · bernoulli(1 - p) / (1 - p)`: libtorch's own dropout takes no generator.
    private static func appendDropout(
        _ node: Node, to program: inout Program, _ draws: inout [Value: String]
    ) throws {
        guard let input = node.value("input"), case .double(let rate) = node["p"],
            let output = node.output, rate < 1
        else {
            throw ProgramError(.unsupported, "a dropout of this form cannot be trained: \(node)")
        }
        appendDropout(of: input, rate, into: output, to: &program.nodes, &draws)
    }

    private static func appendDropout(
        of input: Value, _ rate: Double, into output: Value, to nodes: inout [Node],
        _ draws: inout [Value: String]
    ) {
        // NB: drawing has no derivative, not even zero: it reads the shape alone.
        let shape = Value("\(output).shape")
        nodes.append(
            Node("aten.detach.default", ["self": .value(input)], outputs: [shape]))
        let mask = Value("\(output).mask")
        let kept = Value("\(output).kept")
        nodes.append(
            Node(
                "aten.bernoulli.p", ["self": .value(shape), "p": .double(1 - rate)], outputs: [mask]
            ))
        draws[mask] = "generator"
        nodes.append(
            Node(
                "aten.mul.Tensor", ["self": .value(input), "other": .value(mask)], outputs: [kept]))
        nodes.append(
            Node(
                "aten.mul.Scalar", ["self": .value(kept), "other": .double(1 / (1 - rate))],
                outputs: [output]))
    }

    /// In training; with dropout between layers one by one, for the same reason.
    private static func appendRecurrent(
        _ node: Node, to program: inout Program, _ draws: inout [Value: String]
    ) throws {
        var training = node
        training["train"] = .bool(true)
        guard let call = RecurrentCall(node), call.dropout < 1 else {
            throw ProgramError(
                .unsupported, "a recurrent layer of this form cannot be trained: \(node)")
        }
        guard call.dropout > 0, call.layers > 1 else {
            program.nodes.append(training)
            return
        }
        program.nodes += call.unrolled(training) { input, result, nodes in
            appendDropout(of: input, call.dropout, into: result, to: &nodes, &draws)
        }
    }
}

extension Program {
    /// The Program with rates of dropout of 0: in training too nothing is dropped.
    package var withoutDropout: Program {
        var program = self
        for index in nodes.indices where nodes[index].dropRate != 0 {
            switch nodes[index].operation.name {
            case "dropout", "native_dropout", "feature_dropout", "alpha_dropout",
                "feature_alpha_dropout":
                program.nodes[index]["p"] = .double(0)
            case "lstm", "gru", "rnn_tanh", "rnn_relu": program.nodes[index]["dropout"] = .double(0)
            case "scaled_dot_product_attention": program.nodes[index]["dropout_p"] = .double(0)
            default: continue
            }
        }
        return program
    }

    /// The Program with everything set to infer that infers and trains in two ways, however its nodes were exported.
    var inInference: Program {
        var program = self
        for index in nodes.indices where nodes[index].operation.library == "aten" {
            switch nodes[index].operation.name {
            case "batch_norm", "_native_batch_norm_legit_functional", "native_batch_norm":
                // Without running statistics the batch's own stand in, as in PyTorch.
                guard nodes[index].value("running_mean") != nil else { continue }
                program.nodes[index]["training"] = .bool(false)
            case "dropout", "native_dropout", "feature_dropout", "alpha_dropout",
                "feature_alpha_dropout", "lstm", "gru", "rnn_tanh", "rnn_relu":
                program.nodes[index]["train"] = .bool(false)
            case "rrelu", "rrelu_with_noise": program.nodes[index]["training"] = .bool(false)
            case "scaled_dot_product_attention" where nodes[index]["dropout_p"] != nil:
                program.nodes[index]["dropout_p"] = .double(0)
            case "instance_norm" where nodes[index].value("running_mean") != nil:
                program.nodes[index]["use_input_stats"] = .bool(false)
            default: continue
            }
        }
        return program
    }
}

extension String {
    /// The text with another ending; nil where it does not end so.
    func replacingSuffix(_ suffix: String, with other: String) -> String? {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) + other : nil
    }
}
