public import Tensors

extension SymbolicTensor {
    /// The sum, element by element; sizes of one are repeated.
    public static func + (left: SymbolicTensor, right: SymbolicTensor) -> SymbolicTensor {
        left.builder.call(
            "aten.add.Tensor", ["self": .value(left.value), "other": .value(right.value)])
    }

    /// The sum with a tensor that the Program holds and does not train.
    ///
    /// - Parameter name: the tensor's name in the Program.
    public func adding(_ constant: Tensor, named name: String) -> SymbolicTensor {
        let stored = builder.stored(name, StoredTensor(.constant, constant))
        return builder.call(
            "aten.add.Tensor", ["self": .value(value), "other": .value(stored)])
    }

    /// Rows of a table, one for each whole number: `[…, width]`, drawn from the normal distribution of deviation 0.02.
    ///
    /// - Parameters:
    ///   - name: the layer's name; its table is `name.weight` `[count, width]`.
    ///   - count: the rows, each with its number from 0.
    ///   - width: the features of a row.
    public func embedded(_ name: String, count: Int, width: Int) -> SymbolicTensor {
        let table = builder.stored(
            "\(name).weight",
            StoredTensor(.parameter, shape: [count, width], initially: .normal(deviation: 0.02)))
        return builder.call(
            "aten.embedding.default", ["weight": .value(table), "indices": .value(value)])
    }

    /// The sum with a table of as many rows, one for each position, drawn as ``embedded(_:count:width:)`` draws.
    ///
    /// - Parameters:
    ///   - name: the layer's name; its table is `name.weight` `[count, features]`.
    ///   - count: the positions, the last size but one.
    public func addingRows(_ name: String, count: Int) -> SymbolicTensor {
        let table = builder.stored(
            "\(name).weight",
            StoredTensor(.parameter, shape: [count, features], initially: .normal(deviation: 0.02)))
        return builder.call(
            "aten.add.Tensor", ["self": .value(value), "other": .value(table)])
    }

    /// The same elements in other sizes; -1 for the batch.
    public func reshaped(to sizes: [Int]) -> SymbolicTensor {
        builder.call("aten.reshape.default", ["self": .value(value), "shape": .ints(sizes)])
    }

    /// The dimensions in another order: dimension `order[i]` becomes dimension i.
    public func permuted(_ order: [Int]) -> SymbolicTensor {
        builder.call("aten.permute.default", ["self": .value(value), "dims": .ints(order)])
    }

    /// Two dimensions exchanged.
    public func transposed(_ first: Int, _ second: Int) -> SymbolicTensor {
        builder.call(
            "aten.transpose.int",
            ["self": .value(value), "dim0": .int(first), "dim1": .int(second)])
    }

    /// The mean over one dimension, which goes.
    public func averaged(over dimension: Int) -> SymbolicTensor {
        builder.call(
            "aten.mean.dim",
            ["self": .value(value), "dim": .ints([dimension]), "keepdim": .bool(false)])
    }

    /// The Gaussian error linear unit (Hendrycks and Gimpel, 2016), exact.
    public func gelu() -> SymbolicTensor {
        builder.call("aten.gelu.default", ["self": .value(value)])
    }

    /// Layer normalisation over the last dimension (Ba et al., 2016).
    ///
    /// - Parameters:
    ///   - name: the layer's name; its tensors are `weight` and `bias` below it.
    ///   - epsilon: what is added to the variance.
    public func layerNorm(_ name: String, epsilon: Double = 1e-5) -> SymbolicTensor {
        let width = features
        let declare = { (part: String, start: Double) in
            builder.stored(
                "\(name).\(part)",
                StoredTensor(.parameter, shape: [width], initially: .constant(start)))
        }
        let weight = declare("weight", 1)
        let bias = declare("bias", 0)
        return builder.call(
            "aten.layer_norm.default",
            [
                "input": .value(value), "normalized_shape": .ints([width]),
                "weight": .value(weight), "bias": .value(bias), "eps": .double(epsilon),
            ])
    }

    /// Self-attention of several heads (Vaswani et al., 2017, section 3.2), each projection a layer of its own
    /// without bias: `name.to_q`, `name.to_k`, `name.to_v` and `name.to_out`.
    ///
    /// - Parameters:
    ///   - name: the layer's name.
    ///   - heads: the number of heads; they share the width evenly.
    ///   - isCausal: whether a token sees those before it alone.
    /// - Returns: `[batch, tokens, width]`, as the input.
    public func selfAttention(
        _ name: String, heads: Int, isCausal: Bool = false
    ) -> SymbolicTensor {
        let width = features
        guard type.sizes.count == 3, let tokens = type.sizes[1].fixed, width % heads == 0 else {
            builder.fail(
                ProgramError(
                    .invalid, "\(name): \(type) is not [batch, tokens, a width of \(heads) heads]"))
            return self
        }
        let parts = ["to_q", "to_k", "to_v"].map { part in
            linear("\(name).\(part)", outputs: width, bias: false)
                .reshaped(to: [-1, tokens, heads, width / heads]).transposed(1, 2)
        }
        let mixed = builder.call(
            "aten.scaled_dot_product_attention.default",
            [
                "query": .value(parts[0].value), "key": .value(parts[1].value),
                "value": .value(parts[2].value), "is_causal": .bool(isCausal),
            ])
        return mixed.transposed(1, 2).reshaped(to: [-1, tokens, width])
            .linear("\(name).to_out", outputs: width, bias: false)
    }
}
