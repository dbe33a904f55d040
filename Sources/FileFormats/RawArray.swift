public import Foundation

#if _endian(big)
    #error("arrays in files are little endian and are not swapped when they are read")
#endif

/// An array as a file holds it: a type, a shape, and bytes that are little endian in C order.
///
/// Arrays that were read share the memory of their file: nothing is copied until values are asked
/// for.
public struct RawArray: Sendable, Equatable {
    /// The type of every element.
    public let elementType: ElementType
    /// The sizes, slowest axis first; empty for a single number.
    public let shape: [Int]
    /// The elements; often a slice, so its indices start at `bytes.startIndex`, not at 0.
    public let bytes: Data

    /// Makes an array from bytes that are little endian in C order.
    ///
    /// Throws `malformed` where the number of bytes is not what type and shape ask for, or where a
    /// bool is neither 0 nor 1. `file` is what the error names.
    public init(
        _ elementType: ElementType, shape: [Int], bytes: Data,
        file: @autoclosure () -> String = "array"
    ) throws {
        // Only where it is needed: a file may hold a hundred thousand arrays.
        var described: String { "\(elementType) \(shape.shown)" }
        guard let expected = elementType.byteCount(ofShape: shape) else {
            throw FileFormatError(
                .malformed, file: file(),
                "\(described) is not a possible shape; the file is damaged or not what it seems")
        }
        guard expected == bytes.count else {
            throw FileFormatError(
                .malformed, file: file(),
                "\(described) takes \(expected) bytes and \(bytes.count) are given; write it again")
        }
        if elementType == .bool, bytes.contains(where: { $0 > 1 }) {
            throw FileFormatError(
                .malformed, file: file(),
                "\(described) has an element that is neither 0 nor 1; store it as uint8")
        }
        self.elementType = elementType
        self.shape = shape
        self.bytes = bytes
    }

    /// Makes an array from values in C order; throws `malformed` where their number does not fit
    /// the shape.
    public init<Element: RawElement>(_ values: [Element], shape: [Int]) throws {
        let bytes = unsafe values.withUnsafeBytes { unsafe Data($0) }
        try self.init(Element.elementType, shape: shape, bytes: bytes)
    }

    /// The number of elements.
    public var count: Int { bytes.count / elementType.byteCount }
}
