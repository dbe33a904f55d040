import Programs
import Tensors

extension ONNXReaders {
    /// Sums, means, extremes and norms along dimensions.
    static let reductions: [String: Translation] = [
        "ReduceSum": reduction { try sum($0, $1) },
        "ReduceMean": reduction { x, over in
            guard x.scalarType.isFloatingPoint else {
                let total = try sum(x, over)
                let counts = try over.axes.map { try over.call.assembly.size(of: x, $0) }
                let count = try counts.reduce(.int(1)) {
                    try over.call.assembly.arithmetic(.mul, $0, $1)
                }
                return try over.call.call(
                    "aten.div.Scalar_mode",
                    [
                        "self": .tensor(total), "other": .number(count),
                        "rounding_mode": .string("trunc"),
                    ])
            }
            return try over("aten.mean.dim", x)
        },
        "ReduceMax": reduction { try $1("aten.amax.default", $0) },
        "ReduceMin": reduction { try $1("aten.amin.default", $0) },
        "ReduceProd": reduction { try product($0, $1) },
        "ReduceL1": reduction { try sum($1.step("aten.abs.default", $0), $1) },
        "ReduceL2": reduction { x, over in
            try over.step("aten.sqrt.default", sum(over.squared(x), over))
        },
        "ReduceSumSquare": reduction { try sum($1.squared($0), $1) },
        "ReduceLogSum": reduction { x, over in
            try over.step("aten.log.default", sum(x, over))
        },
        "ReduceLogSumExp": reduction { try $1("aten.logsumexp.default", $0) },
    ]

    /// The dimensions that a reduction is over.
    private struct Dimensions {
        let axes: [Int]
        let keeps: Bool
        let call: ONNXSourceNode

        func callAsFunction(_ operation: OperatorName, _ x: ONNXSourceValue) throws
            -> ONNXSourceValue
        {
            // To ATen no dimensions are all of them.
            guard !axes.isEmpty else { return x }
            return try call.call(
                operation, ["self": .tensor(x), "dim": .ints(axes), "keepdim": .bool(keeps)])
        }

        func step(_ operation: OperatorName, _ x: ONNXSourceValue) throws -> ONNXSourceValue {
            try call.call(operation, ["self": .tensor(x)])
        }

        func squared(_ x: ONNXSourceValue) throws -> ONNXSourceValue {
            try call.call("aten.mul.Tensor", ["self": .tensor(x), "other": .tensor(x)])
        }
    }

    private static func reduction(
        _ body: @escaping @Sendable (ONNXSourceValue, Dimensions) throws -> ONNXSourceValue
    ) -> Translation {
        { call in
            let x = try call.operand(0)
            var axes = try axes(of: call).map { try call.axes($0, rank: max(x.rank, 1)) } ?? []
            if axes.isEmpty {
                // What is done to each element is done even so.
                axes = try call.flag("noop_with_empty_axes") ? [] : Array(0..<x.rank)
            }
            return [
                try body(
                    x,
                    Dimensions(axes: axes, keeps: call.flag("keepdims", true), call: call))
            ]
        }
    }

    /// A sum of whole numbers keeps their type, which ATen widens.
    private static func sum(_ x: ONNXSourceValue, _ over: Dimensions) throws -> ONNXSourceValue {
        guard x.isInteger, !over.axes.isEmpty else { return try over("aten.sum.dim_IntList", x) }
        return try over.call.call(
            "aten.sum.dim_IntList",
            [
                "self": .tensor(x), "dim": .ints(over.axes), "keepdim": .bool(over.keeps),
                "dtype": .type(x.scalarType),
            ])
    }

    private static func product(_ x: ONNXSourceValue, _ over: Dimensions) throws -> ONNXSourceValue
    {
        // From the last on, so that the places of the others stay.
        try over.axes.sorted(by: >).reduce(x) { result, axis in
            try over.call.call(
                "aten.prod.dim_int",
                [
                    "self": .tensor(result), "dim": .int(axis), "keepdim": .bool(over.keeps),
                    "dtype": .type(x.scalarType),
                ])
        }
    }
}
