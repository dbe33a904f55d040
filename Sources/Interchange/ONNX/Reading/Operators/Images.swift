import Programs

extension ONNXReaders {
    /// Images read at given places, and put together from columns.
    static let images: [String: Translation] = [
        "GridSample": gridSample, "Col2Im": imageFromColumns,
    ]

    private static let gridSample: Translation = { call in
        let modes = ["linear": 0, "bilinear": 0, "nearest": 1, "cubic": 2, "bicubic": 2]
        let edges = ["zeros": 0, "border": 1, "reflection": 2]
        let mode = try call.string("mode", "bilinear")
        let edge = try call.string("padding_mode", "zeros")
        guard let mode = modes[mode], let edge = edges[edge] else {
            throw call.refusal(
                "mode \(mode.shownName) with \(edge.shownName) around is not supported")
        }
        return [
            try call.call(
                "aten.grid_sampler.default",
                [
                    "input": .tensor(call.operand(0)), "grid": .tensor(call.operand(1)),
                    "interpolation_mode": .int(mode), "padding_mode": .int(edge),
                    "align_corners": .bool(call.flag("align_corners")),
                ])
        ]
    }

    private static let imageFromColumns: Translation = { call in
        let (image, block) = (try call.numbers(1), try call.numbers(2))
        let pads = try call.ints("pads") ?? [0, 0, 0, 0]
        guard image.count == 2, block.count == 2, pads.count == 4,
            Array(pads.prefix(2)) == Array(pads.suffix(2))
        else {
            throw call.refusal("other than two dimensions with the same padding on both sides")
        }
        return [
            try call.call(
                "aten.col2im.default",
                [
                    "self": .tensor(call.operand(0)), "output_size": .numbers(image),
                    "kernel_size": .numbers(block),
                    "dilation": .ints(call.ints("dilations") ?? [1, 1]),
                    "padding": .ints(Array(pads.prefix(2))),
                    "stride": .ints(call.ints("strides") ?? [1, 1]),
                ])
        ]
    }
}
