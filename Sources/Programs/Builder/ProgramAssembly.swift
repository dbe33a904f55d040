public import OrderedCollections
public import Tensors

/// A Program that is put together node by node, the types of results known at once: what readers of files use.
public struct ProgramAssembly {
    /// What was put together so far.
    public private(set) var program: Program
    private var propagation: Propagation

    /// Starts without nodes.
    ///
    /// - Throws: where there are more free dimensions than can be followed.
    public init(dimensions: OrderedDictionary<String, ClosedRange<Int>>) throws {
        program = Program(
            inputs: [], nodes: [], outputs: [], tensors: [:], types: [:], dimensions: dimensions)
        propagation = try Propagation(dimensions: dimensions)
    }

    /// Appends an input.
    public mutating func appendInput(_ value: Value, _ type: TensorType) throws {
        try propagation.define(value, type)
        program.inputs.append(value)
        program.types[value] = .tensor(type)
    }

    /// Holds a tensor, to be read under its name.
    ///
    /// - Throws: where the name is taken.
    public mutating func store(_ tensor: StoredTensor, as name: String) throws -> Value {
        guard program.tensors.updateValue(tensor, forKey: name) == nil else {
            throw ProgramError(.name, "the name \(name) is given to two tensors")
        }
        try propagation.define(Value(name), tensor.type)
        return Value(name)
    }

    /// Says anew what a stored tensor is for.
    public mutating func setRole(_ role: StoredTensor.Role, of name: String) {
        program.tensors[name]?.role = role
    }

    /// Says anew of what type a value is, whose sizes depend on more than the free dimensions.
    public mutating func setType(_ type: ValueType, of value: Value) {
        program.types[value] = type
    }

    /// Appends a node and gives the types of its results.
    ///
    /// - Throws: where its operator is unknown or refuses its operands; the node is then not part of the Program.
    public mutating func append(_ node: Node) throws -> [ValueType] {
        let types = try propagation.run(node)
        program.nodes.append(node)
        for (value, type) in zip(node.outputs, types) {
            if let value { program.types[value] = type }
        }
        return types
    }
}

extension Node {
    /// The results for given tensors; nil where they would have more elements than `limit`.
    ///
    /// - Parameter tensors: each value that the node reads.
    /// - Throws: what the operator refuses.
    public func evaluated(on tensors: [Value: Tensor], limit: Int) throws -> [Tensor]? {
        var numbers: [Value: Int] = [:]
        var registers: [Operand?] = []
        for value in inputs where numbers[value] == nil {
            numbers[value] = registers.count
            registers.append(tensors[value].map(Operand.tensor))
        }
        let call = try Call(self) { numbers[$0] ?? 0 }
        let operands = call.operands(registers)
        do {
            // Without elements first: a few bytes in a file may ask for any amount of memory.
            let shapes = try call.results(
                operands.map { try $0.mapTensors { try .meta($0.shape, type: $0.scalarType) } })
            let count = shapes.compactMap { $0.tensor?.count }.max() ?? 0
            guard count <= limit else { return nil }
        } catch let error as TensorError {
            guard error.kind == .notImplemented,
                registers.allSatisfy({ ($0?.tensor?.count ?? 0) <= limit })
            else { throw error }
        }
        return try withoutGradients { try call.results(operands).compactMap(\.tensor) }
    }
}
