import Programs

extension ONNXReaders {
    /// The largest, the mean or a norm of windows, or of all positions.
    static let pooling: [String: Translation] = [
        "MaxPool": maxPool, "AveragePool": averagePool, "LpPool": normPool,
        "GlobalAveragePool": global { x, axes, call in
            try call.call(
                "aten.mean.dim", ["self": .tensor(x), "dim": .ints(axes), "keepdim": .bool(true)])
        },
        "GlobalMaxPool": global { x, axes, call in
            try call.call(
                "aten.amax.default",
                ["self": .tensor(x), "dim": .ints(axes), "keepdim": .bool(true)]
            )
        },
        "GlobalLpPool": global { x, axes, call in
            try call.call(
                "aten.linalg_vector_norm.default",
                [
                    "self": .tensor(x), "ord": .int(call.int("p", 2)), "dim": .ints(axes),
                    "keepdim": .bool(true),
                ])
        },
    ]

    private static func global(
        _ body:
            @escaping @Sendable (ONNXSourceValue, [Int], ONNXSourceNode) throws -> ONNXSourceValue
    ) -> Translation {
        { call in
            let x = try call.operand(0)
            guard x.rank > 2 else {
                throw call.refusal("\(x.type) has no positions; export the model again", .invalid)
            }
            return [try body(x, Array(2..<x.rank), call)]
        }
    }

    private static func pool(_ name: String, _ windows: ONNXWindows) -> OperatorName {
        OperatorName(library: "aten", name: "\(name)_pool\(windows.count)d", overload: "default")
    }

    private static let maxPool: Translation = { call in
        let x = try call.operand(0)
        try call.refuseResults(from: 1, "the places of the largest elements")
        try call.refuse("storage_order")
        let windows = try ONNXWindows(call, on: x)
        let rounds = try call.flag("ceil_mode")
        if rounds, windows.symmetricForPooling == nil {
            throw call.refusal("ceil_mode with other padding on each side is not supported")
        }
        let padding = windows.symmetricForPooling
        let padded = try padding == nil ? windows.padded(x, with: -.infinity, call) : x
        return [
            try call.call(
                pool("max", windows),
                [
                    "self": .tensor(padded), "kernel_size": .ints(windows.kernel),
                    "stride": .ints(windows.strides),
                    "padding": .ints(padding ?? windows.kernel.map { _ in 0 }),
                    "dilation": .ints(windows.dilations), "ceil_mode": .bool(rounds),
                ])
        ]
    }

    private static func average(
        _ x: ONNXSourceValue, _ windows: ONNXWindows, padding: [Int]? = nil, rounds: Bool = false,
        countsPadding: Bool = true, _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        try call.call(
            pool("avg", windows),
            [
                "self": .tensor(x), "kernel_size": .ints(windows.kernel),
                "stride": .ints(windows.strides),
                "padding": .ints(padding ?? windows.kernel.map { _ in 0 }),
                "ceil_mode": .bool(rounds), "count_include_pad": .bool(countsPadding),
            ])
    }

    private static let averagePool: Translation = { call in
        let x = try call.operand(0)
        let windows = try ONNXWindows(call, on: x)
        let (rounds, counts) = (try call.flag("ceil_mode"), try call.flag("count_include_pad"))
        guard windows.dilations.allSatisfy({ $0 == 1 }) else {
            throw call.refusal("dilations other than 1 are not supported")
        }
        if let padding = windows.symmetricForPooling {
            return [
                try average(
                    x, windows, padding: padding, rounds: rounds, countsPadding: counts, call)
            ]
        }
        guard !rounds else {
            throw call.refusal("ceil_mode with other padding on each side is not supported")
        }
        let sums = try average(windows.padded(x, call), windows, call)
        guard !counts else { return [sums] }
        let ones = try call.call("aten.ones_like.default", ["self": .tensor(x)])
        let shares = try average(windows.padded(ones, call), windows, call)
        return [
            try call.call("aten.div.Tensor", ["self": .tensor(sums), "other": .tensor(shares)])
        ]
    }

    private static let normPool: Translation = { call in
        let x = try call.operand(0)
        let windows = try ONNXWindows(call, on: x)
        let order = try call.int("p", 2)
        try call.refuse("ceil_mode")
        guard windows.dilations.allSatisfy({ $0 == 1 }), order > 0 else {
            throw call.refusal("dilations other than 1, or p = \(order), are not supported")
        }
        let sizes = try call.call("aten.abs.default", ["self": .tensor(windows.padded(x, call))])
        let powers = try call.call(
            "aten.pow.Tensor_Scalar", ["self": .tensor(sizes), "exponent": .int(order)])
        let means = try average(powers, windows, call)
        let count = windows.kernel.reduce(1.0) { $0 * Double($1) }
        let sums = try call.call(
            "aten.mul.Scalar", ["self": .tensor(means), "other": .double(count)])
        return [
            try call.call(
                "aten.pow.Tensor_Scalar",
                ["self": .tensor(sums), "exponent": .double(1 / Double(order))])
        ]
    }
}
