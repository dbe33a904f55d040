import Tensors

/// Logits with the classes that they should have given: of examples, or of all positions of examples.
struct Predictions {
    /// `[count, classes]`.
    private let logits: Tensor
    /// `[count]`.
    private let labels: Tensor

    /// Lays positions one after the other.
    ///
    /// - Throws: where logits `[…, classes]` do not have the labels' sizes before the classes.
    init(_ logits: Tensor, _ labels: Tensor) throws {
        guard logits.rank >= 2, Array(logits.shape.dropLast()) == labels.shape else {
            throw TrainingError(
                .unusable,
                "the network's first result is \(logits.summary) for labels of \(labels.summary), and classes "
                    + "are told from one number a class for each label; leave the labels out to compare results "
                    + "with those of another network")
        }
        self.logits =
            labels.rank == 1
            ? logits : try logits.reshaped(to: [-1, logits.shape[logits.rank - 1]])
        self.labels = labels.rank == 1 ? labels : try labels.flattened()
    }

    var count: Int { labels.count }

    /// How many have the right class.
    var correct: Double {
        get throws {
            try logits.argmax(along: 1).equals(labels).converted(to: .int64).sum().item()
        }
    }

    /// The cross entropy, in nats.
    func loss(labelSmoothing: Double = 0, reduction: Reduction = .mean) throws -> Tensor {
        try crossEntropy(logits, labels, labelSmoothing: labelSmoothing, reduction: reduction)
    }
}
