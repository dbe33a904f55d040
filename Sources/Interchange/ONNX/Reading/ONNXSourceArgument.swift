import Programs
import Tensors

/// An argument of a node that a translation appends.
enum ONNXSourceArgument {
    /// A tensor.
    case tensor(ONNXSourceValue)
    /// A tensor, or nothing.
    case optional(ONNXSourceValue?)
    /// A tensor that is trained, where the file stores it and it is floating-point.
    case weight(ONNXSourceValue?)
    /// A tensor that is part of the state, where the file stores it.
    case buffer(ONNXSourceValue)
    /// Tensors; nothing in the place of some.
    case tensors([ONNXSourceValue?])
    /// A number.
    case number(ONNXNumber)
    /// A list of numbers.
    case numbers([ONNXNumber])
    /// Any other.
    case plain(Argument)

    static func int(_ int: Int) -> Self { .plain(.int(int)) }
    static func ints(_ ints: [Int]) -> Self { .plain(.ints(ints)) }
    static func double(_ double: Double) -> Self { .plain(.double(double)) }
    static func bool(_ bool: Bool) -> Self { .plain(.bool(bool)) }
    static func string(_ text: String) -> Self { .plain(.string(text)) }
    static func type(_ type: ScalarType) -> Self { .plain(.scalarType(type)) }
    static var nothing: Self { .plain(.none) }
    static var cpu: Self { .plain(.device(.cpu)) }

    /// The tensors in it.
    var operands: [ONNXSourceValue] {
        switch self {
        case .tensor(let operand), .buffer(let operand): [operand]
        case .optional(let operand), .weight(let operand): operand.map { [$0] } ?? []
        case .tensors(let list): list.compactMap { $0 }
        case .number, .numbers, .plain: []
        }
    }

    /// The numbers in it.
    var numbers: [ONNXNumber] {
        switch self {
        case .number(let number): [number]
        case .numbers(let numbers): numbers
        default: []
        }
    }

    /// Whether it holds a number that only a run knows.
    var isComputed: Bool { numbers.contains(where: \.isComputed) }

    /// As a node's argument, each tensor by a value.
    func argument(
        _ value: (ONNXSourceValue, StoredTensor.Role) throws -> Value
    ) rethrows -> Argument {
        switch self {
        case .tensor(let operand): .value(try value(operand, .constant))
        case .optional(let operand):
            try operand.map { .value(try value($0, .constant)) } ?? .none
        case .weight(let operand):
            try operand.map {
                .value(try value($0, $0.scalarType.isFloatingPoint ? .parameter : .constant))
            } ?? .none
        case .buffer(let operand): .value(try value(operand, .buffer))
        case .tensors(let list):
            .list(try list.map { try $0.map { .value(try value($0, .constant)) } ?? .none })
        case .number(let number): number.argument
        case .numbers(let numbers): .list(numbers.map(\.argument))
        case .plain(let argument): argument
        }
    }
}
