/// One argument or result of an operator.
///
/// Scalar types, layouts and memory formats are integers, as in libtorch's schemas.
public enum Operand: Sendable {
    /// The default that the operator's schema states.
    case standard
    /// Nothing, where the schema allows it.
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case complex(Double, Double)
    case string(String)
    case device(Device)
    case generator(Generator.Source)
    case tensor(Tensor)
    case bools([Bool])
    case ints([Int])
    case doubles([Double])
    case tensors([Tensor?])
    case strings([String])

    /// A scalar type as an argument.
    public static func scalarType(_ type: ScalarType) -> Operand { .int(Int(type.rawValue)) }

    /// The tensor that it is, if it is one.
    public var tensor: Tensor? {
        guard case .tensor(let tensor) = self else { return nil }
        return tensor
    }

    /// A tensor, or nothing.
    public init(_ tensor: Tensor?) {
        self = tensor.map(Operand.tensor) ?? .null
    }

    /// The tensors in it.
    var tensors: [Tensor] {
        switch self {
        case .tensor(let tensor): [tensor]
        case .tensors(let list): list.compactMap { $0 }
        default: []
        }
    }
}
