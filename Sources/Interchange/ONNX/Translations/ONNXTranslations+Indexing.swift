import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Elements picked by tensors of indices.
    static let indexing: [String: ONNXTranslation] = [
        "aten.embedding": { call in
            try call.give(
                call.graph.emit(
                    "Gather", [call.tensor("weight"), call.tensor("indices")], ["axis": .int(0)]))
        },
        "aten.index_select": { call in
            let axis = try call.axis("dim", rank: call.rank("self"))
            try call.give(
                call.graph.emit(
                    "Gather", [call.tensor("self"), call.tensor("index")], ["axis": .int(axis)]))
        },
        "aten.gather": { call in
            let axis = try call.axis("dim", rank: call.rank("self"))
            try call.give(
                call.graph.emit(
                    "GatherElements", [call.tensor("self"), call.tensor("index")],
                    ["axis": .int(axis)]))
        },
        "aten.take_along_dim": { call in
            let axis = try call.axis("dim", rank: call.rank("self"))
            try call.give(
                call.graph.emit(
                    "GatherElements", [call.tensor("self"), call.tensor("indices")],
                    ["axis": .int(axis)]))
        },
        "aten.index": index,
        "aten.nonzero": { call in
            let found = call.graph.emit("NonZero", [try call.tensor("self")], type: .int64)
            try call.give(call.graph.transpose(found, [1, 0]))
        },
        "aten.masked_select": { call in
            try call.give(picked(call, call.tensor("self"), by: call.tensor("mask")))
        },
        "aten.one_hot": { call in
            let classes = try call.int("num_classes")
            guard classes > 0 else { throw ONNXUnsupported(reason: "of unknown many classes") }
            let rank = try call.rank("self")
            let numbers = try call.graph.unsqueeze(call.tensor("self"), [rank])
            try call.give(
                call.graph.emit(
                    "Equal", [numbers, call.graph.range(.fixed(classes))], type: .bool))
        },
        "aten.diagonal": { call in
            let rank = try call.rank("self")
            let first = try call.axis("dim1", rank: rank, default: 0)
            let second = try call.axis("dim2", rank: rank, default: 1)
            let (rows, columns) = (
                try call.fixedSize("self", first), try call.fixedSize("self", second)
            )
            let offset = try call.int("offset", default: 0)
            _ = try [rows].limited()
            let places = (0..<rows).compactMap { row in
                (0..<columns).contains(row + offset) ? row * columns + row + offset : nil
            }
            let others = (0..<rank).filter { $0 != first && $0 != second }
            let moved = call.graph.transpose(try call.tensor("self"), others + [first, second])
            let sizes = try others.map { try call.dimension("self", $0) }
            let flat = try call.graph.reshape(
                moved, sizes + [.fixed(rows.times(columns))])
            try call.give(
                call.graph.emit(
                    "Gather", [flat, call.graph.ints(places)], ["axis": .int(rank - 2)]))
        },
        "aten.tril": { try triangle($0, upper: 0) },
        "aten.triu": { try triangle($0, upper: 1) },
        "aten.embedding_bag": embeddingBag,
        "aten._embedding_bag": embeddingBag,
    ]

    private static func triangle(_ call: ONNXCall, upper: Int) throws {
        let offset = try call.graph.number(call.int("diagonal", default: 0))
        let input = try call.tensor("self")
        // NB: ONNX Runtime has the operator for few types.
        let type: ScalarType = input.type.isFloatingPoint ? input.type : .int64
        try call.give(
            call.graph.emit(
                "Trilu", [call.graph.cast(input, to: type), offset], ["upper": .int(upper)]))
    }

    /// The elements where a mask is true.
    private static func picked(
        _ call: ONNXCall, _ input: ONNXOperand, by mask: ONNXOperand
    ) throws -> ONNXOperand {
        let places = call.graph.emit(
            "Transpose", [call.graph.emit("NonZero", [mask], type: .int64)],
            ["perm": .ints([1, 0])])
        return call.graph.emit("GatherND", [input, places], type: input.type)
    }

    /// One tensor of indices is `Gather`, several are `GatherND` over their common shape.
    private static let index: ONNXTranslation = { call in
        let graph = call.graph
        let input = try call.tensor("self")
        let rank = try call.rank("self")
        let given = try ONNXIndices(call)
        if given.indices.count == 1, given.indices[0].type == .bool {
            guard given.axes == [0] else {
                throw ONNXUnsupported(reason: "by a mask of other axes")
            }
            return try call.give(picked(call, input, by: given.indices[0]))
        }
        guard !given.indices.contains(where: { $0.type == .bool }) else {
            throw ONNXUnsupported(reason: "by masks beside indices")
        }
        if given.indices.count == 1 {
            return try call.give(
                graph.emit("Gather", [input, given.indices[0]], ["axis": .int(given.axes[0])]))
        }
        let others = (0..<rank).filter { !given.axes.contains($0) }
        let front = graph.transpose(input, given.axes + others)
        let found = graph.emit("GatherND", [front, try given.stacked(graph)], type: input.type)
        // Indices next to each other leave their dimensions in their place, others put them first.
        let place = given.areAdjacent ? given.axes[0] : 0
        let width = given.rank
        let order =
            Array(width..<width + place) + Array(0..<width)
            + Array(width + place..<width + others.count)
        try call.give(graph.transpose(found, order))
    }

    /// Sums or means over bags of rows, by a matrix that says which row is in which bag.
    private static let embeddingBag: ONNXTranslation = { call in
        let graph = call.graph
        let mode = try call.int("mode", default: 0)
        for index in call.node.outputs.indices.dropFirst() {
            try call.requireUnread(index, "second result")
        }
        guard mode != 2, try call.rank("indices") == 1,
            try call.int("padding_idx", default: -1) < 0
        else { throw ONNXUnsupported(reason: "with a maximum or left-out rows") }
        let type = try call.resultType()
        var rows = graph.emit(
            "Gather", [try call.tensor("weight"), try call.tensor("indices")], ["axis": .int(0)])
        if let weights = try call.optional("per_sample_weights") {
            rows = graph.emit("Mul", [rows, try graph.unsqueeze(weights, [1])])
        }
        let count = try call.dimension("indices", 0)
        let places = try graph.range(count)
        var starts = try graph.cast(call.tensor("offsets"), to: .int64)
        if try call.bool("include_last_offset") {
            starts = try graph.slice(starts, axis: 0, from: .fixed(0), to: .fixed(-1))
        }
        let later = try graph.slice(starts, axis: 0, from: .fixed(1), to: .fixed(Int.max))
        let ends = graph.concatenate([later, try graph.vector([count])], axis: 0)
        let begun = graph.emit(
            "GreaterOrEqual", [places, try graph.unsqueeze(starts, [1])], type: .bool)
        let open = graph.emit("Less", [places, try graph.unsqueeze(ends, [1])], type: .bool)
        let members = try graph.cast(graph.emit("And", [begun, open]), to: type)
        var bags = graph.emit("MatMul", [members, rows])
        if mode == 1 {
            let sizes = try graph.reduce("ReduceSum", members, [1], keeping: true)
            bags = try graph.emit(
                "Div", [bags, graph.emit("Max", [sizes, graph.number(1.0, type)])])
        }
        try call.give(bags)
    }
}

/// The tensors that index a tensor, and the axes that they stand at.
struct ONNXIndices {
    let indices: [ONNXOperand]
    let axes: [Int]
    /// The number of dimensions that they have together.
    let rank: Int

    init(_ call: ONNXCall) throws {
        guard case .list(let items)? = call.node["indices"] else {
            throw ONNXUnsupported(reason: "without indices")
        }
        var indices: [ONNXOperand] = []
        var axes: [Int] = []
        var rank = 0
        for (axis, item) in items.enumerated() {
            guard case .value(let value) = item else { continue }
            indices.append(try call.graph.operand(value))
            axes.append(axis)
            rank = max(rank, call.program.type(of: value)?.tensor?.sizes.count ?? 0)
        }
        guard !indices.isEmpty, try items.count <= call.rank("self") else {
            throw ONNXUnsupported(reason: "without indices")
        }
        (self.indices, self.axes, self.rank) = (indices, axes, rank)
    }

    /// Whether no axis without an index lies between those with one.
    var areAdjacent: Bool { axes == Array(axes[0]..<axes[0] + axes.count) }

    /// The indices side by side along a last dimension, repeated to their common shape.
    func stacked(_ graph: ONNXGraphWriter) throws -> ONNXOperand {
        let whole = try indices.map { try graph.cast($0, to: .int64) }
        guard whole.count > 1 else { return try graph.unsqueeze(whole[0], [rank]) }
        let sum = whole.dropFirst().reduce(whole[0]) { graph.emit("Add", [$0, $1]) }
        let shape = graph.shape(sum)
        let columns = try whole.map {
            try graph.unsqueeze(graph.emit("Expand", [$0, shape]), [rank])
        }
        return graph.concatenate(columns, axis: rank)
    }
}
