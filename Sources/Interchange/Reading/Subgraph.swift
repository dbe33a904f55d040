import FileFormats
import Tensors

/// A node that runs a graph of its own once, whose nodes can stand in its place.
struct Subgraph {
    let graph: ExportedProgram.Graph
    let operands: [ExportedProgram.Argument]
    let results: [ExportedProgram.Argument]
    /// The autocast that it begins.
    let autocast: Autocast?
    /// Whether it ends an autocast around it.
    let endsAutocast: Bool

    /// Reads such a node; nil for another.
    ///
    /// - Throws: where the node chooses or repeats graphs, which cannot be written out.
    init?(_ node: ExportedProgram.Node) throws {
        let prefix = "torch.ops.higher_order."
        guard node.target.hasPrefix(prefix) else { return nil }
        let name = String(node.target.dropFirst(prefix.count))
        let arguments = node.inputs.map(\.argument)
        guard Self.known.contains(name),
            let place = arguments.firstIndex(where: { if case .graph = $0 { true } else { false } }
            ),
            case .graph(let inner) = arguments[place]
        else {
            throw Refusal(
                .unsupported,
                "\(name) cannot be written out as plain nodes; export the model without it")
        }
        graph = inner.graph
        operands = arguments[(place + 1)...].filter { $0.valueName != nil || place < 2 }
        results = node.outputs.flatMap { output -> [ExportedProgram.Argument] in
            if case .tensors(let list) = output { list.map { .tensor($0) } } else { [output] }
        }
        guard name == "wrap_with_autocast" else {
            (autocast, endsAutocast) = (nil, false)
            return
        }
        // The device, the narrow type, whether autocast is on, whether casts are kept.
        guard arguments.count > 3, case .bool(let isOn) = arguments[2] else {
            throw Refusal(.malformed, "\(name) has other arguments than it should")
        }
        guard isOn else {
            (autocast, endsAutocast) = (nil, true)
            return
        }
        let type: ScalarType? =
            switch arguments[1] {
            case .scalarType(let code): ScalarType(code)
            default: .bfloat16
            }
        guard let type else {
            throw Refusal(.unsupported, "\(name) computes in a type that is not supported")
        }
        (autocast, endsAutocast) = (Autocast(type: type), false)
    }

    private static let known: Set<String> = [
        "wrap_with_set_grad_enabled", "wrap_with_autocast", "wrap", "strict_mode",
        "wrap_activation_checkpoint", "tag_activation_checkpoint", "hints_wrapper",
        "invoke_subgraph",
    ]
}
