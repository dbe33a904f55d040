/// A tensor in a checkpoint: a view of a storage, which several tensors may share.
public struct TorchTensor: Sendable {
    /// The keys that lead to it, with dots between them; where it is shared, those met first.
    public let name: String
    /// The type of every element.
    public let elementType: ElementType
    /// The sizes, slowest axis first.
    public let shape: [Int]
    /// The steps between neighbours along each axis, in elements; none is negative.
    let strides: [Int]
    /// The first element's position in the storage, in elements.
    let offset: Int
    let storage: TorchStorage

    /// Bytes that it takes when its elements lie in C order.
    let byteCount: Int

    /// Which elements of which storage it is: two tensors with equal ones are one tensor.
    public struct View: Hashable, Sendable {
        /// The storage; tensors that look into one share memory.
        public let storageKey: String
        let byteOffset: Int
        let elementType: ElementType
        let offset: Int
        let shape: [Int]
        let strides: [Int]
    }

    /// Which elements of which storage it is.
    public var view: View {
        View(
            storageKey: storage.key, byteOffset: storage.byteOffset, elementType: elementType,
            offset: offset, shape: shape, strides: strides)
    }

    /// Whether its elements lie in C order without gaps.
    var isContiguous: Bool {
        var step = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            guard stride == step else { return false }
            // Sizes were checked to have a product; a size of 0 has no elements to lie anywhere.
            step *= max(size, 1)
        }
        return true
    }
}

/// A run of bytes that tensors look into.
struct TorchStorage: Sendable {
    /// The name of the record, or the key in the list of storages.
    let key: String
    /// Bytes that one element takes, by which the file counts.
    let elementByteCount: Int
    /// Where it begins in the bytes of its key: over 0 only for the views of old files.
    let byteOffset: Int
    /// Bytes from there on.
    let byteCount: Int
}
