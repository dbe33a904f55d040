/// An array that is to be written, its elements made when its turn comes.
///
/// A file's head tells all names and shapes before the first element, so that what is larger than
/// memory is written array by array.
public struct PendingArray {
    /// The name in the file.
    public let name: String
    /// The type of every element.
    public let elementType: ElementType
    /// The sizes, slowest axis first.
    public let shape: [Int]
    let elements: () throws -> RawArray

    /// Makes one of what is known before: `elements` is called once, and gives an array of this type
    /// and shape.
    public init(
        _ name: String, _ elementType: ElementType, shape: [Int],
        elements: @escaping () throws -> RawArray
    ) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
        self.elements = elements
    }

    /// Makes one of an array at hand.
    public init(_ name: String, _ array: RawArray) {
        self.init(name, array.elementType, shape: array.shape) { array }
    }

    /// Bytes that the elements take.
    ///
    /// - Precondition: the shape has so many elements that their bytes can be counted.
    public var byteCount: Int {
        guard let count = elementType.byteCount(ofShape: shape) else {
            preconditionFailure("\(name) of \(elementType) \(shape.shown) cannot be")
        }
        return count
    }
}
