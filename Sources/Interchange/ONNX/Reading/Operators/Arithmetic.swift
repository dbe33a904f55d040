import FileFormats
import Programs
import Tensors

extension ONNXReaders {
    /// Arithmetic element by element, sizes of one repeated.
    static let arithmetic: [String: Translation] = [
        "Add": addition, "Sub": binary("sub"),
        "Mul": binary("mul", isCommutative: true), "Div": division, "Mod": remainder, "Pow": power,
        "Neg": unary("aten.neg.default"), "Abs": unary("aten.abs.default"),
        "Sign": unary("aten.sign.default"), "Floor": unary("aten.floor.default"),
        "Ceil": unary("aten.ceil.default"), "Round": unary("aten.round.default"),
        "Sqrt": unary("aten.sqrt.default"), "Exp": unary("aten.exp.default"),
        "Log": unary("aten.log.default"), "Reciprocal": unary("aten.reciprocal.default"),
        "Sin": unary("aten.sin.default"), "Cos": unary("aten.cos.default"),
        "Tan": unary("aten.tan.default"), "Asin": unary("aten.asin.default"),
        "Acos": unary("aten.acos.default"), "Atan": unary("aten.atan.default"),
        "Sinh": unary("aten.sinh.default"), "Cosh": unary("aten.cosh.default"),
        "Asinh": unary("aten.asinh.default"), "Acosh": unary("aten.acosh.default"),
        "Atanh": unary("aten.atanh.default"),
        "Min": variadic("aten.minimum.default"), "Max": variadic("aten.maximum.default"),
        "Sum": variadic("aten.add.Tensor"), "Mean": mean,
        "BitwiseAnd": plain("aten.bitwise_and.Tensor"),
        "BitwiseOr": plain("aten.bitwise_or.Tensor"),
        "BitwiseXor": plain("aten.bitwise_xor.Tensor"),
        "BitwiseNot": unary("aten.bitwise_not.default"), "BitShift": shift,
    ]

    static let zero = Tensor(Float(0))

    /// A stored tensor that is added or multiplied is trained, as biases and scales are.
    static func trainable(_ operand: ONNXSourceValue) -> ONNXSourceArgument {
        operand.isInitializer && operand.rank > 0 && operand.constant?.count ?? 0 > 1
            ? .weight(operand) : .tensor(operand)
    }

    /// A stored row that is added to a product is the bias of one layer.
    private static let addition: Translation = { call in
        for (index, other) in [(0, 1), (1, 0)] {
            let (sum, bias) = (try call.operand(index), try call.operand(other))
            guard let product = sum.product, bias.isInitializer, bias.rank == 1,
                bias.type.sizes[0] == product.weight.type.sizes[0],
                call.graph.uses[call.node.inputs[index]] == 1
            else { continue }
            return [try linear(product.input, product.weight, bias: bias, call)]
        }
        return try binary("add", isCommutative: true)(call)
    }

    /// A tensor and a number, or two tensors.
    private static func binary(_ name: String, isCommutative: Bool = false) -> Translation {
        { call in
            let (a, b) = (try call.operand(0), try call.operand(1))
            if let number = b.scalar, a.constant == nil, b.rank <= a.rank {
                return [try withNumber(name, a, number, call)]
            }
            if isCommutative, let number = a.scalar, b.constant == nil, a.rank <= b.rank {
                return [try withNumber(name, b, number, call)]
            }
            let isScale = ["add", "mul"].contains(name)
            return [
                try call.call(
                    OperatorName(library: "aten", name: name, overload: "Tensor"),
                    [
                        "self": isScale ? trainable(a) : .tensor(a),
                        "other": isScale ? trainable(b) : .tensor(b),
                    ])
            ]
        }
    }

    private static func withNumber(
        _ name: String, _ operand: ONNXSourceValue, _ number: Argument, _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        try call.call(
            OperatorName(library: "aten", name: name, overload: "Scalar"),
            ["self": .tensor(operand), "other": .plain(number)])
    }

    /// Two tensors.
    static func plain(_ operation: OperatorName) -> Translation {
        { call in
            [
                try call.call(
                    operation,
                    ["self": .tensor(call.operand(0)), "other": .tensor(call.operand(1))])
            ]
        }
    }

    /// Whole numbers are divided towards zero.
    private static let division: Translation = { call in
        let (a, b) = (try call.operand(0), try call.operand(1))
        guard a.isInteger else { return try binary("div")(call) }
        return [
            try call.call(
                "aten.div.Tensor_mode",
                ["self": .tensor(a), "other": .tensor(b), "rounding_mode": .string("trunc")])
        ]
    }

    /// With the divisor's sign, or with `fmod` the dividend's.
    private static let remainder: Translation = { call in
        try binary(call.flag("fmod") ? "fmod" : "remainder")(call)
    }

    /// The result has the base's type.
    private static let power: Translation = { call in
        let (a, b) = (try call.operand(0), try call.operand(1))
        let result: ONNXSourceValue
        if let number = b.scalar, a.constant == nil, b.rank <= a.rank {
            result = try call.call(
                "aten.pow.Tensor_Scalar", ["self": .tensor(a), "exponent": .plain(number)])
        } else {
            result = try call.call(
                "aten.pow.Tensor_Tensor", ["self": .tensor(a), "exponent": .tensor(b)])
        }
        return [try call.converted(result, to: a.scalarType)]
    }

    private static func variadic(_ operation: OperatorName) -> Translation {
        { call in [try joined(call, operation)] }
    }

    private static func joined(_ call: ONNXSourceNode, _ operation: OperatorName) throws
        -> ONNXSourceValue
    {
        let all = try call.all()
        return try all.dropFirst().reduce(all[0]) { sum, next in
            try call.call(operation, ["self": .tensor(sum), "other": .tensor(next)])
        }
    }

    private static let mean: Translation = { call in
        let sum = try joined(call, "aten.add.Tensor")
        return [
            try call.call(
                "aten.div.Scalar", ["self": .tensor(sum), "other": .int(call.operands.count)])
        ]
    }

    private static let shift: Translation = { call in
        switch try call.string("direction") {
        case "LEFT": try plain("aten.bitwise_left_shift.Tensor")(call)
        case "RIGHT": try plain("aten.bitwise_right_shift.Tensor")(call)
        default:
            throw call.refusal("its direction is neither LEFT nor RIGHT; export it again", .invalid)
        }
    }
}
