public import Tensors

/// Where the elements of a weight's matrices lie in the tensor that holds them.
///
/// Two nodes read a tensor in the same way where the layouts are equal, whatever operators stand between.
public struct MatrixLayout: Hashable, Sendable {
    /// Elements at equal distances.
    public struct Axis: Hashable, Sendable {
        /// How many.
        public let size: Int
        /// The distance of neighbours, in elements.
        public let stride: Int
    }

    /// The position of the first element.
    public let offset: Int
    /// The axes that tell the matrices apart, the outermost first, as few as describe them.
    public let blocks: [Axis]
    /// The axes of a matrix's rows.
    public let rows: [Axis]
    /// The axes of a matrix's columns.
    public let columns: [Axis]

    /// The layout in a tensor of these sizes in row-major order, each axis named once.
    public init(sizes: [Int], blocks: [Int] = [], rows: [Int], columns: [Int]) {
        self.init(ElementView(of: sizes), blocks: blocks, rows: rows, columns: columns)
    }

    init(_ view: ElementView, blocks: [Int], rows: [Int], columns: [Int]) {
        func axes(_ dimensions: [Int]) -> [Axis] {
            Self.merged(dimensions.flatMap { view.dimensions[$0] })
        }
        self.init(
            offset: view.offset, blocks: axes(blocks), rows: axes(rows), columns: axes(columns))
    }

    private init(offset: Int, blocks: [Axis], rows: [Axis], columns: [Axis]) {
        self.offset = offset
        self.blocks = blocks
        self.rows = rows
        self.columns = columns
    }

    /// The matrices.
    public var matrices: MatrixShape {
        MatrixShape(blocks: blocks.size, rows: rows.size, columns: columns.size)
    }

    /// The same matrices transposed.
    public var transposed: MatrixLayout {
        MatrixLayout(offset: offset, blocks: blocks, rows: columns, columns: rows)
    }

    /// The layout in what is left of the tensor from the first element on.
    var fromStart: MatrixLayout {
        MatrixLayout(offset: 0, blocks: blocks, rows: rows, columns: columns)
    }

    /// Whether it takes each of a tensor's elements once.
    func isWhole(of count: Int) -> Bool {
        var stride = 1
        for axis in stored.reversed() {
            guard axis.stride == stride else { return false }
            stride *= axis.size
        }
        return offset == 0 && stride == count
    }

    /// Neighbouring axes that are one put together, and those of one element left out.
    static func merged(_ axes: [Axis]) -> [Axis] {
        axes.reduce(into: []) { found, axis in
            guard axis.size != 1 else { return }
            if let last = found.last, last.stride == axis.size * axis.stride {
                found[found.count - 1] = Axis(size: last.size * axis.size, stride: axis.stride)
            } else {
                found.append(axis)
            }
        }
    }

    private var read: [Axis] { blocks + rows + columns }
    /// The axes as they lie in memory, the outermost first.
    private var stored: [Axis] { read.sorted { $0.stride > $1.stride } }
    /// For each axis that is read its place in memory.
    private var order: [Int] { read.compactMap { stored.firstIndex(of: $0) } }
    private var inverseOrder: [Int] { stored.compactMap { read.firstIndex(of: $0) } }
}

// MARK: Elements

extension MatrixLayout {
    /// A tensor's matrices `[blocks, rows, columns]`.
    ///
    /// - Parameter tensor: a tensor whose elements are all taken once.
    public func matrices(of tensor: Tensor) throws -> Tensor {
        let shape = matrices
        return try tensor.reshaped(to: stored.map(\.size)).permuted(order)
            .reshaped(to: [shape.blocks, shape.rows, shape.columns])
    }

    /// The tensor of a shape that holds these matrices.
    public func tensor(of matrices: Tensor, shape: [Int]) throws -> Tensor {
        try matrices.contiguous().reshaped(to: read.map(\.size)).permuted(inverseOrder)
            .contiguous().reshaped(to: shape)
    }
}

// MARK: Nodes

extension MatrixLayout {
    /// The shape in which nodes see the matrices: `[rows, columns]` where there is one.
    var matrixShape: [Int] {
        let shape = matrices
        return (shape.blocks == 1 ? [] : [shape.blocks]) + [shape.rows, shape.columns]
    }

    /// The nodes that give the matrices of a stored tensor; none where it is stored as them.
    func nodes(reading stored: Value, of shape: [Int], into result: Value) -> [Node] {
        Self.nodes(
            from: stored,
            [.reshape(self.stored.map(\.size)), .permute(order), .reshape(matrixShape)],
            of: shape, into: result)
    }

    /// The nodes that give the tensor of a shape that holds the matrices; none where it is them.
    func nodes(writing matrices: Value, as shape: [Int], into result: Value) -> [Node] {
        Self.nodes(
            from: matrices, [.reshape(read.map(\.size)), .permute(inverseOrder), .reshape(shape)],
            of: matrixShape, into: result)
    }

    private enum Step {
        case reshape([Int])
        case permute([Int])
    }

    private static func nodes(
        from source: Value, _ steps: [Step], of shape: [Int], into result: Value
    ) -> [Node] {
        var needed = steps
        // What is only reshaped is reshaped once.
        if case .permute(let order) = steps[1], order == Array(order.indices),
            case .reshape(let shape) = steps[2]
        {
            needed = [.reshape(shape)]
        }
        var nodes: [Node] = []
        var (value, current) = (source, shape)
        for step in needed {
            let output = Value("\(result).view.\(nodes.count)")
            switch step {
            case .reshape(let sizes):
                guard sizes != current else { continue }
                current = sizes
                nodes.append(
                    Node(
                        "aten.reshape.default", ["self": .value(value), "shape": .ints(sizes)],
                        outputs: [output]))
            case .permute(let order):
                current = order.map { current[$0] }
                nodes.append(
                    order == [1, 0]
                        ? Node(
                            "aten.transpose.int",
                            ["self": .value(value), "dim0": .int(0), "dim1": .int(1)],
                            outputs: [output])
                        : Node(
                            "aten.permute.default",
                            ["self": .value(value), "dims": .ints(order)], outputs: [output]))
            }
            value = output
        }
        if !nodes.isEmpty { nodes[nodes.count - 1].outputs = [result] }
        return nodes
    }
}

extension [MatrixLayout.Axis] {
    /// The number of their elements.
    fileprivate var size: Int { reduce(1) { $0 * $1.size } }
}
