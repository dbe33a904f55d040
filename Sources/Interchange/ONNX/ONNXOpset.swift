/// The version of ONNX's operators to write, each with the oldest form of file that allows it.
public enum ONNXOpset: Int, Sendable, CaseIterable {
    /// ONNX 1.12; opens in the most runtimes.
    case v17 = 17
    /// ONNX 1.13.
    case v18 = 18
    /// ONNX 1.15.
    case v20 = 20

    /// The version of the form of the file.
    var irVersion: Int { self == .v20 ? 9 : 8 }
}
