extension SymbolicTensor {
    /// Convolution over images `[batch, channels, height, width]`, its weight drawn for a ReLU after it
    /// (He et al., Delving deep into rectifiers, 2015, equation 10).
    ///
    /// - Parameters:
    ///   - name: the layer's name; its tensors are `name.weight` `[outputs, channels / groups, kernel, kernel]`
    ///     and `name.bias`.
    ///   - outputs: the channels of the result.
    ///   - kernel: the kernel's height and width.
    ///   - stride: the step between its positions.
    ///   - padding: zeros on each side.
    ///   - groups: the parts that the channels fall into.
    ///   - bias: whether there is a bias.
    public func convolution(
        _ name: String, outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
        groups: Int = 1, bias: Bool = false
    ) -> SymbolicTensor {
        guard groups > 0, channels % groups == 0, outputs % groups == 0 else {
            builder.fail(
                ProgramError(
                    .invalid,
                    "\(name): \(channels) and \(outputs) channels do not fall into \(groups) groups"
                ))
            return self
        }
        let inputs = channels / groups
        let fanIn = Double(inputs * kernel * kernel)
        let weight = builder.stored(
            "\(name).weight",
            StoredTensor(
                .parameter, shape: [outputs, inputs, kernel, kernel],
                initially: .normal(deviation: (2 / fanIn).squareRoot())))
        var offset = Argument.none
        if bias {
            offset = .value(
                builder.stored(
                    "\(name).bias",
                    StoredTensor(
                        .parameter, shape: [outputs],
                        initially: .uniform(bound: 1 / fanIn.squareRoot()))))
        }
        return builder.call(
            "aten.conv2d.default",
            [
                "input": .value(value), "weight": .value(weight), "bias": offset,
                "stride": .ints([stride, stride]), "padding": .ints([padding, padding]),
                "dilation": .ints([1, 1]), "groups": .int(groups),
            ])
    }

    /// The largest of each window, `[batch, channels, height, width]`.
    ///
    /// - Parameters:
    ///   - size: the window's height and width.
    ///   - stride: the step between windows; the size by default.
    ///   - padding: what is left out on each side.
    public func maxPooled(_ size: Int, stride: Int? = nil, padding: Int = 0) -> SymbolicTensor {
        let step = stride ?? size
        return builder.call(
            "aten.max_pool2d.default",
            [
                "self": .value(value), "kernel_size": .ints([size, size]),
                "stride": .ints([step, step]), "padding": .ints([padding, padding]),
            ])
    }

    /// The mean over height and width: `[batch, channels, height, width]` to `[batch, channels]`.
    public func averagedOverPositions() -> SymbolicTensor {
        builder.call(
            "aten.mean.dim",
            ["self": .value(value), "dim": .ints([2, 3]), "keepdim": .bool(false)])
    }

    /// Every `step`-th position along a dimension.
    public func sampled(along dimension: Int, every step: Int) -> SymbolicTensor {
        builder.call(
            "aten.slice.Tensor",
            [
                "self": .value(value), "dim": .int(dimension), "start": .int(0),
                "end": .int(Int.max), "step": .int(step),
            ])
    }

    /// Zero channels before and after: `[batch, channels + before + after, height, width]`.
    public func withZeroChannels(before: Int, after: Int) -> SymbolicTensor {
        builder.call(
            "aten.constant_pad_nd.default",
            ["self": .value(value), "pad": .ints([0, 0, 0, 0, before, after])])
    }

    /// The size of the second dimension.
    ///
    /// - Returns: 1, and an error recorded, where that size is not a number.
    public var channels: Int {
        if let count = type.sizes.dropFirst().first?.fixed { return count }
        builder.fail(ProgramError(.invalid, "\(value), \(type), has no channels"))
        return 1
    }
}
