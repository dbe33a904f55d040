import FileFormats
import OrderedCollections
import Programs
import Tensors

/// Translates a graph whose names and operators were checked.
struct ONNXGraphReader {
    private let graph: ONNXFlatGraph
    /// What free dimensions turned out to be.
    private let known: [String: Size]
    /// What they are at most.
    private let bounds: [String: Int]

    /// Translates a graph; free sizes that have to be equal become one.
    static func program(of graph: ONNXFlatGraph) throws -> Program {
        var known: [String: Size] = [:]
        var bounds: [String: Int] = [:]
        while true {
            do {
                return try ONNXGraphReader(graph: graph, known: known, bounds: bounds).program()
            } catch let mismatch as ONNXMismatch {
                let name = mismatch.dimension
                switch mismatch.finding {
                case .atMost(let number) where number < bounds[name] ?? .max: bounds[name] = number
                case .equals(let size) where known[name] == nil && size != .dimension(name):
                    known = known.mapValues { $0 == .dimension(name) ? size : $0 }
                    known[name] = size
                default:
                    throw ProgramError(
                        .invalid, "the sizes of its inputs contradict each other; export it again")
                }
            }
        }
    }

    private func program() throws -> Program {
        let inputs = try graph.inputTypes(known)
        var dimensions: OrderedDictionary<String, ClosedRange<Int>> = [:]
        for type in inputs.map(\.type) {
            for case .affine(_, let name, _) in type.sizes {
                dimensions[name] = 1...(bounds[name] ?? Int.max)
            }
        }
        var names = ONNXNames()
        var labels: [String: String] = [:]
        for (name, _) in inputs { labels[name] = names.value(name).name }
        // Where one name is the beginning of another, the longer one stays as it is.
        let byDepth = graph.initializers.keys.sorted {
            ($0.filter { $0 == "." }.count, $1) > ($1.filter { $0 == "." }.count, $0)
        }
        for name in byDepth { labels[name] = names.tensor(name) }
        let assembly = try ONNXAssembly(dimensions: dimensions, names: names, labels: labels)
        var operands: [String: ONNXSourceValue] = [:]
        for (name, type) in inputs {
            operands[name] = try assembly.input(Value(labels[name] ?? name), type)
        }
        for (name, array) in graph.initializers {
            operands[name] = ONNXSourceValue(try Tensor(array), label: name, isInitializer: true)
        }
        for node in graph.nodes { try translate(node, &operands, assembly) }
        let results = try graph.outputs.map { name in
            guard let operand = operands[name] else {
                throw ProgramError(.invalid, "its output \(name.shownName) is never computed")
            }
            return operand
        }
        return try assembly.program(results: results).withoutUnused()
    }

    private func translate(
        _ item: ONNXFlatGraph.Item, _ operands: inout [String: ONNXSourceValue],
        _ assembly: ONNXAssembly
    ) throws {
        let node = item.node
        assembly.place = node.description
        let call = ONNXSourceNode(
            node: node, opset: item.opset,
            operands: node.inputs.map { $0.isEmpty ? nil : operands[$0] }, graph: graph,
            assembly: assembly)
        do {
            let results = try Self.results(of: call)
            let asked = node.outputs.indices.filter(call.isRead)
            guard asked.allSatisfy(results.indices.contains) else {
                throw call.refusal(
                    "its output \((asked.last ?? 0) + 1) is not supported; leave it out of the model"
                )
            }
            for index in asked { operands[node.outputs[index]] = results[index] }
        } catch let error as ProgramError {
            throw ProgramError(error.kind, "\(node): \(error.description)")
        } catch let error as TensorError {
            throw ProgramError(.execution, "\(node): \(error.description)")
        } catch let error as FileFormatError {
            throw ProgramError(.unsupported, "\(node): \(error.message)")
        }
    }

    private static func results(of call: ONNXSourceNode) throws -> [ONNXSourceValue] {
        if ONNXReaders.domains.contains(call.node.domain),
            call.operands.contains(where: { $0?.isComputedNumbers ?? false }),
            let found = try ONNXReaders.numbers[call.node.operation]?(call)
        {
            return found
        }
        guard let translation = ONNXReaders.translation(of: call.node) else {
            throw call.refusal("it is not supported")
        }
        return try translation(call)
    }
}
