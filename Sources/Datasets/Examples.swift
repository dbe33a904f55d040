public import Tensors

/// Inputs with their labels, as one split of a data set has them.
public struct Examples: Sendable {
    /// What the network's first input takes: `[count]` + the shape of an example, as stored: `uint8` for images.
    public let inputs: Tensor
    /// What the network's further inputs take, in order: `[count]` + the shape of an example each.
    public let others: [Tensor]
    /// `[count]`, or `[count, positions]` where each position of an example has a class; `int64`, each 0 ..< classes; nil
    /// where there are none.
    public let labels: Tensor?
    /// What the first input of a batch goes through.
    public let preprocessing: Preprocessing

    /// Makes examples from tensors in memory; `others` and `labels` have one element for each example.
    public init(
        inputs: Tensor, others: [Tensor] = [], labels: Tensor?, preprocessing: Preprocessing
    ) {
        precondition(inputs.rank >= 1, "\(inputs.summary) is no list of examples")
        for other in others {
            precondition(
                other.shape.first == inputs.shape[0],
                "\(other.summary) beside inputs of \(inputs.summary)")
        }
        if let labels {
            precondition(
                labels.shape.first == inputs.shape[0] && (1...2).contains(labels.rank)
                    && labels.scalarType == .int64,
                "labels are \(labels.summary) for inputs of \(inputs.summary)")
        }
        self.inputs = inputs
        self.others = others
        self.labels = labels
        self.preprocessing = preprocessing
    }

    /// The number of examples.
    public var count: Int { inputs.shape[0] }

    /// The sizes of one example, `[channels, height, width]` or `[features]`.
    public var exampleShape: [Int] { Array(inputs.shape.dropFirst()) }

    /// The first examples, `count` of them or all there are, sharing memory.
    public func prefix(_ count: Int) throws -> Examples {
        try sliced(0..<min(count, self.count))
    }

    /// The first examples and some after them, none in both, sharing memory.
    ///
    /// Where there are too few for the counts that are asked for, the second part has a third of them at most, and the first
    /// gives way.
    public func parts(_ first: Int, _ second: Int) throws -> (first: Examples, second: Examples) {
        let second = first + second <= count ? second : min(second, max(count / 3, 1))
        let first = min(first, count - second)
        return (try sliced(0..<first), try sliced(first..<first + second))
    }

    /// The examples that `indices`, an `int64` vector, names, in its order.
    public func selecting(_ indices: Tensor) throws -> Examples {
        try mapped { try $0.selecting(indices) }
    }

    /// The examples that `indices`, an `int64` vector, names, in its order, ready for a network.
    public func batch(_ indices: Tensor) throws -> Batch {
        try selecting(indices).prepared()
    }

    /// The examples in a range, ready for a network; nothing is gathered.
    public func batch(_ range: Range<Int>) throws -> Batch {
        try sliced(range).prepared()
    }

    /// `count` examples ready for a network, the first ones over again where there are fewer.
    public func batch(filling count: Int) throws -> Batch {
        try batch(Tensor((0..<count).map { $0 % self.count }))
    }

    /// The same examples with another preprocessing, a stored model's for example.
    public func with(_ preprocessing: Preprocessing) -> Examples {
        Examples(inputs: inputs, others: others, labels: labels, preprocessing: preprocessing)
    }

    /// The same examples with other inputs, as many, in the order in which a network takes them.
    public func with(inputs: [Tensor]) -> Examples {
        precondition(!inputs.isEmpty, "examples without inputs")
        return Examples(
            inputs: inputs[0], others: Array(inputs.dropFirst()), labels: labels,
            preprocessing: preprocessing)
    }

    /// All of the examples, ready for a network.
    func prepared() throws -> Batch {
        Batch(inputs: try preprocessing.apply(to: inputs), others: others, labels: labels)
    }

    /// The examples in a range, sharing memory.
    func sliced(_ range: Range<Int>) throws -> Examples {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
        return try mapped { try $0.sliced(range) }
    }

    private func mapped(_ transform: (Tensor) throws -> Tensor) rethrows -> Examples {
        Examples(
            inputs: try transform(inputs), others: try others.map(transform),
            labels: try labels.map(transform), preprocessing: preprocessing)
    }
}
