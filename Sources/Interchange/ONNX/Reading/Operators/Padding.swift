import Programs
import Tensors

extension ONNXReaders {
    /// Elements before and after each dimension.
    static let padding: [String: Translation] = ["Pad": pad]

    private static let pad: Translation = { call in
        let x = try call.operand(0)
        let pads = try call.ints("pads").map { $0.map(ONNXNumber.int) } ?? call.numbers(1)
        let axes =
            try call.optional(3) == nil
            ? Array(0..<x.rank) : call.axes(call.ints(3, "the list of dimensions"), rank: x.rank)
        guard pads.count == 2 * axes.count else {
            throw call.refusal(
                "\(pads.count) paddings for \(axes.count) dimensions; export the model again",
                .invalid)
        }
        var before = Array(repeating: ONNXNumber.int(0), count: x.rank)
        var after = before
        for (index, axis) in axes.enumerated() {
            before[axis] = pads[index]
            after[axis] = pads[index + axes.count]
        }
        let mode = try call.string("mode", "constant")
        switch mode {
        case "constant": return [try constant(x, before, after, call)]
        case "reflect": return [try mirrored(x, before, after, "reflect", call)]
        case "edge": return [try mirrored(x, before, after, "replicate", call)]
        case "wrap": return [try mirrored(x, before, after, "circular", call)]
        default: throw call.refusal("mode \(mode.shownName) is not supported")
        }
    }

    private static func constant(
        _ x: ONNXSourceValue, _ before: [ONNXNumber], _ after: [ONNXNumber], _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        guard let value = call.optional(2) else {
            return try call.padded(x, before: before, after: after)
        }
        guard let number = value.scalar else {
            throw call.refusal("the number around it is not a constant; export the model again")
        }
        guard x.scalarType != .bool else {
            throw call.refusal("padding of truth values is not supported")
        }
        let double =
            if case .int(let int) = number { Double(int) } else { try value.constant?.item() }
        return try call.padded(x, before: before, after: after, double ?? 0)
    }

    /// One dimension at a time, as the last one of three.
    private static func mirrored(
        _ x: ONNXSourceValue, _ before: [ONNXNumber], _ after: [ONNXNumber], _ mode: String,
        _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        let axes = (0..<x.rank).filter { before[$0] != .int(0) || after[$0] != .int(0) }
        guard let first = axes.first else { return x }
        // ATen pads the last one to three dimensions behind examples and channels.
        if x.rank - first <= 3, first >= 2, x.rank >= 3 {
            let pads = (2..<x.rank).reversed().flatMap { [before[$0], after[$0]] }
            return try pad(x, pads, mode, call)
        }
        return try axes.reduce(x) { result, axis in
            var sizes = try call.assembly.sizes(of: result)
            let wide = try call.reshaped(
                call.transposed(result, axis, x.rank - 1),
                to: [.int(1), .int(-1)]
                    + [call.assembly.size(of: result, axis)])
            let padded = try pad(wide, [before[axis], after[axis]], mode, call)
            sizes.swapAt(axis, x.rank - 1)
            sizes[x.rank - 1] = try call.assembly.size(of: padded, 2)
            return try call.transposed(
                call.reshaped(padded, to: sizes), axis, x.rank - 1)
        }
    }

    private static func pad(
        _ x: ONNXSourceValue, _ pads: [ONNXNumber], _ mode: String, _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        try call.call(
            "aten.pad.default",
            ["self": .tensor(x), "pad": .numbers(pads), "mode": .string(mode)])
    }
}

extension ONNXSourceNode {
    func transposed(_ x: ONNXSourceValue, _ first: Int, _ second: Int) throws -> ONNXSourceValue {
        guard first != second else { return x }
        return try call(
            "aten.transpose.int",
            ["self": .tensor(x), "dim0": .int(first), "dim1": .int(second)])
    }
}
