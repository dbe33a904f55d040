import Programs
import Tensors

extension ONNXReaders {
    /// Normalisation over examples, positions, channels or features.
    static let normalization: [String: Translation] = [
        "BatchNormalization": batchNorm, "InstanceNormalization": instanceNorm,
        "LayerNormalization": layerNorm, "GroupNormalization": groupNorm, "LRN": localResponseNorm,
        "MeanVarianceNormalization": meanVarianceNorm, "LpNormalization": vectorNorm,
    ]

    private static let batchNorm: Translation = { call in
        try call.refuse("training_mode")
        try call.refuseResults(from: 1, "a batch norm that updates its statistics")
        return [
            try call.call(
                "aten.batch_norm.default",
                [
                    "input": .tensor(call.operand(0)), "weight": .weight(call.operand(1)),
                    "bias": .weight(call.operand(2)), "running_mean": .buffer(call.operand(3)),
                    "running_var": .buffer(call.operand(4)), "training": .bool(false),
                    // ONNX says how much of the old statistics stays, PyTorch how much goes.
                    "momentum": .double(rounded(1 - call.float("momentum", 0.9))),
                    "eps": .double(call.float("epsilon", 1e-5)), "cudnn_enabled": .bool(false),
                ])
        ]
    }

    /// 0.1 rather than 0.09999999999999998.
    private static func rounded(_ number: Double) -> Double { (number * 1e12).rounded() / 1e12 }

    private static let instanceNorm: Translation = { call in
        [
            try call.call(
                "aten.instance_norm.default",
                [
                    "input": .tensor(call.operand(0)), "weight": .weight(call.operand(1)),
                    "bias": .weight(call.operand(2)), "running_mean": .nothing,
                    "running_var": .nothing, "use_input_stats": .bool(true),
                    "momentum": .double(0.1), "eps": .double(call.float("epsilon", 1e-5)),
                    "cudnn_enabled": .bool(false),
                ])
        ]
    }

    private static let layerNorm: Translation = { call in
        let x = try call.operand(0)
        let axis = try call.axis(call.int("axis", -1), rank: x.rank)
        let shape = x.type.sizes[axis...].compactMap(\.fixed)
        guard shape.count == x.rank - axis else {
            throw call.refusal(
                "normalisation over sizes that are free, \(x.type), is not supported")
        }
        let (weight, bias) = (try call.operand(1), call.optional(2))
        let fits = [weight, bias].allSatisfy { $0 == nil || $0?.type.shape == shape }
        let epsilon = try call.float("epsilon", 1e-5)
        guard call.isRead(1) || call.isRead(2) || !fits else {
            return [
                try call.call(
                    "aten.layer_norm.default",
                    [
                        "input": .tensor(x), "normalized_shape": .ints(shape),
                        "weight": .weight(weight), "bias": .weight(bias), "eps": .double(epsilon),
                    ])
            ]
        }
        var results = try call.results(
            "aten.native_layer_norm.default",
            [
                "input": .tensor(x), "normalized_shape": .ints(shape), "weight": .nothing,
                "bias": .nothing, "eps": .double(epsilon),
            ], count: 3)
        results[0] = try call.call(
            "aten.mul.Tensor", ["self": .tensor(results[0]), "other": trainable(weight)])
        if let bias {
            results[0] = try call.call(
                "aten.add.Tensor", ["self": .tensor(results[0]), "other": trainable(bias)])
        }
        return results
    }

    /// Until version 20 there is one scale a group, then one a channel.
    private static let groupNorm: Translation = { call in
        let x = try call.operand(0)
        let groups = try call.int("num_groups", 0)
        guard x.rank > 1, let channels = x.type.sizes[1].fixed, groups > 0, channels % groups == 0
        else { throw call.refusal("\(x.type) does not fall into \(groups) groups", .invalid) }
        let parts = try (1...2).map { index in
            let part = try call.operand(index)
            guard call.opset < 21, part.type.sizes.first?.fixed != channels else { return part }
            let repeated = try call.call(
                "aten.repeat_interleave.self_int",
                ["self": .tensor(part), "repeats": .int(channels / groups), "dim": .int(0)])
            guard let tensor = repeated.constant else { return repeated }
            return ONNXSourceValue(tensor, label: part.label, isInitializer: part.isInitializer)
        }
        return [
            try call.call(
                "aten.group_norm.default",
                [
                    "input": .tensor(x), "num_groups": .int(groups), "weight": .weight(parts[0]),
                    "bias": .weight(parts[1]), "eps": .double(call.float("epsilon", 1e-5)),
                    "cudnn_enabled": .bool(false),
                ])
        ]
    }

    /// `x / (bias + alpha · mean of the squares of channels around)^beta`.
    private static let localResponseNorm: Translation = { call in
        let x = try call.operand(0)
        let size = try call.int("size", 0)
        guard x.rank > 2, 1..<ONNXWindows.largest ~= size else {
            throw call.refusal("\(x.type) with windows of \(size) channels is not supported")
        }
        let squares = try call.call("aten.mul.Tensor", ["self": .tensor(x), "other": .tensor(x)])
        // Channels and positions as the two sides of an image.
        let flat = try call.call(
            "aten.flatten.using_ints", ["self": .tensor(squares), "start_dim": .int(2)])
        let image = try call.call(
            "aten.unsqueeze.default", ["self": .tensor(flat), "dim": .int(1)])
        let padded = try call.call(
            "aten.constant_pad_nd.default",
            ["self": .tensor(image), "pad": .ints([0, 0, (size - 1) / 2, size / 2])])
        let means = try call.call(
            "aten.avg_pool2d.default",
            ["self": .tensor(padded), "kernel_size": .ints([size, 1]), "stride": .ints([1, 1])])
        let shaped = try call.reshaped(means, to: call.assembly.sizes(of: x))
        let scaled = try call.call(
            "aten.mul.Scalar",
            ["self": .tensor(shaped), "other": .double(call.float("alpha", 1e-4))])
        let shifted = try call.call(
            "aten.add.Scalar", ["self": .tensor(scaled), "other": .double(call.float("bias", 1))])
        let below = try call.call(
            "aten.pow.Tensor_Scalar",
            ["self": .tensor(shifted), "exponent": .double(call.float("beta", 0.75))])
        return [try call.call("aten.div.Tensor", ["self": .tensor(x), "other": .tensor(below)])]
    }

    private static let meanVarianceNorm: Translation = { call in
        let x = try call.operand(0)
        let axes = try call.axes(call.ints("axes") ?? [0, 2, 3], rank: x.rank)
        func mean(_ operand: ONNXSourceValue) throws -> ONNXSourceValue {
            try call.call(
                "aten.mean.dim",
                ["self": .tensor(operand), "dim": .ints(axes), "keepdim": .bool(true)])
        }
        let centred = try call.call(
            "aten.sub.Tensor", ["self": .tensor(x), "other": .tensor(mean(x))])
        let squares = try call.call(
            "aten.mul.Tensor", ["self": .tensor(centred), "other": .tensor(centred)])
        let deviation = try call.call("aten.sqrt.default", ["self": .tensor(mean(squares))])
        let below = try call.call(
            "aten.add.Scalar", ["self": .tensor(deviation), "other": .double(1e-9)])
        return [
            try call.call("aten.div.Tensor", ["self": .tensor(centred), "other": .tensor(below)])
        ]
    }

    private static let vectorNorm: Translation = { call in
        let x = try call.operand(0)
        let norm = try call.call(
            "aten.linalg_vector_norm.default",
            [
                "self": .tensor(x), "ord": .int(call.int("p", 2)),
                "dim": .ints([call.axis(call.int("axis", -1), rank: x.rank)]),
                "keepdim": .bool(true),
            ])
        return [try call.call("aten.div.Tensor", ["self": .tensor(x), "other": .tensor(norm)])]
    }
}
