import OrderedCollections
public import Tensors

/// Collects the nodes of a Program that is being written.
///
/// The first error is kept and thrown when the Program is finished; what is called after it does nothing.
public final class ProgramBuilder {
    private var inputs: [Value] = []
    private var nodes: [Node] = []
    private var tensors: OrderedDictionary<String, StoredTensor> = [:]
    private var types: [Value: ValueType] = [:]
    private let dimensions: OrderedDictionary<String, ClosedRange<Int>>
    private var propagation: Propagation
    private var failure: (any Error)?
    private var counts: [String: Int] = [:]

    init(dimensions: OrderedDictionary<String, ClosedRange<Int>>) throws {
        self.dimensions = dimensions
        propagation = try Propagation(dimensions: dimensions)
    }

    func input(_ name: String, _ type: TensorType) throws -> SymbolicTensor {
        let value = Value(name)
        try propagation.define(value, type)
        inputs.append(value)
        types[value] = .tensor(type)
        counts[name] = 1
        return SymbolicTensor(value: value, type: type, builder: self)
    }

    /// Declares a tensor that the Program holds.
    ///
    /// - Parameter name: the name that PyTorch's checkpoints use.
    /// - Returns: the value to read it by.
    public func stored(_ name: String, _ tensor: StoredTensor) -> Value {
        attempt(()) {
            guard tensors.updateValue(tensor, forKey: name) == nil else {
                throw ProgramError(.name, "the name \(name) is given to two tensors")
            }
            try propagation.define(Value(name), tensor.type)
        }
        return Value(name)
    }

    /// Appends a call of an operator with one tensor as its result.
    ///
    /// - Returns: the result; a tensor without dimensions after an earlier error.
    public func call(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>
    ) -> SymbolicTensor {
        let value = name(operation.name)
        let node = Node(operation, arguments, outputs: [value])
        let type = attempt(TensorType(.float32, [])) {
            let found = try propagation.run(node)
            guard let type = found.first?.tensor else {
                throw ProgramError(.invalid, "the result is not a tensor: \(node)")
            }
            return type
        }
        nodes.append(node)
        types[value] = .tensor(type)
        return SymbolicTensor(value: value, type: type, builder: self)
    }

    /// Records an error, to be thrown when the Program is finished.
    public func fail(_ error: any Error) {
        if failure == nil { failure = error }
    }

    func finished(_ results: [SymbolicTensor]) throws -> Program {
        if let failure { throw failure }
        let program = Program(
            inputs: inputs, nodes: nodes, outputs: results.map { .result($0.value) },
            tensors: tensors, types: types, dimensions: dimensions)
        try program.validate()
        return program
    }

    private func attempt<Result>(_ otherwise: Result, _ body: () throws -> Result) -> Result {
        guard failure == nil else { return otherwise }
        do { return try body() } catch {
            failure = error
            return otherwise
        }
    }

    /// `linear`, then `linear_1`, `linear_2`, as PyTorch's export counts.
    private func name(_ stem: String) -> Value {
        while true {
            let number = counts[stem, default: 0]
            counts[stem] = number + 1
            let value = Value(number == 0 ? stem : "\(stem)_\(number)")
            if types[value] == nil, tensors[value.name] == nil { return value }
        }
    }
}

extension Program {
    /// Builds a network of one input and one result; the batch is free.
    ///
    /// ```swift
    /// let network = try Program(input: [1, 28, 28]) { image in
    ///     image.flattened().linear("hidden", outputs: 300).relu().linear("head", outputs: 10)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - shape: the input's sizes after the batch.
    ///   - type: the type of the input's elements.
    ///   - name: the input's name.
    ///   - body: what is computed from it; nothing is computed while it runs.
    /// - Throws: the first thing that does not fit.
    public init(
        input shape: [Int], type: ScalarType = .float32, name: String = "x",
        _ body: (SymbolicTensor) throws -> SymbolicTensor
    ) throws {
        try self.init(inputs: [(name, type, shape)]) { inputs in [try body(inputs[0])] }
    }

    /// Builds a network of several inputs and results; the batch is free.
    ///
    /// - Parameters:
    ///   - inputs: the inputs' names, elements' types, and sizes after the batch.
    ///   - body: what is computed from them, in their order.
    /// - Throws: the first thing that does not fit.
    public init(
        inputs: [(name: String, type: ScalarType, shape: [Int])],
        _ body: ([SymbolicTensor]) throws -> [SymbolicTensor]
    ) throws {
        let builder = try ProgramBuilder(dimensions: ["batch": 1...Int.max])
        let given = try inputs.map { name, type, shape in
            let sizes = [Size.dimension("batch")] + shape.map(Size.fixed)
            return try builder.input(name, TensorType(type, sizes))
        }
        self = try builder.finished(try body(given))
    }
}
