import Programs

extension ONNXReaders {
    /// Convolution in one to three dimensions, and its transposed form.
    static let convolutions: [String: Translation] = [
        "Conv": convolution, "ConvTranspose": transposedConvolution,
        "DepthToSpace": depthToSpace, "SpaceToDepth": spaceToDepth,
    ]

    private static func kernel(_ weight: ONNXSourceValue, _ call: ONNXSourceNode) throws -> [Int] {
        let sizes = weight.type.sizes.dropFirst(2).compactMap(\.fixed)
        guard weight.rank >= 3, sizes.count == weight.rank - 2 else {
            throw call.refusal("its kernel is \(weight.type), which is not supported")
        }
        return sizes
    }

    private static let convolution: Translation = { call in
        let (x, weight) = (try call.operand(0), try call.operand(1))
        let windows = try ONNXWindows(call, on: x, kernel: kernel(weight, call))
        let padding = windows.symmetric
        let padded = try padding == nil ? windows.padded(x, call) : x
        return [
            try call.call(
                OperatorName(library: "aten", name: "conv\(windows.count)d", overload: "default"),
                [
                    "input": .tensor(padded), "weight": .weight(weight),
                    "bias": .weight(call.optional(2)), "stride": .ints(windows.strides),
                    "padding": .ints(padding ?? Array(repeating: 0, count: windows.count)),
                    "dilation": .ints(windows.dilations), "groups": .int(call.int("group", 1)),
                ])
        ]
    }

    private static let transposedConvolution: Translation = { call in
        let (x, weight) = (try call.operand(0), try call.operand(1))
        let windows = try ONNXWindows(call, on: x, kernel: kernel(weight, call), isTransposed: true)
        let extra =
            try call.ints("output_padding") ?? Array(repeating: 0, count: windows.count)
        guard extra.count == windows.count, extra.allSatisfy({ 0..<ONNXWindows.largest ~= $0 })
        else {
            throw call.refusal(
                "its output_padding is not \(windows.count) numbers; export it again", .invalid)
        }
        let (before, after) = try transposedPadding(call, x, windows, extra)
        // ATen takes the same padding on both sides; the rest is cut off afterwards.
        let isSymmetric = before == after && before.allSatisfy { $0.int.map { $0 >= 0 } ?? false }
        let padding = isSymmetric ? before.compactMap(\.int) : before.map { _ in 0 }
        let name = windows.count == 1 ? "conv_transpose1d" : "conv_transpose\(windows.count)d"
        let result = try call.call(
            OperatorName(
                library: "aten", name: name, overload: windows.count == 1 ? "default" : "input"),
            [
                "input": .tensor(x), "weight": .weight(weight), "bias": .weight(call.optional(2)),
                "stride": .ints(windows.strides), "padding": .ints(padding),
                "output_padding": .ints(extra), "groups": .int(call.int("group", 1)),
                "dilation": .ints(windows.dilations),
            ])
        guard !isSymmetric else { return [result] }
        let cut = { (pads: [ONNXNumber]) in
            try [.int(0), .int(0)] + pads.map { try call.assembly.arithmetic(.neg, $0) }
        }
        return [try call.padded(result, before: cut(before), after: cut(after))]
    }

    /// What is cut off on each side, from the pads or from the output's shape.
    private static func transposedPadding(
        _ call: ONNXSourceNode, _ x: ONNXSourceValue, _ windows: ONNXWindows, _ extra: [Int]
    ) throws -> (before: [ONNXNumber], after: [ONNXNumber]) {
        let automatic = try call.string("auto_pad", "NOTSET")
        var shape = try call.ints("output_shape").map {
            $0.suffix(windows.count).map(ONNXNumber.int)
        }
        if shape == nil, automatic.hasPrefix("SAME") {
            shape = try (0..<windows.count).map { axis in
                try call.assembly.arithmetic(
                    .mul, call.assembly.size(of: x, axis + 2), .int(windows.strides[axis]))
            }
        }
        guard let shape else { return (windows.before, windows.after) }
        guard shape.count == windows.count else {
            throw call.refusal("its output_shape has too few sizes; export it again", .invalid)
        }
        var sides: [(ONNXNumber, ONNXNumber)] = []
        for axis in 0..<windows.count {
            let assembly = call.assembly
            let steps = try assembly.arithmetic(.sub, assembly.size(of: x, axis + 2), .int(1))
            let extent = (windows.kernel[axis] - 1) * windows.dilations[axis] + 1 + extra[axis]
            let full = try assembly.arithmetic(
                .add, assembly.arithmetic(.mul, steps, .int(windows.strides[axis])), .int(extent))
            let total = try assembly.arithmetic(.sub, full, shape[axis])
            if let number = total.int, number < 0 {
                throw call.refusal("an output_shape larger than the result is not supported")
            }
            let half = try assembly.arithmetic(.floordiv, total, .int(2))
            let rest = try assembly.arithmetic(.sub, total, half)
            sides.append(automatic == "SAME_UPPER" ? (half, rest) : (rest, half))
        }
        return (sides.map(\.0), sides.map(\.1))
    }

    /// Channels become blocks of `blocksize` by `blocksize`.
    private static let depthToSpace: Translation = { call in
        let x = try call.operand(0)
        let size = try call.int("blocksize", 0)
        guard x.rank == 4, 1...4096 ~= size else {
            throw call.refusal("\(x.type) in blocks of \(size) is not supported")
        }
        let mode = try call.string("mode", "DCR")
        if mode == "CRD" {
            return [
                try call.call(
                    "aten.pixel_shuffle.default",
                    ["self": .tensor(x), "upscale_factor": .int(size)])
            ]
        }
        guard mode == "DCR", let channels = x.type.sizes[1].fixed, channels % (size * size) == 0
        else { throw call.refusal("mode \(mode.shownName) on \(x.type) is not supported") }
        let sizes = try call.assembly.sizes(of: x)
        let depth = ONNXNumber.int(channels / (size * size))
        let split = try call.reshaped(
            x, to: [sizes[0], .int(size), .int(size), depth, sizes[2], sizes[3]])
        let moved = try call.permuted(split, [0, 3, 4, 1, 5, 2])
        let large = try sizes.suffix(2).map { try call.assembly.arithmetic(.mul, $0, .int(size)) }
        return [try call.reshaped(moved, to: [sizes[0], depth] + large)]
    }

    /// Blocks of `blocksize` by `blocksize` become channels.
    private static let spaceToDepth: Translation = { call in
        let x = try call.operand(0)
        let size = try call.int("blocksize", 0)
        guard x.rank == 4, 1...4096 ~= size, let channels = x.type.sizes[1].fixed
        else { throw call.refusal("\(x.type) in blocks of \(size) is not supported") }
        let sizes = try call.assembly.sizes(of: x)
        let small = try sizes.suffix(2).map {
            try call.assembly.arithmetic(.floordiv, $0, .int(size))
        }
        let split = try call.reshaped(
            x, to: [sizes[0], sizes[1], small[0], .int(size), small[1], .int(size)])
        let moved = try call.permuted(split, [0, 3, 5, 1, 2, 4])
        return [
            try call.reshaped(moved, to: [sizes[0], .int(channels * size * size)] + small)
        ]
    }
}
