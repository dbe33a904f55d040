import Programs

extension ONNXReaders {
    /// Places of the largest elements, the largest elements, and running sums.
    static let selection: [String: Translation] = [
        "ArgMax": extreme("aten.argmax.default"), "ArgMin": extreme("aten.argmin.default"),
        "TopK": topK, "CumSum": runningSum,
    ]

    private static func extreme(_ operation: OperatorName) -> Translation {
        { call in
            let x = try call.operand(0)
            let axis = try call.axis(call.int("axis", 0), rank: max(x.rank, 1))
            let isLast = try call.flag("select_last_index")
            let source =
                try isLast
                ? call.call("aten.flip.default", ["self": .tensor(x), "dims": .ints([axis])]) : x
            let found = try call.call(
                operation,
                [
                    "self": .tensor(source), "dim": .int(axis),
                    "keepdim": .bool(call.flag("keepdims", true)),
                ])
            guard isLast else { return [found] }
            let last = try call.assembly.arithmetic(
                .sub, call.assembly.size(of: x, axis), .int(1))
            let turned = try call.call("aten.neg.default", ["self": .tensor(found)])
            return [
                try call.call("aten.add.Scalar", ["self": .tensor(turned), "other": .number(last)])
            ]
        }
    }

    private static let topK: Translation = { call in
        let x = try call.operand(0)
        guard let count = try call.numbers(1).first else {
            throw call.refusal("it does not say how many; export the model again", .invalid)
        }
        return try call.results(
            "aten.topk.default",
            [
                "self": .tensor(x), "k": .number(count),
                "dim": .int(call.axis(call.int("axis", -1), rank: x.rank)),
                "largest": .bool(call.flag("largest", true)),
                "sorted": .bool(call.flag("sorted", true)),
            ], count: 2)
    }

    private static let runningSum: Translation = { call in
        let x = try call.operand(0)
        let axis = try call.axis(call.ints(1, "the dimension").first ?? 0, rank: x.rank)
        func turned(_ operand: ONNXSourceValue) throws -> ONNXSourceValue {
            guard try call.flag("reverse") else { return operand }
            return try call.call(
                "aten.flip.default", ["self": .tensor(operand), "dims": .ints([axis])])
        }
        let source = try turned(x)
        var sums = try call.call(
            "aten.cumsum.default",
            ["self": .tensor(source), "dim": .int(axis), "dtype": .type(x.scalarType)])
        if try call.flag("exclusive") {
            sums = try call.call(
                "aten.sub.Tensor", ["self": .tensor(sums), "other": .tensor(source)])
        }
        return [try turned(sums)]
    }
}
