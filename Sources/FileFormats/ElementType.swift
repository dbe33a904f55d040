/// The type of an array's elements as a file stores them.
public enum ElementType: String, Sendable, CaseIterable, CustomStringConvertible {
    case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64
    case float8e4m3fn, float8e5m2, float8e4m3fnuz, float8e5m2fnuz, float8e8m0fnu
    case float16, bfloat16, float32, float64
    case complex64, complex128

    /// Bytes that one element takes.
    public var byteCount: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .float8e4m3fn, .float8e5m2, .float8e4m3fnuz, .float8e5m2fnuz, .float8e8m0fnu: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .complex64: 8
        case .complex128: 16
        }
    }

    /// The name that PyTorch and NumPy use, `float32` for example.
    public var description: String {
        switch self {
        case .float8e4m3fn: "float8_e4m3fn"
        case .float8e5m2: "float8_e5m2"
        case .float8e4m3fnuz: "float8_e4m3fnuz"
        case .float8e5m2fnuz: "float8_e5m2fnuz"
        case .float8e8m0fnu: "float8_e8m0fnu"
        default: rawValue
        }
    }

    /// Bytes that stand in one order: half an element for complex numbers.
    var wordByteCount: Int {
        switch self {
        case .complex64, .complex128: byteCount / 2
        default: byteCount
        }
    }

    /// The most axes that a shape may have, as in NumPy; PyTorch has as many.
    static let largestRank = 64

    /// Bytes that an array of this shape takes; nil for a negative size, for a product over 2⁶³ - 1
    /// and for more axes than `largestRank`.
    ///
    /// A size of zero does not excuse the others: their product has to be a number as well.
    public func byteCount(ofShape shape: [Int]) -> Int? {
        guard shape.count <= Self.largestRank else { return nil }
        var total = byteCount
        for size in shape where size != 0 {
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            guard size > 0, !overflow else { return nil }
            total = product
        }
        return shape.contains(0) ? 0 : total
    }
}

extension [Int] {
    /// The shape as `[2, 3]`, cut where it is long: shapes in files may be anything.
    var shown: String {
        let longest = 16
        let sizes = prefix(longest).map { String($0) }.joined(separator: ", ")
        return "[\(sizes)\(count > longest ? ", …" : "")]"
    }
}
