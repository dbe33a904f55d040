import FileFormats
import Tensors

/// A tensor of the ONNX graph that is being written.
struct ONNXOperand: Hashable {
    /// Its name in the graph; it may get another when the graph is finished.
    let name: String
    /// The type of its elements.
    let type: ScalarType
}

/// One size of a tensor of the graph.
enum ONNXDimension: Hashable {
    /// A number; -1 where an operator finds it out itself.
    case fixed(Int)
    /// What a node computes: int64 `[1]`.
    case computed(ONNXOperand)

    /// The number that it is, if it is one.
    var fixed: Int? {
        guard case .fixed(let number) = self else { return nil }
        return number
    }
}

/// The nodes, or the form of a node, that have no counterpart in ONNX.
struct ONNXUnsupported: Error {
    /// What it is about the node; empty for its operator as such.
    let reason: String
}
