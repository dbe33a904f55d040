public import Tensors

/// The shape in which one factor of a weight is stored, and where its matrices lie in it.
public struct FactorStorage: Hashable, Sendable {
    /// The shape.
    public let shape: [Int]
    /// Where the matrices lie.
    public let layout: MatrixLayout

    /// Makes a storage from its parts.
    public init(shape: [Int], layout: MatrixLayout) {
        self.shape = shape
        self.layout = layout
    }

    /// A tensor of a shape whose axes, once divided into `sizes`, are those of blocks, rows and columns.
    public init(
        _ shape: [Int], sizes: [Int]? = nil, blocks: [Int] = [], rows: [Int], columns: [Int]
    ) {
        self.init(
            shape: shape,
            layout: MatrixLayout(
                sizes: sizes ?? shape, blocks: blocks, rows: rows, columns: columns))
    }

    /// The same tensor read as the transposed matrices.
    public var transposed: FactorStorage {
        FactorStorage(shape: shape, layout: layout.transposed)
    }

    /// The stored tensor of a factor's matrices `[blocks, outputs, inputs]`.
    public func tensor(of matrices: Tensor) throws -> Tensor {
        try layout.tensor(of: matrices, shape: shape)
    }

    /// The nodes that store a tensor in another way; none where it is the same.
    func nodes(from stored: Value, to other: FactorStorage, into result: Value) -> [Node] {
        guard self != other else { return [] }
        let matrices = Value("\(result).matrices")
        let reading = layout.nodes(reading: stored, of: shape, into: matrices)
        let writing = other.layout.nodes(
            writing: reading.isEmpty ? stored : matrices, as: other.shape, into: result)
        guard writing.isEmpty, let last = reading.indices.last else { return reading + writing }
        var renamed = reading
        renamed[last].outputs = [result]
        return renamed
    }
}

/// Where a factor stands in a chain.
public struct ChainPlace: Hashable, Sendable {
    /// Whether it meets the input.
    public let isFirst: Bool
    /// Whether it gives the result.
    public let isLast: Bool

    /// Makes a place.
    public init(isFirst: Bool, isLast: Bool) {
        self.isFirst = isFirst
        self.isLast = isLast
    }

    /// The place of factor `index` of `count`.
    public init(_ index: Int, of count: Int) {
        self.init(isFirst: index == 0, isLast: index == count - 1)
    }
}
