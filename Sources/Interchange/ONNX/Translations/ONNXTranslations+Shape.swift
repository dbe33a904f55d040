import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// The same elements in other sizes or another order of dimensions.
    static let shape: [String: ONNXTranslation] = [
        "aten.view": { call in
            guard call.node["dtype"] == nil else {
                throw ONNXUnsupported(reason: "as another type")
            }
            try resize(call, "size")
        },
        "aten._unsafe_view": { try resize($0, "size") },
        "aten.reshape": { try resize($0, "shape") },
        "aten.view_as": { try resize($0, like: "other") },
        "aten.reshape_as": { try resize($0, like: "other") },
        "aten.flatten": { call in
            let rank = try call.rank("self")
            let start = try call.axis("start_dim", rank: rank, default: 0)
            let end = try call.axis("end_dim", rank: rank, default: -1)
            var sizes = try call.dimensions(of: "self")
            guard start <= end else {
                throw ONNXUnsupported(reason: "from \(start) to \(end)")
            }
            if rank > 0 {
                let middle = try call.graph.product(Array(sizes[start...end]))
                sizes.replaceSubrange(start...end, with: [middle])
            } else {
                sizes = [.fixed(1)]
            }
            try call.give(call.graph.reshape(call.tensor("self"), sizes))
        },
        "aten.unflatten": { call in
            var sizes = try call.dimensions(of: "self")
            let axis = try call.axis("dim", rank: sizes.count)
            guard !sizes.isEmpty else { throw ONNXUnsupported(reason: "of a single number") }
            sizes.replaceSubrange(axis...axis, with: try call.sizes("sizes"))
            try call.give(call.graph.reshape(call.tensor("self"), sizes))
        },
        "aten.squeeze": { call in
            let sizes = try call.type("self").sizes
            let axes =
                try call.node["dim"] == nil
                ? Array(sizes.indices) : call.axes("dim", rank: sizes.count)
            let ones = axes.filter { sizes.indices.contains($0) && sizes[$0] == .fixed(1) }
            try call.give(call.graph.squeeze(call.tensor("self"), ones))
        },
        "aten.unsqueeze": { call in
            let axis = try call.axis("dim", rank: call.rank("self") + 1)
            try call.give(call.graph.unsqueeze(call.tensor("self"), [axis]))
        },
        "aten.expand": { try expand($0, $0.sizes("size")) },
        "aten.broadcast_to": { try expand($0, $0.sizes("size")) },
        "aten.expand_as": { try expand($0, $0.dimensions(of: "other")) },
        "aten.permute": { call in
            let order = try call.axes("dims", rank: call.rank("self"))
            try call.give(call.graph.transpose(call.tensor("self"), order))
        },
        "aten.transpose": { try exchange($0, "dim0", "dim1") },
        "aten.swapaxes": { try exchange($0, "axis0", "axis1") },
        "aten.swapdims": { try exchange($0, "dim0", "dim1") },
        "aten.t": { call in
            let isMatrix = try call.rank("self") == 2
            try call.give(
                isMatrix ? call.graph.transpose(call.tensor("self"), [1, 0]) : call.tensor("self"))
        },
        "aten.numpy_T": { call in
            let order = Array((0..<(try call.rank("self"))).reversed())
            try call.give(call.graph.transpose(call.tensor("self"), order))
        },
        "aten.movedim": { call in
            let rank = try call.rank("self")
            let source = try call.axes("source", rank: rank)
            let destination = try call.axes("destination", rank: rank)
            var rest = (0..<rank).filter { !source.contains($0) }
            for (place, axis) in zip(destination, source).sorted(by: { $0.0 < $1.0 }) {
                rest.insert(axis, at: min(place, rest.count))
            }
            try call.give(call.graph.transpose(call.tensor("self"), rest))
        },
    ]

    private static func resize(_ call: ONNXCall, _ sizes: String) throws {
        try call.give(call.graph.reshape(call.tensor("self"), call.sizes(sizes)))
    }

    private static func resize(_ call: ONNXCall, like other: String) throws {
        try call.give(call.graph.reshape(call.tensor("self"), call.dimensions(of: other)))
    }

    /// A size of -1 keeps the tensor's own.
    private static func expand(_ call: ONNXCall, _ sizes: [ONNXDimension]) throws {
        let kept = sizes.map { $0 == .fixed(-1) ? .fixed(1) : $0 }
        let own = try call.type("self").sizes
        // Nothing is repeated where every size is there already.
        if kept.count == own.count,
            zip(kept, own).allSatisfy({ $0.fixed == 1 || $0.fixed != nil && $0.fixed == $1.fixed })
        {
            return try call.give(call.tensor("self"))
        }
        try call.give(call.graph.emit("Expand", [call.tensor("self"), call.graph.vector(kept)]))
    }

    private static func exchange(_ call: ONNXCall, _ first: String, _ second: String) throws {
        let rank = try call.rank("self")
        guard rank > 0 else { return try call.give(call.tensor("self")) }
        var order = Array(0..<rank)
        order.swapAt(try call.axis(first, rank: rank), try call.axis(second, rank: rank))
        try call.give(call.graph.transpose(call.tensor("self"), order))
    }
}
