import Tensors

/// A tensor of a Program that is being written: a name and a type, no elements.
public struct SymbolicTensor {
    /// Its name in the Program.
    public let value: Value
    /// Its type.
    public let type: TensorType
    /// What collects the calls.
    public let builder: ProgramBuilder

    /// The number at the end of its sizes: its features.
    ///
    /// - Returns: 1, and an error recorded, where that size is not a number.
    var features: Int {
        if let last = type.sizes.last?.fixed { return last }
        builder.fail(
            ProgramError(.invalid, "the last size of \(value), \(type), is not a number"))
        return 1
    }
}

extension SymbolicTensor {
    /// All dimensions after the batch joined into one: `[batch, features]`.
    public func flattened() -> SymbolicTensor {
        builder.call("aten.flatten.using_ints", ["self": .value(value), "start_dim": .int(1)])
    }

    /// `max(x, 0)`, element by element.
    public func relu() -> SymbolicTensor {
        builder.call("aten.relu.default", ["self": .value(value)])
    }

    /// `x · Wᵀ + b` over the last dimension, W and b drawn as PyTorch's `nn.Linear` draws them.
    ///
    /// - Parameters:
    ///   - name: the layer's name; its tensors are `name.weight` `[outputs, inputs]` and `name.bias`.
    ///   - outputs: the width of the result.
    ///   - bias: whether there is a bias.
    public func linear(_ name: String, outputs: Int, bias: Bool = true) -> SymbolicTensor {
        let start = Initializer.uniform(bound: 1 / Double(features).squareRoot())
        let weight = builder.stored(
            "\(name).weight",
            StoredTensor(.parameter, shape: [outputs, features], initially: start))
        guard bias else {
            return builder.call(
                "aten.linear.default", ["input": .value(value), "weight": .value(weight)])
        }
        let offset = builder.stored(
            "\(name).bias", StoredTensor(.parameter, shape: [outputs], initially: start))
        return builder.call(
            "aten.linear.default",
            ["input": .value(value), "weight": .value(weight), "bias": .value(offset)])
    }

    /// Batch normalisation over the second dimension (Ioffe and Szegedy, 2015), as `nn.BatchNorm1d`.
    ///
    /// - Parameters:
    ///   - name: the layer's name; its tensors are `weight`, `bias`, `running_mean`, `running_var`
    ///     and `num_batches_tracked` below it.
    ///   - epsilon: what is added to the variance.
    ///   - momentum: the share of a batch in the running statistics.
    public func batchNorm(
        _ name: String, epsilon: Double = 1e-5, momentum: Double = 0.1
    ) -> SymbolicTensor {
        let channels = type.sizes.dropFirst().first?.fixed ?? features
        let declare = { (part: String, role: StoredTensor.Role, start: Double) in
            builder.stored(
                "\(name).\(part)",
                StoredTensor(role, shape: [channels], initially: .constant(start)))
        }
        let weight = declare("weight", .parameter, 1)
        let bias = declare("bias", .parameter, 0)
        let mean = declare("running_mean", .buffer, 0)
        let variance = declare("running_var", .buffer, 1)
        _ = builder.stored(
            "\(name).num_batches_tracked",
            StoredTensor(.buffer, shape: [], type: .int64, initially: .constant(0)))
        return builder.call(
            "aten.batch_norm.default",
            [
                "input": .value(value), "weight": .value(weight), "bias": .value(bias),
                "running_mean": .value(mean), "running_var": .value(variance),
                "training": .bool(false), "momentum": .double(momentum), "eps": .double(epsilon),
                "cudnn_enabled": .bool(true),
            ])
    }
}
