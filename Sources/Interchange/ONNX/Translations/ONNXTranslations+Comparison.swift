import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Comparisons, logic, and choices that depend on them.
    static let comparison: [String: ONNXTranslation] = [
        "aten.eq": { try compare($0, "Equal") },
        "aten.ne": { call in
            let equal = try compared(call, "Equal")
            try call.give(call.graph.emit("Not", [equal]))
        },
        "aten.lt": { try compare($0, "Less") },
        "aten.le": { try compare($0, "LessOrEqual") },
        "aten.gt": { try compare($0, "Greater") },
        "aten.ge": { try compare($0, "GreaterOrEqual") },
        "aten.logical_not": { call in
            try call.give(call.graph.emit("Not", [call.operand("self", as: .bool)]))
        },
        "aten.logical_and": { try logical($0, "And") },
        "aten.logical_or": { try logical($0, "Or") },
        "aten.logical_xor": { try logical($0, "Xor") },
        "aten.bitwise_not": { call in
            let input = try call.tensor("self")
            try call.give(call.graph.emit(bitwise(call, input.type, "Not", "BitwiseNot"), [input]))
        },
        "aten.bitwise_and": { try bits($0, "And", "BitwiseAnd") },
        "aten.bitwise_or": { try bits($0, "Or", "BitwiseOr") },
        "aten.bitwise_xor": { try bits($0, "Xor", "BitwiseXor") },
        "aten.__and__": { try bits($0, "And", "BitwiseAnd") },
        "aten.__or__": { try bits($0, "Or", "BitwiseOr") },
        "aten.__xor__": { try bits($0, "Xor", "BitwiseXor") },
        "aten.isnan": { call in
            try call.give(call.graph.emit("IsNaN", [call.tensor("self")], type: .bool))
        },
        "aten.isinf": { call in
            try call.give(call.graph.emit("IsInf", [call.tensor("self")], type: .bool))
        },
        "aten.where": { call in
            let type = try call.resultType()
            try call.give(
                call.graph.emit(
                    "Where",
                    [
                        call.operand("condition", as: .bool), call.operand("self", as: type),
                        call.operand("other", as: type),
                    ], type: type))
        },
        "aten.masked_fill": { call in
            let type = try call.resultType()
            try call.give(
                call.graph.emit(
                    "Where",
                    [
                        call.operand("mask", as: .bool), call.operand("value", as: type),
                        call.operand("self", as: type),
                    ], type: type))
        },
    ]

    private static func compare(_ call: ONNXCall, _ operation: String) throws {
        try call.give(compared(call, operation))
    }

    private static func compared(_ call: ONNXCall, _ operation: String) throws -> ONNXOperand {
        let type = try call.commonType("self", "other")
        return call.graph.emit(
            operation, [try call.operand("self", as: type), try call.operand("other", as: type)],
            type: .bool)
    }

    private static func logical(_ call: ONNXCall, _ operation: String) throws {
        try call.give(
            call.graph.emit(
                operation, [call.operand("self", as: .bool), call.operand("other", as: .bool)]))
    }

    private static func bits(_ call: ONNXCall, _ ofBools: String, _ ofBits: String) throws {
        try call.binary(bitwise(call, call.resultType(), ofBools, ofBits))
    }

    private static func bitwise(
        _ call: ONNXCall, _ type: ScalarType, _ ofBools: String, _ ofBits: String
    ) throws -> String {
        if type == .bool { return ofBools }
        guard call.graph.opset.rawValue >= 18 else {
            throw ONNXUnsupported(reason: "of whole numbers, which operator set 18 brings")
        }
        return ofBits
    }
}

extension ONNXCall {
    /// The type in which two arguments are compared: PyTorch's, where a number does not change a tensor's type
    /// but for a fraction beside whole numbers.
    func commonType(_ left: String, _ right: String) throws -> ScalarType {
        let types = try [left, right].compactMap { name -> TensorType? in
            guard let value = node.value(name) else { return nil }
            return try program.type(of: value)?.tensor
                ?? TensorType(graph.operand(value).type, [])
        }
        // A tensor without dimensions counts less than one that has some.
        let full = types.filter { !$0.sizes.isEmpty }
        let wide = (full.isEmpty ? types : full).map(\.scalarType).max { $0.width < $1.width }
        let floats = types.map(\.scalarType).filter(\.isFloatingPoint).max { $0.width < $1.width }
        guard let wide else { return .float32 }
        if wide.isFloatingPoint { return wide }
        if let floats { return floats }
        for name in [left, right] {
            if case .double = node[name] { return .float32 }
            if case .int = node[name], wide == .bool { return .int64 }
        }
        // NB: ONNX Runtime compares no bytes and no bools by size.
        return wide == .bool && node.operation.name != "eq" && node.operation.name != "ne"
            ? .int32 : wide
    }

    /// An argument of any kind as a tensor of a type.
    func operand(_ argument: Argument?, as type: ScalarType) throws -> ONNXOperand {
        switch argument {
        case .value(let value): try graph.cast(graph.operand(value), to: type)
        case .int(let number): try graph.number(number, type)
        case .double(let number): try graph.number(number, type)
        case .bool(let bool): try graph.number(bool ? 1 : 0, type)
        default: throw ONNXUnsupported(reason: "without an operand")
        }
    }
}

extension ScalarType {
    /// The place in the order in which PyTorch widens types.
    fileprivate var width: Int {
        let order: [ScalarType] = [
            .bool, .uint8, .int8, .int16, .int32, .int64, .bfloat16, .float16, .float32, .float64,
            .complex64, .complex128,
        ]
        return order.firstIndex(of: self) ?? 0
    }
}
