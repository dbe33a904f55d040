/// A Swift type that an array in a file can hold.
public protocol RawElement: BitwiseCopyable, Sendable {
    /// The name of the type in files.
    static var elementType: ElementType { get }
}

extension Bool: RawElement {
    /// One byte, 0 or 1.
    public static var elementType: ElementType { .bool }
}
extension UInt8: RawElement {
    /// One byte.
    public static var elementType: ElementType { .uint8 }
}
extension Int8: RawElement {
    /// One byte.
    public static var elementType: ElementType { .int8 }
}
extension UInt16: RawElement {
    /// Two bytes.
    public static var elementType: ElementType { .uint16 }
}
extension Int16: RawElement {
    /// Two bytes.
    public static var elementType: ElementType { .int16 }
}
extension UInt32: RawElement {
    /// Four bytes.
    public static var elementType: ElementType { .uint32 }
}
extension Int32: RawElement {
    /// Four bytes.
    public static var elementType: ElementType { .int32 }
}
extension UInt64: RawElement {
    /// Eight bytes.
    public static var elementType: ElementType { .uint64 }
}
extension Int: RawElement {
    /// Eight bytes.
    public static var elementType: ElementType { .int64 }
}
extension Float: RawElement {
    /// Four bytes.
    public static var elementType: ElementType { .float32 }
}
extension Double: RawElement {
    /// Eight bytes.
    public static var elementType: ElementType { .float64 }
}
