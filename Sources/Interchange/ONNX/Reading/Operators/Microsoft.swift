import Programs

extension ONNXReaders {
    /// Operators of ONNX Runtime's own that are ONNX's by another name.
    static let microsoft: [String: Translation] = [
        "Gelu": unary("aten.gelu.default"), "FastGelu": biased("tanh"), "BiasGelu": biased("none"),
        "QuickGelu": quickGelu,
    ]

    private static func biased(_ form: String) -> Translation {
        { call in
            var x = try call.operand(0)
            if let bias = call.optional(1) {
                x = try call.call(
                    "aten.add.Tensor", ["self": .tensor(x), "other": trainable(bias)])
            }
            return [
                try call.call(
                    "aten.gelu.default", ["self": .tensor(x), "approximate": .string(form)])
            ]
        }
    }

    private static let quickGelu: Translation = { call in
        let x = try call.operand(0)
        let scaled = try call.call(
            "aten.mul.Scalar",
            ["self": .tensor(x), "other": .double(call.float("alpha", 1.702))])
        let gate = try call.call("aten.sigmoid.default", ["self": .tensor(scaled)])
        return [try call.call("aten.mul.Tensor", ["self": .tensor(x), "other": .tensor(gate)])]
    }
}
