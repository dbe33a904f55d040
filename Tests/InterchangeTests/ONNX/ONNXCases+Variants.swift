import Interchange
import OrderedCollections
import Programs
import Tensors

extension ONNXCases {
    /// Operators that are written as others are, under names of their own.
    static let variants: [ONNXCase] = [
        .of(
            "_softmax", "aten._softmax.default",
            ["self": x, "dim": .int(-1), "half_to_float": .bool(false)], [.init([-1, 3])]),
        .of(
            "log_softmax", "aten.log_softmax.int", ["self": x, "dim": .int(-1)], [.init([-1, 3])]),
        .of(
            "_safe_softmax", "aten._safe_softmax.default", ["self": x, "dim": .int(-1)],
            [.init([-1, 3])]),
        .of(
            "_unsafe_view", "aten._unsafe_view.default", ["self": x, "size": .ints([-1, 6])],
            [.init([-1, 2, 3])]),
        .of(
            "reshape_as", "aten.reshape_as.default", ["self": x, "other": y],
            [.init([-1, 6]), .init([-1, 2, 3])]),
        .of("numpy_T", "aten.numpy_T.default", ["self": x], [.init([-1, 2, 3])]),
        .of(
            "swapdims", "aten.swapdims.default", ["self": x, "dim0": .int(0), "dim1": .int(1)],
            [.init([-1, 2, 3])]),
        .of(
            "addmv", "aten.addmv.default", ["self": z, "mat": x, "vec": y],
            [.init([-1, 4]), .init([4]), .init([1])]),
        .of("dot", "aten.dot.default", ["self": x, "tensor": y], [.init([4]), .init([4])]),
        .of("vdot", "aten.vdot.default", ["self": x, "other": y], [.init([4]), .init([4])]),
        .of(
            "_trilinear", "aten._trilinear.default",
            [
                "i1": x, "i2": .value("w"), "i3": y, "expand1": .ints([1, 3]),
                "expand2": .ints([0]),
                "expand3": .ints([1, 2]), "sumdim": .ints([2, 3]),
            ], [.init([-1, 4]), .init([-1, 3])], stored: ["w": [2, 4, 3]]),
        .of(
            "narrow", "aten.narrow.default",
            ["self": x, "dim": .int(1), "start": .int(2), "length": .int(3)], [.init([-1, 7])]),
        .of(
            "tensor_split", "aten.tensor_split.sections",
            ["self": x, "sections": .int(2), "dim": .int(1)], [.init([-1, 6])], outputs: ["a", "b"]),
        .of(
            "adaptive_avg_pool3d", "aten.adaptive_avg_pool3d.default",
            ["self": x, "output_size": .ints([1, 2, 3])], [.init([-1, 2, 3, 4, 5])]),
        .of(
            "_adaptive_avg_pool3d", "aten._adaptive_avg_pool3d.default",
            ["self": x, "output_size": .ints([3, 2, 5])], [.init([-1, 2, 3, 4, 5])]),
        .of(
            "adaptive_max_pool1d", "aten.adaptive_max_pool1d.default",
            ["self": x, "output_size": .ints([2])], [.init([-1, 2, 6])], outputs: ["out", nil]),
        .of(
            "adaptive_max_pool3d", "aten.adaptive_max_pool3d.default",
            ["self": x, "output_size": .ints([1, 2, 1])], [.init([-1, 2, 3, 4, 5])],
            outputs: ["out", nil]),
        .of(
            "max_pool3d with positions", "aten.max_pool3d_with_indices.default",
            ["self": x, "kernel_size": .ints([2])], [.init([-1, 2, 4, 4, 6])],
            outputs: ["out", "places"]),
        .of(
            "conv_transpose1d", "aten.conv_transpose1d.default",
            ["input": x, "weight": .value("w"), "stride": .ints([2])], [.init([-1, 2, 5])],
            stored: ["w": [2, 3, 3]]),
        .of(
            "conv_transpose3d", "aten.conv_transpose3d.input", ["input": x, "weight": .value("w")],
            [.init([-1, 2, 3, 3, 3])], stored: ["w": [2, 3, 2, 2, 2]]),
        .of(
            "logical_xor", "aten.logical_xor.default", ["self": x, "other": y],
            [.init([-1, 3], .bools), .init([-1, 3], .bools)]),
        .of(
            "or", "aten.__or__.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .bools), .init([-1, 3], .bools)]),
        .of(
            "xor", "aten.__xor__.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .bools), .init([-1, 3], .bools)]),
        .of(
            "bitwise_or", "aten.bitwise_or.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .below(9)), .init([-1, 3], .below(9))], opsets: [.v18]),
        .of(
            "bitwise_xor", "aten.bitwise_xor.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .below(9)), .init([-1, 3], .below(9))], opsets: [.v18]),
        .of("isinf", "aten.isinf.default", ["self": x], [.init([-1, 3])]),
        .of(
            "max of two", "aten.max.other", ["self": x, "other": y], [.init([-1, 3]), .init([3])]),
        .of(
            "min of two", "aten.min.other", ["self": x, "other": y], [.init([-1, 3]), .init([3])]),
        .of("clip", "aten.clip.default", ["self": x, "min": .double(-0.2)], [.init([-1, 3])]),
        .of("clamp_min", "aten.clamp_min.default", ["self": x, "min": .int(0)], [.init([-1, 3])]),
        .of(
            "true_divide", "aten.true_divide.Tensor", ["self": x, "other": y],
            [.init([-1, 3]), .init([3], .positive)]),
        .of("contiguous", "aten.contiguous.default", ["self": x], [.init([-1, 3])]),
        .of("detach", "aten.detach.default", ["self": x], [.init([-1, 3])]),
        .of("alias", "aten.alias.default", ["self": x], [.init([-1, 3])]),
        .of(
            "type_as", "aten.type_as.default", ["self": x, "other": y],
            [.init([-1, 3]), .init([3], .below(5))]),
        .of(
            "new_full", "aten.new_full.default",
            ["self": x, "size": .ints([2]), "fill_value": .int(3)], [.init([-1, 3])]),
        .of(
            "new_ones", "aten.new_ones.default", ["self": x, "size": .ints([2])], [.init([-1, 3])]),
        .of(
            "reflection_pad1d", "aten.reflection_pad1d.default",
            ["self": x, "padding": .ints([1, 2])], [.init([-1, 2, 4])]),
        .of(
            "reflection_pad2d", "aten.reflection_pad2d.default",
            ["self": x, "padding": .ints([1, 2, 0, 1])], [.init([-1, 2, 3, 4])]),
        .of(
            "reflection_pad3d", "aten.reflection_pad3d.default",
            ["self": x, "padding": .ints([1, 1, 0, 1, 2, 0])], [.init([-1, 2, 3, 3, 4])]),
        .of(
            "replication_pad1d", "aten.replication_pad1d.default",
            ["self": x, "padding": .ints([1, 2])], [.init([-1, 2, 4])]),
        .of(
            "replication_pad3d", "aten.replication_pad3d.default",
            ["self": x, "padding": .ints([1, 1, 0, 1, 2, 0])], [.init([-1, 2, 3, 3, 4])]),
        .of(
            "nearest in one dimension", "aten.upsample_nearest1d.vec",
            ["input": x, "output_size": .ints([7]), "scale_factors": .none], [.init([-1, 2, 4])]),
        .of(
            "nearest in three dimensions", "aten.upsample_nearest3d.vec",
            [
                "input": x, "output_size": .none,
                "scale_factors": .list([.double(2), .double(1), .double(3)]),
            ], [.init([-1, 2, 2, 3, 2])]),
        .of(
            "trilinear", "aten.upsample_trilinear3d.vec",
            [
                "input": x, "output_size": .ints([3, 4, 5]), "align_corners": .bool(false),
                "scale_factors": .none,
            ], [.init([-1, 2, 2, 3, 2])]),
        .of(
            "nearest exactly", "aten._upsample_nearest_exact2d.vec",
            ["input": x, "output_size": .ints([7, 5]), "scale_factors": .none],
            [.init([-1, 2, 4, 6])]),
        .of(
            "bicubic smoothed", "aten._upsample_bicubic2d_aa.default",
            ["self": x, "output_size": .ints([3, 3]), "align_corners": .bool(false)],
            [.init([-1, 2, 8, 9])], opsets: [.v18, .v20]),
        .of(
            "_prelu_kernel", "aten._prelu_kernel.default", ["self": x, "weight": .value("w")],
            [.init([-1, 4, 3])], stored: ["w": [1, 4, 1]]),
        .of(
            "_weight_norm_interface", "aten._weight_norm_interface.default",
            ["v": x, "g": .value("g"), "dim": .int(0)], [.init([5, 3, 2])],
            outputs: ["out", "norm"], stored: ["g": [5, 1, 1]]),
        .of(
            "functional batch norm", "aten._native_batch_norm_legit_functional.default",
            [
                "input": x, "weight": .value("w"), "bias": .value("b"), "running_mean": .value("m"),
                "running_var": .value("v"), "training": .bool(false), "momentum": .double(0.1),
                "eps": .double(1e-3),
            ], [.init([-1, 3, 4])], outputs: ["out", nil, nil, nil, nil],
            stored: ["w": [3], "b": [3], "m": [3], "v": [3]]),
    ]

    /// Arithmetic on numbers that nodes compute, each with what has to come out where `n` is 3.
    static let scalarOperations: ONNXCase = {
        let operations: [(name: String, a: Argument, b: Argument?, expected: Double)] = [
            ("add", .value("n"), .int(2), 5), ("sub", .int(2), .value("n"), -1),
            ("mul", .value("n"), .double(0.5), 1.5), ("floordiv", .value("n"), .int(-2), -2),
            ("floordiv", .double(3.5), .value("n"), 1), ("truediv", .value("n"), .int(2), 1.5),
            ("mod", .value("n"), .int(-2), -1), ("mod", .double(-1), .value("n"), 2),
            ("pow", .value("n"), .int(2), 9), ("pow", .value("n"), .double(-1), 1 / 3.0),
            ("max", .value("n"), .int(7), 7), ("min", .value("n"), .int(7), 3),
            ("neg", .value("n"), nil, -3), ("to_float", .value("n"), nil, 3),
            ("to_int", .double(2.7), nil, 2), ("ceil", .double(2.1), nil, 3),
            ("floor", .double(2.9), nil, 2), ("round", .double(2.5), nil, 2),
            ("trunc", .double(-2.5), nil, -2), ("sqrt", .int(16), nil, 4),
            ("eq", .value("n"), .int(3), 1), ("ne", .value("n"), .int(3), 0),
            ("lt", .value("n"), .int(4), 1), ("le", .value("n"), .int(2), 0),
            ("gt", .value("n"), .int(2), 1), ("ge", .value("n"), .double(3.5), 0),
            ("and", .bool(true), .bool(false), 0), ("or", .bool(true), .bool(false), 1),
            ("not", .bool(true), nil, 0),
        ]
        var nodes = [Node("aten.sym_size.int", ["self": x, "dim": .int(0)], outputs: ["n"])]
        var reference: [Node] = []
        var types: [Value: ValueType] = ["n": .scalar(3)]
        var results: [Value] = []
        for (index, operation) in operations.enumerated() {
            let (number, result) = (Value("s\(index)"), Value("out\(index)"))
            var node = Node(
                OperatorName("scalar.\(operation.name).default") ?? "scalar.add.default",
                ["a": operation.a], outputs: [number])
            node["b"] = operation.b
            nodes.append(node)
            nodes.append(
                Node("aten.add.Tensor", ["self": x, "other": .value(number)], outputs: [result]))
            reference.append(
                Node(
                    "aten.add.Scalar", ["self": x, "other": .double(operation.expected)],
                    outputs: [result]))
            types[number] = .scalar(.unknown)
            results.append(result)
        }
        return ONNXCase(
            name: "scalar operations", inputs: [.init([3, 2])], nodes: nodes, results: results,
            reference: reference, types: types)
    }()
}
