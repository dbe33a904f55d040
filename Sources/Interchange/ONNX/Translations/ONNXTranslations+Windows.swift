import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Padding, and windows laid out as dimensions of their own.
    static let windows: [String: ONNXTranslation] = [
        "aten.constant_pad_nd": { try pad($0, "pad", "constant", value: "value") },
        "aten.pad": { try pad($0, "pad", $0.string("mode", default: "constant"), value: "value") },
        "aten.reflection_pad1d": { try pad($0, "padding", "reflect") },
        "aten.reflection_pad2d": { try pad($0, "padding", "reflect") },
        "aten.reflection_pad3d": { try pad($0, "padding", "reflect") },
        "aten.replication_pad1d": { try pad($0, "padding", "replicate") },
        "aten.replication_pad2d": { try pad($0, "padding", "replicate") },
        "aten.replication_pad3d": { try pad($0, "padding", "replicate") },
        "aten.unfold": { call in
            let graph = call.graph
            let rank = try call.rank("self")
            guard rank > 0 else { throw ONNXUnsupported(reason: "of a single number") }
            let axis = try call.axis("dimension", rank: rank)
            let (size, step) = (try call.int("size"), try call.int("step"))
            let count = max((try call.fixedSize("self", axis) - size) / max(step, 1) + 1, 0)
            _ = try [count, size].limited()
            let places = (0..<count).flatMap { start in
                (0..<size).map { start * step + $0 }
            }
            let windows = graph.emit(
                "Gather",
                [
                    try call.tensor("self"),
                    try graph.constant(Tensor(places, shape: [count, size])),
                ],
                ["axis": .int(axis)])
            // The windows' elements go to the end.
            let order = Array(0...axis) + Array(axis + 2..<rank + 1) + [axis + 1]
            try call.give(graph.transpose(windows, order))
        },
        "aten.im2col": columns,
        "aten.col2im": { call in
            guard call.graph.opset.rawValue >= 18 else {
                throw ONNXUnsupported(reason: ", which operator set 18 brings")
            }
            let padding = try call.ints("padding", count: 2, default: 0)
            try call.give(
                call.graph.emit(
                    "Col2Im",
                    [
                        call.tensor("self"), call.graph.vector(call.sizes("output_size")),
                        call.graph.ints(call.ints("kernel_size", count: 2, default: 1)),
                    ],
                    [
                        "dilations": .ints(call.ints("dilation", count: 2, default: 1)),
                        "pads": .ints(padding + padding),
                        "strides": .ints(call.ints("stride", count: 2, default: 1)),
                    ]))
        },
    ]

    /// PyTorch lists pairs from the last dimension on, ONNX all beginnings and then all ends.
    private static func pad(
        _ call: ONNXCall, _ name: String, _ mode: String, value: String? = nil
    ) throws {
        let graph = call.graph
        let rank = try call.rank("self")
        let pairs = try call.sizes(name)
        guard pairs.count % 2 == 0, pairs.count / 2 <= rank else {
            throw ONNXUnsupported(reason: "by \(pairs.count) numbers")
        }
        var begins = Array(repeating: ONNXDimension.fixed(0), count: rank)
        var ends = begins
        for index in 0..<pairs.count / 2 {
            begins[rank - 1 - index] = pairs[2 * index]
            ends[rank - 1 - index] = pairs[2 * index + 1]
        }
        let input = try call.tensor("self")
        if mode == "circular" {
            return try call.give(wrapped(call, input, begins, ends))
        }
        guard let named = ["constant": "constant", "reflect": "reflect", "replicate": "edge"][mode]
        else { throw ONNXUnsupported(reason: "in the mode \(mode)") }
        var filling: ONNXOperand?
        if named == "constant", let value {
            filling = try graph.number(call.double(value, default: 0), input.type)
        }
        // NB: ONNX Runtime pads no bools.
        let isBool = input.type == .bool
        let result = graph.emit(
            "Pad",
            [
                try graph.cast(input, to: isBool ? .int32 : input.type),
                try graph.vector(begins + ends),
                try filling.map { try graph.cast($0, to: isBool ? .int32 : input.type) },
            ], ["mode": .string(named)])
        try call.give(result)
    }

    /// Operator set 19 brings a mode for this; before, the ends are joined on.
    private static func wrapped(
        _ call: ONNXCall, _ input: ONNXOperand, _ begins: [ONNXDimension], _ ends: [ONNXDimension]
    ) throws -> ONNXOperand {
        let graph = call.graph
        var result = input
        for axis in begins.indices {
            guard let begin = begins[axis].fixed, let end = ends[axis].fixed, begin >= 0, end >= 0
            else { throw ONNXUnsupported(reason: "round by a free or negative size") }
            var parts = [result]
            if begin > 0 {
                parts.insert(
                    try graph.slice(result, axis: axis, from: .fixed(-begin), to: .fixed(Int.max)),
                    at: 0)
            }
            if end > 0 {
                parts.append(
                    try graph.slice(result, axis: axis, from: .fixed(0), to: .fixed(end)))
            }
            result = graph.concatenate(parts, axis: axis)
        }
        return result
    }

    /// `[batch, channels · kernel, positions]` of an image, as `unfold` in PyTorch's `nn.functional`.
    private static let columns: ONNXTranslation = { call in
        let graph = call.graph
        guard try call.rank("self") == 4 else { throw ONNXUnsupported(reason: "without a batch") }
        let kernel = try call.ints("kernel_size", count: 2, default: 1)
        let dilation = try call.ints("dilation", count: 2, default: 1)
        let padding = try call.ints("padding", count: 2, default: 0)
        let stride = try call.ints("stride", count: 2, default: 1)
        var result = try call.tensor("self")
        if padding != [0, 0] {
            let pads = [0, 0] + padding
            result = graph.emit("Pad", [result, try graph.ints(pads + pads)])
        }
        // Each axis becomes two: the place in the window, and the window.
        for (index, axis) in [2, 4].enumerated() {
            let reach = try (kernel[index] - 1).times(dilation[index])
            let size = try call.fixedSize("self", index + 2) + 2 * padding[index]
            let count = max((size - reach - 1) / max(stride[index], 1) + 1, 0)
            _ = try [kernel[index], count].limited()
            let places = (0..<kernel[index]).flatMap { element in
                (0..<count).map { $0 * stride[index] + element * dilation[index] }
            }
            result = graph.emit(
                "Gather",
                [result, try graph.constant(Tensor(places, shape: [kernel[index], count]))],
                ["axis": .int(axis)])
        }
        let sizes = try call.resultSizes().enumerated().map { axis, size in
            try axis == 0 ? call.dimension("self", 0) : .fixed(size.fixed ?? -1)
        }
        try call.give(graph.reshape(graph.transpose(result, [0, 1, 2, 4, 3, 5]), sizes))
    }
}
