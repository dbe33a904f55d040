import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Parts of tensors, and tensors put together or in another order of elements.
    static let arrangement: [String: ONNXTranslation] = [
        "aten.slice": { call in
            let axis = try call.axis("dim", rank: call.rank("self"), default: 0)
            let bound = { (name: String, standard: Int) throws -> ONNXDimension in
                let given = call.node[name] ?? .none
                return try given == .none ? .fixed(standard) : call.size(given)
            }
            let (start, end) = (try bound("start", 0), try bound("end", Int.max))
            let step = try call.int("step", default: 1)
            if start == .fixed(0), end == .fixed(Int.max), step == 1 {
                return try call.give(call.tensor("self"))
            }
            try call.give(
                call.graph.slice(call.tensor("self"), axis: axis, from: start, to: end, step: step))
        },
        "aten.narrow": { call in
            let axis = try call.axis("dim", rank: call.rank("self"))
            let (start, length) = (try call.int("start"), try call.int("length"))
            try call.give(
                call.graph.slice(
                    call.tensor("self"), axis: axis, from: .fixed(start),
                    to: .fixed(start + length)))
        },
        "aten.select": { call in
            let axis = try call.axis("dim", rank: call.rank("self"))
            try call.give(
                call.graph.emit(
                    "Gather", [call.tensor("self"), call.operand("index", as: .int64)],
                    ["axis": .int(axis)]))
        },
        "aten.split": { try split($0) },
        "aten.split_with_sizes": { try split($0) },
        "aten.chunk": { try split($0) },
        "aten.tensor_split": { try split($0) },
        "aten.unbind": { call in
            let axis = try call.axis("dim", rank: call.rank("self"), default: 0)
            for index in call.node.outputs.indices where call.isRead(index) {
                let part = call.graph.emit(
                    "Gather", [try call.tensor("self"), try call.graph.number(index)],
                    ["axis": .int(axis)])
                try call.give(part, index)
            }
        },
        "aten.cat": { call in
            let type = try call.resultType()
            let axis = try call.axis("dim", rank: call.resultSizes().count, default: 0)
            let parts = try call.tensors("tensors").map { try call.graph.cast($0, to: type) }
            try call.give(call.graph.concatenate(parts, axis: axis))
        },
        "aten.stack": { call in
            let type = try call.resultType()
            let axis = try call.axis("dim", rank: call.resultSizes().count, default: 0)
            let parts = try call.tensors("tensors").map { part in
                try call.graph.unsqueeze(call.graph.cast(part, to: type), [axis])
            }
            try call.give(call.graph.concatenate(parts, axis: axis))
        },
        "aten.repeat": { try tile($0, "repeats") },
        "aten.tile": { try tile($0, "dims") },
        "aten.repeat_interleave.self_int": repeatInterleaved,
        "aten.roll": roll,
        "aten.flip": { call in
            var result = try call.tensor("self")
            for axis in try call.axes("dims", rank: call.rank("self")) {
                result = try reversed(call.graph, result, axis)
            }
            try call.give(result)
        },
        "aten.rot90": { call in
            let graph = call.graph
            var result = try call.tensor("self")
            let rank = try call.rank("self")
            let axes = try call.axes("dims", rank: rank)
            guard axes.count == 2 else {
                throw ONNXUnsupported(reason: "of \(axes.count) dimensions")
            }
            var order = Array(0..<rank)
            order.swapAt(axes[0], axes[1])
            for _ in 0..<((try call.int("k", default: 1) % 4 + 4) % 4) {
                result = graph.transpose(try reversed(graph, result, axes[1]), order)
            }
            try call.give(result)
        },
        "aten.meshgrid": { call in
            let parts = try call.tensors("tensors")
            let shapes = parts.map { call.graph.shape($0) }
            let grid = call.graph.concatenate(shapes, axis: 0)
            let isCartesian = call.string("indexing") == "xy" && parts.count > 1
            var order = Array(parts.indices)
            if isCartesian { order.swapAt(0, 1) }
            for (index, part) in parts.enumerated() {
                let axes = parts.indices.filter { $0 != index }
                let wide = call.graph.emit("Expand", [try call.graph.unsqueeze(part, axes), grid])
                try call.give(call.graph.transpose(wide, order), index)
            }
        },
        "aten.pixel_shuffle": { call in
            let factor = try call.int("upscale_factor")
            try call.give(
                call.graph.emit(
                    "DepthToSpace", [call.tensor("self")],
                    ["blocksize": .int(factor), "mode": .string("CRD")]))
        },
        "aten.pixel_unshuffle": { call in
            let factor = try call.int("downscale_factor")
            let (height, width) = (try call.fixedSize("self", 2), try call.fixedSize("self", 3))
            let channels = try call.fixedSize("self", 1)
            _ = try [channels, factor, factor].limited()
            guard factor > 0, try call.rank("self") == 4 else {
                throw ONNXUnsupported(reason: "by \(factor)")
            }
            let parts = [channels, height / factor, factor, width / factor, factor]
            let batch = try call.dimension("self", 0)
            let split = try call.graph.reshape(
                call.tensor("self"), [batch] + parts.map(ONNXDimension.fixed))
            let moved = call.graph.transpose(split, [0, 1, 3, 5, 2, 4])
            let sizes = [channels * factor * factor, height / factor, width / factor]
            try call.give(call.graph.reshape(moved, [batch] + sizes.map(ONNXDimension.fixed)))
        },
        "aten.channel_shuffle": { call in
            let groups = try call.int("groups")
            let sizes = try call.dimensions(of: "self")
            let channels = try call.fixedSize("self", 1)
            guard sizes.count > 1 else { throw ONNXUnsupported(reason: "without channels") }
            let rest = sizes.dropFirst(2)
            let parts = [ONNXDimension.fixed(groups), .fixed(channels / max(groups, 1))]
            let split = try call.graph.reshape(
                call.tensor("self"), [sizes[0]] + parts + rest)
            let order = [0, 2, 1] + (3..<sizes.count + 1)
            try call.give(call.graph.reshape(call.graph.transpose(split, order), sizes))
        },
    ]

    /// The sizes of the parts are those of the results.
    private static func split(_ call: ONNXCall) throws {
        let rank = try call.rank("self")
        let axis = try call.axis("dim", rank: rank, default: 0)
        let parts = try partSizes(call, axis)
        let results = try call.graph.split(call.tensor("self"), axis: axis, sizes: parts)
        for (index, result) in results.enumerated() { try call.give(result, index) }
    }

    /// Those that the node states, else those of the results; where a part is not read, equal ones.
    private static func partSizes(_ call: ONNXCall, _ axis: Int) throws -> [Int] {
        for name in ["split_sizes", "split_size"] {
            if case .list? = call.node[name] { return try call.ints(name) }
        }
        let outputs = call.node.outputs.indices
        let known = outputs.compactMap { index in
            call.isRead(index) ? try? call.fixedResultSize(index, axis) : nil
        }
        if known.count == outputs.count { return known }
        let whole = try call.fixedSize("self", axis)
        var step = try call.int("split_size", default: 0)
        if case .int(let chunks)? = call.node["chunks"] {
            step = (whole + max(chunks, 1) - 1) / max(chunks, 1)
        }
        let parts = outputs.map { min(step, max(whole - $0 * step, 0)) }
        guard step > 0, parts.reduce(0, +) == whole else {
            throw ONNXUnsupported(reason: "into parts of unknown sizes")
        }
        return parts
    }

    private static func tile(_ call: ONNXCall, _ name: String) throws {
        let graph = call.graph
        var repeats = try call.sizes(name)
        let rank = try call.rank("self")
        let input = try graph.unsqueeze(
            call.tensor("self"), Array(0..<max(repeats.count - rank, 0)))
        repeats = Array(repeating: .fixed(1), count: max(rank - repeats.count, 0)) + repeats
        try call.give(graph.emit("Tile", [input, graph.vector(repeats)]))
    }

    private static let repeatInterleaved: ONNXTranslation = { call in
        let graph = call.graph
        var sizes = try call.dimensions(of: "self")
        var input = try call.tensor("self")
        var axis = 0
        if call.node["dim"] == nil || call.node["dim"] == Argument.none {
            sizes = [try graph.product(sizes)]
            input = try graph.reshape(input, [.fixed(-1)])
        } else {
            axis = try call.axis("dim", rank: sizes.count)
        }
        guard !sizes.isEmpty else { throw ONNXUnsupported(reason: "of a single number") }
        let count = try call.size(call.node["repeats"])
        var repeats = Array(repeating: ONNXDimension.fixed(1), count: sizes.count + 1)
        repeats[axis + 1] = count
        let repeated = graph.emit(
            "Expand", [try graph.unsqueeze(input, [axis + 1]), try graph.vector(repeats)])
        sizes[axis] = try graph.product([sizes[axis], count])
        try call.give(graph.reshape(repeated, sizes))
    }

    /// The last elements come first.
    private static let roll: ONNXTranslation = { call in
        let graph = call.graph
        let rank = try call.rank("self")
        let shifts = try call.ints("shifts")
        let isFlat = try call.ints("dims", default: []).isEmpty
        let axes = try isFlat ? [0] : call.axes("dims", rank: rank)
        var result = try call.tensor("self")
        if isFlat { result = try graph.reshape(result, [.fixed(-1)]) }
        for (axis, shift) in zip(axes, shifts) where shift != 0 {
            // A shift by more than the size goes round; a free size has to be larger.
            var cut = -shift
            if !isFlat, case .fixed(let size) = try call.dimension("self", axis), size > 0,
                size < 1 << 31
            {
                cut = -(((shift % size) + size) % size)
                if cut == 0 { continue }
            }
            let last = try graph.slice(
                result, axis: axis, from: .fixed(cut), to: .fixed(Int.max))
            let first = try graph.slice(result, axis: axis, from: .fixed(0), to: .fixed(cut))
            result = graph.concatenate([last, first], axis: axis)
        }
        if isFlat { result = try graph.reshape(result, call.dimensions(of: "self")) }
        try call.give(result)
    }

    private static func reversed(
        _ graph: ONNXGraphWriter, _ operand: ONNXOperand, _ axis: Int
    ) throws -> ONNXOperand {
        try graph.slice(
            operand, axis: axis, from: .fixed(-1), to: .fixed(Int.min), step: -1)
    }
}
