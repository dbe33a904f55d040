/// The type of a tensor's elements, numbered as libtorch numbers them.
public enum ScalarType: Int32, Sendable, CaseIterable, CustomStringConvertible {
    case uint8 = 0
    case int8, int16, int32, int64, float16, float32, float64
    case complex64 = 9
    case complex128, bool
    case bfloat16 = 15

    /// Bytes an element takes.
    public var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .int16, .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64, .complex64: 8
        case .complex128: 16
        }
    }

    /// Bytes that the elements of a shape take; nil where sizes are negative or too large to be counted.
    public func byteCount(ofShape shape: [Int]) -> Int? {
        var total = byteCount
        for size in shape {
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else { return nil }
            total = product
        }
        return total
    }

    /// Whether it is a real floating-point type, of which gradients can be taken.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .float32, .float64, .bfloat16: true
        default: false
        }
    }

    /// The name that PyTorch and NumPy use, `float32` for example.
    public var description: String {
        switch self {
        case .uint8: "uint8"
        case .int8: "int8"
        case .int16: "int16"
        case .int32: "int32"
        case .int64: "int64"
        case .float16: "float16"
        case .float32: "float32"
        case .float64: "float64"
        case .complex64: "complex64"
        case .complex128: "complex128"
        case .bool: "bool"
        case .bfloat16: "bfloat16"
        }
    }
}

/// A Swift type whose values a tensor can hold.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The tensor's type for it.
    static var scalarType: ScalarType { get }
}

extension Float: TensorElement {
    /// `float32`.
    public static var scalarType: ScalarType { .float32 }
}
extension Double: TensorElement {
    /// `float64`.
    public static var scalarType: ScalarType { .float64 }
}
extension Int: TensorElement {
    /// `int64`.
    public static var scalarType: ScalarType { .int64 }
}
extension Int32: TensorElement {
    /// `int32`.
    public static var scalarType: ScalarType { .int32 }
}
extension UInt8: TensorElement {
    /// `uint8`.
    public static var scalarType: ScalarType { .uint8 }
}
extension Bool: TensorElement {
    /// `bool`.
    public static var scalarType: ScalarType { .bool }
}
