import OrderedCollections
import Programs
import Tensors

extension ONNXCases {
    static let products: [ONNXCase] = [
        .of(
            "linear", "aten.linear.default",
            ["input": x, "weight": .value("w"), "bias": .value("b")],
            [.init([-1, 4])], stored: ["w": [3, 4], "b": [3]]),
        .of(
            "linear of tokens", "aten.linear.default",
            ["input": x, "weight": .value("w"), "bias": .value("b")],
            [.init([-1, 5, 4])], stored: ["w": [3, 4], "b": [3]]),
        .of(
            "linear without bias", "aten.linear.default", ["input": x, "weight": .value("w")],
            [.init([-1, 4])], stored: ["w": [3, 4]]),
        .of(
            "matmul", "aten.matmul.default", ["self": x, "other": y],
            [.init([-1, 2, 4]), .init([4, 3])]),
        .of(
            "matmul of vectors", "aten.matmul.default", ["self": x, "other": y],
            [.init([-1, 4]), .init([4])]),
        .of("mm", "aten.mm.default", ["self": x, "mat2": y], [.init([-1, 4]), .init([4, 3])]),
        .of(
            "bmm", "aten.bmm.default", ["self": x, "mat2": y],
            [.init([-1, 2, 4]), .init([-1, 4, 3])]),
        .of(
            "addmm", "aten.addmm.default",
            [
                "self": .value("b"), "mat1": x, "mat2": .value("w"), "beta": .double(0.5),
                "alpha": .int(2),
            ],
            [.init([-1, 4])], stored: ["b": [3], "w": [4, 3]]),
        .of(
            "baddbmm", "aten.baddbmm.default",
            ["self": z, "batch1": x, "batch2": y, "beta": .double(0.5), "alpha": .int(2)],
            [.init([-1, 2, 4]), .init([-1, 4, 3]), .init([2, 3])]),
        .of("mv", "aten.mv.default", ["self": x, "vec": y], [.init([-1, 4]), .init([4])]),
        .of(
            "inner", "aten.inner.default", ["self": x, "other": y],
            [.init([-1, 2, 4]), .init([3, 4])]),
        .of("outer", "aten.outer.default", ["self": x, "vec2": y], [.init([-1]), .init([3])]),
        .of(
            "tensordot", "aten.tensordot.default",
            ["self": x, "other": y, "dims_self": .ints([1, 2]), "dims_other": .ints([1, 0])],
            [.init([-1, 2, 4]), .init([4, 2, 3])]),
        .of(
            "einsum", "aten.einsum.default",
            ["equation": .string("bhi, bhj -> b h i j"), "tensors": .list([x, y])],
            [.init([-1, 2, 4]), .init([-1, 2, 3])]),
        .of(
            "bilinear", "aten.bilinear.default",
            ["input1": x, "input2": y, "weight": .value("w"), "bias": .value("b")],
            [.init([-1, 4]), .init([-1, 3])], stored: ["w": [2, 4, 3], "b": [2]]),
    ]

    static let convolutions: [ONNXCase] = [
        .of(
            "conv1d", "aten.conv1d.default",
            [
                "input": x, "weight": .value("w"), "bias": .value("b"), "stride": .ints([2]),
                "padding": .ints([1]),
            ],
            [.init([-1, 3, 9])], stored: ["w": [4, 3, 3], "b": [4]]),
        .of(
            "conv2d in groups", "aten.conv2d.default",
            [
                "input": x, "weight": .value("w"), "bias": .none, "stride": .ints([2, 1]),
                "padding": .ints([1, 2]), "dilation": .ints([1, 2]), "groups": .int(2),
            ], [.init([-1, 4, 7, 8])], stored: ["w": [6, 2, 3, 3]]),
        .of(
            "conv2d same", "aten.conv2d.padding",
            [
                "input": x, "weight": .value("w"), "padding": .string("same"),
                "dilation": .ints([2, 1]),
            ],
            [.init([-1, 2, 7, 8])], stored: ["w": [3, 2, 2, 4]]),
        .of(
            "conv2d valid of one image", "aten.conv2d.padding",
            ["input": x, "weight": .value("w"), "padding": .string("valid")],
            [.init([2, 7, 8])], stored: ["w": [3, 2, 2, 4]]),
        .of(
            "conv3d", "aten.conv3d.default", ["input": x, "weight": .value("w")],
            [.init([-1, 2, 4, 5, 6])], stored: ["w": [3, 2, 2, 2, 3]]),
        .of(
            "conv_transpose2d", "aten.conv_transpose2d.input",
            [
                "input": x, "weight": .value("w"), "bias": .value("b"), "stride": .ints([2, 2]),
                "padding": .ints([1, 0]), "output_padding": .ints([1, 0]), "groups": .int(2),
                "dilation": .ints([1, 2]),
            ], [.init([-1, 4, 3, 4])], stored: ["w": [4, 3, 3, 2], "b": [6]]),
        .of(
            "convolution", "aten.convolution.default",
            [
                "input": x, "weight": .value("w"), "bias": .value("b"), "stride": .ints([2]),
                "padding": .ints([1]), "dilation": .ints([1]), "transposed": .bool(false),
                "output_padding": .ints([0]), "groups": .int(1),
            ], [.init([-1, 2, 5, 6])], stored: ["w": [3, 2, 3, 3], "b": [3]]),
        .of(
            "convolution transposed", "aten.convolution.default",
            [
                "input": x, "weight": .value("w"), "bias": .none, "stride": .ints([2]),
                "padding": .ints([0]), "dilation": .ints([1]), "transposed": .bool(true),
                "output_padding": .ints([1]), "groups": .int(1),
            ], [.init([-1, 2, 5])], stored: ["w": [2, 3, 3]]),
    ]

    private static let norm: KeyValuePairs<String, Argument> = [
        "input": x, "weight": .value("w"), "bias": .value("b"), "running_mean": .value("m"),
        "running_var": .value("v"), "training": .bool(false), "momentum": .double(0.1),
        "eps": .double(1e-3), "cudnn_enabled": .bool(false),
    ]

    static let norms: [ONNXCase] = [
        .of(
            "batch_norm", "aten.batch_norm.default", norm, [.init([-1, 3, 4, 5])],
            stored: ["w": [3], "b": [3], "m": [3], "v": [3]]),
        .of(
            "batch_norm of rows", "aten.batch_norm.default", norm, [.init([-1, 3])],
            stored: ["w": [3], "b": [3], "m": [3], "v": [3]]),
        .of(
            "batch_norm without weight", "aten._native_batch_norm_legit_no_training.default",
            [
                "input": x, "weight": .none, "bias": .none, "running_mean": .value("m"),
                "running_var": .value("v"), "momentum": .double(0.1), "eps": .double(1e-3),
            ], [.init([-1, 3, 4])], outputs: ["out", nil, nil], stored: ["m": [3], "v": [3]]),
        .of(
            "batch_norm without statistics", "aten.batch_norm.default",
            [
                "input": x, "weight": .none, "bias": .none, "running_mean": .none,
                "running_var": .none,
                "training": .bool(true), "momentum": .double(0.1), "eps": .double(1e-3),
                "cudnn_enabled": .bool(false),
            ], [.init([-1, 3, 4])]),
        .of(
            "native_group_norm", "aten.native_group_norm.default",
            [
                "input": x, "weight": .value("w"), "bias": .none, "N": .int(2), "C": .int(4),
                "HxW": .int(15), "group": .int(2), "eps": .double(1e-3),
            ], [.init([2, 4, 3, 5])], outputs: ["out", nil, nil], stored: ["w": [4]]),
        .of(
            "batch_norm of the batch", "aten._native_batch_norm_legit.no_stats",
            [
                "input": x, "weight": .value("w"), "bias": .value("b"), "training": .bool(true),
                "momentum": .double(0.1), "eps": .double(1e-3),
            ], [.init([-1, 3, 4, 5])], outputs: ["out", nil, nil], stored: ["w": [3], "b": [3]]),
        .of(
            "layer_norm", "aten.layer_norm.default",
            [
                "input": x, "normalized_shape": .ints([3, 4]), "weight": .value("w"),
                "bias": .value("b"),
            ],
            [.init([-1, 2, 3, 4])], stored: ["w": [3, 4], "b": [3, 4]]),
        .of(
            "layer_norm without weight", "aten.layer_norm.default",
            ["input": x, "normalized_shape": .ints([4]), "eps": .double(1e-3)], [.init([-1, 2, 4])]),
        .of(
            "native_layer_norm", "aten.native_layer_norm.default",
            [
                "input": x, "normalized_shape": .ints([4]), "weight": .value("w"), "bias": .none,
                "eps": .double(1e-3),
            ], [.init([-1, 2, 4])], outputs: ["out", "mean", "deviation"], stored: ["w": [4]]),
        .of(
            "group_norm", "aten.group_norm.default",
            ["input": x, "num_groups": .int(2), "weight": .value("w"), "bias": .value("b")],
            [.init([-1, 4, 3, 5])], stored: ["w": [4], "b": [4]]),
        .of(
            "instance_norm", "aten.instance_norm.default",
            [
                "input": x, "weight": .none, "bias": .none, "running_mean": .none,
                "running_var": .none,
                "use_input_stats": .bool(true), "momentum": .double(0.1), "eps": .double(1e-3),
                "cudnn_enabled": .bool(false),
            ], [.init([-1, 3, 4, 5])]),
        .of(
            "rms_norm", "aten.rms_norm.default",
            ["input": x, "normalized_shape": .ints([4]), "weight": .value("w")],
            [.init([-1, 2, 4])], stored: ["w": [4]]),
        .of(
            "weight_norm", "aten._weight_norm.default", ["v": x, "g": .value("g"), "dim": .int(0)],
            [.init([5, 3, 2])], stored: ["g": [5, 1, 1]]),
    ]

    static let pools: [ONNXCase] = [
        .of(
            "max_pool1d", "aten.max_pool1d.default",
            ["self": x, "kernel_size": .ints([3]), "stride": .ints([2]), "padding": .ints([1])],
            [.init([-1, 2, 9])]),
        .of(
            "max_pool2d", "aten.max_pool2d.default",
            [
                "self": x, "kernel_size": .ints([3, 2]), "stride": .ints([2, 2]),
                "padding": .ints([1, 0]),
                "dilation": .ints([1, 2]),
            ], [.init([-1, 2, 7, 9])]),
        .of(
            "max_pool2d rounded up", "aten.max_pool2d.default",
            [
                "self": x, "kernel_size": .ints([2]), "stride": .ints([]), "padding": .ints([0]),
                "dilation": .ints([1]), "ceil_mode": .bool(true),
            ], [.init([-1, 2, 7, 8])]),
        .of(
            "max_pool2d with positions", "aten.max_pool2d_with_indices.default",
            ["self": x, "kernel_size": .ints([2]), "stride": .ints([2])], [.init([-1, 2, 6, 6])],
            outputs: ["out", "places"]),
        .of(
            "max_pool3d of one image", "aten.max_pool3d.default",
            ["self": x, "kernel_size": .ints([2])], [.init([2, 4, 6, 6])]),
        .of(
            "avg_pool1d", "aten.avg_pool1d.default",
            ["self": x, "kernel_size": .ints([3]), "stride": .ints([2]), "padding": .ints([1])],
            [.init([-1, 2, 9])]),
        .of(
            "avg_pool2d without padding", "aten.avg_pool2d.default",
            [
                "self": x, "kernel_size": .ints([3]), "stride": .ints([2]), "padding": .ints([1]),
                "ceil_mode": .bool(false), "count_include_pad": .bool(false),
            ], [.init([-1, 2, 7, 9])]),
        .of(
            "avg_pool2d rounded up", "aten.avg_pool2d.default",
            [
                "self": x, "kernel_size": .ints([3]), "stride": .ints([2]), "padding": .ints([1]),
                "ceil_mode": .bool(true),
            ], [.init([-1, 2, 6, 8])]),
        .of(
            "avg_pool2d by a divisor", "aten.avg_pool2d.default",
            [
                "self": x, "kernel_size": .ints([2]), "stride": .ints([2]), "padding": .ints([0]),
                "ceil_mode": .bool(false), "count_include_pad": .bool(true),
                "divisor_override": .int(3),
            ], [.init([-1, 2, 6, 8])]),
        .of(
            "avg_pool3d", "aten.avg_pool3d.default", ["self": x, "kernel_size": .ints([2])],
            [.init([-1, 2, 4, 6, 6])]),
        .of(
            "adaptive_avg_pool2d to one", "aten.adaptive_avg_pool2d.default",
            ["self": x, "output_size": .ints([1, 1])], [.init([-1, 2, 5, 7])]),
        .of(
            "adaptive_avg_pool2d to parts", "aten.adaptive_avg_pool2d.default",
            ["self": x, "output_size": .ints([3, 2])], [.init([-1, 2, 6, 8])]),
        .of(
            "adaptive_avg_pool2d that overlaps", "aten._adaptive_avg_pool2d.default",
            ["self": x, "output_size": .ints([3, 4])], [.init([-1, 2, 5, 7])]),
        .of(
            "adaptive_avg_pool1d that repeats", "aten.adaptive_avg_pool1d.default",
            ["self": x, "output_size": .ints([7])], [.init([-1, 2, 3])]),
        .of(
            "adaptive_max_pool2d", "aten.adaptive_max_pool2d.default",
            ["self": x, "output_size": .ints([3, 2])], [.init([-1, 2, 5, 8])],
            outputs: ["out", nil]),
    ]

    static let attentions: [ONNXCase] = [
        .of("softmax", "aten.softmax.int", ["self": x, "dim": .int(-2)], [.init([-1, 3, 4])]),
        .of(
            "_log_softmax", "aten._log_softmax.default",
            ["self": x, "dim": .int(1), "half_to_float": .bool(false)], [.init([-1, 3])]),
        .of(
            "attention", "aten.scaled_dot_product_attention.default",
            ["query": x, "key": y, "value": z],
            [.init([-1, 2, 3, 4]), .init([-1, 2, 5, 4]), .init([-1, 2, 5, 6])]),
        .of(
            "attention to what was before", "aten.scaled_dot_product_attention.default",
            ["query": x, "key": y, "value": y, "is_causal": .bool(true), "scale": .double(0.3)],
            [.init([-1, 2, 3, 4]), .init([-1, 2, 5, 4])]),
        .of(
            "attention with a mask", "aten.scaled_dot_product_attention.default",
            ["query": x, "key": x, "value": x, "attn_mask": y],
            [.init([-1, 2, 3, 4]), .init([-1, 1, 3, 3], .bools)]),
        .of(
            "attention with a bias", "aten.scaled_dot_product_attention.default",
            ["query": x, "key": x, "value": x, "attn_mask": y],
            [.init([-1, 2, 3, 4]), .init([2, 3, 3])]),
        .of(
            "attention with shared keys", "aten.scaled_dot_product_attention.default",
            ["query": x, "key": y, "value": y, "enable_gqa": .bool(true)],
            [.init([-1, 4, 3, 4]), .init([-1, 2, 5, 4])]),
    ]

    static let recurrences: [ONNXCase] = [
        recurrent("lstm", "aten.lstm.input", gates: 4, states: 2),
        recurrent("gru", "aten.gru.input", gates: 3, states: 1),
        recurrent("rnn", "aten.rnn_tanh.input", gates: 1, states: 1),
    ]

    /// Two layers, both directions, biases, tokens `[batch, tokens, features]`.
    private static func recurrent(
        _ name: String, _ operation: OperatorName, gates: Int, states: Int
    ) -> ONNXCase {
        let (features, hidden) = (3, 5)
        var stored: [(String, [Int])] = []
        for layer in 0..<2 {
            for direction in 0..<2 {
                let key = "\(layer)\(direction)"
                let width = layer == 0 ? features : 2 * hidden
                stored += [
                    ("a\(key)", [gates * hidden, width]), ("r\(key)", [gates * hidden, hidden]),
                    ("b\(key)", [gates * hidden]), ("c\(key)", [gates * hidden]),
                ]
            }
        }
        let parameters = stored.map { Argument.value(Value($0.0)) }
        let state = Argument.value("y")
        return .of(
            name, operation,
            [
                "input": x, "hx": states == 2 ? .list([state, state]) : state,
                "params": .list(parameters), "has_biases": .bool(true), "num_layers": .int(2),
                "dropout": .double(0), "train": .bool(false), "bidirectional": .bool(true),
                "batch_first": .bool(true),
            ], [.init([-1, 4, features]), .init([4, -1, hidden])],
            outputs: states == 2 ? ["out", "hidden", "cells"] : ["out", "hidden"],
            stored: .init(uniqueKeysWithValues: stored.map { ($0.0, $0.1) }))
    }
}
