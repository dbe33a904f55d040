import OrderedCollections
import Tensors

/// Finds the types of what nodes compute, by running them on tensors without elements.
///
/// Each node is run with the free dimensions set to three assignments of numbers that share no factors but one 2, so that
/// halves rounded up show. A size that
/// stays the same is a number; one that follows `a · dimension + b` of one dimension at the first two
/// and again at the third is that; any other is unknown.
struct Propagation {
    private static let samples = [
        [29, 62, 101], [31, 74, 97], [37, 82, 103], [41, 86, 107], [43, 94, 109], [47, 106, 113],
    ]

    private let names: [String]
    private let assignments: [[String: Int]]
    private var registers: [Value: Int] = [:]
    private var contents: [[Operand?]]

    /// Starts without values.
    init(dimensions: OrderedDictionary<String, ClosedRange<Int>>) throws {
        names = Array(dimensions.keys)
        guard names.count <= Self.samples.count else {
            throw ProgramError(.unsupported, "more than \(Self.samples.count) free dimensions")
        }
        var assignments: [[String: Int]] = [[:], [:], [:]]
        for (index, (name, range)) in dimensions.enumerated() {
            for trial in assignments.indices {
                // A range that is too narrow for them is used from its start.
                let sample = Self.samples[index][trial]
                assignments[trial][name] =
                    range.contains(sample)
                    ? sample : range.lowerBound + min(trial, range.upperBound &- range.lowerBound)
            }
        }
        self.assignments = assignments
        contents = [[], [], []]
    }

    /// Starts with a Program's inputs and stored tensors.
    init(_ program: Program) throws {
        try self.init(dimensions: program.dimensions)
        for input in program.inputs {
            switch program.type(of: input) {
            case .tensor(let type): try define(input, type)
            case .scalar(let size): try define(input, size)
            default: throw ProgramError(.invalid, "the input \(input) has no type")
            }
        }
        for (name, stored) in program.tensors { try define(Value(name), stored.type) }
    }

    /// Brings in a tensor of known type.
    mutating func define(_ value: Value, _ type: TensorType) throws {
        let number = register(value)
        for (trial, dimensions) in assignments.enumerated() {
            let shape = type.sizes.compactMap { $0.evaluated(at: dimensions) }
            guard shape.count == type.sizes.count else {
                throw ProgramError(.unsupported, "the sizes of \(value), \(type), are not known")
            }
            contents[trial][number] = .tensor(try .meta(shape, type: type.scalarType))
        }
    }

    /// Brings in a number that follows the free dimensions.
    private mutating func define(_ value: Value, _ size: Size) throws {
        let number = register(value)
        for (trial, dimensions) in assignments.enumerated() {
            guard let known = size.evaluated(at: dimensions) else {
                throw ProgramError(.unsupported, "the number \(value) is not known: \(size)")
            }
            contents[trial][number] = .int(known)
        }
    }

    /// The tensor without elements that stands for a value at the first assignment.
    func tensor(_ value: Value) -> Tensor? {
        registers[value].flatMap { contents[0][$0]?.tensor }
    }

    /// Runs a node whose values are known, and gives the types of its results.
    ///
    /// - Parameter known: a type that may be known already; its sizes stay where they fit.
    mutating func run(
        _ node: Node, known: (Value) -> ValueType? = { _ in nil }
    ) throws -> [ValueType] {
        let call = try Call(node) { value in
            guard let number = registers[value] else {
                throw ProgramError(.invalid, "\(value) is read before it is computed: \(node)")
            }
            return number
        }
        let trials = try contents.enumerated().map { trial, registers in
            let operands = call.operands(registers).map { operand in
                if case .device = operand { Operand.device(.meta) } else { operand }
            }
            // What makes a tensor from nothing makes it with elements.
            return try Self.withoutElements(call, operands, trial, node).map { result in
                try result.mapTensors { tensor in
                    tensor.device.type == Device.meta.type
                        ? tensor
                        : try .meta(tensor.shape, strides: tensor.strides, type: tensor.scalarType)
                }
            }
        }
        guard Set(trials.map(\.count)).count == 1 else {
            throw ProgramError(.unsupported, "the length of a list depends on sizes: \(node)")
        }
        for (index, value) in node.outputs.enumerated() {
            guard let value, index < trials[0].count else { continue }
            let number = register(value)
            for trial in trials.indices { contents[trial][number] = trials[trial][index] }
        }
        return try trials[0].indices.map { index in
            let value = node.outputs.indices.contains(index) ? node.outputs[index] : nil
            return try type(trials.map { $0[index] }, node, known: value.flatMap(known))
        }
    }

    private mutating func register(_ value: Value) -> Int {
        if let number = registers[value] { return number }
        let number = registers.count
        registers[value] = number
        for trial in contents.indices { contents[trial].append(nil) }
        return number
    }

    /// Runs on the meta device, or, where an operator has no kernel for it, on constants: zeros and
    /// ones in turn, so that a size that depends on data shows.
    private static func withoutElements(
        _ call: Call, _ operands: [Operand], _ trial: Int, _ node: Node
    ) throws -> [Operand] {
        do { return try call.results(operands) } catch {
            guard error.kind == .notImplemented else {
                throw ProgramError(.execution, "\(error.description), in the node \(node)")
            }
        }
        do {
            // NB: ones may be indices out of range, which zeros are not.
            if trial == 1, let results = try? onConstants(1, call, operands) {
                return results
            }
            return try onConstants(0, call, operands)
        } catch {
            throw ProgramError(.execution, "\(error), in the node \(node)")
        }
    }

    private static func onConstants(
        _ number: Double, _ call: Call, _ operands: [Operand]
    ) throws -> [Operand] {
        let filled = try operands.map { operand in
            try operand.mapTensors { try $0.filled(with: number) }
        }
        return try call.results(filled).map { result in
            try result.mapTensors {
                try .meta($0.shape, strides: $0.strides, type: $0.scalarType)
            }
        }
    }

    private func type(
        _ trials: [Operand], _ node: Node, known: ValueType?
    ) throws -> ValueType {
        switch trials[0] {
        case .tensor(let first):
            let tensors = trials.compactMap(\.tensor)
            guard tensors.count == trials.count, Set(tensors.map(\.rank)).count == 1 else {
                throw ProgramError(.unsupported, "the rank of a result depends on sizes: \(node)")
            }
            let old = known?.tensor
            func fit(_ known: [Size]?, _ numbers: (Tensor) -> [Int]) -> [Size] {
                let known = known?.count == first.rank ? known : nil
                return (0..<first.rank).map { axis in
                    size(tensors.map { numbers($0)[axis] }, known: known?[axis])
                }
            }
            return .tensor(
                TensorType(
                    first.scalarType, sizes: fit(old?.sizes, \.shape),
                    strides: fit(old?.strides, \.strides)))
        case .int:
            let numbers = trials.compactMap { trial -> Int? in
                guard case .int(let number) = trial else { return nil }
                return number
            }
            let old: Size? = if case .scalar(let size) = known { size } else { nil }
            return .scalar(size(numbers, known: old))
        default: return .scalar(.unknown)
        }
    }

    /// The size that takes these numbers at the three assignments.
    private func size(_ numbers: [Int], known: Size?) -> Size {
        guard numbers.count == 3 else { return .unknown }
        let fits = zip(numbers, assignments).allSatisfy { known?.evaluated(at: $1) == $0 }
        if let known, fits { return known }
        if Set(numbers).count == 1 { return .fixed(numbers[0]) }
        for name in names {
            let at = assignments.map { $0[name] ?? 0 }
            guard at[0] != at[1], (numbers[1] - numbers[0]) % (at[1] - at[0]) == 0 else { continue }
            let scale = (numbers[1] - numbers[0]) / (at[1] - at[0])
            let offset = numbers[0] - scale * at[0]
            guard at[2] == at[1] || scale * at[2] + offset == numbers[2] else { continue }
            return .affine(scale: scale, dimension: name, offset: offset)
        }
        return .unknown
    }
}

extension Operand {
    /// The operand with every tensor replaced.
    func mapTensors(_ transform: (Tensor) throws -> Tensor) rethrows -> Operand {
        switch self {
        case .tensor(let tensor): .tensor(try transform(tensor))
        case .tensors(let list): .tensors(try list.map { try $0.map(transform) })
        default: self
        }
    }
}

extension Program {
    /// The Program with the types of everything its nodes compute found anew; sizes that were right stay as they are
    /// stated.
    public func propagated() throws -> Program {
        var program = self
        var propagation = try Propagation(self)
        program.types = types.filter { inputs.contains($0.key) }
        for node in nodes {
            let found = try propagation.run(node) { types[$0] }
            for (value, type) in zip(node.outputs, found) {
                if let value { program.types[value] = type }
            }
        }
        return program
    }
}
