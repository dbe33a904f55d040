public import Tensors

/// A stub.
public struct Preprocessing: Hashable, Sendable, Codable {
    public var scale: Double
    public var mean: [Double]
    public var deviation: [Double]
}
/// A stub.
public struct Batch: Sendable {
    public let inputs: Tensor
    public let labels: Tensor?
}
/// A stub.
public struct Examples: Sendable {
    public let inputs: Tensor
    public let labels: Tensor?
    public init(inputs: Tensor, labels: Tensor?) { self.inputs = inputs; self.labels = labels }
    public var count: Int { inputs.shape[0] }
    public func batch(_ range: Range<Int>) throws -> Batch {
        Batch(inputs: try inputs.sliced(range), labels: try labels?.sliced(range))
    }
}
