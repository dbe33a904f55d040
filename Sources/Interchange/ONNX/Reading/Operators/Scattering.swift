import Programs

extension ONNXReaders {
    /// A tensor with some elements replaced or changed.
    static let scattering: [String: Translation] = [
        "ScatterElements": scatterElements, "ScatterND": scatterND,
    ]

    private static let scatterElements: Translation = { call in
        let x = try call.operand(0)
        let axis = try call.axis(call.int("axis", 0), rank: x.rank)
        let indices = try call.places(call.operand(1), along: axis, of: x)
        let updates = try call.operand(2)
        let kinds = ["add": "sum", "mul": "prod", "max": "amax", "min": "amin"]
        let reduction = try call.string("reduction", "none")
        guard reduction != "none" else {
            return [
                try call.call(
                    "aten.scatter.src",
                    [
                        "self": .tensor(x), "dim": .int(axis), "index": .tensor(indices),
                        "src": .tensor(updates),
                    ])
            ]
        }
        guard let kind = kinds[reduction] else {
            throw call.refusal("a reduction \(reduction.shownName) is not supported")
        }
        return [
            try call.call(
                "aten.scatter_reduce.two",
                [
                    "self": .tensor(x), "dim": .int(axis), "index": .tensor(indices),
                    "src": .tensor(updates), "reduce": .string(kind),
                ])
        ]
    }

    private static let scatterND: Translation = { call in
        let x = try call.operand(0)
        let reduction = try call.string("reduction", "none")
        guard ["none", "add"].contains(reduction) else {
            throw call.refusal("a reduction \(reduction.shownName) is not supported")
        }
        return [
            try call.call(
                "aten.index_put.default",
                [
                    "self": .tensor(x),
                    "indices": .tensors(call.columns(of: call.operand(1), of: x)),
                    "values": .tensor(call.operand(2)), "accumulate": .bool(reduction == "add"),
                ])
        ]
    }
}
