import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Arithmetic and functions of numbers, element by element.
    static let arithmetic: [String: ONNXTranslation] = {
        var all: [String: ONNXTranslation] = [
            "aten.add": { try add($0, "Add", "Or", $0.node["self"], $0.node["other"]) },
            "aten.sub": { try add($0, "Sub", "Xor", $0.node["self"], $0.node["other"]) },
            "aten.rsub": { try add($0, "Sub", "Xor", $0.node["other"], $0.node["self"]) },
            "aten.mul": { call in
                try call.binary(call.resultType() == .bool ? "And" : "Mul")
            },
            "aten.div": divide,
            "aten.true_divide": { try $0.binary("Div") },
            "aten.floor_divide": { try divide($0, rounding: "floor") },
            "aten.pow": power,
            "aten.maximum": { try extremum($0, "Max", "Or") },
            "aten.minimum": { try extremum($0, "Min", "And") },
            "aten.max.other": { try extremum($0, "Max", "Or") },
            "aten.min.other": { try extremum($0, "Min", "And") },
            "aten.fmod": { call in
                try call.binary("Mod", ["fmod": .int(1)])
            },
            "aten.remainder": remainder,
            "aten.clamp": { try clamp($0, "min", "max") },
            "aten.clip": { try clamp($0, "min", "max") },
            "aten.clamp_min": { try clamp($0, "min", nil) },
            "aten.clamp_max": { try clamp($0, nil, "max") },
            "aten.addcmul": { try combine($0, "Mul") },
            "aten.addcdiv": { try combine($0, "Div") },
            "aten.lerp": { call in
                let type = try call.resultType()
                let start = try call.tensor("self")
                let way = call.graph.emit("Sub", [try call.tensor("end"), start])
                let part = call.graph.emit("Mul", [way, try call.operand("weight", as: type)])
                try call.give(call.graph.emit("Add", [start, part]))
            },
            "aten.rsqrt": { call in
                let root = call.graph.emit(
                    "Sqrt", [try call.operand("self", as: call.resultType())])
                try call.give(call.graph.emit("Reciprocal", [root]))
            },
            "aten.square": { call in
                let input = try call.tensor("self")
                try call.give(call.graph.emit("Mul", [input, input]))
            },
            "aten.log2": { try logarithm($0, base: 2) },
            "aten.log10": { try logarithm($0, base: 10) },
            "aten.log1p": { call in
                let type = try call.resultType()
                let sum = try call.graph.emit(
                    "Add", [call.operand("self", as: type), call.graph.number(1.0, type)])
                try call.give(call.graph.emit("Log", [sum]))
            },
            "aten.expm1": { call in
                let type = try call.resultType()
                let power = call.graph.emit("Exp", [try call.operand("self", as: type)])
                try call.give(call.graph.emit("Sub", [power, call.graph.number(1.0, type)]))
            },
            "aten.trunc": { call in try call.give(truncated(call.graph, call.tensor("self"))) },
        ]
        for (name, operation) in functions { all["aten.\(name)"] = unary(operation) }
        return all
    }()

    /// Functions that ONNX has under a name of its own.
    private static let functions = [
        "abs": "Abs", "neg": "Neg", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "erf": "Erf",
        "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan",
        "sinh": "Sinh", "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh",
        "ceil": "Ceil", "floor": "Floor", "round": "Round", "sign": "Sign",
        "reciprocal": "Reciprocal",
    ]

    /// A sum or difference with the factor of its second operand.
    private static func add(
        _ call: ONNXCall, _ operation: String, _ ofBools: String, _ left: Argument?,
        _ right: Argument?
    ) throws {
        let type = try call.resultType()
        if type == .bool { return try call.binary(ofBools) }
        let second = try call.graph.scaled(
            call.operand(right, as: type), by: call.double("alpha", default: 1))
        try call.give(call.graph.emit(operation, [call.operand(left, as: type), second]))
    }

    private static let divide: ONNXTranslation = { call in
        try divide(call, rounding: call.string("rounding_mode"))
    }

    /// Whole numbers are rounded towards zero by ONNX too.
    private static func divide(_ call: ONNXCall, rounding: String) throws {
        let graph = call.graph
        let type = try call.resultType()
        let left = try call.operand("self", as: type)
        let right = try call.operand("other", as: type)
        let quotient = graph.emit("Div", [left, right])
        switch (rounding, type.isFloatingPoint) {
        case ("", _), ("trunc", false): try call.give(quotient)
        case ("trunc", true): try call.give(truncated(graph, quotient))
        case (_, true): try call.give(graph.emit("Floor", [quotient]))
        case (_, false):
            // floor(a / b) = (a - a mod b) / b, where the remainder has the sign of b.
            let rest = graph.emit("Mod", [left, right])
            try call.give(graph.emit("Div", [graph.emit("Sub", [left, rest]), right]))
        }
    }

    private static func truncated(
        _ graph: ONNXGraphWriter, _ operand: ONNXOperand
    ) -> ONNXOperand {
        guard operand.type.isFloatingPoint else { return operand }
        let size = graph.emit("Floor", [graph.emit("Abs", [operand])])
        return graph.emit("Mul", [size, graph.emit("Sign", [operand])])
    }

    /// With the sign of the divisor, as in Python.
    private static let remainder: ONNXTranslation = { call in
        let graph = call.graph
        let type = try call.resultType()
        guard type.isFloatingPoint else { return try call.binary("Mod") }
        let left = try call.operand("self", as: type)
        let right = try call.operand("other", as: type)
        let whole = graph.emit("Floor", [graph.emit("Div", [left, right])])
        try call.give(graph.emit("Sub", [left, graph.emit("Mul", [whole, right])]))
    }

    private static let power: ONNXTranslation = { call in
        let type = try call.resultType()
        let base = try call.operand("self", as: type)
        // A square is far cheaper as a product.
        if call.node.value("exponent") == nil, try call.double("exponent") == 2 {
            return try call.give(call.graph.emit("Mul", [base, base]))
        }
        try call.give(call.graph.emit("Pow", [base, call.operand("exponent", as: type)]))
    }

    private static func extremum(
        _ call: ONNXCall, _ operation: String, _ ofBools: String
    ) throws {
        try call.binary(call.resultType() == .bool ? ofBools : operation)
    }

    private static func clamp(_ call: ONNXCall, _ low: String?, _ high: String?) throws {
        let type = try call.resultType()
        var result = try call.operand("self", as: type)
        for (name, operation) in [(low, "Max"), (high, "Min")] {
            guard let name, let bound = call.node[name], bound != .none else { continue }
            result = call.graph.emit(operation, [result, try call.operand(bound, as: type)])
        }
        try call.give(result)
    }

    /// `self + value · tensor1 ∘ tensor2`.
    private static func combine(_ call: ONNXCall, _ operation: String) throws {
        let type = try call.resultType()
        let product = call.graph.emit(
            operation,
            [try call.operand("tensor1", as: type), try call.operand("tensor2", as: type)])
        let scaled = try call.graph.scaled(product, by: call.double("value", default: 1))
        try call.give(call.graph.emit("Add", [call.operand("self", as: type), scaled]))
    }

    private static func logarithm(_ call: ONNXCall, base: Double) throws {
        let type = try call.resultType()
        let natural = call.graph.emit("Log", [try call.operand("self", as: type)])
        let scale = call.graph.emit("Log", [try call.graph.number(base, type)])
        try call.give(call.graph.emit("Div", [natural, scale]))
    }
}

extension ONNXCall {
    /// An operator of `self` and `other`, both brought to the type of the result.
    func binary(_ operation: String, _ attributes: [String: ONNXAttribute] = [:]) throws {
        let type = try resultType()
        try give(
            graph.emit(
                operation, [operand("self", as: type), operand("other", as: type)], attributes))
    }
}
