import Programs

/// One element of a small tensor, a size for the most part: known, or a value that a node computes.
enum ONNXNumber: Hashable {
    case int(Int)
    case double(Double)
    case bool(Bool)
    /// A number that a node gives, and what is known of it.
    case value(Value, Size)

    /// As a node's argument.
    var argument: Argument {
        switch self {
        case .int(let int): .int(int)
        case .double(let double): .double(double)
        case .bool(let bool): .bool(bool)
        case .value(let value, _): .value(value)
        }
    }

    /// The whole number that it is, if it is one.
    var int: Int? {
        guard case .int(let int) = self else { return nil }
        return int
    }

    /// Whether it is known only when the Program runs.
    var isComputed: Bool {
        guard case .value = self else { return false }
        return true
    }

    /// The size that it states.
    var size: Size {
        switch self {
        case .int(let int): .fixed(int)
        case .value(_, let size): size
        default: .unknown
        }
    }
}
