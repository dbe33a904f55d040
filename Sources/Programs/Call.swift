import Tensors

/// What a node calls: an operator of libtorch, or arithmetic on numbers.
enum Callee: Sendable {
    case dispatched(Operator)
    case scalar(ScalarOperation)

    /// Finds what a name stands for.
    init(_ name: OperatorName) throws(TensorError) {
        if let scalar = ScalarOperation(name) {
            self = .scalar(scalar)
        } else {
            self = .dispatched(try name.found)
        }
    }

    var argumentNames: [String] {
        switch self {
        case .dispatched(let operation): operation.argumentNames
        case .scalar(let operation): operation.argumentNames
        }
    }

    func hasDefault(at index: Int) -> Bool {
        switch self {
        case .dispatched(let operation): operation.hasDefault(at: index)
        case .scalar: false
        }
    }

    var hasDerivative: Bool {
        switch self {
        case .dispatched(let operation): operation.hasDerivative
        case .scalar: false
        }
    }

    func call(_ operands: [Operand]) throws(TensorError) -> [Operand] {
        switch self {
        case .dispatched(let operation): try operation.call(operands)
        case .scalar(let operation): [try operation.call(operands)]
        }
    }
}

/// A node made ready to run: its operator found, its values numbered.
struct Call: Sendable {
    /// An argument whose values are numbers of registers.
    indirect enum Slot: Sendable {
        case constant(Operand)
        case register(Int)
        case list([Slot])
    }

    let callee: Callee
    let slots: [Slot]

    /// Finds the operator and places the arguments in its schema's order.
    ///
    /// - Parameter register: the number of a value.
    init(_ node: Node, register: (Value) throws -> Int) throws {
        let name = node.operation
        do {
            callee = try Callee(name)
        } catch {
            throw ProgramError(.unsupported, "libtorch has no operator \(name): \(node)")
        }
        var slots: [Slot] = []
        var given = 0
        for (index, argument) in callee.argumentNames.enumerated() {
            guard let value = node[argument] else {
                slots.append(.constant(.standard))
                guard callee.hasDefault(at: index) else {
                    throw ProgramError(.invalid, "argument \(argument) is missing: \(node)")
                }
                continue
            }
            given += 1
            slots.append(try Self.slot(value, register))
        }
        guard given == node.arguments.count else {
            let known = Set(callee.argumentNames)
            let unknown =
                node.arguments.map(\.name).first { !known.contains($0) } ?? "an argument twice"
            throw ProgramError(.invalid, "\(name) does not take \(unknown): \(node)")
        }
        self.slots = slots
    }

    /// The operands, with the registers' contents in place.
    func operands(_ registers: [Operand?]) -> [Operand] {
        slots.map { Self.operand($0, registers) }
    }

    /// Calls the operator; the elements of a list are results of their own.
    func results(_ operands: [Operand]) throws(TensorError) -> [Operand] {
        var results: [Operand] = []
        for result in try callee.call(operands) {
            if case .tensors(let list) = result {
                results += list.map { Operand($0) }
            } else {
                results.append(result)
            }
        }
        return results
    }

    /// The registers that the call reads.
    var reads: [Int] { slots.flatMap(Self.registers) }

    private static func registers(in slot: Slot) -> [Int] {
        switch slot {
        case .constant: []
        case .register(let number): [number]
        case .list(let items): items.flatMap(registers)
        }
    }

    private static func slot(_ argument: Argument, _ register: (Value) throws -> Int) throws -> Slot
    {
        if argument.values.isEmpty { return .constant(argument.operand) }
        return switch argument {
        case .value(let value): .register(try register(value))
        case .list(let items): .list(try items.map { try slot($0, register) })
        default: .constant(argument.operand)
        }
    }

    private static func operand(_ slot: Slot, _ registers: [Operand?]) -> Operand {
        switch slot {
        case .constant(let operand): operand
        case .register(let number): registers[number] ?? .null
        case .list(let items): .joined(items.map { operand($0, registers) })
        }
    }
}

extension OperatorName {
    /// The operator itself.
    var found: Operator {
        get throws(TensorError) {
            try Operator("\(library)::\(name)", overload == "default" ? "" : overload)
        }
    }

    /// For each result that the operator's schema states, whether it is a list.
    public var listResults: [Bool] {
        get throws {
            guard ScalarOperation(self) == nil else { return [false] }
            let operation = try found
            return (0..<operation.resultCount).map { operation.givesList(at: $0) }
        }
    }
}

extension Argument {
    /// The operand that an argument without values is.
    var operand: Operand {
        switch self {
        case .none, .value: .null
        case .bool(let bool): .bool(bool)
        case .int(let int): .int(int)
        case .double(let double): .double(double)
        case .complex(let real, let imaginary): .complex(real, imaginary)
        case .string(let text): .string(text)
        case .scalarType(let type): .scalarType(type)
        case .device(let device): .device(device)
        case .layout(let number), .memoryFormat(let number): .int(number)
        case .list(let items): .joined(items.map(\.operand))
        }
    }
}

extension Operand {
    /// A list of operands as an operand of its own, by the kind of its elements.
    static func joined(_ items: [Operand]) -> Operand {
        var ints: [Int] = []
        var isWhole = true
        var doubles: [Double] = []
        var bools: [Bool] = []
        var strings: [String] = []
        var tensors: [Tensor?] = []
        for item in items {
            switch item {
            case .int(let int):
                ints.append(int)
                doubles.append(Double(int))
            case .double(let double):
                isWhole = false
                doubles.append(double)
            case .bool(let bool): bools.append(bool)
            case .string(let text): strings.append(text)
            case .tensor(let tensor): tensors.append(tensor)
            default: tensors.append(nil)
            }
        }
        if !tensors.isEmpty { return .tensors(tensors) }
        if !strings.isEmpty { return .strings(strings) }
        if !bools.isEmpty { return .bools(bools) }
        return isWhole ? .ints(ints) : .doubles(doubles)
    }
}
