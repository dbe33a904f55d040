public import Foundation
public import OrderedCollections
public import Tensors

/// A network: operator calls in order, and the tensors that they read.
///
/// No node writes into its arguments. A stored tensor, be it parameter, buffer or constant, is read
/// under its own name.
public struct Program: Sendable {
    /// Something that a run gives back.
    public enum Output: Hashable, Sendable {
        /// A result for the caller.
        case result(Value)
        /// The new content of a buffer.
        case buffer(String, Value)

        /// The value given back.
        public var value: Value {
            switch self {
            case .result(let value), .buffer(_, let value): value
            }
        }
    }

    /// What the caller passes, in order.
    public var inputs: [Value]
    /// The calls, each after those whose results it reads.
    public var nodes: [Node]
    /// What a run gives back, in order.
    public var outputs: [Output]
    /// Parameters, buffers and constants by name.
    public var tensors: OrderedDictionary<String, StoredTensor>
    /// The types of inputs and of what the nodes compute; stored tensors carry theirs.
    public var types: [Value: ValueType]
    /// The free dimensions by name, each with its range.
    public var dimensions: OrderedDictionary<String, ClosedRange<Int>>
    /// What free dimensions were in the example that the Program was exported with, where a file says so: PyTorch may fix a
    /// size that it meets at an odd number.
    public var exampleSizes: [String: Int] = [:]
    /// The example that the Program was exported with, as its file has it; nil where there is none.
    public var exampleInputs: Data?
    /// Texts that travel with the Program: preprocessing, class names, provenance.
    public var metadata: [String: String]
    /// Values that a rewrite set apart, by the rewrite's own name for the mark.
    public var marks: [String: [Value]]
    /// How the function that was exported takes its arguments; nil where they are the inputs in order.
    public var interface: Interface?
    /// Files of others that travel with the Program, by name.
    public var attachments: OrderedDictionary<String, Data> = [:]

    /// Makes a Program from its parts, unchecked.
    public init(
        inputs: [Value], nodes: [Node], outputs: [Output],
        tensors: OrderedDictionary<String, StoredTensor>, types: [Value: ValueType],
        dimensions: OrderedDictionary<String, ClosedRange<Int>>,
        metadata: [String: String] = [:], marks: [String: [Value]] = [:]
    ) {
        self.inputs = inputs
        self.nodes = nodes
        self.outputs = outputs
        self.tensors = tensors
        self.types = types
        self.dimensions = dimensions
        self.metadata = metadata
        self.marks = marks
    }

    /// The type of a value: of an input, of what a node computes, or of a stored tensor.
    public func type(of value: Value) -> ValueType? {
        types[value] ?? tensors[value.name].map { .tensor($0.type) }
    }

    /// The names of the parameters, in order, tied ones once.
    public var parameterNames: [String] {
        tensors.filter { $0.value.role == .parameter && $0.value.tied == nil }.map(\.key)
    }

    /// A stored tensor's elements.
    ///
    /// - Throws: where there is none of that name, or its elements were not drawn yet.
    public func tensor(_ name: String) throws -> Tensor {
        guard let stored = tensors[name] else {
            throw ProgramError(.name, "the Program has no tensor named \(name)")
        }
        if let owner = stored.tied, tensors[owner]?.tied == nil { return try tensor(owner) }
        guard case .tensor(let tensor) = stored.content else {
            throw ProgramError(
                .uninitialized,
                "\(name) has no elements yet: call initialized(seed:) on the Program first")
        }
        return tensor
    }

    /// The Program with elements drawn for every tensor that has none, in order.
    public func initialized(seed: UInt64) throws -> Program {
        var generator = Generator(seed: seed)
        return try initialized(using: &generator)
    }

    /// The Program with elements drawn for every tensor that has none, in order.
    public func initialized(using generator: inout Generator) throws -> Program {
        var program = self
        for (name, stored) in tensors {
            guard case .initial(let start) = stored.content else { continue }
            let tensor = try start.tensor(
                shape: stored.shape, type: stored.type.scalarType, using: &generator)
            program.tensors[name]?.content = .tensor(tensor)
        }
        return program
    }

    /// The Program with other elements in stored tensors of the same shapes and types.
    public func replacing(_ elements: [String: Tensor]) throws -> Program {
        var program = self
        for (name, tensor) in elements {
            guard let stored = tensors[name] else {
                throw ProgramError(.name, "the Program has no tensor named \(name)")
            }
            guard stored.shape == tensor.shape, stored.type.scalarType == tensor.scalarType else {
                throw ProgramError(.invalid, "\(name) is \(stored.type), not \(tensor.summary)")
            }
            program.tensors[name]?.content = .tensor(tensor)
        }
        return program
    }

    /// Puts stored tensors in the place of others, with which their other names go.
    ///
    /// - Throws: where a new name is taken.
    public mutating func replaceTensors(
        _ names: [String], with replacements: [(name: String, tensor: StoredTensor)]
    ) throws {
        for (name, _) in replacements where tensors[name] != nil && !names.contains(name) {
            throw ProgramError(.name, "the name \(name) is taken; rename that tensor first")
        }
        var place = names.compactMap { tensors.index(forKey: $0) }.min() ?? tensors.count
        for name in names { tensors[name] = nil }
        for (name, tensor) in replacements {
            tensors.updateValue(tensor, forKey: name, insertingAt: place)
            place += 1
        }
        for (name, stored) in tensors {
            if let owner = stored.tied, tensors[owner] == nil { tensors[name] = nil }
        }
    }
}
