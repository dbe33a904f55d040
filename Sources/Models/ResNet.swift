public import Programs

/// A residual network for 32x32 images (He et al., 2016, section 4.2): three stages of 16, 32 and 64 channels,
/// shortcuts without parameters (option A).
///
/// Tensors are named as in the checkpoints of Y. Idelbayev's “Proper ResNet implementation for CIFAR10”.
///
/// - Parameters:
///   - blocks: the blocks of two convolutions in each stage; 3 for ResNet-20, 9 for ResNet-56.
///   - classes: the outputs of the head.
///   - shape: an example's sizes, `[channels, height, width]`, at least 8 high and wide.
/// - Returns: a Program from `[batch] + shape` to logits `[batch, classes]`; 269,722 and 853,018 parameters
///   for `[3, 32, 32]`, 10 classes and 3 or 9 blocks.
public func smallResNet(blocks: Int, classes: Int, input shape: [Int]) throws -> Program {
    try checkImage(shape, atLeast: 8, for: "resnet\(6 * blocks + 2)")
    return try Program(input: shape) { x in
        var h = x.convolution("conv1", outputs: 16, kernel: 3, padding: 1).batchNorm("bn1").relu()
        for (stage, channels) in [16, 32, 64].enumerated() {
            for block in 0..<blocks {
                let stride = stage > 0 && block == 0 ? 2 : 1
                h = h.residualBlock(
                    "layer\(stage + 1).\(block)", channels: channels, stride: stride
                ) { input in
                    guard stride > 1 else { return input }
                    let added = channels - input.channels
                    return input.sampled(along: 2, every: stride).sampled(along: 3, every: stride)
                        .withZeroChannels(before: added / 2, after: added - added / 2)
                }
            }
        }
        return h.averagedOverPositions().linear("linear", outputs: classes)
    }
}

/// ResNet-18 for large images (He et al., 2016, table 1): a 7x7 stem, four stages of 64 to 512 channels,
/// shortcuts with 1x1 convolutions (option B).
///
/// Tensors are named as in torchvision's checkpoints.
///
/// - Parameters:
///   - classes: the outputs of the head.
///   - shape: an example's sizes, `[channels, height, width]`, at least 32 high and wide.
/// - Returns: a Program from `[batch] + shape` to logits `[batch, classes]`; 11,689,512 parameters
///   for `[3, 224, 224]` and 1,000 classes.
public func resNet18(classes: Int, input shape: [Int]) throws -> Program {
    try checkImage(shape, atLeast: 32, for: "resnet18")
    return try Program(input: shape) { x in
        var h = x.convolution("conv1", outputs: 64, kernel: 7, stride: 2, padding: 3)
            .batchNorm("bn1").relu().maxPooled(3, stride: 2, padding: 1)
        for (stage, channels) in [64, 128, 256, 512].enumerated() {
            for block in 0..<2 {
                let name = "layer\(stage + 1).\(block)"
                let stride = stage > 0 && block == 0 ? 2 : 1
                h = h.residualBlock(name, channels: channels, stride: stride) { input in
                    guard stride > 1 else { return input }
                    return input.convolution(
                        "\(name).downsample.0", outputs: channels, kernel: 1, stride: stride
                    ).batchNorm("\(name).downsample.1")
                }
            }
        }
        return h.averagedOverPositions().linear("fc", outputs: classes)
    }
}

extension SymbolicTensor {
    /// Two 3x3 convolutions with batch norm, added to a shortcut.
    fileprivate func residualBlock(
        _ name: String, channels: Int, stride: Int,
        shortcut: (SymbolicTensor) -> SymbolicTensor
    ) -> SymbolicTensor {
        let first = convolution(
            "\(name).conv1", outputs: channels, kernel: 3, stride: stride, padding: 1
        ).batchNorm("\(name).bn1").relu()
        let second = first.convolution("\(name).conv2", outputs: channels, kernel: 3, padding: 1)
            .batchNorm("\(name).bn2")
        return (second + shortcut(self)).relu()
    }
}
