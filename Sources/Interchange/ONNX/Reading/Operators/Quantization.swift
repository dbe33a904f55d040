import Programs
import Tensors

extension ONNXReaders {
    /// Whole numbers for real ones, and back.
    static let quantization: [String: Translation] = [
        "QuantizeLinear": quantize, "DequantizeLinear": dequantize,
        "DynamicQuantizeLinear": quantizeDynamically,
    ]

    /// Scale or zero point, along the axis where there is one for each place on it.
    private static func parameter(
        _ operand: ONNXSourceValue, of x: ONNXSourceValue, _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        try call.refuse("block_size")
        guard operand.rank > 0, operand.type.shape != [1] else { return operand }
        guard operand.rank == 1 else {
            throw call.refusal("a scale \(operand.type) for \(x.type) is not supported")
        }
        let axis = try call.axis(call.int("axis", 1), rank: x.rank)
        var shape = Array(repeating: ONNXNumber.int(1), count: x.rank)
        shape[axis] = .int(-1)
        return try call.reshaped(operand, to: shape)
    }

    /// `clamp(round(x / scale) + zero point)`.
    private static let quantize: Translation = { call in
        let x = try call.operand(0)
        let scale = try parameter(call.operand(1), of: x, call)
        let zero = try call.optional(2).map { try parameter($0, of: x, call) }
        let type = try zero?.scalarType ?? type("output_dtype", of: call) ?? .uint8
        let scaled = try call.call(
            "aten.div.Tensor", ["self": .tensor(x), "other": .tensor(scale)])
        return [try clamped(scaled, zero, type, call)]
    }

    private static func clamped(
        _ scaled: ONNXSourceValue, _ zero: ONNXSourceValue?, _ type: ScalarType,
        _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        let ranges: [ScalarType: (Int, Int)] = [
            .uint8: (0, 255), .int8: (-128, 127), .int16: (-32768, 32767),
        ]
        guard let range = ranges[type] else {
            throw call.refusal("whole numbers of type \(type) are not supported")
        }
        var result = try call.call("aten.round.default", ["self": .tensor(scaled)])
        if let zero {
            let wide = try call.converted(zero, to: scaled.scalarType)
            result = try call.call(
                "aten.add.Tensor", ["self": .tensor(result), "other": .tensor(wide)])
        }
        result = try call.call(
            "aten.clamp.default",
            ["self": .tensor(result), "min": .int(range.0), "max": .int(range.1)])
        return try call.converted(result, to: type)
    }

    /// `(q - zero point) · scale`.
    private static let dequantize: Translation = { call in
        let x = try call.operand(0)
        let scale = try parameter(call.operand(1), of: x, call)
        var result = try call.converted(x, to: scale.scalarType)
        if let given = call.optional(2) {
            let zero = try call.converted(parameter(given, of: x, call), to: scale.scalarType)
            result = try call.call(
                "aten.sub.Tensor", ["self": .tensor(result), "other": .tensor(zero)])
        }
        return [
            try call.call("aten.mul.Tensor", ["self": .tensor(result), "other": .tensor(scale)])
        ]
    }

    /// To 0…255, zero among them, by the smallest and the largest element.
    private static let quantizeDynamically: Translation = { call in
        let x = try call.operand(0)
        let low = try call.call(
            "aten.clamp.default",
            ["self": .tensor(call.call("aten.min.default", ["self": .tensor(x)])), "max": .int(0)])
        let high = try call.call(
            "aten.clamp.default",
            ["self": .tensor(call.call("aten.max.default", ["self": .tensor(x)])), "min": .int(0)])
        let span = try call.call("aten.sub.Tensor", ["self": .tensor(high), "other": .tensor(low)])
        let scale = try call.call("aten.div.Scalar", ["self": .tensor(span), "other": .int(255)])
        let below = try call.call("aten.neg.default", ["self": .tensor(low)])
        let start = try call.call(
            "aten.div.Tensor", ["self": .tensor(below), "other": .tensor(scale)])
        let zero = try clamped(start, nil, .uint8, call)
        let scaled = try call.call(
            "aten.div.Tensor", ["self": .tensor(x), "other": .tensor(scale)])
        return [try clamped(scaled, zero, .uint8, call), scale, zero]
    }
}
