import Programs
import Tensors

extension ONNXReaders {
    /// Functions of one tensor, element by element, and softmax.
    static let activations: [String: Translation] = [
        "Relu": unary("aten.relu.default"), "Sigmoid": unary("aten.sigmoid.default"),
        "Tanh": unary("aten.tanh.default"), "Softplus": unary("aten.softplus.default"),
        "Mish": unary("aten.mish.default"), "HardSwish": unary("aten.hardswish.default"),
        "Erf": unary("aten.erf.default"), "Softsign": softsign, "LeakyRelu": leakyRelu,
        "Elu": elu, "Selu": selu, "Celu": celu, "HardSigmoid": hardSigmoid, "PRelu": prelu,
        "ThresholdedRelu": thresholdedRelu, "Gelu": gelu, "Clip": clip,
        "Softmax": softmax("aten.softmax.int"), "LogSoftmax": softmax("aten.log_softmax.int"),
        "Dropout": dropout,
    ]

    /// An operator of one tensor and nothing else.
    static func unary(_ operation: OperatorName) -> Translation {
        { call in [try call.call(operation, ["self": .tensor(call.operand(0))])] }
    }

    private static let softsign: Translation = { call in
        let x = try call.operand(0)
        let size = try call.call("aten.abs.default", ["self": .tensor(x)])
        let below = try call.call("aten.add.Scalar", ["self": .tensor(size), "other": .int(1)])
        return [try call.call("aten.div.Tensor", ["self": .tensor(x), "other": .tensor(below)])]
    }

    private static let leakyRelu: Translation = { call in
        [
            try call.call(
                "aten.leaky_relu.default",
                [
                    "self": .tensor(call.operand(0)),
                    "negative_slope": .double(call.float("alpha", 0.01)),
                ])
        ]
    }

    private static let elu: Translation = { call in
        [
            try call.call(
                "aten.elu.default",
                ["self": .tensor(call.operand(0)), "alpha": .double(call.float("alpha", 1))])
        ]
    }

    private static let selu: Translation = { call in
        // The standard's own numbers are those of aten.selu, rounded.
        let (alpha, gamma) = (1.6732632423543772, 1.0507009873554805)
        let given = (try call.float("alpha", alpha), try call.float("gamma", gamma))
        if abs(given.0 - alpha) < 1e-6, abs(given.1 - gamma) < 1e-6 {
            return try unary("aten.selu.default")(call)
        }
        return [
            try call.call(
                "aten.elu.default",
                [
                    "self": .tensor(call.operand(0)), "alpha": .double(given.0),
                    "scale": .double(given.1),
                ])
        ]
    }

    private static let celu: Translation = { call in
        [
            try call.call(
                "aten.celu.default",
                ["self": .tensor(call.operand(0)), "alpha": .double(call.float("alpha", 1))])
        ]
    }

    private static let hardSigmoid: Translation = { call in
        let x = try call.operand(0)
        let (alpha, beta) = (try call.float("alpha", 0.2), try call.float("beta", 0.5))
        if abs(alpha - 1 / 6) < 1e-6, beta == 0.5 {
            return try unary("aten.hardsigmoid.default")(call)
        }
        let scaled = try call.call(
            "aten.mul.Scalar", ["self": .tensor(x), "other": .double(alpha)])
        let shifted = try call.call(
            "aten.add.Scalar", ["self": .tensor(scaled), "other": .double(beta)])
        return [
            try call.call(
                "aten.clamp.default",
                ["self": .tensor(shifted), "min": .double(0), "max": .double(1)])
        ]
    }

    /// A slope for each channel is a parameter of one dimension in ATen.
    private static let prelu: Translation = { call in
        let (x, slope) = (try call.operand(0), try call.operand(1))
        let sizes = slope.type.shape ?? []
        let place = sizes.firstIndex { $0 > 1 }
        let isChannel = place.map { sizes.count - $0 == x.rank - 1 } ?? true
        if let count = slope.constant?.count,
            count == 1 || sizes.filter({ $0 > 1 }).count == 1 && isChannel
        {
            let flat = ONNXSourceValue(
                try call.call(
                    "aten.reshape.default", ["self": .tensor(slope), "shape": .ints([count])]
                ).constant ?? slope.constant ?? Self.zero, label: slope.label, isInitializer: true)
            return [
                try call.call(
                    "aten.prelu.default", ["self": .tensor(x), "weight": .weight(flat)])
            ]
        }
        let scaled = try call.call(
            "aten.mul.Tensor", ["self": .tensor(x), "other": .weight(slope)])
        let isNegative = try call.call("aten.lt.Scalar", ["self": .tensor(x), "other": .int(0)])
        return [
            try call.call(
                "aten.where.self",
                ["condition": .tensor(isNegative), "self": .tensor(scaled), "other": .tensor(x)])
        ]
    }

    private static let thresholdedRelu: Translation = { call in
        [
            try call.call(
                "aten.threshold.default",
                [
                    "self": .tensor(call.operand(0)), "threshold": .double(call.float("alpha", 1)),
                    "value": .int(0),
                ])
        ]
    }

    private static let gelu: Translation = { call in
        [
            try call.call(
                "aten.gelu.default",
                [
                    "self": .tensor(call.operand(0)),
                    "approximate": .string(call.string("approximate", "none")),
                ])
        ]
    }

    private static let clip: Translation = { call in
        let x = try call.operand(0)
        let (low, high) = (call.optional(1), call.optional(2))
        guard low != nil || high != nil else { return [x] }
        if low == nil || low?.scalar != nil, high == nil || high?.scalar != nil {
            return [
                try call.call(
                    "aten.clamp.default",
                    [
                        "self": .tensor(x), "min": .plain(low?.scalar ?? .none),
                        "max": .plain(high?.scalar ?? .none),
                    ])
            ]
        }
        return [
            try call.call(
                "aten.clamp.Tensor",
                ["self": .tensor(x), "min": .optional(low), "max": .optional(high)])
        ]
    }

    /// Before version 13 it is over all dimensions from the axis on.
    private static func softmax(_ operation: OperatorName) -> Translation {
        { call in
            let x = try call.operand(0)
            let axis = try call.axis(
                call.int("axis", call.opset < 13 ? 1 : -1), rank: max(x.rank, 1))
            guard call.opset < 13, axis < x.rank - 1 else {
                return [
                    try call.call(operation, ["self": .tensor(x), "dim": .int(axis)])
                ]
            }
            let flat = try call.call(
                "aten.flatten.using_ints", ["self": .tensor(x), "start_dim": .int(axis)])
            let result = try call.call(operation, ["self": .tensor(flat), "dim": .int(axis)])
            return [try call.reshaped(result, to: call.assembly.sizes(of: x))]
        }
    }

    /// Nothing when it infers; a run that trains draws.
    private static let dropout: Translation = { call in
        let x = try call.operand(0)
        if let mode = call.optional(2), mode.scalar != .bool(false) {
            throw call.refusal("training_mode is not supported; export the model for inference")
        }
        try call.refuseResults(from: 1, "its mask")
        var rate = try call.float("ratio", 0.5)
        if let operand = call.optional(1) {
            guard case .double(let number) = operand.scalar else {
                throw call.refusal("its ratio is not a constant; export the model again")
            }
            rate = number
        }
        return [
            try call.call(
                "aten.dropout.default",
                ["input": .tensor(x), "p": .double(rate), "train": .bool(false)])
        ]
    }
}
