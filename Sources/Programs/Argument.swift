public import Tensors

/// One argument of a node.
public indirect enum Argument: Hashable, Sendable {
    /// Nothing, where the operator allows it.
    case none
    /// Another value of the Program.
    case value(Value)
    case bool(Bool)
    case int(Int)
    case double(Double)
    case complex(Double, Double)
    case string(String)
    case scalarType(ScalarType)
    case device(Device)
    /// libtorch's number of a layout.
    case layout(Int)
    /// libtorch's number of a memory format.
    case memoryFormat(Int)
    /// Arguments of one kind; values and numbers may mix.
    case list([Argument])

    /// A list of numbers.
    public static func ints(_ numbers: [Int]) -> Argument { .list(numbers.map(Argument.int)) }

    /// The values that it reads, in order.
    public var values: [Value] {
        switch self {
        case .value(let value): [value]
        case .list(let items): items.flatMap(\.values)
        default: []
        }
    }

    /// The argument with every value replaced.
    public func mapValues(_ transform: (Value) -> Value) -> Argument {
        switch self {
        case .value(let value): .value(transform(value))
        case .list(let items): .list(items.map { $0.mapValues(transform) })
        default: self
        }
    }
}

extension Argument: CustomStringConvertible {
    /// As a reader of the text form sees it.
    public var description: String {
        switch self {
        case .none: "none"
        case .value(let value): value.name
        case .bool(let bool): "\(bool)"
        case .int(let int): "\(int)"
        case .double(let double): "\(double)"
        case .complex(let real, let imaginary): "\(real) + \(imaginary)i"
        case .string(let text): "\"\(text)\""
        case .scalarType(let type): "\(type)"
        case .device(let device): "\(device)"
        case .layout(let number): "layout \(number)"
        case .memoryFormat(let number): "memory format \(number)"
        case .list(let items): "[\(items.map(\.description).joined(separator: ", "))]"
        }
    }
}
