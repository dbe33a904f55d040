import FileFormats
import OrderedCollections
import Programs
import Tensors

/// What the nodes of a graph become, one after the other.
final class ONNXAssembly {
    /// The most elements of a constant that is computed while reading and was not stored as such.
    static let largestFolded = 1 << 24
    /// The most elements that a value may have whose sizes are known.
    static let largestValue = 1 << 32

    private var assembly: ProgramAssembly
    private(set) var names: ONNXNames
    private let labels: [String: String]
    private let dimensions: OrderedDictionary<String, ClosedRange<Int>>
    private var roles: [String: StoredTensor.Role] = [:]
    private var numbers: [Size: Value] = [:]
    /// What free dimensions are at most, should a node not fit, as parts of that length are taken.
    private var bounds: [String: Int] = [:]
    /// The numbers that depend on the elements of what is passed to a run.
    private var fromData: Set<Value> = []
    private var transposed: [ObjectIdentifier: ONNXSourceValue] = [:]
    /// The node that is being translated, as errors name it.
    var place = ""

    /// Starts with names that are kept for the file's own values.
    init(
        dimensions: OrderedDictionary<String, ClosedRange<Int>>, names: ONNXNames,
        labels: [String: String]
    ) throws {
        self.dimensions = dimensions
        self.names = names
        self.labels = labels
        assembly = try ProgramAssembly(dimensions: dimensions)
    }

    func input(_ value: Value, _ type: TensorType) throws -> ONNXSourceValue {
        try assembly.appendInput(value, type)
        return ONNXSourceValue(.value(value), type, label: value.name)
    }

    /// The Program with these results.
    func program(results: [ONNXSourceValue]) throws -> Program {
        let outputs = try results.map { Program.Output.result(try value(of: $0)) }
        for (name, role) in roles { assembly.setRole(role, of: name) }
        var program = assembly.program
        program.outputs = outputs
        return program
    }

    // MARK: Values

    /// The value that nodes read an operand by.
    func value(of operand: ONNXSourceValue, as role: StoredTensor.Role = .constant) throws -> Value
    {
        if let value = operand.value {
            if role != .constant, roles[value.name] == .constant { roles[value.name] = role }
            return value
        }
        let value: Value
        switch operand.content {
        case .value(let known): value = known
        case .constant(let tensor):
            let name = labels[operand.label] ?? names.tensor(operand.label)
            value = try assembly.store(StoredTensor(role, tensor.contiguous()), as: name)
            roles[name] = role
        case .numbers(let numbers): value = try tensor(of: numbers, operand)
        }
        operand.value = value
        return value
    }

    /// A tensor made of numbers when the Program runs.
    private func tensor(of numbers: [ONNXNumber], _ operand: ONNXSourceValue) throws -> Value {
        let parts = try numbers.map { number in
            try call(
                "aten.scalar_tensor.default",
                ["s": .number(number), "dtype": .type(operand.scalarType), "device": .cpu],
                label: operand.label)
        }
        if operand.rank == 0, let part = parts.first { return try value(of: part) }
        return try value(
            of: call("aten.stack.default", ["tensors": .tensors(parts)], label: operand.label))
    }

    /// A stored matrix the other way around, to be stored in its place under its name.
    func transposed(_ matrix: ONNXSourceValue) throws -> ONNXSourceValue? {
        if let known = transposed[ObjectIdentifier(matrix)] { return known }
        guard let tensor = matrix.constant, matrix.value == nil else { return nil }
        let turned = ONNXSourceValue(
            try tensor.transposed(0, 1).contiguous(), label: matrix.label, isInitializer: true)
        transposed[ObjectIdentifier(matrix)] = turned
        return turned
    }

    // MARK: Nodes

    /// Appends a node with one result, or computes it now where all that it reads is known.
    func call(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, ONNXSourceArgument>,
        label: String
    ) throws -> ONNXSourceValue {
        try results(operation, arguments, count: 1, label: label)[0]
    }

    /// Appends a node, or computes it now where all that it reads is known.
    ///
    /// - Parameter count: how many results it has.
    func results(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, ONNXSourceArgument>,
        count: Int,
        label: String
    ) throws -> [ONNXSourceValue] {
        if let folded = try folded(operation, arguments, label), folded.count >= count {
            return folded
        }
        var node = Node(operation, [:], outputs: [], source: place)
        for (name, argument) in arguments {
            node.arguments.append(
                Node.NamedArgument(name, try argument.argument { try value(of: $0, as: $1) }))
        }
        node.outputs = (0..<count).map { _ in names.value(label) }
        let isFromData = try refuseSizesFromData(operation, arguments)
        let types: [ValueType]
        do { types = try assembly.append(node) } catch let error as ProgramError {
            throw mismatch(in: arguments) ?? error
        }
        return try zip(node.outputs, types).map { value, type in
            guard let value, var type = type.tensor else {
                throw ProgramError(.invalid, "a result is not a tensor: \(node)")
            }
            if isFromData {
                type.sizes = type.sizes.map { _ in .unknown }
                type.strides = type.sizes
                assembly.setType(.tensor(type), of: value)
            }
            try checkSize(of: type, value)
            return ONNXSourceValue(.value(value), type, label: value.name)
        }
    }

    /// Refuses sizes that depend on the elements of what is passed to a run, other than those of a slice.
    ///
    /// - Returns: whether the sizes of the results depend on them.
    private func refuseSizesFromData(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, ONNXSourceArgument>
    ) throws -> Bool {
        let numbers = arguments.flatMap(\.value.numbers)
        guard numbers.contains(where: isFromData) else { return false }
        if operation == "aten.slice.Tensor" { return true }
        let harmless = ["select", "scalar_tensor", "triu", "tril", "add", "mul"]
        guard harmless.contains(operation.name) else {
            throw ProgramError(
                .unsupported,
                "its sizes depend on the elements of what is passed to a run; make them constants")
        }
        return false
    }

    /// What the refusal of a node says of the free dimensions, if anything.
    private func mismatch(
        in arguments: KeyValuePairs<String, ONNXSourceArgument>
    ) -> ONNXMismatch? {
        for (name, bound) in bounds.sorted(by: { $0.key < $1.key }) {
            guard bound < dimensions[name]?.upperBound ?? 0 else { continue }
            return ONNXMismatch(name, isAtMost: bound)
        }
        let operands = arguments.flatMap(\.value.operands)
        if let found = ONNXMismatch(operands) { return found }
        for case (_, .numbers(let shape)) in arguments {
            if let first = operands.first, let found = ONNXMismatch(first, in: shape) {
                return found
            }
        }
        return nil
    }

    /// Notes that a part up to `end` is taken of so many elements.
    func noteBound(_ end: ONNXNumber, of count: Int) {
        guard case .value(_, .affine(1, let name, let offset)) = end else { return }
        let (bound, overflow) = count.subtractingReportingOverflow(offset)
        // Longer ones are not told apart by the sizes that are tried.
        guard !overflow, bound > 0, bound < 128 else { return }
        bounds[name] = min(bounds[name] ?? bound, bound)
    }

    /// The results, where all tensors and numbers are known; nil where they are not, or would be large.
    private func folded(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, ONNXSourceArgument>,
        _ label: String
    ) throws -> [ONNXSourceValue]? {
        let operands = arguments.flatMap(\.value.operands)
        guard !operands.isEmpty, operands.allSatisfy({ $0.constant != nil }),
            !arguments.contains(where: \.value.isComputed)
        else { return nil }
        var tensors: [Value: Tensor] = [:]
        var node = Node(operation, [:], outputs: [])
        for (name, argument) in arguments {
            let plain = argument.argument { operand, _ in
                let value = Value("\(tensors.count)")
                tensors[value] = operand.constant
                return value
            }
            node.arguments.append(Node.NamedArgument(name, plain))
        }
        let most = operands.reduce(Self.largestFolded) { max($0, $1.constant?.count ?? 0) }
        return try node.evaluated(on: tensors, limit: most)?.map {
            ONNXSourceValue($0, label: label)
        }
    }

    private func checkSize(of type: TensorType, _ value: Value) throws {
        guard !Self.isTooLarge(type.sizes) else {
            throw ProgramError(.unsupported, "\(value) would be \(type), which no memory holds")
        }
    }

    /// Whether a tensor of these sizes would have more elements than a value may.
    static func isTooLarge(_ sizes: [Size]) -> Bool {
        var count = 1
        for size in sizes.compactMap(\.fixed) where size > 0 {
            let product = count.multipliedReportingOverflow(by: size)
            count = product.partialValue
            guard !product.overflow, count <= largestValue else { return true }
        }
        return false
    }
}

// MARK: - Numbers

extension ONNXAssembly {
    /// The size of an operand along a dimension.
    func size(of operand: ONNXSourceValue, _ axis: Int) throws -> ONNXNumber {
        let size = operand.type.sizes[axis]
        if let number = size.fixed { return .int(number) }
        if let value = numbers[size] { return .value(value, size) }
        return try number(
            "aten.sym_size.int",
            ["self": .value(try self.value(of: operand)), "dim": .int(axis)], label: "size",
            isExact: true)
    }

    /// All sizes of an operand.
    func sizes(of operand: ONNXSourceValue) throws -> [ONNXNumber] {
        try (0..<operand.rank).map { try size(of: operand, $0) }
    }

    /// A number computed from others, now where they are known.
    func arithmetic(_ operation: ScalarOperation, _ operands: ONNXNumber...) throws -> ONNXNumber {
        try arithmetic(operation, operands)
    }

    func arithmetic(_ operation: ScalarOperation, _ operands: [ONNXNumber]) throws -> ONNXNumber {
        if let known = ONNXArithmetic.known(operation, operands, lowest: lowest) { return known }
        let named = zip(operation.argumentNames, operands).map {
            Node.NamedArgument($0, $1.argument)
        }
        // A quotient, and what is made of it, may look like a plain size at the sizes that are tried.
        let isExact =
            [.add, .sub, .mul].contains(operation)
            && operands.allSatisfy { !$0.isComputed || $0.size != .unknown }
        let result = try number(
            operation.operatorName, named, label: operation.rawValue, isExact: isExact)
        if case .value(let value, _) = result, operands.contains(where: isFromData) {
            fromData.insert(value)
        }
        return result
    }

    /// Whether a number depends on the elements of what is passed to a run.
    private func isFromData(_ number: ONNXNumber) -> Bool {
        guard case .value(let value, _) = number else { return false }
        return fromData.contains(value)
    }

    /// The number that a tensor of one element holds.
    func item(_ operand: ONNXSourceValue) throws -> ONNXNumber {
        let number = try number(
            "aten._local_scalar_dense.default",
            [Node.NamedArgument("self", .value(try value(of: operand)))], label: "item",
            isExact: false)
        if case .value(let value, _) = number { fromData.insert(value) }
        return number
    }

    /// The least that a size can be.
    private func lowest(_ size: Size) -> Int? {
        switch size {
        case .fixed(let number): return number
        case .affine(let scale, let name, let offset) where scale > 0:
            guard let range = dimensions[name] else { return nil }
            let product = scale.multipliedReportingOverflow(by: range.lowerBound)
            let sum = product.partialValue.addingReportingOverflow(offset)
            return product.overflow || sum.overflow ? nil : sum.partialValue
        default: return nil
        }
    }

    private func number(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>, label: String,
        isExact: Bool
    ) throws -> ONNXNumber {
        try number(
            operation, arguments.map { Node.NamedArgument($0.key, $0.value) }, label: label,
            isExact: isExact)
    }

    /// Appends a node that gives a number; equal sizes are computed once.
    private func number(
        _ operation: OperatorName, _ arguments: [Node.NamedArgument], label: String, isExact: Bool
    ) throws -> ONNXNumber {
        let value = names.value(label)
        var node = Node(operation, [:], outputs: [value], source: place)
        node.arguments = arguments
        guard case .scalar(let size) = try assembly.append(node).first else {
            throw ProgramError(.invalid, "a result is not a number: \(node)")
        }
        guard isExact, size != .unknown else { return .value(value, .unknown) }
        if let number = size.fixed { return .int(number) }
        if let known = numbers[size] { return .value(known, size) }
        numbers[size] = value
        return .value(value, size)
    }
}
