import Programs
import Tensors

/// The kind of a number that a node computes, as Python has it.
enum NumberKind {
    case int, float, bool

    /// The kinds of all values that are numbers.
    static func kinds(in program: Program) -> [Value: NumberKind] {
        var kinds: [Value: NumberKind] = [:]
        for input in program.inputs {
            if case .scalar = program.type(of: input) { kinds[input] = .int }
        }
        for node in program.nodes {
            for case let output? in node.outputs {
                guard case .scalar = program.type(of: output) else { continue }
                kinds[output] = kind(of: node, in: program, kinds)
            }
        }
        return kinds
    }

    private static func kind(
        of node: Node, in program: Program, _ kinds: [Value: NumberKind]
    ) -> NumberKind {
        guard let operation = ScalarOperation(node.operation) else {
            // What is taken out of a tensor is of its type.
            let type = node.inputs.first.flatMap { program.type(of: $0)?.tensor?.scalarType }
            guard ["item", "_local_scalar_dense"].contains(node.operation.name), let type else {
                return .int
            }
            return type == .bool ? .bool : type.isFloatingPoint ? .float : .int
        }
        switch operation {
        case .eq, .ne, .lt, .le, .gt, .ge, .and, .or, .not: return .bool
        case .truediv, .toFloat, .sqrt: return .float
        case .toInt, .ceil, .floor, .round, .trunc: return .int
        case .add, .sub, .mul, .floordiv, .mod, .pow, .max, .min, .neg:
            let isFloat = node.arguments.contains { argument in
                switch argument.argument {
                case .double: true
                case .value(let value): kinds[value] == .float
                default: false
                }
            }
            return isFloat ? .float : .int
        }
    }
}
