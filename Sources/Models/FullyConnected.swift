public import Programs

/// A fully connected network: linear → batch norm → ReLU, with a plain linear head.
///
/// The networks of LoRITa (Zhang, Alkhouri and Wang, 2024) on MNIST are of this form, with batch norm on
/// the logits too.
///
/// - Parameters:
///   - layers: the number of linear layers, the head included; at least 1.
///   - width: the outputs of every layer but the head.
///   - classes: the outputs of the head.
///   - shape: an example's sizes, `[channels, height, width]` or `[features]`.
///   - logitsNorm: whether batch norm follows the head.
/// - Returns: a Program from `[batch] + shape` to logits `[batch, classes]`.
public func fullyConnected(
    layers: Int, width: Int, classes: Int, input shape: [Int], logitsNorm: Bool = false
) throws -> Program {
    try Program(input: shape) { x in
        var h = x.flattened()
        for index in 0..<(layers - 1) {
            h = h.linear("layers.\(index).linear", outputs: width)
                .batchNorm("layers.\(index).norm").relu()
        }
        let logits = h.linear("head", outputs: classes)
        return logitsNorm ? logits.batchNorm("logits_norm") : logits
    }
}
