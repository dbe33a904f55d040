import Programs
import Tensors

extension ONNXReaders {
    /// Elements by their places.
    static let indexing: [String: Translation] = [
        "Gather": gather, "GatherElements": gatherElements, "GatherND": gatherND,
    ]

    private static let gather: Translation = { call in
        let (x, given) = (try call.operand(0), try call.operand(1))
        let axis = try call.axis(call.int("axis", 0), rank: x.rank)
        if given.rank == 0, let place = given.numbers?.first {
            return [
                try call.call(
                    "aten.select.int",
                    ["self": .tensor(x), "dim": .int(axis), "index": .number(place)])
            ]
        }
        let indices = try call.converted(given, to: .int64)
        if axis == 0, x.rank == 2, x.constant != nil, x.scalarType.isFloatingPoint,
            indices.constant == nil
        {
            return [
                try call.call(
                    "aten.embedding.default",
                    ["weight": .weight(x), "indices": .tensor(indices)])
            ]
        }
        return [
            try call.call(
                "aten.index.Tensor",
                [
                    "self": .tensor(x),
                    "indices": .tensors(Array(repeating: nil, count: axis) + [indices]),
                ])
        ]
    }

    private static let gatherElements: Translation = { call in
        let x = try call.operand(0)
        let axis = try call.axis(call.int("axis", 0), rank: x.rank)
        return [
            try call.call(
                "aten.gather.default",
                [
                    "self": .tensor(x), "dim": .int(axis),
                    "index": .tensor(call.places(call.operand(1), along: axis, of: x)),
                ])
        ]
    }

    /// The last dimension of the indices says where, in as many dimensions of the data.
    private static let gatherND: Translation = { call in
        let x = try call.operand(0)
        let batch = try call.int("batch_dims", 0)
        return [
            try call.call(
                "aten.index.Tensor",
                [
                    "self": .tensor(x),
                    "indices": .tensors(call.columns(of: call.operand(1), of: x, batch: batch)),
                ])
        ]
    }
}

extension ONNXSourceNode {
    /// Indices along a dimension, none negative where they are known.
    func places(_ indices: ONNXSourceValue, along axis: Int, of x: ONNXSourceValue) throws
        -> ONNXSourceValue
    {
        let wide = try converted(indices, to: .int64)
        guard wide.constant != nil, let size = x.type.sizes[axis].fixed, size > 0 else {
            return wide
        }
        return try call("aten.remainder.Scalar", ["self": .tensor(wide), "other": .int(size)])
    }

    /// The columns of an array of indices, with places of their own for the dimensions before them.
    func columns(
        of indices: ONNXSourceValue, of x: ONNXSourceValue, batch: Int = 0
    ) throws -> [ONNXSourceValue?] {
        let wide = try converted(indices, to: .int64)
        guard wide.rank > 0, let count = wide.type.sizes.last?.fixed, count > 0,
            0..<wide.rank ~= batch, batch + count <= x.rank
        else {
            throw refusal("indices \(indices.type) do not fit \(x.type)", .invalid)
        }
        let ranges = try (0..<batch).map { axis -> ONNXSourceValue in
            let range = try call(
                "aten.arange.start_step",
                [
                    "start": .int(0), "end": .number(assembly.size(of: x, axis)), "step": .int(1),
                    "dtype": .type(.int64), "device": .cpu,
                ])
            var shape = Array(repeating: ONNXNumber.int(1), count: wide.rank - 1)
            shape[axis] = .int(-1)
            return try reshaped(range, to: shape)
        }
        let columns = try (0..<count).map { place in
            try call(
                "aten.select.int",
                ["self": .tensor(wide), "dim": .int(wide.rank - 1), "index": .int(place)])
        }
        return ranges + columns
    }
}
