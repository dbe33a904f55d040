/// The numbers by which ONNX calls element types.
enum ONNXElementCodes {
    private static let codes: [(type: ElementType, code: Int32)] = [
        (.float32, 1), (.uint8, 2), (.int8, 3), (.uint16, 4), (.int16, 5), (.int32, 6),
        (.int64, 7), (.bool, 9), (.float16, 10), (.float64, 11), (.uint32, 12), (.uint64, 13),
        (.complex64, 14), (.complex128, 15), (.bfloat16, 16), (.float8e4m3fn, 17),
        (.float8e4m3fnuz, 18), (.float8e5m2, 19), (.float8e5m2fnuz, 20), (.float8e8m0fnu, 24),
    ]

    private static let others: [Int32: String] = [
        8: "strings", 21: "4-bit integers", 22: "4-bit integers", 23: "4-bit floats",
        25: "2-bit integers", 26: "2-bit integers", 27: "6-bit floats", 28: "6-bit floats",
    ]

    /// The type of this number; nil where there is none here.
    static func type(_ code: Int32) -> ElementType? { codes.first { $0.code == code }?.type }

    /// The number of a type.
    static func code(_ type: ElementType) -> Int32? { codes.first { $0.type == type }?.code }

    /// The elements of a number without a type here, in words.
    static func words(_ code: Int32) -> String { others[code] ?? "type \(code)" }
}

extension ElementType {
    /// The number by which ONNX calls the type, as the attribute `to` of `Cast` takes it; every type has one.
    public var onnxCode: Int { Int(ONNXElementCodes.code(self) ?? 0) }

    /// The type that ONNX calls by a number; nil where there is none here.
    public init?(onnxCode code: Int) {
        guard let type = Int32(exactly: code).flatMap(ONNXElementCodes.type) else { return nil }
        self = type
    }
}
