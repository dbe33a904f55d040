import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Sums, means, extremes and the like over dimensions, and orders of elements.
    static let reduction: [String: ONNXTranslation] = [
        "aten.mean": { try reduce($0, "ReduceMean") },
        "aten.sum": { try reduce($0, "ReduceSum") },
        "aten.prod": { try reduce($0, "ReduceProd") },
        "aten.amax": { try reduce($0, "ReduceMax") },
        "aten.amin": { try reduce($0, "ReduceMin") },
        "aten.logsumexp": { try reduce($0, "ReduceLogSumExp") },
        "aten.max": { try extremum($0, "ReduceMax", "ArgMax") },
        "aten.min": { try extremum($0, "ReduceMin", "ArgMin") },
        "aten.any": { try ofBools($0, "ReduceMax") },
        "aten.all": { try ofBools($0, "ReduceMin") },
        "aten.argmax": { try position($0, "ArgMax") },
        "aten.argmin": { try position($0, "ArgMin") },
        "aten.var": { call in try call.give(variance(call).variance) },
        "aten.std": { call in
            try call.give(call.graph.emit("Sqrt", [variance(call).variance]))
        },
        "aten.var_mean": { call in
            let (variance, mean) = try variance(call)
            try call.give(variance)
            try call.give(mean, 1)
        },
        "aten.norm": { try norm($0, order: $0.double("p", default: 2)) },
        "aten.linalg_vector_norm": { try norm($0, order: $0.double("ord", default: 2)) },
        "aten.cumsum": { call in
            let axis = try call.axis("dim", rank: call.rank("self"))
            try call.give(
                call.graph.emit(
                    "CumSum",
                    [call.operand("self", as: call.resultType()), call.graph.number(axis)]))
        },
        "aten.topk": { call in
            let axis = try call.axis("dim", rank: call.rank("self"), default: -1)
            try order(
                call, axis, call.size(call.node["k"]),
                descending: call.bool("largest", default: true))
        },
        "aten.sort": { call in
            let axis = try call.axis("dim", rank: call.rank("self"), default: -1)
            try order(
                call, axis, call.dimension("self", axis), descending: call.bool("descending"))
        },
        "aten.argsort": { call in
            let axis = try call.axis("dim", rank: call.rank("self"), default: -1)
            let sorted = try ordered(
                call, axis, call.dimension("self", axis), descending: call.bool("descending"))
            try call.give(sorted[1])
        },
    ]

    private static func axes(_ call: ONNXCall) throws -> [Int] {
        try call.axes("dim", rank: call.rank("self"))
    }

    private static func reduce(_ call: ONNXCall, _ operation: String) throws {
        try call.give(
            call.graph.reduce(
                operation, call.operand("self", as: call.resultType()), axes(call),
                keeping: call.bool("keepdim")))
    }

    /// With positions where one dimension is given.
    private static func extremum(
        _ call: ONNXCall, _ operation: String, _ positions: String
    ) throws {
        try reduce(call, operation)
        if call.isRead(1) { try give(call, call.tensor("self"), positions, 1) }
    }

    private static func give(
        _ call: ONNXCall, _ input: ONNXOperand, _ operation: String, _ index: Int
    ) throws {
        let axis = try call.axis("dim", rank: call.rank("self"))
        try call.give(
            call.graph.emit(
                operation, [input],
                ["axis": .int(axis), "keepdims": .int(call.bool("keepdim") ? 1 : 0)], type: .int64),
            index)
    }

    private static func position(_ call: ONNXCall, _ operation: String) throws {
        let input = try call.tensor("self")
        if call.node["dim"] != nil, call.node["dim"] != Argument.none {
            return try give(call, input, operation, 0)
        }
        let flat = try call.graph.reshape(input, [.fixed(-1)])
        try call.give(
            call.graph.emit(
                operation, [flat], ["axis": .int(0), "keepdims": .int(0)], type: .int64))
    }

    /// ONNX reduces numbers only.
    private static func ofBools(_ call: ONNXCall, _ operation: String) throws {
        let isTrue = try call.graph.cast(call.tensor("self"), to: .bool)
        let numbers = try call.graph.cast(isTrue, to: .int32)
        let found = try call.graph.reduce(
            operation, numbers, axes(call), keeping: call.bool("keepdim"))
        try call.give(call.graph.cast(found, to: .bool))
    }

    private static func variance(
        _ call: ONNXCall
    ) throws -> (variance: ONNXOperand, mean: ONNXOperand) {
        let graph = call.graph
        let input = try call.tensor("self")
        let axes = try axes(call)
        let keeping = try call.bool("keepdim")
        let mean = try graph.reduce("ReduceMean", input, axes, keeping: true)
        let centred = graph.emit("Sub", [input, mean])
        let square = graph.emit("Mul", [centred, centred])
        var result = try graph.reduce("ReduceMean", square, axes, keeping: keeping)
        var correction = try call.double("correction", default: 1)
        if call.node["unbiased"] != nil { correction = try call.bool("unbiased") ? 1 : 0 }
        if correction != 0 {
            let count = try graph.cast(
                graph.vector([graph.product(axes.map { try call.dimension("self", $0) })]),
                to: input.type)
            let rest = graph.emit("Sub", [count, try graph.number(correction, input.type)])
            let factor = try graph.reshape(graph.emit("Div", [count, rest]), [])
            result = graph.emit("Mul", [result, factor])
        }
        let given = try keeping ? mean : graph.squeeze(mean, axes)
        return (result, given)
    }

    private static func norm(_ call: ONNXCall, order: Double) throws {
        let graph = call.graph
        let input = try call.operand("self", as: call.resultType())
        let (axes, keeping) = (try axes(call), try call.bool("keepdim"))
        switch order {
        case 1: try call.give(graph.reduce("ReduceL1", input, axes, keeping: keeping))
        case 2: try call.give(graph.reduce("ReduceL2", input, axes, keeping: keeping))
        case .infinity, -.infinity:
            try call.give(
                graph.reduce(
                    order > 0 ? "ReduceMax" : "ReduceMin", graph.emit("Abs", [input]), axes,
                    keeping: keeping))
        case 0: throw ONNXUnsupported(reason: "of order 0")
        default:
            let powers = try graph.emit(
                "Pow", [graph.emit("Abs", [input]), graph.number(order, input.type)])
            let sum = try graph.reduce("ReduceSum", powers, axes, keeping: keeping)
            try call.give(graph.emit("Pow", [sum, graph.number(1 / order, input.type)]))
        }
    }

    private static func order(
        _ call: ONNXCall, _ axis: Int, _ count: ONNXDimension, descending: Bool
    ) throws {
        let results = try ordered(call, axis, count, descending: descending)
        try call.give(results[0])
        try call.give(results[1], 1)
    }

    private static func ordered(
        _ call: ONNXCall, _ axis: Int, _ count: ONNXDimension, descending: Bool
    ) throws -> [ONNXOperand] {
        let input = try call.tensor("self")
        return call.graph.emit(
            "TopK", [input, try call.graph.vector([count])],
            ["axis": .int(axis), "largest": .int(descending ? 1 : 0), "sorted": .int(1)],
            types: [input.type, .int64])
    }
}
