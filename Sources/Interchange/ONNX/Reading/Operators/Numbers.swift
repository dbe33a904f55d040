import FileFormats
import Programs
import Tensors

extension ONNXReaders {
    /// What an operator does with numbers, sizes for the most part, that only a run knows; nil where it needs tensors.
    typealias NumberRule = @Sendable (ONNXSourceNode) throws -> [ONNXSourceValue]?

    /// The operators in which arithmetic on sizes is written.
    static let numbers: [String: NumberRule] = [
        "Add": arithmetic(.add), "Sub": arithmetic(.sub), "Mul": arithmetic(.mul),
        "Div": quotient, "Mod": modulus, "Max": arithmetic(.max), "Min": arithmetic(.min),
        "Neg": arithmetic(.neg), "Sqrt": arithmetic(.sqrt), "Floor": rounding(.floor),
        "Ceil": rounding(.ceil), "Equal": comparison(.eq), "Less": comparison(.lt),
        "LessOrEqual": comparison(.le), "Greater": comparison(.gt),
        "GreaterOrEqual": comparison(.ge), "And": comparison(.and), "Or": comparison(.or),
        "Not": comparison(.not), "Where": numberChoice, "Cast": numberCast,
        "Identity": { call in [try call.operand(0)] }, "Gather": numberGather,
        "Slice": numberSlice, "Concat": numberConcat, "Squeeze": numberReshape,
        "Unsqueeze": numberReshape, "Reshape": numberReshape, "Expand": numberExpand,
        "ReduceProd": numberReduction(.mul), "ReduceSum": numberReduction(.add),
        "ReduceMax": numberReduction(.max), "ReduceMin": numberReduction(.min),
    ]

    /// The numbers of all operands, each as often as the longest has; nil where one is not a list of numbers.
    private static func rows(_ call: ONNXSourceNode) throws -> (
        rows: [[ONNXNumber]], isScalar: Bool
    )? {
        let operands = try call.all()
        let lists = operands.compactMap(\.numbers)
        let longest = lists.map(\.count).max() ?? 0
        guard lists.count == operands.count,
            lists.allSatisfy({ $0.count == longest || $0.count == 1 })
        else { return nil }
        let rows = (0..<longest).map { index in
            lists.map { $0.count == 1 ? $0[0] : $0[index] }
        }
        return (rows, operands.allSatisfy { $0.rank == 0 })
    }

    private static func map(
        _ call: ONNXSourceNode, type: ScalarType? = nil, _ body: ([ONNXNumber]) throws -> ONNXNumber
    ) throws -> [ONNXSourceValue]? {
        guard let (rows, isScalar) = try rows(call) else { return nil }
        return [
            try call.operand(
                rows.map(body), type: type ?? call.operand(0).scalarType, isScalar: isScalar)
        ]
    }

    private static func arithmetic(_ operation: ScalarOperation) -> NumberRule {
        { call in
            try map(call) { numbers in
                guard numbers.count > 1 else {
                    return try call.assembly.arithmetic(operation, numbers)
                }
                return try numbers.dropFirst().reduce(numbers[0]) {
                    try call.assembly.arithmetic(operation, $0, $1)
                }
            }
        }
    }

    private static func comparison(_ operation: ScalarOperation) -> NumberRule {
        { call in try map(call, type: .bool) { try call.assembly.arithmetic(operation, $0) } }
    }

    /// A real number stays one.
    private static func rounding(_ operation: ScalarOperation) -> NumberRule {
        { call in
            try map(call) { numbers in
                try call.assembly.arithmetic(
                    .toFloat, call.assembly.arithmetic(operation, numbers))
            }
        }
    }

    /// Sizes are not negative, so that rounding down is rounding towards zero.
    private static let quotient: NumberRule = { call in
        let isReal = try call.operand(0).scalarType.isFloatingPoint
        return try map(call) { try call.assembly.arithmetic(isReal ? .truediv : .floordiv, $0) }
    }

    private static let modulus: NumberRule = { call in
        try map(call) { try call.assembly.arithmetic(.mod, $0) }
    }

    private static let numberCast: NumberRule = { call in
        guard let type = try type("to", of: call) else { return nil }
        let wasReal = try call.operand(0).scalarType.isFloatingPoint
        return try map(call, type: type) { numbers in
            if type == .bool { return try call.assembly.arithmetic(.ne, numbers[0], .int(0)) }
            if type.isFloatingPoint { return try call.assembly.arithmetic(.toFloat, numbers) }
            return wasReal ? try call.assembly.arithmetic(.toInt, numbers) : numbers[0]
        }
    }

    private static let numberChoice: NumberRule = { call in
        let type = try call.operand(1).scalarType
        guard !type.isFloatingPoint else { return nil }
        return try map(call, type: type) { numbers in
            let (isFirst, first, second) = (numbers[0], numbers[1], numbers[2])
            if case .bool(let known) = isFirst { return known ? first : second }
            if first == second { return first }
            let assembly = call.assembly
            let other = try assembly.arithmetic(.not, isFirst)
            return try assembly.arithmetic(
                .add, assembly.arithmetic(.mul, isFirst, first),
                assembly.arithmetic(.mul, other, second))
        }
    }

    private static let numberGather: NumberRule = { call in
        let (x, indices) = (try call.operand(0), try call.operand(1))
        guard let all = x.numbers, x.rank == 1, let places = indices.numbers else { return nil }
        let ints = places.compactMap(\.int)
        guard ints.count == places.count else { return nil }
        let found = try ints.map { all[try call.axis($0, rank: all.count)] }
        return [try call.operand(found, type: x.scalarType, isScalar: indices.rank == 0)]
    }

    private static let numberSlice: NumberRule = { call in
        let x = try call.operand(0)
        let steps = try call.optional(4) == nil ? [1] : call.ints(4, "the list of steps")
        guard let all = x.numbers, x.rank == 1, steps == [1],
            let start = call.optional(1)?.numbers?.first?.int,
            let end = call.optional(2)?.numbers?.first?.int
        else { return nil }
        func bound(_ place: Int) -> Int {
            min(max(place < 0 ? max(place, -all.count) + all.count : place, 0), all.count)
        }
        let (first, last) = (bound(start), bound(end))
        return [try call.operand(Array(all[first..<max(first, last)]), type: x.scalarType)]
    }

    private static let numberConcat: NumberRule = { call in
        let operands = try call.all()
        let lists = operands.compactMap(\.numbers)
        guard lists.count == operands.count, operands.allSatisfy({ $0.rank == 1 }) else {
            return nil
        }
        return [try call.operand(lists.flatMap { $0 }, type: operands[0].scalarType)]
    }

    /// One number as a list of one, and back.
    private static let numberReshape: NumberRule = { call in
        let x = try call.operand(0)
        guard let all = x.numbers else { return nil }
        let rank: Int
        switch call.node.operation {
        case "Squeeze": rank = all.count == 1 && x.rank == 1 ? 0 : -1
        case "Unsqueeze": rank = x.rank == 0 ? 1 : -1
        default:
            guard let shape = call.optional(1)?.numbers else { return nil }
            let keeps = shape == [.int(-1)] || shape == [.int(all.count)]
            rank = shape.isEmpty ? 0 : keeps ? 1 : -1
        }
        guard rank >= 0 else { return nil }
        return [try call.operand(all, type: x.scalarType, isScalar: rank == 0)]
    }

    private static let numberExpand: NumberRule = { call in
        let x = try call.operand(0)
        guard let all = x.numbers, all.count == 1, let shape = call.optional(1)?.numbers,
            shape.count == 1, let count = shape[0].int, 1...64 ~= count
        else { return nil }
        return [try call.operand(Array(repeating: all[0], count: count), type: x.scalarType)]
    }

    private static func numberReduction(_ operation: ScalarOperation) -> NumberRule {
        { call in
            let x = try call.operand(0)
            guard let all = x.numbers, x.rank == 1, let first = all.first else { return nil }
            let result = try all.dropFirst().reduce(first) {
                try call.assembly.arithmetic(operation, $0, $1)
            }
            return [
                try call.operand(
                    [result], type: x.scalarType, isScalar: !call.flag("keepdims", true))
            ]
        }
    }
}
