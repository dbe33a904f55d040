import FileFormats
import Programs
import Tensors

extension ONNXReaders {
    /// Comparisons, logic, choices, and other types.
    static let comparisons: [String: Translation] = [
        "Equal": comparison("eq", mirrored: "eq"), "Less": comparison("lt", mirrored: "gt"),
        "LessOrEqual": comparison("le", mirrored: "ge"),
        "Greater": comparison("gt", mirrored: "lt"),
        "GreaterOrEqual": comparison("ge", mirrored: "le"),
        "And": plain("aten.logical_and.default"), "Or": plain("aten.logical_or.default"),
        "Xor": plain("aten.logical_xor.default"), "Not": unary("aten.logical_not.default"),
        "IsNaN": unary("aten.isnan.default"), "IsInf": isInfinite, "Where": choice, "Cast": cast,
        "CastLike": castLike, "Identity": { call in [try call.operand(0)] },
    ]

    private static func comparison(_ name: String, mirrored: String) -> Translation {
        { call in
            let (a, b) = (try call.operand(0), try call.operand(1))
            if let number = b.scalar, a.constant == nil, b.rank <= a.rank {
                return [try compare(name, a, .plain(number), call)]
            }
            if let number = a.scalar, b.constant == nil, a.rank <= b.rank {
                return [try compare(mirrored, b, .plain(number), call)]
            }
            return [
                try call.call(
                    OperatorName(library: "aten", name: name, overload: "Tensor"),
                    ["self": .tensor(a), "other": .tensor(b)])
            ]
        }
    }

    private static func compare(
        _ name: String, _ operand: ONNXSourceValue, _ number: ONNXSourceArgument,
        _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        try call.call(
            OperatorName(library: "aten", name: name, overload: "Scalar"),
            ["self": .tensor(operand), "other": number])
    }

    private static let isInfinite: Translation = { call in
        let x = try call.operand(0)
        switch (try call.flag("detect_positive", true), try call.flag("detect_negative", true)) {
        case (true, true): return try unary("aten.isinf.default")(call)
        case (true, false): return try unary("aten.isposinf.default")(call)
        case (false, true): return try unary("aten.isneginf.default")(call)
        case (false, false):
            return [
                try call.call(
                    "aten.zeros_like.default", ["self": .tensor(x), "dtype": .type(.bool)])
            ]
        }
    }

    private static let choice: Translation = { call in
        [
            try call.call(
                "aten.where.self",
                [
                    "condition": .tensor(call.operand(0)), "self": .tensor(call.operand(1)),
                    "other": .tensor(call.operand(2)),
                ])
        ]
    }

    /// The type that an attribute names by ONNX's number.
    static func type(_ name: String, of call: ONNXSourceNode) throws -> ScalarType? {
        guard let code = try call.int(name), code != 0 else { return nil }
        guard let type = ElementType(onnxCode: code).flatMap({ ScalarType($0) }) else {
            throw call.refusal("\(name) = \(code) is a type that is not supported")
        }
        return type
    }

    private static let cast: Translation = { call in
        guard let type = try type("to", of: call) else {
            throw call.refusal("it does not say to which type; export the model again", .invalid)
        }
        return [try call.converted(call.operand(0), to: type)]
    }

    private static let castLike: Translation = { call in
        [try call.converted(call.operand(0), to: call.operand(1).scalarType)]
    }
}
