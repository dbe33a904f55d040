import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Softmax and attention.
    static let attention: [String: ONNXTranslation] = [
        "aten.softmax": { try softmax($0, "Softmax") },
        "aten._softmax": { try softmax($0, "Softmax") },
        "aten.log_softmax": { try softmax($0, "LogSoftmax") },
        "aten._log_softmax": { try softmax($0, "LogSoftmax") },
        "aten._safe_softmax": { call in
            let input = try call.operand("self", as: call.resultType())
            let axis = try call.axis("dim", rank: call.rank("self"))
            try call.give(safeSoftmax(call.graph, input, axis: axis))
        },
        "aten.scaled_dot_product_attention": { try attend($0, mask: "attn_mask") },
        "aten._scaled_dot_product_flash_attention_for_cpu": { try attend($0, mask: "attn_mask") },
        "aten._scaled_dot_product_efficient_attention": { try attend($0, mask: "attn_bias") },
    ]

    private static func softmax(_ call: ONNXCall, _ operation: String) throws {
        let axis = try call.axis("dim", rank: call.rank("self"))
        try call.give(
            call.graph.emit(
                operation, [call.operand("self", as: call.resultType())], ["axis": .int(axis)]))
    }

    /// A row that is masked whole gives zeros, not NaN.
    private static func safeSoftmax(
        _ graph: ONNXGraphWriter, _ scores: ONNXOperand, axis: Int
    ) throws -> ONNXOperand {
        let weights = graph.emit("Softmax", [scores], ["axis": .int(axis)])
        let isMasked = graph.emit("IsNaN", [weights], type: .bool)
        return graph.emit(
            "Where", [isMasked, try graph.number(0.0, weights.type), weights], type: weights.type)
    }

    /// `softmax(Q · Kᵀ · scale + mask) · V`.
    private static func attend(_ call: ONNXCall, mask name: String) throws {
        for index in call.node.outputs.indices.dropFirst() {
            try call.requireUnread(index, "second result")
        }
        let graph = call.graph
        let rank = try call.rank("query")
        let query = try call.tensor("query")
        guard rank > 1 else { throw ONNXUnsupported(reason: "of \(rank) dimensions") }
        var order = Array(0..<rank)
        order.swapAt(rank - 2, rank - 1)
        let keys = graph.transpose(try heads(call, "key"), order)
        var scores = graph.emit(
            "MatMul", [try graph.emit("Mul", [query, scale(call, rank)]), keys])
        let mask = try call.optional(name)
        if let mask {
            scores =
                try mask.type == .bool
                ? graph.emit(
                    "Where", [mask, scores, graph.number(-Double.infinity, scores.type)],
                    type: scores.type)
                : graph.emit("Add", [scores, graph.cast(mask, to: scores.type)])
        }
        if try call.bool("is_causal") {
            scores = try graph.emit(
                "Where",
                [causalMask(call, rank), scores, graph.number(-Double.infinity, scores.type)],
                type: scores.type)
        }
        let weights =
            try mask == nil
            ? graph.emit("Softmax", [scores], ["axis": .int(rank - 1)])
            : safeSoftmax(graph, scores, axis: rank - 1)
        try call.give(graph.emit("MatMul", [weights, heads(call, "value")]))
    }

    private static func scale(_ call: ONNXCall, _ rank: Int) throws -> ONNXOperand {
        let type = try call.tensor("query").type
        guard let given = call.node["scale"], given != .none else {
            let width = try call.fixedSize("query", rank - 1)
            return try call.graph.number(1 / Double(max(width, 1)).squareRoot(), type)
        }
        return try call.operand(given, as: type)
    }

    /// Keys or values, repeated where several heads of queries share one.
    private static func heads(_ call: ONNXCall, _ name: String) throws -> ONNXOperand {
        let graph = call.graph
        let operand = try call.tensor(name)
        guard try call.bool("enable_gqa") else { return operand }
        let rank = try call.rank(name)
        let (all, given) = (
            try call.fixedSize("query", rank - 3), try call.fixedSize(name, rank - 3)
        )
        guard all != given else { return operand }
        var sizes = try call.dimensions(of: name)
        let ones = Array(repeating: ONNXDimension.fixed(1), count: sizes.count + 1)
        var repeats = ones
        repeats[rank - 2] = .fixed(all / max(given, 1))
        let repeated = graph.emit(
            "Expand",
            [try graph.unsqueeze(operand, [rank - 2]), try graph.vector(repeats)])
        sizes[rank - 3] = .fixed(all)
        return try graph.reshape(repeated, sizes)
    }

    /// Whether a query may see a key: bool `[queries, keys]`.
    private static func causalMask(_ call: ONNXCall, _ rank: Int) throws -> ONNXOperand {
        let graph = call.graph
        let rows = try graph.range(call.dimension("query", rank - 2))
        let columns = try graph.range(call.dimension("key", rank - 2))
        return graph.emit(
            "GreaterOrEqual", [try graph.unsqueeze(rows, [1]), columns], type: .bool)
    }
}
