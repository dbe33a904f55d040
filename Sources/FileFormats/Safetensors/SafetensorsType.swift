/// The names that safetensors gives to element types, in the format's own order.
enum SafetensorsType {
    /// Those that are read and written, from the smallest alignment to the largest as the format
    /// orders them.
    static let names: [(type: ElementType, name: String)] = [
        (.bool, "BOOL"), (.uint8, "U8"), (.int8, "I8"), (.float8e5m2, "F8_E5M2"),
        (.float8e4m3fn, "F8_E4M3"), (.float8e8m0fnu, "F8_E8M0"),
        (.float8e4m3fnuz, "F8_E4M3FNUZ"), (.float8e5m2fnuz, "F8_E5M2FNUZ"), (.int16, "I16"),
        (.uint16, "U16"), (.float16, "F16"), (.bfloat16, "BF16"), (.int32, "I32"),
        (.uint32, "U32"), (.float32, "F32"), (.complex64, "C64"), (.float64, "F64"),
        (.int64, "I64"), (.uint64, "U64"),
    ]

    /// Bits of an element, for the types that are narrower than a byte and not read here.
    static let narrow = ["F4": 4, "F6_E2M3": 6, "F6_E3M2": 6]

    /// The type of this name; nil for one that is unknown or narrower than a byte.
    static func type(named name: String) -> ElementType? {
        names.first { $0.name == name }?.type
    }

    /// The place in the format's order, which the writer follows backwards; nil where the format
    /// lacks the type.
    static func rank(of type: ElementType) -> Int? {
        names.firstIndex { $0.type == type }
    }
}
