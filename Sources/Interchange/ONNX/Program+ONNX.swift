public import FileFormats
import Foundation
import OrderedCollections
public import Programs
import Tensors

extension Program {
    /// Writes the Program as an ONNX model for inference, atomically.
    ///
    /// Free dimensions stay free; stored tensors keep their names, and so do values where an operator of ONNX
    /// computes just them. The metadata go with it, each key after `swiftlet.`.
    ///
    /// - Parameters:
    ///   - path: where; a file of that name is replaced.
    ///   - opset: the version of ONNX's operators.
    ///   - largest: the most bytes of the file itself; a larger model keeps its tensors in `path.data`.
    /// - Throws: where operators have no counterpart, all of them with their numbers, before anything is
    ///   written; where a buffer changes; where the file cannot be written.
    public func writeONNX(
        to path: String, opset: ONNXOpset = .v17,
        splittingAbove largest: Int = ONNXModel.largestFile
    ) throws {
        try onnxModel(opset: opset).write(to: path, splittingAbove: largest)
    }

    /// The Program as an ONNX model for inference.
    ///
    /// - Parameter opset: the version of ONNX's operators.
    /// - Throws: as ``writeONNX(to:opset:splittingAbove:)`` does.
    public func onnxModel(opset: ONNXOpset = .v17) throws -> ONNXModel {
        try ONNXExporter(self, opset: opset).model()
    }
}

/// Writes one Program as an ONNX model.
struct ONNXExporter {
    private let program: Program
    private let graph: ONNXGraphWriter

    init(_ source: Program, opset: ONNXOpset) throws {
        try source.validate()
        program = try source.withoutStatistics().withoutUnreadResults()
        graph = ONNXGraphWriter(opset: opset)
    }

    func model() throws -> ONNXModel {
        try refuseUnknownOperators()
        let tensors = try initializers()
        let inputs = try program.inputs.map { try value($0, named: $0.name) }
        for input in program.inputs {
            graph.declare(input, program.type(of: input)?.tensor?.scalarType ?? .float32)
        }
        try translate()
        let (nodes, results, values) = try graph.finished(
            results: program.results, values: program.nodes.flatMap { $0.outputs.compactMap { $0 } }
        )
        return ONNXModel(
            irVersion: graph.opset.irVersion, opsets: ["": graph.opset.rawValue],
            producer: ("swiftlet", ""),
            metadata: Dictionary(
                uniqueKeysWithValues: program.metadata.map { ("swiftlet.\($0)", $1) }),
            graph: ONNXGraph(
                name: "model", nodes: nodes, inputs: inputs,
                outputs: try zip(program.results, results).map { try value($0, named: $1) },
                values: try values.compactMap { pair in
                    guard program.type(of: pair.0)?.tensor != nil else { return nil }
                    return try value(pair.0, named: pair.1)
                }, initializers: tensors))
    }

    // MARK: Nodes

    private func refuseUnknownOperators() throws {
        var unknown: OrderedDictionary<String, Int> = [:]
        for node in program.nodes
        where ONNXTranslations.translation(of: node.operation) == nil {
            unknown[node.operation.description, default: 0] += 1
        }
        try refuse(unknown)
    }

    private func translate() throws {
        var unsupported: OrderedDictionary<String, Int> = [:]
        for node in program.nodes {
            graph.stem = (node.outputs.compactMap { $0 }.first ?? Value(node.operation.name)).name
            do {
                let call = ONNXCall(node: node, program: program, graph: graph)
                try ONNXTranslations.translation(of: node.operation)?(call)
            } catch let error as ONNXUnsupported {
                unsupported["\(node.operation) \(error.reason)", default: 0] += 1
                // What reads its results is looked at too.
                for case let value? in node.outputs {
                    let type = program.type(of: value)?.tensor?.scalarType ?? .int64
                    graph.bind(value, to: ONNXOperand(name: value.name, type: type))
                }
            }
        }
        try refuse(unsupported)
    }

    private func refuse(_ operators: OrderedDictionary<String, Int>) throws {
        guard !operators.isEmpty else { return }
        let listed = operators.map { $1 == 1 ? "\($0) (once)" : "\($0) (\($1) times)" }
        throw ProgramError(
            .unsupported,
            "ONNX with operator set \(graph.opset.rawValue) has no counterpart of "
                + "\(listed.joined(separator: ", ")); replace what uses them, or write .pt2")
    }

    // MARK: Tensors and types

    private func initializers() throws -> [ONNXTensor] {
        let read = Set(program.nodes.flatMap(\.inputs) + program.outputs.map(\.value))
        return try program.tensors.compactMap { name, stored in
            guard read.contains(Value(name)) else { return nil }
            graph.declare(Value(name), stored.type.scalarType)
            return ONNXTensor(name, try RawArray(program.tensor(name)))
        }
    }

    private func value(_ value: Value, named name: String) throws -> ONNXValue {
        guard let type = program.type(of: value)?.tensor, let element = type.scalarType.elementType
        else {
            throw ProgramError(
                .unsupported, "\(value) is no tensor, which ONNX asks for; leave it out")
        }
        return ONNXValue(name, .tensor(element, type.sizes.map { ONNXSize($0) }))
    }
}

extension ONNXSize {
    /// A size of a Program; equal names are equal sizes.
    init(_ size: Size) {
        switch size {
        case .fixed(let number): self = .fixed(number)
        case .affine, .expression:
            self = .named("\(size)".split(separator: "·").joined(separator: "*"))
        case .unknown: self = .unknown
        }
    }
}

extension Program {
    /// The Program without the new statistics of norms and without counts, which only training needs.
    ///
    /// - Throws: where another buffer changes: ONNX has no state.
    fileprivate func withoutStatistics() throws -> Program {
        let producers = self.producers
        var program = self
        program.outputs = try outputs.filter { output in
            guard case .buffer(let name, let value) = output else { return true }
            let producer = producers[value].map { nodes[$0].operation.name } ?? ""
            guard producer.contains("batch_norm") || name.hasSuffix("num_batches_tracked") else {
                throw ProgramError(
                    .unsupported,
                    "the buffer \(name) changes in a run, and ONNX has no state; make it an input and a "
                        + "result of the Program")
            }
            return false
        }
        return program.withoutUnused()
    }

    /// The Program without names for results that nobody reads.
    fileprivate func withoutUnreadResults() -> Program {
        let read = Set(nodes.flatMap(\.inputs) + outputs.map(\.value))
        var program = self
        for index in nodes.indices {
            program.nodes[index].outputs = nodes[index].outputs.map { output in
                output.flatMap { read.contains($0) ? $0 : nil }
            }
        }
        return program
    }
}
