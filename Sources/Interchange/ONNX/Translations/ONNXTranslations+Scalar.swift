import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Numbers that are computed, each a tensor without dimensions: sizes, and arithmetic on them.
    static let scalar: [String: ONNXTranslation] = {
        var all: [String: ONNXTranslation] = [
            "aten.sym_size": { call in
                let axis = try call.axis("dim", rank: call.rank("self"))
                switch try call.dimension("self", axis) {
                case .fixed(let size): try call.give(call.graph.number(size))
                case .computed(let size): try call.give(call.graph.squeeze(size, [0]))
                }
            },
            "aten.sym_numel": { call in
                try call.give(call.graph.emit("Size", [call.tensor("self")], type: .int64))
            },
            "aten.item": scalarOfTensor,
            "aten._local_scalar_dense": scalarOfTensor,
            "scalar.neg": { call in
                try call.give(call.graph.emit("Neg", [call.scalar("a")]))
            },
            "scalar.not": { call in
                try call.give(
                    call.graph.emit("Not", [call.graph.cast(call.scalar("a"), to: .bool)]))
            },
            "scalar.to_float": { call in
                try call.give(call.graph.cast(call.scalar("a"), to: .float64))
            },
            "scalar.to_int": { call in
                try call.give(call.graph.cast(call.scalar("a"), to: .int64))
            },
            "scalar.ceil": { try rounded($0, "Ceil") },
            "scalar.floor": { try rounded($0, "Floor") },
            "scalar.round": { try rounded($0, "Round") },
            "scalar.trunc": { call in
                try call.give(call.graph.cast(call.scalar("a"), to: .int64))
            },
            "scalar.sqrt": { call in
                try call.give(
                    call.graph.emit("Sqrt", [call.graph.cast(call.scalar("a"), to: .float64)]))
            },
            "scalar.truediv": { call in
                try call.give(
                    call.graph.emit(
                        "Div",
                        [
                            call.graph.cast(call.scalar("a"), to: .float64),
                            call.graph.cast(call.scalar("b"), to: .float64),
                        ]))
            },
            "scalar.floordiv": floorDivision,
            "scalar.ne": { call in
                let (left, right) = try call.scalars()
                let equal = call.graph.emit("Equal", [left, right], type: .bool)
                try call.give(call.graph.emit("Not", [equal]))
            },
        ]
        for (name, operation) in [
            "add": "Add", "sub": "Sub", "mul": "Mul", "pow": "Pow", "max": "Max", "min": "Min",
        ] {
            all["scalar.\(name)"] = { call in
                let (left, right) = try call.scalars()
                try call.give(call.graph.emit(operation, [left, right]))
            }
        }
        all["scalar.mod"] = { call in
            let (left, right) = try call.scalars()
            guard left.type != .int64 else {
                return try call.give(call.graph.emit("Mod", [left, right]))
            }
            let whole = call.graph.emit("Floor", [call.graph.emit("Div", [left, right])])
            try call.give(
                call.graph.emit("Sub", [left, call.graph.emit("Mul", [whole, right])]))
        }
        for (name, operation) in [
            "eq": "Equal", "lt": "Less", "le": "LessOrEqual", "gt": "Greater",
            "ge": "GreaterOrEqual",
        ] {
            all["scalar.\(name)"] = { call in
                let (left, right) = try call.scalars()
                try call.give(call.graph.emit(operation, [left, right], type: .bool))
            }
        }
        for (name, operation) in ["and": "And", "or": "Or"] {
            all["scalar.\(name)"] = { call in
                try call.give(
                    call.graph.emit(
                        operation,
                        [
                            call.graph.cast(call.scalar("a"), to: .bool),
                            call.graph.cast(call.scalar("b"), to: .bool),
                        ]))
            }
        }
        return all
    }()

    private static let scalarOfTensor: ONNXTranslation = { call in
        try call.give(call.graph.reshape(call.tensor("self"), []))
    }

    private static func rounded(_ call: ONNXCall, _ operation: String) throws {
        let number = try call.scalar("a")
        guard number.type.isFloatingPoint else { return try call.give(number) }
        try call.give(call.graph.cast(call.graph.emit(operation, [number]), to: .int64))
    }

    private static let floorDivision: ONNXTranslation = { call in
        let graph = call.graph
        let (left, right) = try call.scalars()
        let quotient = graph.emit("Div", [left, right])
        guard left.type == .int64 else {
            return try call.give(graph.emit("Floor", [quotient]))
        }
        let rest = graph.emit("Mod", [left, right])
        try call.give(graph.emit("Div", [graph.emit("Sub", [left, rest]), right]))
    }
}

extension ONNXCall {
    /// A number, or a computed one, as a tensor without dimensions.
    func scalar(_ name: String) throws -> ONNXOperand {
        switch node[name] {
        case .value(let value): try graph.operand(value)
        case .int(let number): try graph.number(number)
        case .double(let number): try graph.number(number, .float64)
        case .bool(let bool): try graph.number(bool ? 1 : 0, .bool)
        default: throw ONNXUnsupported(reason: "without \(name)")
        }
    }

    /// Both numbers, in the wider of their types.
    func scalars() throws -> (ONNXOperand, ONNXOperand) {
        let (left, right) = (try scalar("a"), try scalar("b"))
        let isWhole = !left.type.isFloatingPoint && !right.type.isFloatingPoint
        let type: ScalarType = isWhole ? .int64 : .float64
        return (try graph.cast(left, to: type), try graph.cast(right, to: type))
    }
}
