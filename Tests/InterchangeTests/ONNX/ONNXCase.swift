import Interchange
import OrderedCollections
import Programs
import Tensors
import Testing

/// A small Program, most of them of one operator, that is compared with ONNX Runtime.
struct ONNXCase: Sendable, CustomTestStringConvertible {
    /// What an input holds.
    enum Content: Sendable {
        /// Normal numbers.
        case normal
        /// Numbers from 0.1 to 0.9.
        case positive
        /// Whole numbers below a bound.
        case below(Int)
        /// True and false.
        case bools
    }

    /// An input; a size of -1 is the free dimension `batch`.
    struct Input: Sendable {
        let sizes: [Int]
        let content: Content

        init(_ sizes: [Int], _ content: Content = .normal) {
            self.sizes = sizes
            self.content = content
        }

        var scalarType: ScalarType {
            switch content {
            case .normal, .positive: .float32
            case .below: .int64
            case .bools: .bool
            }
        }

        func tensor(batch: Int, using generator: inout Generator) throws -> Tensor {
            let shape = sizes.map { $0 == -1 ? batch : $0 }
            switch content {
            case .normal: return try .normal(shape, using: &generator)
            case .positive: return try .uniform(shape, from: 0.1, to: 0.9, using: &generator)
            case .below(let bound):
                return try Tensor.uniform(shape, to: Double(bound), using: &generator)
                    .converted(to: .int64)
            case .bools:
                return try Tensor.uniform(shape, to: 2, using: &generator)
                    .converted(to: .int64).converted(to: .bool)
            }
        }
    }

    let name: String
    let inputs: [Input]
    let nodes: [Node]
    let results: [Value]
    var stored: OrderedDictionary<String, [Int]> = [:]
    var opsets: [ONNXOpset] = [.v17, .v20]
    /// Nodes that compute the same without what cannot be run here.
    var reference: [Node]?
    /// The types of what `reference` does not compute; without one, of everything.
    var types: [Value: ValueType] = [:]

    var testDescription: String { name }

    /// The inputs are called `x`, `y` and `z`, stored tensors as given, all float32.
    static func of(
        _ name: String, _ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>,
        _ inputs: [Input], outputs: [Value?] = ["out"],
        stored: OrderedDictionary<String, [Int]> = [:], opsets: [ONNXOpset] = [.v17, .v20]
    ) -> ONNXCase {
        ONNXCase(
            name: name, inputs: inputs, nodes: [Node(operation, arguments, outputs: outputs)],
            results: outputs.compactMap { $0 }, stored: stored, opsets: opsets)
    }

    /// The Program and the one that says what has to come out.
    func programs() throws -> (program: Program, reference: Program) {
        var generator = Generator(seed: 3)
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        for (name, shape) in stored {
            tensors[name] = StoredTensor(
                .parameter, try .uniform(shape, from: 0.2, to: 1, using: &generator))
        }
        var program = Program(
            inputs: Array(["x", "y", "z"].prefix(inputs.count)), nodes: reference ?? nodes,
            outputs: results.map { .result($0) }, tensors: tensors, types: [:],
            dimensions: ["batch": 1...1024])
        for (value, input) in zip(program.inputs, inputs) {
            program.types[value] = .tensor(
                TensorType(
                    input.scalarType,
                    input.sizes.map { $0 == -1 ? .dimension("batch") : .fixed($0) }))
        }
        // What depends on no tensor is not propagated, and says its types itself.
        let isTyped = reference == nil && !types.isEmpty
        if isTyped { program.types.merge(types) { $1 } }
        let expected = try isTyped ? program : program.propagated()
        program = expected
        program.nodes = nodes
        program.types.merge(types) { $1 }
        return (program, expected)
    }

    func job() throws -> ONNXRuntime.Job {
        let (program, reference) = try programs()
        let runs = try [1, 3].map { batch in
            var generator = Generator(seed: UInt64(batch))
            let tensors = try inputs.map { try $0.tensor(batch: batch, using: &generator) }
            return (tensors, try reference.outputs(for: tensors))
        }
        return ONNXRuntime.Job(name: name, program: program, runs: runs, opsets: opsets)
    }
}
