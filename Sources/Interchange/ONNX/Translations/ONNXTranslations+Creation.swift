import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Tensors that depend on nothing, or on sizes alone.
    static let creation: [String: ONNXTranslation] = [
        "aten.full": { try fill($0, "size", value: "fill_value") },
        "aten.zeros": { try fill($0, "size", with: 0) },
        "aten.ones": { try fill($0, "size", with: 1) },
        "aten.empty": { try fill($0, "size", with: 0) },
        "aten.new_full": { try fill($0, "size", value: "fill_value") },
        "aten.new_zeros": { try fill($0, "size", with: 0) },
        "aten.new_ones": { try fill($0, "size", with: 1) },
        "aten.new_empty": { try fill($0, "size", with: 0) },
        "aten.full_like": { try fillLike($0, value: "fill_value") },
        "aten.fill": { try fillLike($0, value: "value") },
        "aten.zeros_like": { try fillLike($0, with: 0) },
        "aten.ones_like": { try fillLike($0, with: 1) },
        "aten.empty_like": { try fillLike($0, with: 0) },
        "aten.scalar_tensor": { call in
            try call.give(call.operand("s", as: call.resultType()))
        },
        "aten.arange": arange,
        "aten.eye": { call in
            let rows = try call.int("n")
            let columns = try call.int("m", default: rows)
            _ = try [rows, columns].limited()
            var elements = [Float](repeating: 0, count: rows * columns)
            for index in 0..<min(rows, columns) { elements[index * columns + index] = 1 }
            let tensor = Tensor(elements, shape: [rows, columns])
            try call.give(call.graph.constant(tensor.converted(to: call.resultType())))
        },
        "aten.linspace": { call in
            let (start, end) = (try call.double("start"), try call.double("end"))
            let steps = try call.int("steps")
            let numbers = try (0..<[steps].limited()[0]).map { index in
                start + (end - start) * Double(index) / Double(max(steps - 1, 1))
            }
            let tensor = Tensor(numbers, shape: [numbers.count])
            try call.give(call.graph.constant(tensor.converted(to: call.resultType())))
        },
    ]

    private static func fill(_ call: ONNXCall, _ sizes: String, with number: Double) throws {
        try call.give(
            call.graph.filled(call.sizes(sizes), with: number, call.resultType()))
    }

    private static func fill(_ call: ONNXCall, _ sizes: String, value: String) throws {
        guard call.node.value(value) == nil else {
            let shape = try call.graph.vector(call.sizes(sizes))
            return try call.give(
                call.graph.emit("Expand", [call.operand(value, as: call.resultType()), shape]))
        }
        try fill(call, sizes, with: call.double(value))
    }

    private static func fillLike(_ call: ONNXCall, with number: Double) throws {
        try call.give(
            call.graph.filled(call.dimensions(of: "self"), with: number, call.resultType()))
    }

    private static func fillLike(_ call: ONNXCall, value: String) throws {
        guard call.node.value(value) == nil else {
            let shape = try call.graph.vector(call.dimensions(of: "self"))
            return try call.give(
                call.graph.emit("Expand", [call.operand(value, as: call.resultType()), shape]))
        }
        try fillLike(call, with: call.double(value))
    }

    /// Numbers in even steps: known now, or `Range` where a bound is computed.
    private static let arange: ONNXTranslation = { call in
        let type = try call.resultType()
        // In whole numbers `Range` counts exactly.
        let counted: ScalarType = type.isFloatingPoint ? type : .int64
        let start = call.node["start"] ?? .int(0)
        let end = call.node["end"] ?? .none
        let step = call.node["step"] ?? .int(1)
        try call.give(
            call.graph.emit(
                "Range",
                [
                    call.operand(start, as: counted), call.operand(end, as: counted),
                    call.operand(step == .none ? .int(1) : step, as: counted),
                ]))
    }
}
