private enum Operators {
    static let crossEntropy = Operator(known: "aten::cross_entropy_loss")
    static let logSoftmax = Operator(known: "aten::log_softmax", "int")
}

/// How a loss over examples becomes one number.
public enum Reduction: Int, Sendable {
    /// A loss for each example.
    case each = 0
    /// Their mean.
    case mean = 1
    /// Their sum.
    case sum = 2
}

/// The cross entropy between logits and classes, in nats.
///
/// - Parameters:
///   - logits: `[batch, classes]`.
///   - labels: `[batch]`, `int64`, each 0 ..< classes.
///   - labelSmoothing: the share of the target spread evenly over all classes, from 0 to 1.
public func crossEntropy(
    _ logits: Tensor, _ labels: Tensor, labelSmoothing: Double = 0, reduction: Reduction = .mean
) throws(TensorError) -> Tensor {
    try Operators.crossEntropy.tensor(
        .tensor(logits), .tensor(labels), .null, .int(reduction.rawValue), .standard,
        .double(labelSmoothing))
}

extension Tensor {
    /// The logarithm of the softmax along the last dimension.
    public func logSoftmax() throws(TensorError) -> Tensor {
        try Operators.logSoftmax.tensor(.tensor(self), .int(-1))
    }
}

/// Σ p · (log p − log q), the Kullback–Leibler divergence KL(p ‖ q) in nats, summed over all vectors.
///
/// - Parameters:
///   - known: log p, along the last dimension.
///   - learnt: log q, of the same shape.
public func klDivergence(from known: Tensor, to learnt: Tensor) throws(TensorError) -> Tensor {
    try (known.exponential() * (known - learnt)).sum()
}
