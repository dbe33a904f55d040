public import Programs

/// The depths of VGG that there are.
public enum VGGDepth: Int, Sendable, CaseIterable {
    case thirteen = 13
    case sixteen = 16

    /// The channels of each stage's convolutions.
    fileprivate var stages: [[Int]] {
        let count = self == .thirteen ? 2 : 3
        return [[64, 64], [128, 128]]
            + [256, 512, 512].map { [Int](repeating: $0, count: count) }
    }
}

/// VGG (Simonyan and Zisserman, 2015) for 32x32 images: batch norm after each convolution, no bias in the
/// convolutions, and one linear head from 512.
///
/// Tensors are named as in PyTorch's `nn.Sequential`: `features.N` and `classifier`.
///
/// - Parameters:
///   - depth: the layers with weights, the head counted as three.
///   - classes: the outputs of the head.
///   - shape: an example's sizes, `[channels, height, width]`, at least 32 high and wide.
/// - Returns: a Program from `[batch] + shape` to logits `[batch, classes]`; 9,413,066 and 14,724,042
///   parameters for `[3, 32, 32]` and 10 classes.
public func vgg(_ depth: VGGDepth, classes: Int, input shape: [Int]) throws -> Program {
    try checkImage(shape, atLeast: 32, for: "vgg\(depth.rawValue)")
    return try Program(input: shape) { x in
        var h = x
        var position = 0
        for stage in depth.stages {
            for channels in stage {
                h = h.convolution(
                    "features.\(position)", outputs: channels, kernel: 3, padding: 1
                ).batchNorm("features.\(position + 1)").relu()
                position += 3
            }
            h = h.maxPooled(2)
            position += 1
        }
        return h.averagedOverPositions().linear("classifier", outputs: classes)
    }
}
