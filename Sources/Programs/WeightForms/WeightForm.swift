public import Tensors

/// The matrices that a weight holds: `blocks` of them, each from `columns` inputs to `rows` outputs.
///
/// There is one for most layers, and one a group for a grouped convolution.
public struct MatrixShape: Hashable, Sendable, CustomStringConvertible {
    /// How many matrices there are; they are cut to one rank.
    public let blocks: Int
    /// Each one's outputs.
    public let rows: Int
    /// Each one's inputs.
    public let columns: Int

    /// Makes a shape; no size is below 1.
    public init(blocks: Int = 1, rows: Int, columns: Int) {
        self.blocks = blocks
        self.rows = rows
        self.columns = columns
    }

    /// As in `64 × 576`, or `4 of 16 × 144`.
    public var description: String { (blocks > 1 ? "\(blocks) of " : "") + "\(rows) × \(columns)" }
    /// The largest rank that each can have.
    public var fullRank: Int { min(rows, columns) }
    /// The elements of all.
    public var count: Int { blocks * rows * columns }
    /// The elements of two factors for each, at a rank.
    public func count(atRank rank: Int) -> Int { blocks * rank * (rows + columns) }
    /// The largest rank at which two factors have fewer elements than the matrix; 0 where there is none.
    public var breakEvenRank: Int { max(0, (rows * columns - 1) / max(rows + columns, 1)) }
}

/// The second moments of what a weight's matrices are multiplied with.
public enum Moments: Sendable {
    /// Σ x·xᵀ for each block, `[blocks, columns, columns]`, in double precision.
    case full(Tensor)
    /// Its diagonal `[columns]` where all else is zero, in double precision.
    case diagonal(Tensor)
}

/// A way in which an operator reads a weight as matrices from inputs to outputs.
///
/// A new kind of layer is a new type that conforms, listed in ``WeightForms/all``.
///
/// A weight W can be a chain of factors W = F(N-1) · … · F(0), F(0) next to the input. F(0) is stored as the
/// layer's own kind of weight, the others as weights that are applied at each position after it: 1×1
/// convolutions after a convolution, for example.
public protocol WeightForm: Sendable {
    /// What people call the layer, `linear` for example.
    var name: String { get }

    /// The weight that a node reads in this way; nil where it does not.
    func weight(of node: Node) -> Value?

    /// The value that the weight is applied to.
    func input(of node: Node) -> Value?

    /// The matrices that a node reads a weight of `shape` as; nil where it reads none, or where no rank
    /// below the full one exists.
    func matrices(in node: Node, shape: [Int]) -> MatrixShape?

    /// A weight, or a first factor, as its matrices: `[blocks, rows, columns]`.
    func matrices(of weight: Tensor, blocks: Int) throws -> Tensor

    /// The second moments of the columns that the matrices are multiplied with, summed over
    /// `count` applications.
    func moments(
        of input: Tensor, in node: Node, shape: [Int]
    ) throws -> (sum: Moments, count: Int)

    /// The shape in which factor `index` of a chain is stored, `outputs` by `inputs` in each block.
    func factorShape(
        _ index: Int, blocks: Int, outputs: Int, inputs: Int, weight shape: [Int]
    ) -> [Int]

    /// Whether factor `index` is stored transposed.
    func storesTransposed(_ index: Int) -> Bool

    /// How PyTorch draws a layer's weight of this form.
    func initializer(_ index: Int, inputs: Int) -> Initializer

    /// Whether LoRITa's authors put the square factors of a weight of `shape` on the input side.
    func hasSquaresOnInputs(_ shape: [Int]) -> Bool

    /// Multiply-accumulates of applying the first factor, `outputs` by `inputs`, at one position.
    func firstFactorMACs(outputs: Int, inputs: Int) -> Int

    /// The node as a chain, each factor applied to the result of the one before.
    ///
    /// - Parameters:
    ///   - node: the node.
    ///   - factors: their values, the one next to the input first.
    ///   - inner: names for the values between them, one fewer.
    func applying(_ factors: [Value], inner: [Value], in node: Node) -> [Node]
}

extension WeightForm {
    /// None is.
    public func storesTransposed(_ index: Int) -> Bool { false }

    /// Evenly within ±1/√inputs.
    public func initializer(_ index: Int, inputs: Int) -> Initializer {
        .uniform(bound: 1 / Double(inputs).squareRoot())
    }

    /// They do.
    public func hasSquaresOnInputs(_ shape: [Int]) -> Bool { true }

    /// One for each element.
    public func firstFactorMACs(outputs: Int, inputs: Int) -> Int { outputs * inputs }

    /// A factor's matrices `[blocks, outputs, inputs]` in the shape in which it is stored.
    public func factor(
        _ index: Int, from matrices: Tensor, weight shape: [Int]
    ) throws -> Tensor {
        let sizes = matrices.shape
        let stored = factorShape(
            index, blocks: sizes[0], outputs: sizes[1], inputs: sizes[2], weight: shape)
        let matrices = storesTransposed(index) ? try matrices.transposed() : matrices
        return try matrices.contiguous().reshaped(to: stored)
    }
}

/// The ways in which weights are read.
public enum WeightForms {
    /// All of them.
    public static let all: [any WeightForm] = [LinearForm(), ConvolutionForm(), EmbeddingForm()]
}
