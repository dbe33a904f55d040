public import Tensors

/// The matrices that a weight holds: `blocks` of them, each from `columns` inputs to `rows` outputs.
///
/// There is one for most layers, and one a group for a grouped convolution.
public struct MatrixShape: Hashable, Sendable, Codable, CustomStringConvertible {
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
/// A weight W can be a chain of factors W = F(N-1) · … · F(0), F(0) next to the input. A node that takes
/// factors becomes a node for each: the layer's own kind for F(0), and what is applied at each position after
/// it for the others, 1×1 convolutions after a convolution for example. A node that does not takes the product.
public protocol WeightForm: Sendable {
    /// What people call the layer, `linear` for example.
    var name: String { get }

    /// Whether a node can become a chain; where it cannot, the product of the factors stands before it.
    var takesFactors: Bool { get }

    /// The weights that a node reads in this way.
    func readings(of node: Node, in context: WeightContext) -> [WeightReading]

    /// Why a node's weight is left dense, where the node is of this form and has no matrices worth factoring.
    func refusal(of value: Value, in node: Node, _ context: WeightContext) -> String?

    /// Whether the result's last dimension is the matrix's rows.
    func putsRowsLast(_ reading: WeightReading) -> Bool

    /// The values that ``moments(of:in:values:)`` looks at: what the weight is applied to, and what else it needs.
    func inputs(of node: Node) -> [Value]

    /// The second moments of the columns that the matrices are multiplied with, summed over
    /// `count` applications.
    ///
    /// - Parameter values: the elements of a value.
    func moments(
        of reading: WeightReading, in node: Node, values: (Value) throws -> Tensor
    ) throws -> (sum: Moments, count: Int)

    /// How a factor of these matrices is stored.
    func storage(
        of factor: MatrixShape, at place: ChainPlace, of reading: WeightReading
    ) -> FactorStorage

    /// How PyTorch draws a layer's weight of this form.
    func initializer(at place: ChainPlace, inputs: Int) -> Initializer

    /// Whether LoRITa's authors put the square factors on the input side.
    func hasSquaresOnInputs(_ reading: WeightReading) -> Bool

    /// Whether factors that are applied one after the other have the gradients that they have as a product.
    func keepsGradients(in node: Node) -> Bool

    /// Multiply-accumulates of applying the first factor, `outputs` by `inputs`, at one position.
    func firstFactorMACs(outputs: Int, inputs: Int) -> Int

    /// The node as a chain, each factor applied to the result of the one before.
    ///
    /// - Parameters:
    ///   - factors: their values, stored as ``storage(of:at:of:)`` says, the one next to the input first.
    ///   - inner: names for the values between them, one fewer.
    ///   - node: the node, of a form that takes factors.
    ///   - reading: how it reads the weight.
    func applying(
        _ factors: [Value], inner: [Value], in node: Node, _ reading: WeightReading
    ) -> [Node]

    /// The node without what it adds to the product, and that.
    func separatingBias(of node: Node) -> (node: Node, bias: Argument?)
}

extension WeightForm {
    /// It can.
    public var takesFactors: Bool { true }

    /// There is nothing to say.
    public func refusal(of value: Value, in node: Node, _ context: WeightContext) -> String? { nil }

    /// It is not.
    public func putsRowsLast(_ reading: WeightReading) -> Bool { false }

    /// The argument `input`.
    public func inputs(of node: Node) -> [Value] { [node.value("input")].compactMap { $0 } }

    /// Evenly within ±1/√inputs.
    public func initializer(at place: ChainPlace, inputs: Int) -> Initializer {
        .uniform(bound: 1 / Double(inputs).squareRoot())
    }

    /// They do.
    public func hasSquaresOnInputs(_ reading: WeightReading) -> Bool { true }

    /// They have.
    public func keepsGradients(in node: Node) -> Bool { true }

    /// One for each element.
    public func firstFactorMACs(outputs: Int, inputs: Int) -> Int { outputs * inputs }

    /// The argument `bias`.
    public func separatingBias(of node: Node) -> (node: Node, bias: Argument?) {
        var bare = node
        bare["bias"] = nil
        return (bare, node["bias"] == Argument.none ? nil : node["bias"])
    }
}

/// The ways in which weights are read.
public enum WeightForms {
    /// All of them.
    public static let all: [any WeightForm] = [
        LinearForm(), MatrixProductForm(), EinsumForm(), ConvolutionForm(),
        TransposedConvolutionForm(), EmbeddingForm(), RecurrentForm(),
    ]
}
