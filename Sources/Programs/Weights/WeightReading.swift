/// How one node reads one of its arguments as matrices from inputs to outputs.
public struct WeightReading: Hashable, Sendable {
    /// The value that the node reads.
    public let value: Value
    /// The value's sizes, an axis that holds several things divided: the groups of a convolution's outputs.
    public let sizes: [Int]
    /// Those of the sizes that tell the matrices apart.
    public let blocks: [Int]
    /// Those that are a matrix's outputs.
    public let rows: [Int]
    /// Those that are a matrix's inputs.
    public let columns: [Int]
    /// Which of the node's operands it is, where the form tells several apart.
    public let operand: Int

    /// Makes a reading; each size is named once.
    public init(
        _ value: Value, sizes: [Int], blocks: [Int] = [], rows: [Int], columns: [Int],
        operand: Int = 0
    ) {
        self.value = value
        self.sizes = sizes
        self.blocks = blocks
        self.rows = rows
        self.columns = columns
        self.operand = operand
    }

    /// The elements read.
    var count: Int { sizes.reduce(1, *) }

    /// Where the matrices lie in the tensor that the value is a view of.
    func layout(in view: ElementView) -> MatrixLayout? {
        view.reshaped(to: sizes).map {
            MatrixLayout($0, blocks: blocks, rows: rows, columns: columns)
        }
    }
}
