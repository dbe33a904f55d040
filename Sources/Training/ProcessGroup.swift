public import Tensors

/// The processes that train one network together.
///
/// The trainer asks it for its share of the data and for sums of gradients, also where it is alone.
public protocol ProcessGroup: Sendable {
    /// Which process this is, 0 ..< count.
    var rank: Int { get }
    /// How many there are.
    var count: Int { get }
    /// The mean of each gradient over all processes.
    func averaged(_ gradients: [String: Tensor]) throws -> [String: Tensor]
}

/// A process that trains alone.
public struct SingleProcess: ProcessGroup {
    /// 0.
    public let rank = 0
    /// 1.
    public let count = 1

    /// Makes the group.
    public init() {}

    /// The gradients as they are.
    public func averaged(_ gradients: [String: Tensor]) -> [String: Tensor] { gradients }
}
