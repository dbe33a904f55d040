import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Tensors with some elements replaced.
    static let scattering: [String: ONNXTranslation] = [
        "aten.slice_scatter": { call in
            let axis = try call.axis("dim", rank: call.rank("self"), default: 0)
            let bound = { (name: String, standard: Int) throws -> ONNXDimension in
                let given = call.node[name] ?? .none
                return try given == .none ? .fixed(standard) : call.size(given)
            }
            try scatter(
                call, call.operand("src", as: call.resultType()), axis, from: bound("start", 0),
                to: bound("end", Int.max), step: call.int("step", default: 1))
        },
        "aten.select_scatter": { call in
            let axis = try call.axis("dim", rank: call.rank("self"))
            let start = try call.size(call.node["index"])
            let source = try call.graph.unsqueeze(
                call.operand("src", as: call.resultType()), [axis])
            // The last element ends at the end, not at zero.
            let end: ONNXDimension =
                switch start {
                case .fixed(-1), .fixed(Int.max): .fixed(Int.max)
                case .fixed(let index): .fixed(index + 1)
                case .computed(let index):
                    .computed(call.graph.emit("Add", [index, try call.graph.ints([1])]))
                }
            try scatter(call, source, axis, from: start, to: end, step: 1)
        },
        "aten.scatter": { try scatterElements($0, reducing: "none") },
        "aten.scatter_add": { try scatterElements($0, reducing: "add") },
        "aten.index_put": { call in
            let graph = call.graph
            let given = try ONNXIndices(call)
            let type = try call.resultType()
            guard given.axes == Array(given.axes.indices) else {
                throw ONNXUnsupported(reason: "at axes that are not the first")
            }
            let rank = try call.rank("self")
            let values = try call.operand("values", as: type)
            if given.indices.count == 1, given.indices[0].type == .bool {
                guard try call.rank("values") == 0 else {
                    throw ONNXUnsupported(reason: "by a mask")
                }
                let axes = Array(given.rank..<max(rank, given.rank))
                let mask = try graph.unsqueeze(given.indices[0], axes)
                return try call.give(
                    graph.emit("Where", [mask, values, call.tensor("self")], type: type))
            }
            let places = try given.stacked(graph)
            // The values are repeated to the shape of what they replace.
            let found = graph.emit("GatherND", [try call.tensor("self"), places], type: type)
            let wide = graph.emit("Expand", [values, graph.shape(found)])
            let sum = try call.bool("accumulate")
            try call.give(
                graph.emit(
                    "ScatterND", [call.tensor("self"), places, wide],
                    ["reduction": .string(sum ? "add" : "none")]))
        },
        "aten.index_copy": { call in
            try placeRows(call, call.tensor("source"), reducing: "none")
        },
        "aten.index_add": { call in
            let source = try call.graph.scaled(
                call.tensor("source"), by: call.double("alpha", default: 1))
            try placeRows(call, source, reducing: "add")
        },
        "aten.index_fill": { call in
            let graph = call.graph
            let axis = try call.axis("dim", rank: call.rank("self"))
            let shape = graph.shape(
                graph.emit(
                    "Gather", [try call.tensor("self"), try call.tensor("index")],
                    ["axis": .int(axis)]))
            let value = try call.operand("value", as: call.resultType())
            try placeRows(call, graph.emit("Expand", [value, shape]), reducing: "none")
        },
    ]

    /// The tensor with the parts at some indices along one axis replaced, or added to.
    private static func placeRows(
        _ call: ONNXCall, _ source: ONNXOperand, reducing reduction: String
    ) throws {
        let graph = call.graph
        let rank = try call.rank("self")
        let axis = try call.axis("dim", rank: rank)
        let order = [axis] + (0..<rank).filter { $0 != axis }
        let back = order.indices.map { order.firstIndex(of: $0) ?? 0 }
        let result = graph.emit(
            "ScatterND",
            [
                graph.transpose(try call.tensor("self"), order),
                try graph.unsqueeze(call.tensor("index"), [1]), graph.transpose(source, order),
            ], ["reduction": .string(reduction)])
        try call.give(graph.transpose(result, back))
    }

    /// The tensor with a slice along one axis replaced: by joining what stands around it, or, where elements
    /// lie between, by their positions.
    private static func scatter(
        _ call: ONNXCall, _ source: ONNXOperand, _ axis: Int, from start: ONNXDimension,
        to end: ONNXDimension, step: Int
    ) throws {
        let graph = call.graph
        let input = try call.tensor("self")
        if step == 1 {
            var parts: [ONNXOperand] = []
            if start != .fixed(0) {
                parts.append(try graph.slice(input, axis: axis, from: .fixed(0), to: start))
            }
            parts.append(source)
            if end != .fixed(Int.max) {
                parts.append(try graph.slice(input, axis: axis, from: end, to: .fixed(Int.max)))
            }
            return try call.give(graph.concatenate(parts, axis: axis))
        }
        let all = try graph.range(call.dimension("self", axis))
        let places = try graph.slice(all, axis: 0, from: start, to: end, step: step)
        let rank = try call.rank("self")
        let shaped = try graph.unsqueeze(places, (0..<rank).filter { $0 != axis })
        let wide = graph.emit("Expand", [shaped, graph.shape(source)])
        try call.give(
            graph.emit("ScatterElements", [input, wide, source], ["axis": .int(axis)]))
    }

    private static func scatterElements(_ call: ONNXCall, reducing standard: String) throws {
        let graph = call.graph
        let type = try call.resultType()
        let axis = try call.axis("dim", rank: call.rank("self"))
        let index = try call.tensor("index")
        var source: ONNXOperand
        if call.node["src"] != nil {
            source = try call.operand("src", as: type)
            // PyTorch reads the source's beginning where it is larger than the indices.
            if try call.type("src").sizes != call.type("index").sizes {
                for axis in 0..<(try call.rank("index")) {
                    source = try graph.slice(
                        source, axis: axis, from: .fixed(0), to: call.dimension("index", axis))
                }
            }
        } else {
            source = graph.emit(
                "Expand", [try call.operand("value", as: type), graph.shape(index)])
        }
        let named = ["add": "add", "multiply": "mul"][call.string("reduce")]
        if case .string(let word)? = call.node["reduce"], named == nil {
            throw ONNXUnsupported(reason: "with the reduction \(word)")
        }
        try call.give(
            graph.emit(
                "ScatterElements", [call.tensor("self"), index, source],
                ["axis": .int(axis), "reduction": .string(named ?? standard)]))
    }
}
