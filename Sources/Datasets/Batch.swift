public import Tensors

/// Examples as a network reads them.
public struct Batch: Sendable {
    /// `[batch]` + the shape of an example, `float32`.
    public let inputs: Tensor
    /// `[batch]`, `int64`; nil where the examples have no labels.
    public let labels: Tensor?

    /// Makes a batch from its parts.
    public init(inputs: Tensor, labels: Tensor?) {
        self.inputs = inputs
        self.labels = labels
    }

    /// The number of examples.
    public var count: Int { inputs.shape[0] }
}
