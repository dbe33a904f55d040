public import Tensors

/// Inputs with their labels, as one split of a data set has them.
public struct Examples: Sendable {
    /// `[count]` + the shape of an example, as stored: `uint8` for images.
    public let inputs: Tensor
    /// `[count]`, `int64`, each 0 ..< classes; nil where there are none.
    public let labels: Tensor?
    /// What a batch goes through.
    public let preprocessing: Preprocessing

    /// Makes examples from tensors in memory; `labels` has one element for each example.
    public init(inputs: Tensor, labels: Tensor?, preprocessing: Preprocessing) {
        precondition(inputs.rank >= 2, "\(inputs.summary) has no axis within an example")
        if let labels {
            precondition(
                labels.shape == [inputs.shape[0]] && labels.scalarType == .int64,
                "labels are \(labels.summary) for inputs of \(inputs.summary)")
        }
        self.inputs = inputs
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

    /// The examples that `indices`, an `int64` vector, names, in its order.
    public func selecting(_ indices: Tensor) throws -> Examples {
        Examples(
            inputs: try inputs.selecting(indices), labels: try labels?.selecting(indices),
            preprocessing: preprocessing)
    }

    /// The examples that `indices`, an `int64` vector, names, in its order, ready for a network.
    public func batch(_ indices: Tensor) throws -> Batch {
        try selecting(indices).prepared()
    }

    /// The examples in a range, ready for a network; nothing is gathered.
    public func batch(_ range: Range<Int>) throws -> Batch {
        try sliced(range).prepared()
    }

    /// The same examples with another preprocessing, a stored model's for example.
    public func with(_ preprocessing: Preprocessing) -> Examples {
        Examples(inputs: inputs, labels: labels, preprocessing: preprocessing)
    }

    /// The same labels with other inputs, as many.
    func with(inputs: Tensor) -> Examples {
        Examples(inputs: inputs, labels: labels, preprocessing: preprocessing)
    }

    /// All of the examples, ready for a network.
    func prepared() throws -> Batch {
        Batch(inputs: try preprocessing.apply(to: inputs), labels: labels)
    }

    /// The examples in a range, sharing memory.
    func sliced(_ range: Range<Int>) throws -> Examples {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
        return Examples(
            inputs: try inputs.sliced(range), labels: try labels?.sliced(range),
            preprocessing: preprocessing)
    }
}
