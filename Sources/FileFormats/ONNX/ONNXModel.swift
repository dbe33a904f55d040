/// The contents of an ONNX file.
///
/// Names and numbers are as the file has them; whether the graph makes sense is not checked here.
public struct ONNXModel: Sendable {
    /// The version of the file's form: 8 goes with operator set 17.
    public var irVersion: Int
    /// The version of each operator set that is used, by domain; the domain of ONNX itself is empty.
    public var opsets: [String: Int]
    /// The program that wrote the file, and its version.
    public var producer: (name: String, version: String)
    /// Texts that travel with the model.
    public var metadata: [String: String]
    /// What is computed.
    public var graph: ONNXGraph
    /// Operators that the file defines itself.
    public var functions: [ONNXFunction]

    /// Makes a model from its parts.
    public init(
        irVersion: Int, opsets: [String: Int], producer: (name: String, version: String),
        metadata: [String: String] = [:], graph: ONNXGraph, functions: [ONNXFunction] = []
    ) {
        self.irVersion = irVersion
        self.opsets = opsets
        self.producer = producer
        self.metadata = metadata
        self.graph = graph
        self.functions = functions
    }
}
