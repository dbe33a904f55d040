import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Pooling in one to three dimensions, by windows or to a given size.
    static let pooling: [String: ONNXTranslation] = [
        "aten.max_pool1d": { try maxPool($0, 1) },
        "aten.max_pool2d": { try maxPool($0, 2) },
        "aten.max_pool3d": { try maxPool($0, 3) },
        "aten.max_pool2d_with_indices": { try maxPool($0, 2) },
        "aten.max_pool3d_with_indices": { try maxPool($0, 3) },
        "aten.avg_pool1d": { try averagePool($0, 1) },
        "aten.avg_pool2d": { try averagePool($0, 2) },
        "aten.avg_pool3d": { try averagePool($0, 3) },
        "aten.adaptive_avg_pool1d": { try adaptiveAverage($0, 1) },
        "aten.adaptive_avg_pool2d": { try adaptiveAverage($0, 2) },
        "aten.adaptive_avg_pool3d": { try adaptiveAverage($0, 3) },
        "aten._adaptive_avg_pool2d": { try adaptiveAverage($0, 2) },
        "aten._adaptive_avg_pool3d": { try adaptiveAverage($0, 3) },
        "aten.adaptive_max_pool1d": { try adaptiveMaximum($0, 1) },
        "aten.adaptive_max_pool2d": { try adaptiveMaximum($0, 2) },
        "aten.adaptive_max_pool3d": { try adaptiveMaximum($0, 3) },
    ]

    /// Windows over the last dimensions of a tensor.
    private struct Windows {
        let kernel: [Int]
        let strides: [Int]
        let padding: [Int]
        let dilation: [Int]
        /// What is added at the end so that a last window which is not whole counts too.
        var rest: [Int]

        /// - Parameter size: the number of spatial dimensions.
        init(_ call: ONNXCall, _ count: Int) throws {
            kernel = try call.ints("kernel_size", count: count, default: 1)
            let given = try call.ints("stride", default: [])
            strides = try given.isEmpty ? kernel : call.ints("stride", count: count, default: 1)
            padding = try call.ints("padding", count: count, default: 0)
            dilation = try call.ints("dilation", count: count, default: 1)
            rest = Array(repeating: 0, count: count)
            guard try call.bool("ceil_mode") else { return }
            let rank = try call.rank("self")
            guard rank > count, try call.resultSizes().count == rank else {
                throw ONNXUnsupported(reason: "of \(rank) dimensions")
            }
            for axis in 0..<count {
                guard let size = try call.type("self").sizes[rank - count + axis].fixed,
                    let wanted = try call.resultSizes()[rank - count + axis].fixed
                else { throw ONNXUnsupported(reason: "where free sizes are rounded up") }
                guard (0...1 << 31).contains(size), (0...1 << 31).contains(wanted),
                    strides[axis] < 1 << 24, dilation[axis] < 1 << 24
                else { throw ONNXUnsupported(reason: "of such sizes") }
                let covered = (wanted - 1) * strides[axis] + (kernel[axis] - 1) * dilation[axis] + 1
                rest[axis] = max(covered - size - 2 * padding[axis], 0)
            }
        }

        func attributes(padding: [Int]) -> [String: ONNXAttribute] {
            [
                "kernel_shape": .ints(kernel), "strides": .ints(strides),
                "pads": .ints(padding + zip(padding, rest).map { $0 + $1 }),
            ]
        }
    }

    /// The argument with a batch, and what takes it away again.
    private static func batched(
        _ call: ONNXCall, _ count: Int
    ) throws -> (input: ONNXOperand, added: [Int]) {
        let added = try call.rank("self") == count + 1 ? [0] : []
        return (try call.graph.unsqueeze(call.tensor("self"), added), added)
    }

    private static func maxPool(_ call: ONNXCall, _ count: Int) throws {
        let graph = call.graph
        let windows = try Windows(call, count)
        let (input, added) = try batched(call, count)
        var attributes = windows.attributes(padding: windows.padding)
        attributes["dilations"] = .ints(windows.dilation)
        let types: [ScalarType] = call.isRead(1) ? [input.type, .int64] : [input.type]
        let results = graph.emit("MaxPool", [input], attributes, types: types)
        try call.give(graph.squeeze(results[0], added))
        guard call.isRead(1) else { return }
        // ONNX counts over the whole tensor, PyTorch in each image.
        let rank = try call.rank("self")
        let image = try graph.product((rank - count..<rank).map { try call.dimension("self", $0) })
        let places = graph.emit("Mod", [results[1], try graph.vector([image])])
        try call.give(graph.squeeze(places, added), 1)
    }

    private static func averagePool(_ call: ONNXCall, _ count: Int) throws {
        let graph = call.graph
        let windows = try Windows(call, count)
        var (input, added) = try batched(call, count)
        var padding = windows.padding
        let countsPadding = try call.bool("count_include_pad", default: true)
        let isRounded = windows.rest.contains { $0 != 0 }
        // Zeros that count are part of the image; what is added for a last window never counts.
        if countsPadding, isRounded, padding.contains(where: { $0 != 0 }) {
            let pads = [0, 0] + padding
            input = graph.emit("Pad", [input, try graph.ints(pads + pads)])
            padding = Array(repeating: 0, count: count)
        }
        var attributes = windows.attributes(padding: padding)
        attributes["count_include_pad"] = .int(countsPadding && !isRounded ? 1 : 0)
        var result = graph.emit("AveragePool", [input], attributes)
        if call.node["divisor_override"] != nil, call.node["divisor_override"] != Argument.none {
            guard countsPadding, !isRounded else {
                throw ONNXUnsupported(reason: "with a divisor beside windows that are not whole")
            }
            let size = try windows.kernel.reduce(1) { try $0.times($1) }
            let divisor = try call.double("divisor_override")
            result = try graph.scaled(result, by: Double(size) / divisor)
        }
        try call.give(graph.squeeze(result, added))
    }

    // MARK: To a given size

    /// The spatial dimensions' sizes, and those that are asked for.
    private static func adaptive(
        _ call: ONNXCall, _ count: Int
    ) throws -> (sizes: [Int?], outputs: [Int]) {
        let rank = try call.rank("self")
        let sizes = try call.type("self").sizes.suffix(count).map(\.fixed)
        let outputs = try call.resultSizes().suffix(count).map(\.fixed)
        guard rank > count, outputs.count == count, !outputs.contains(nil) else {
            throw ONNXUnsupported(reason: "to free sizes")
        }
        let numbers = sizes.compactMap { $0 } + outputs.compactMap { $0 }
        guard numbers.allSatisfy((0...4096).contains) else {
            throw ONNXUnsupported(reason: "of such sizes")
        }
        return (sizes, outputs.compactMap { $0 })
    }

    private static func adaptiveAverage(_ call: ONNXCall, _ count: Int) throws {
        let graph = call.graph
        let rank = try call.rank("self")
        let (sizes, outputs) = try adaptive(call, count)
        let input = try call.tensor("self")
        if outputs.allSatisfy({ $0 == 1 }) {
            return try call.give(
                graph.reduce("ReduceMean", input, Array(rank - count..<rank), keeping: true))
        }
        if let kernel = wholeWindows(sizes, outputs) {
            let (input, added) = try batched(call, count)
            let result = graph.emit(
                "AveragePool", [input], ["kernel_shape": .ints(kernel), "strides": .ints(kernel)])
            return try call.give(graph.squeeze(result, added))
        }
        // Each axis in turn is multiplied by the matrix that takes the means of its windows.
        var result = input
        for (place, (size, output)) in zip(sizes, outputs).enumerated() {
            guard let size else { throw ONNXUnsupported(reason: "of free sizes") }
            _ = try [size, output].limited()
            var order = Array(0..<rank)
            order.swapAt(rank - count + place, rank - 1)
            let means = try graph.cast(
                graph.constant(meansMatrix(size, output)), to: input.type)
            let product = graph.emit("MatMul", [graph.transpose(result, order), means])
            result = graph.transpose(product, order)
        }
        try call.give(result)
    }

    /// The windows, where all sizes are multiples of those that are asked for.
    private static func wholeWindows(_ sizes: [Int?], _ outputs: [Int]) -> [Int]? {
        let kernel = zip(sizes, outputs).compactMap { size, output -> Int? in
            guard let size, output > 0, size % output == 0, size > 0 else { return nil }
            return size / output
        }
        return kernel.count == sizes.count ? kernel : nil
    }

    /// Which part each input has in each mean: float32 `[size, outputs]`.
    private static func meansMatrix(_ size: Int, _ outputs: Int) -> Tensor {
        var elements = [Float](repeating: 0, count: size * outputs)
        for output in 0..<outputs {
            let window = window(output, of: outputs, over: size)
            for index in window {
                elements[index * outputs + output] = 1 / Float(window.count)
            }
        }
        return Tensor(elements, shape: [size, outputs])
    }

    private static func window(_ index: Int, of outputs: Int, over size: Int) -> Range<Int> {
        index * size / outputs..<((index + 1) * size + outputs - 1) / outputs
    }

    private static func adaptiveMaximum(_ call: ONNXCall, _ count: Int) throws {
        try call.requireUnread(1, "positions")
        let graph = call.graph
        let rank = try call.rank("self")
        let (sizes, outputs) = try adaptive(call, count)
        if let kernel = wholeWindows(sizes, outputs) {
            let (input, added) = try batched(call, count)
            let result = graph.emit(
                "MaxPool", [input], ["kernel_shape": .ints(kernel), "strides": .ints(kernel)])
            return try call.give(graph.squeeze(result, added))
        }
        var result = try call.tensor("self")
        for (place, (size, output)) in zip(sizes, outputs).enumerated() {
            guard let size else { throw ONNXUnsupported(reason: "of free sizes") }
            let axis = rank - count + place
            let parts = try (0..<output).map { index in
                let window = window(index, of: output, over: size)
                let part = try graph.slice(
                    result, axis: axis, from: .fixed(window.lowerBound),
                    to: .fixed(window.upperBound))
                return try graph.reduce("ReduceMax", part, [axis], keeping: true)
            }
            result = graph.concatenate(parts, axis: axis)
        }
        try call.give(result)
    }
}
