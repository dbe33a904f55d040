public import Programs
import Tensors

/// A small GPT (Radford et al., 2019): learned positions, pre-norm blocks, causal attention, no dropout.
///
/// Tensors are named as in A. Karpathy's nanoGPT, with queries, keys and values apart, and the head is not tied to the
/// table of tokens.
///
/// - Parameters:
///   - layers: the number of blocks.
///   - heads: attention's heads.
///   - width: the features of a token, a multiple of `heads`.
///   - vocabulary: the number of tokens, 256 for bytes.
///   - context: the tokens that are seen at once.
/// - Returns: a Program from tokens `[batch, context]`, `int64`, to the logits of each next one, `[batch, context,
///   vocabulary]`.
public func gpt(
    layers: Int, heads: Int, width: Int, vocabulary: Int, context: Int
) throws -> Program {
    guard context >= 1, vocabulary >= 1 else {
        throw ProgramError(
            .input, "gpt-l\(layers)-h\(heads) reads at least one token of at least one kind")
    }
    return try Program(input: [context], type: .int64) { tokens in
        var h = tokens.embedded("transformer.wte", count: vocabulary, width: width)
            .addingRows("transformer.wpe", count: context)
        for layer in 0..<layers {
            let name = "transformer.h.\(layer)"
            h =
                h.layerNorm("\(name).ln_1").selfAttention(
                    "\(name).attn", heads: heads, isCausal: true) + h
            h =
                h.layerNorm("\(name).ln_2").linear("\(name).mlp.c_fc", outputs: 4 * width).gelu()
                .linear("\(name).mlp.c_proj", outputs: width) + h
        }
        return h.layerNorm("transformer.ln_f").linear("lm_head", outputs: vocabulary, bias: false)
    }
}
