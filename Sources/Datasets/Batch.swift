public import Tensors

/// Examples as a network reads them.
public struct Batch: Sendable {
    /// `[batch]` + the shape of an example; `float32` where there is a preprocessing.
    public let inputs: Tensor
    /// What the network's further inputs take, in order.
    public let others: [Tensor]
    /// `[batch]` or `[batch, positions]`, `int64`; nil where the examples have no labels.
    public let labels: Tensor?

    /// Makes a batch from its parts.
    public init(inputs: Tensor, others: [Tensor] = [], labels: Tensor?) {
        self.inputs = inputs
        self.others = others
        self.labels = labels
    }

    /// The number of examples.
    public var count: Int { inputs.shape[0] }

    /// What a network takes, in order.
    public var all: [Tensor] { [inputs] + others }
}
