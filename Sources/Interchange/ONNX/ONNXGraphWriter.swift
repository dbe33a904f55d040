import FileFormats
import Foundation
import Programs
import Tensors

/// Collects the nodes of an ONNX graph.
final class ONNXGraphWriter {
    /// The operators that may be used.
    let opset: ONNXOpset
    private(set) var nodes: [ONNXNode] = []
    private var operands: [Value: ONNXOperand] = [:]
    private var constants: [Constant: ONNXOperand] = [:]
    private var constantNodes: [ONNXNode] = []
    private var taken: Set<String> = []
    /// What the names of new operands begin with.
    var stem = ""

    private struct Constant: Hashable {
        let type: ScalarType
        let shape: [Int]
        let bytes: Data
    }

    init(opset: ONNXOpset) { self.opset = opset }

    // MARK: Operands

    /// Declares a value that is there under its own name.
    func declare(_ value: Value, _ type: ScalarType) {
        taken.insert(value.name)
        operands[value] = ONNXOperand(name: value.name, type: type)
    }

    /// Says what a value of the Program is in the graph.
    func bind(_ value: Value, to operand: ONNXOperand) { operands[value] = operand }

    /// What a value of the Program is in the graph.
    func operand(_ value: Value) throws -> ONNXOperand {
        guard let operand = operands[value] else {
            throw ProgramError(.invalid, "\(value) is read before it is computed")
        }
        return operand
    }

    /// A name that nothing has yet.
    func reserve(_ stem: String) -> String { taken.takeUnique(stem) }

    // MARK: Nodes

    /// Appends a node with one result, of the type of its first input unless another is given.
    func emit(
        _ operation: String, _ inputs: [ONNXOperand?],
        _ attributes: [String: ONNXAttribute] = [:], type: ScalarType? = nil
    ) -> ONNXOperand {
        emit(
            operation, inputs, attributes,
            types: [type ?? inputs.lazy.compactMap { $0 }.first?.type ?? .float32])[0]
    }

    /// Appends a node with a result for each type.
    func emit(
        _ operation: String, _ inputs: [ONNXOperand?],
        _ attributes: [String: ONNXAttribute] = [:], types: [ScalarType]
    ) -> [ONNXOperand] {
        let outputs = types.map { type in
            ONNXOperand(name: reserve("\(stem)/\(operation)"), type: type)
        }
        // Inputs at the end that are left out are not listed.
        let given = inputs.lastIndex { $0 != nil }.map { inputs[...$0] } ?? []
        nodes.append(
            ONNXNode(
                operation, inputs: given.map { $0?.name ?? "" }, outputs: outputs.map(\.name),
                attributes: attributes))
        return outputs
    }

    /// A tensor that is known now.
    func constant(_ tensor: Tensor) throws -> ONNXOperand {
        let array = try RawArray(tensor.contiguous())
        let key = Constant(type: tensor.scalarType, shape: tensor.shape, bytes: array.bytes)
        if let known = constants[key] { return known }
        let operand = ONNXOperand(name: reserve("constant"), type: tensor.scalarType)
        constants[key] = operand
        constantNodes.append(
            ONNXNode(
                "Constant", inputs: [], outputs: [operand.name],
                attributes: ["value": .tensor(array)]))
        return operand
    }

    // MARK: The finished graph

    /// Leaves what the results need, constants first, and gives every value of the Program its own name.
    ///
    /// - Parameters:
    ///   - results: the Program's results.
    ///   - values: what the Program's nodes compute, in order.
    /// - Returns: the nodes, the names of the results, and the names of the values that are among the nodes'
    ///   results.
    func finished(
        results: [Value], values: [Value]
    ) throws -> (nodes: [ONNXNode], results: [String], values: [(Value, String)]) {
        var computed = Set(nodes.flatMap(\.outputs))
        var names: [String: String] = [:]
        var needed: Set<String> = []
        var resultNames: [String] = []
        for value in results {
            var operand = try operand(value)
            // What is passed in, stored, or a result already, takes a node to become a result.
            if names[operand.name] != nil || !computed.contains(operand.name) {
                stem = value.name
                operand = emit("Identity", [operand])
                computed.insert(operand.name)
            }
            let name = reserve(value.name)
            names[operand.name] = name
            needed.insert(operand.name)
            resultNames.append(name)
        }
        var kept: [ONNXNode] = []
        for node in (constantNodes + nodes).reversed()
        where node.outputs.contains(where: needed.contains) {
            needed.formUnion(node.inputs)
            kept.append(node)
        }
        var named: [(Value, String)] = []
        for value in values {
            guard let name = operands[value]?.name, computed.contains(name), needed.contains(name),
                names[name] == nil
            else { continue }
            names[name] = reserve(value.name)
            named.append((value, names[name] ?? name))
        }
        let nodes = kept.reversed().map { node in
            var node = node
            node.inputs = node.inputs.map { names[$0] ?? $0 }
            // NB: results that nobody reads keep their names: ONNX Runtime 1.31 ends the process where a
            // part of `Split` has none.
            node.outputs = node.outputs.map { names[$0] ?? $0 }
            node.name = node.outputs.first ?? ""
            return node
        }
        return (nodes, resultNames, named)
    }
}
