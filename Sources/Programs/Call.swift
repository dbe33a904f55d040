import Tensors

/// A node made ready to run: its operator found, its values numbered.
struct Call: Sendable {
    /// An argument whose values are numbers of registers.
    indirect enum Slot: Sendable {
        case constant(Operand)
        case register(Int)
        case list([Slot])
    }

    let operation: Operator
    let slots: [Slot]

    /// Finds the operator and places the arguments in its schema's order.
    ///
    /// - Parameter register: the number of a value.
    init(_ node: Node, register: (Value) throws -> Int) throws {
        let name = node.operation
        do {
            operation = try name.found
        } catch {
            throw ProgramError(.unsupported, "libtorch has no operator \(name): \(node)")
        }
        var slots: [Slot] = []
        var given = 0
        for (index, argument) in operation.argumentNames.enumerated() {
            guard let value = node[argument] else {
                slots.append(.constant(.standard))
                guard operation.hasDefault(at: index) else {
                    throw ProgramError(.invalid, "argument \(argument) is missing: \(node)")
                }
                continue
            }
            given += 1
            slots.append(try Self.slot(value, register))
        }
        guard given == node.arguments.count else {
            let known = Set(operation.argumentNames)
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

    /// Calls the operator.
    ///
    /// - Parameter outputs: the number of values that the node gives; the elements of a list have a value each.
    func results(_ operands: [Operand], outputs: Int) throws(TensorError) -> [Operand] {
        let results = try operation.call(operands)
        guard outputs > 1, results.count == 1, case .tensors(let list) = results[0] else {
            return results
        }
        return list.map { Operand($0) }
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

    /// The number of results that the operator's schema states.
    public var resultCount: Int { get throws { try found.resultCount } }
}

extension Argument {
    /// The operand that an argument without values is.
    var operand: Operand {
        switch self {
        case .none, .value: .null
        case .bool(let bool): .bool(bool)
        case .int(let int): .int(int)
        case .double(let double): .double(double)
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
