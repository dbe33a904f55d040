import FileFormats
import Programs

extension ONNXReaders {
    /// Parts of a tensor.
    static let splitting: [String: Translation] = ["Split": split, "Slice": slice]

    private static let split: Translation = { call in
        let x = try call.operand(0)
        let axis = try call.axis(call.int("axis", 0), rank: x.rank)
        let sizes: [ONNXNumber]
        if let given = try call.ints("split") {
            sizes = given.map(ONNXNumber.int)
        } else if call.optional(1) != nil {
            sizes = try call.numbers(1)
        } else {
            sizes = try evenParts(
                of: call.assembly.size(of: x, axis),
                count: call.int("num_outputs") ?? call.node.outputs.count, call)
        }
        guard sizes.count == call.node.outputs.count else {
            throw call.refusal(
                "it has \(call.node.outputs.count) outputs for \(sizes.count) parts", .invalid)
        }
        return try call.results(
            "aten.split_with_sizes.default",
            ["self": .tensor(x), "split_sizes": .numbers(sizes), "dim": .int(axis)],
            count: sizes.count)
    }

    /// Equal parts; the last one may be smaller.
    private static func evenParts(
        of size: ONNXNumber, count: Int, _ call: ONNXSourceNode
    ) throws -> [ONNXNumber] {
        guard 1...ONNXSourceValue.mostNumbers ~= count else {
            throw call.refusal("\(count) parts are not supported")
        }
        let assembly = call.assembly
        let part = try assembly.arithmetic(
            .floordiv, assembly.arithmetic(.add, size, .int(count - 1)), .int(count))
        let last = try assembly.arithmetic(
            .sub, size, assembly.arithmetic(.mul, part, .int(count - 1)))
        return Array(repeating: part, count: count - 1) + [last]
    }

    private static let slice: Translation = { call in
        let x = try call.operand(0)
        let (starts, ends) = (try call.numbers(1), try call.numbers(2))
        let axes = try call.axes(
            call.optional(3) == nil
                ? Array(0..<starts.count) : call.ints(3, "the list of dimensions"), rank: x.rank)
        let steps =
            try call.optional(4) == nil
            ? Array(repeating: 1, count: axes.count) : call.ints(4, "the list of steps")
        guard starts.count == axes.count, ends.count == axes.count, steps.count == axes.count else {
            throw call.refusal("its starts, ends, axes and steps do not match", .invalid)
        }
        var result = x
        for (index, axis) in axes.enumerated() {
            result = try sliced(
                result, axis, from: starts[index], to: ends[index], by: steps[index], call)
        }
        return [result]
    }

    /// A part of one dimension; backwards it is turned around first.
    private static func sliced(
        _ x: ONNXSourceValue, _ axis: Int, from start: ONNXNumber, to end: ONNXNumber, by step: Int,
        _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        guard step != 0, step != .min else { throw call.refusal("a step of \(step)", .invalid) }
        guard step < 0 else {
            let isWhole = start == .int(0) && step == 1
            if isWhole, let end = end.int, end >= Int(Int32.max) { return x }
            if isWhole, let end = end.int, let size = x.type.sizes[axis].fixed, end >= size {
                return x
            }
            return try slice(x, axis, start, end, step, call)
        }
        let size = try call.assembly.size(of: x, axis)
        let turned = try call.call(
            "aten.flip.default", ["self": .tensor(x), "dims": .ints([axis])])
        return try slice(
            turned, axis, mirrored(start, size, call), mirrored(end, size, call, isEnd: true),
            -step,
            call)
    }

    private static func slice(
        _ x: ONNXSourceValue, _ axis: Int, _ start: ONNXNumber, _ end: ONNXNumber, _ step: Int,
        _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        if let size = x.type.sizes[axis].fixed { call.assembly.noteBound(end, of: size) }
        return try call.call(
            "aten.slice.Tensor",
            [
                "self": .tensor(x), "dim": .int(axis), "start": .number(start), "end": .number(end),
                "step": .int(step),
            ])
    }

    /// A place counted from the other end.
    private static func mirrored(
        _ place: ONNXNumber, _ size: ONNXNumber, _ call: ONNXSourceNode, isEnd: Bool = false
    ) throws -> ONNXNumber {
        guard let number = place.int else {
            throw call.refusal("a backwards slice from or to a computed place is not supported")
        }
        if number < 0 {
            // One before the first element, however it is written, is the end of the turned tensor.
            return .int(number <= -Int(Int32.max) ? Int(Int64.max) : -1 - number)
        }
        if let size = size.int { return .int(max(size - 1 - min(number, size), isEnd ? -1 : 0)) }
        if number >= Int(Int32.max) { return .int(0) }
        let turned = try call.assembly.arithmetic(.sub, size, .int(number + 1))
        return try call.assembly.arithmetic(.max, turned, .int(0))
    }
}
