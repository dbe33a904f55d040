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

/// LeNet-300-100 (LeCun et al., 1998): two hidden layers of 300 and 100, ReLU, no batch norm.
///
/// - Parameters:
///   - classes: the outputs of the head.
///   - shape: an example's sizes.
/// - Returns: a Program from `[batch] + shape` to logits `[batch, classes]`; 266,610 parameters for
///   784 inputs and 10 classes.
public func leNet300(classes: Int, input shape: [Int]) throws -> Program {
    try Program(input: shape) { x in
        x.flattened().linear("fc1", outputs: 300).relu().linear("fc2", outputs: 100).relu()
            .linear("fc3", outputs: classes)
    }
}
