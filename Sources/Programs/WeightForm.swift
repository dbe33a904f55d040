public import Tensors

/// A way in which an operator reads a weight as a matrix from inputs to outputs.
///
/// A new kind of layer is a new type that conforms, listed in ``WeightForms/all``.
public protocol WeightForm: Sendable {
    /// What people call the layer, `linear` for example.
    var name: String { get }

    /// The weight that a node reads in this way; nil where it does not.
    func weight(of node: Node) -> Value?

    /// The value that the weight is applied to.
    func input(of node: Node) -> Value?

    /// The matrix's size, `rows` outputs by `columns` inputs, for a weight of `shape`.
    func matrixSize(of shape: [Int]) -> (rows: Int, columns: Int)?

    /// The weight as a matrix `[rows, columns]`.
    func matrix(of weight: Tensor) throws -> Tensor

    /// A matrix as a weight of `shape`.
    func weight(from matrix: Tensor, shape: [Int]) throws -> Tensor

    /// What the matrix is multiplied with, one row an application: `[applications, columns]`.
    func applications(of input: Tensor, in node: Node) throws -> Tensor

    /// The node as two, through a narrower value in between.
    ///
    /// - Parameters:
    ///   - node: the node.
    ///   - first: the weight next to the input, `[rank, columns]` as a matrix.
    ///   - second: the weight next to the output, `[rows, rank]` as a matrix.
    ///   - inner: the name of the value in between.
    func split(_ node: Node, first: Value, second: Value, inner: Value) -> [Node]
}

/// The ways in which weights are read.
public enum WeightForms {
    /// All of them.
    public static let all: [any WeightForm] = [LinearForm()]
}

/// `aten.linear`: the weight is the matrix, `[outputs, inputs]`.
public struct LinearForm: WeightForm {
    /// `linear`.
    public let name = "linear"

    /// Makes the form.
    public init() {}

    /// The weight of an `aten.linear`.
    public func weight(of node: Node) -> Value? {
        node.operation == "aten.linear.default" ? node.value("weight") : nil
    }

    /// The input of an `aten.linear`.
    public func input(of node: Node) -> Value? { node.value("input") }

    /// The weight's own two sizes.
    public func matrixSize(of shape: [Int]) -> (rows: Int, columns: Int)? {
        shape.count == 2 ? (shape[0], shape[1]) : nil
    }

    /// The weight itself.
    public func matrix(of weight: Tensor) -> Tensor { weight }

    /// The matrix itself.
    public func weight(from matrix: Tensor, shape: [Int]) -> Tensor { matrix }

    /// The input with all dimensions but the last joined.
    public func applications(of input: Tensor, in node: Node) throws -> Tensor {
        try input.reshaped(to: [-1, input.shape[input.rank - 1]])
    }

    /// Two `aten.linear`, the bias with the second.
    public func split(_ node: Node, first: Value, second: Value, inner: Value) -> [Node] {
        var before = node
        before["weight"] = .value(first)
        before["bias"] = nil
        before.outputs = [inner]
        var after = node
        after["input"] = .value(inner)
        after["weight"] = .value(second)
        return [before, after]
    }
}
