import CTorch

/// An operator of libtorch's dispatcher, found once and called by value.
@safe public struct Operator: @unchecked Sendable {
    /// The name with its overload, `aten::add.Tensor` for example.
    public let name: String
    /// The names of the arguments, in the schema's order.
    public let argumentNames: [String]
    /// The number of results.
    public let resultCount: Int
    private let handle: ct_operator_t

    /// Finds an operator.
    ///
    /// - Parameters:
    ///   - name: its qualified name, `aten::add` for example.
    ///   - overload: its overload, `Tensor` for example; empty for the one without a name.
    /// - Throws: `.noSuchOperator` where libtorch has none of that name.
    public init(_ name: String, _ overload: String = "") throws(TensorError) {
        self.name = overload.isEmpty ? name : "\(name).\(overload)"
        var found: ct_operator_t?
        let status = unsafe ct_find_operator(name, overload, &found)
        guard status == CT_OK, let handle = unsafe found else {
            throw TensorError(status, operatorName: self.name)
        }
        unsafe self.handle = handle
        resultCount = Int(unsafe ct_operator_results(handle))
        argumentNames = unsafe (0..<ct_operator_arguments(handle)).map {
            unsafe String(cString: ct_operator_argument(handle, $0))
        }
    }

    /// Finds an operator that this module's own code names.
    init(known name: String, _ overload: String = "") {
        do { try self.init(name, overload) } catch { preconditionFailure(error.description) }
    }

    /// The schema as libtorch prints it.
    public var schema: String {
        guard let text = unsafe ct_operator_schema(handle) else { return "" }
        defer { unsafe ct_free(text) }
        return unsafe String(cString: text)
    }

    /// Whether the schema states a default for the argument at `index`.
    public func hasDefault(at index: Int) -> Bool {
        unsafe ct_operator_has_default(handle, Int32(index))
    }

    /// Whether the schema says that the call writes into the argument at `index`.
    public func writes(at index: Int) -> Bool { unsafe ct_operator_writes(handle, Int32(index)) }

    /// Whether the result at `index` is a list.
    public func givesList(at index: Int) -> Bool {
        unsafe ct_operator_gives_list(handle, Int32(index))
    }

    /// Whether libtorch can differentiate it, or knows that its results are constant.
    public var hasDerivative: Bool { unsafe ct_operator_has_derivative(handle) }

    /// Calls the operator; arguments left out take the schema's defaults.
    ///
    /// - Parameter arguments: in the schema's order.
    /// - Returns: the results in order.
    /// - Throws: what libtorch refuses, with the operands' types and shapes.
    public func call(_ arguments: [Operand]) throws(TensorError) -> [Operand] {
        let bytes = arguments.reduce(0) { unsafe $0 + ArgumentStorage.bytesNeeded(for: $1) }
        var results: [Operand] = []
        var status = CT_OK
        unsafe withUnsafeTemporaryAllocation(
            of: ct_value.self, capacity: arguments.count + max(resultCount, 1)
        ) { values in
            unsafe values.initialize(repeating: ct_value())
            unsafe withUnsafeTemporaryAllocation(byteCount: max(bytes, 8), alignment: 8) { room in
                var storage = unsafe ArgumentStorage(room)
                for (index, argument) in arguments.enumerated() {
                    unsafe values[index] = storage.lower(argument)
                }
                guard let first = values.baseAddress else { return }
                let out = unsafe first + arguments.count
                status = unsafe ct_call(handle, first, Int32(arguments.count), out)
                results.reserveCapacity(resultCount)
                for index in 0..<resultCount { results.append(unsafe Operand(taking: out[index])) }
            }
        }
        // The handles that were lowered stay alive until here.
        withExtendedLifetime(arguments) {}
        guard status == CT_OK else {
            throw TensorError(
                status, operatorName: name, operands: arguments.flatMap(\.tensors).map(\.summary))
        }
        return results
    }

    /// Calls the operator; arguments left out take the schema's defaults.
    public func callAsFunction(_ arguments: Operand...) throws(TensorError) -> [Operand] {
        try call(arguments)
    }

    /// Calls an operator whose first result is a tensor, and gives that one.
    func tensor(_ arguments: Operand...) throws(TensorError) -> Tensor {
        guard let tensor = try call(arguments).first?.tensor else {
            throw TensorError(.other, operatorName: name, message: "the result is not a tensor")
        }
        return tensor
    }

    /// Calls an operator whose results are tensors, and gives them all.
    func tensors(_ arguments: Operand...) throws(TensorError) -> [Tensor] {
        try call(arguments).compactMap(\.tensor)
    }
}
