/// Where a tensor's memory is.
public struct Device: Hashable, Sendable, CustomStringConvertible {
    /// libtorch's number for the kind of device.
    public let type: Int
    /// Which one of that kind; -1 for the current one.
    public let index: Int

    /// Makes a device from libtorch's numbers.
    public init(type: Int, index: Int = -1) {
        self.type = type
        self.index = index
    }

    /// The processor's own memory.
    public static let cpu = Device(type: 0)
    /// The current CUDA device.
    public static let cuda = Device(type: 1)
    /// No memory at all: shapes and types only.
    public static let meta = Device(type: 14)

    /// The name that PyTorch uses, `cpu` or `cuda:0` for example.
    public var description: String {
        let name = [0: "cpu", 1: "cuda", 14: "meta"][type] ?? "device\(type)"
        return index < 0 || type != 1 ? name : "\(name):\(index)"
    }
}
