import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Activation functions, and dropout, which does nothing when a network infers.
    static let activation: [String: ONNXTranslation] = [
        "aten.relu": unary("Relu"),
        "aten.sigmoid": unary("Sigmoid"),
        "aten.tanh": unary("Tanh"),
        "aten.selu": unary("Selu"),
        "aten.hardswish": unary("HardSwish"),
        "aten.gelu": gelu,
        "aten.silu": { call in
            let input = try call.tensor("self")
            try call.give(call.graph.emit("Mul", [input, call.graph.emit("Sigmoid", [input])]))
        },
        "aten.mish": { call in
            let input = try call.tensor("self")
            let gate = call.graph.emit("Tanh", [call.graph.emit("Softplus", [input])])
            try call.give(call.graph.emit("Mul", [input, gate]))
        },
        "aten.hardsigmoid": { call in
            try call.give(
                call.graph.emit(
                    "HardSigmoid", [call.tensor("self")],
                    ["alpha": .float(1 / 6), "beta": .float(0.5)]))
        },
        "aten.relu6": { try clip($0, $0.graph.number(0.0, $0.resultType()), 6) },
        "aten.hardtanh": { call in
            let low = try call.graph.number(
                call.double("min_val", default: -1), call.resultType())
            try clip(call, low, call.double("max_val", default: 1))
        },
        "aten.leaky_relu": { call in
            let slope = try call.double("negative_slope", default: 0.01)
            try call.give(
                call.graph.emit(
                    "LeakyRelu", [call.tensor("self")], ["alpha": .float(Float(slope))]))
        },
        "aten.rrelu": { call in
            // The mean of the slopes that training draws.
            let low = try call.double("lower", default: 0.125)
            let slope = try (low + call.double("upper", default: 1.0 / 3)) / 2
            try call.give(
                call.graph.emit(
                    "LeakyRelu", [call.tensor("self")], ["alpha": .float(Float(slope))]))
        },
        "aten.elu": elu,
        "aten.celu": { call in
            let alpha = try call.double("alpha", default: 1)
            try call.give(
                call.graph.emit("Celu", [call.tensor("self")], ["alpha": .float(Float(alpha))]))
        },
        "aten.softplus": softplus,
        "aten.hardshrink": { try shrink($0, biased: false) },
        "aten.softshrink": { try shrink($0, biased: true) },
        "aten.threshold": { call in
            let input = try call.tensor("self")
            let isAbove = call.graph.emit(
                "Greater", [input, try call.operand("threshold", as: input.type)], type: .bool)
            try call.give(
                call.graph.emit(
                    "Where", [isAbove, input, call.operand("value", as: input.type)],
                    type: input.type))
        },
        "aten.log_sigmoid": { call in
            let negative = call.graph.emit("Neg", [try call.tensor("self")])
            try call.give(call.graph.emit("Neg", [call.graph.emit("Softplus", [negative])]))
        },
        "aten.log_sigmoid_forward": { call in
            try call.requireUnread(1, "buffer")
            let negative = call.graph.emit("Neg", [try call.tensor("self")])
            try call.give(call.graph.emit("Neg", [call.graph.emit("Softplus", [negative])]))
        },
        "aten.glu": { call in
            let axis = try call.axis("dim", rank: call.rank("self"), default: -1)
            let half = try call.fixedSize("self", axis) / 2
            let parts = try call.graph.split(call.tensor("self"), axis: axis, sizes: [half, half])
            try call.give(
                call.graph.emit("Mul", [parts[0], call.graph.emit("Sigmoid", [parts[1]])]))
        },
        "aten.prelu": { call in
            let slope = try call.tensor("weight")
            let axes = Array(1..<max(try call.rank("self") - 1, 1))
            let isOne = try call.type("weight").shape == [1]
            try call.give(
                call.graph.emit(
                    "PRelu",
                    [call.tensor("self"), isOne ? slope : call.graph.unsqueeze(slope, axes)]))
        },
        "aten._prelu_kernel": { call in
            try call.give(
                call.graph.emit("PRelu", [call.tensor("self"), call.tensor("weight")]))
        },
        "aten.dropout": identity("input"),
        "aten.feature_dropout": identity("input"),
        "aten.alpha_dropout": identity("input"),
        "aten.feature_alpha_dropout": identity("input"),
        "aten.native_dropout": { call in
            try call.requireUnread(1, "mask")
            try call.give(call.tensor("input"))
        },
    ]

    /// An operator of one tensor that ONNX has too.
    static func unary(_ operation: String) -> ONNXTranslation {
        { call in
            try call.give(
                call.graph.emit(operation, [call.operand("self", as: call.resultType())]))
        }
    }

    /// The argument itself.
    static func identity(_ name: String) -> ONNXTranslation {
        { call in try call.give(call.tensor(name)) }
    }

    /// `Gelu` from operator set 20 on; before, `x / 2 · (1 + erf(x / √2))` or its form with tanh.
    private static let gelu: ONNXTranslation = { call in
        let graph = call.graph
        let input = try call.tensor("self")
        let approximation = call.string("approximate", default: "none")
        if graph.opset.rawValue >= 20 {
            return try call.give(
                graph.emit("Gelu", [input], ["approximate": .string(approximation)]))
        }
        let number = { try graph.number($0 as Double, input.type) }
        let inner: ONNXOperand
        if approximation == "tanh" {
            let cube = graph.emit("Mul", [input, graph.emit("Mul", [input, input])])
            let sum = graph.emit("Add", [input, graph.emit("Mul", [cube, try number(0.044715)])])
            let scale = (2 / Double.pi).squareRoot()
            inner = graph.emit("Tanh", [graph.emit("Mul", [sum, try number(scale)])])
        } else {
            inner = graph.emit(
                "Erf", [graph.emit("Div", [input, try number(2.squareRoot())])])
        }
        let gate = graph.emit("Add", [inner, try number(1)])
        try call.give(
            graph.emit("Mul", [graph.emit("Mul", [input, gate]), number(0.5)]))
    }

    private static func clip(_ call: ONNXCall, _ low: ONNXOperand, _ high: Double) throws {
        try call.give(
            call.graph.emit(
                "Clip", [call.tensor("self"), low, call.graph.number(high, low.type)]))
    }

    /// `scale · x` above zero, `scale · alpha · (exp(input_scale · x) - 1)` below.
    private static let elu: ONNXTranslation = { call in
        guard try call.double("input_scale", default: 1) == 1 else {
            throw ONNXUnsupported(reason: "with a scale of its input")
        }
        let alpha = try call.double("alpha", default: 1)
        let result = call.graph.emit(
            "Elu", [try call.tensor("self")], ["alpha": .float(Float(alpha))])
        try call.give(call.graph.scaled(result, by: call.double("scale", default: 1)))
    }

    /// `log(1 + exp(beta · x)) / beta`; above the threshold both agree to the last digit.
    private static let softplus: ONNXTranslation = { call in
        let beta = try call.double("beta", default: 1)
        let scaled = try call.graph.scaled(call.tensor("self"), by: beta)
        try call.give(
            call.graph.scaled(call.graph.emit("Softplus", [scaled]), by: 1 / beta))
    }

    private static func shrink(_ call: ONNXCall, biased: Bool) throws {
        let bound = Float(try call.double("lambd", default: 0.5))
        try call.give(
            call.graph.emit(
                "Shrink", [call.tensor("self")],
                ["lambd": .float(bound), "bias": .float(biased ? bound : 0)]))
    }
}
