import Foundation
public import Programs
import Tensors

/// A small vision transformer (Beyer et al., Better plain ViT baselines, 2022): patches, fixed sine-cosine
/// positions, pre-norm blocks, mean pooling.
///
/// Tensors are named as in P. Wang's SimpleViT, with queries, keys and values apart.
///
/// - Parameters:
///   - layers: the number of blocks.
///   - heads: attention's heads.
///   - width: the features of a token, a multiple of 4 and of `heads`.
///   - hidden: the features between a block's two linear layers.
///   - patch: a patch's height and width.
///   - classes: the outputs of the head.
///   - shape: an example's sizes, `[channels, height, width]`, in multiples of the patch.
/// - Returns: a Program from `[batch] + shape` to logits `[batch, classes]`; 1,196,746 parameters for 4 layers,
///   `[3, 32, 32]` and 10 classes.
public func visionTransformer(
    layers: Int, heads: Int, width: Int = 192, hidden: Int = 384, patch: Int = 4,
    classes: Int, input shape: [Int]
) throws -> Program {
    try checkImage(shape, atLeast: patch, multipleOf: patch, for: "vit-l\(layers)-h\(heads)")
    let (channels, rows, columns) = (shape[0], shape[1] / patch, shape[2] / patch)
    let positions = try sineCosinePositions(rows: rows, columns: columns, width: width)
    return try Program(input: shape) { x in
        var h = x.reshaped(to: [-1, channels, rows, patch, columns, patch])
            .permuted([0, 2, 4, 3, 5, 1])
            .reshaped(to: [-1, rows * columns, patch * patch * channels])
            .linear("to_patch_embedding.1", outputs: width)
            .adding(positions, named: "pos_embedding")
        for layer in 0..<layers {
            let name = "transformer.layers.\(layer)"
            h = h.layerNorm("\(name).0.norm").selfAttention("\(name).0", heads: heads) + h
            h =
                h.layerNorm("\(name).1.net.0").linear("\(name).1.net.1", outputs: hidden).gelu()
                .linear("\(name).1.net.3", outputs: width) + h
        }
        return h.averaged(over: 1).layerNorm("linear_head.0")
            .linear("linear_head.1", outputs: classes)
    }
}

/// Positions `[rows · columns, width]`: sine and cosine of the column and of the row at `width / 4` frequencies
/// that fall from 1 to 1/10,000 (Vaswani et al., 2017, section 3.5, in two dimensions).
private func sineCosinePositions(rows: Int, columns: Int, width: Int) throws -> Tensor {
    guard width % 4 == 0, width >= 8 else {
        throw ProgramError(.input, "a width of \(width) is not a multiple of 4 from 8 on")
    }
    let quarter = width / 4
    let frequencies = (0..<quarter).map { pow(10_000, -Double($0) / Double(quarter - 1)) }
    var elements: [Float] = []
    for row in 0..<rows {
        for column in 0..<columns {
            for (place, function) in [
                (column, { sin($0) }), (column, { cos($0) }), (row, { sin($0) }),
                (row, { cos($0) }),
            ] as [(Int, (Double) -> Double)] {
                elements += frequencies.map { Float(function(Double(place) * $0)) }
            }
        }
    }
    return Tensor(elements, shape: [rows * columns, width])
}
