public import Programs

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

/// LeNet-5 in the form that the low-rank literature uses: 5x5 convolutions to 20 and 50 channels, each with
/// ReLU and 2x2 pooling, then 500 hidden units.
///
/// Sizes as in E. Ceruti et al., Low-rank lottery tickets, 2022, table 2.
///
/// - Parameters:
///   - classes: the outputs of the head.
///   - shape: an example's sizes, `[channels, height, width]`, at least 16 high and wide.
/// - Returns: a Program from `[batch] + shape` to logits `[batch, classes]`; 431,080 parameters for
///   `[1, 28, 28]` and 10 classes.
public func leNet5(classes: Int, input shape: [Int]) throws -> Program {
    try checkImage(shape, atLeast: 16, for: "lenet5")
    return try Program(input: shape) { x in
        x.convolution("conv1", outputs: 20, kernel: 5, bias: true).relu().maxPooled(2)
            .convolution("conv2", outputs: 50, kernel: 5, bias: true).relu().maxPooled(2)
            .flattened().linear("fc1", outputs: 500).relu().linear("fc2", outputs: classes)
    }
}
