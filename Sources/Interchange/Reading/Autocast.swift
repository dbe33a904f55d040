import Programs
import Tensors

/// What PyTorch's autocast does inside of a region, written out: an export states the results' types alone.
struct Autocast {
    /// The narrow type that the region computes in.
    let type: ScalarType

    /// Operators that autocast runs in the narrow type; the others follow their arguments, or are widened.
    private static let narrow: Set<String> = [
        "linear", "matmul", "mm", "bmm", "addmm", "addbmm", "baddbmm", "conv1d", "conv2d",
        "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
        "convolution", "_convolution", "einsum", "linalg_vecdot", "scaled_dot_product_attention",
        "lstm", "gru", "rnn_tanh", "rnn_relu", "prelu",
    ]
    /// Operators that take arguments of two types, and would give the narrow one.
    private static let mixed: Set<String> = [
        "layer_norm", "native_layer_norm", "group_norm", "native_group_norm", "batch_norm",
        "instance_norm",
    ]
    private static let casts: Set<String> = ["to", "_to_copy", "type_as"]

    /// The type that a node's floating-point arguments are converted to; nil where they stay as they are.
    ///
    /// - Parameters:
    ///   - operation: the operator.
    ///   - arguments: the types of its tensors.
    ///   - result: the type of its first result, as the file states it.
    func target(
        of operation: OperatorName, arguments: [ScalarType], result: ScalarType?
    ) -> ScalarType? {
        guard let result, result.isFloatingPoint, !Self.casts.contains(operation.name) else {
            return nil
        }
        let floating = Set(arguments.filter(\.isFloatingPoint))
        guard floating.contains(where: { $0 != result }) else { return nil }
        let isForced = Self.narrow.contains(operation.name) || Self.mixed.contains(operation.name)
        return isForced || floating.count == 1 ? result : nil
    }
}
