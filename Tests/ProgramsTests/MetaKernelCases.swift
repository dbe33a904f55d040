import Programs
import Testing

/// Calls of every operator that this module uses or has a meta kernel for.
extension MetaKernelTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let node: Node
        let input: [Int]
        let tensors: [String: [Int]]

        var testDescription: String { "\(node.operation) on \(input)" }

        init(
            _ operation: OperatorName, on input: [Int], tensors: [String: [Int]] = [:],
            outputs: Int = 1, _ arguments: KeyValuePairs<String, Argument>
        ) {
            node = Node(operation, arguments, outputs: (0..<outputs).map { Value("y\($0)") })
            self.input = input
            self.tensors = tensors
        }
    }

    private static let x = Argument.value("x")
    private static let w = Argument.value("w")
    private static let b = Argument.value("b")
    private static let channels = ["w": [3], "b": [3], "mean": [3], "var": [3]]
    static let normed: [Case] = [[5, 3], [2, 3, 4], [2, 3, 4, 5]].flatMap { shape in
        [true, false].map { training in
            Case(
                "aten.native_batch_norm.default", on: shape, tensors: channels, outputs: 3,
                [
                    "input": x, "weight": w, "bias": b, "running_mean": .value("mean"),
                    "running_var": .value("var"), "training": .bool(training),
                    "momentum": .double(0.1), "eps": .double(1e-5),
                ])
        } + [
            Case(
                "aten.batch_norm.default", on: shape, tensors: channels,
                [
                    "input": x, "weight": w, "bias": b, "running_mean": .value("mean"),
                    "running_var": .value("var"), "training": .bool(false),
                    "momentum": .double(0.1), "eps": .double(1e-5), "cudnn_enabled": .bool(true),
                ]),
            Case(
                "aten._native_batch_norm_legit_functional.default", on: shape, tensors: channels,
                outputs: 5,
                [
                    "input": x, "weight": w, "bias": b, "running_mean": .value("mean"),
                    "running_var": .value("var"), "training": .bool(true),
                    "momentum": .double(0.1), "eps": .double(1e-5),
                ]),
        ]
    }

    private static func convolution(
        _ input: [Int], _ weight: [Int], stride: Int = 1, padding: Int = 0, dilation: Int = 1,
        transposed: Bool = false, outputPadding: Int = 0, groups: Int = 1
    ) -> Case {
        let each = { (number: Int) in
            Argument.ints(Array(repeating: number, count: input.count - 2))
        }
        return Case(
            "aten.convolution.default", on: input, tensors: ["w": weight],
            [
                "input": x, "weight": w, "bias": .none, "stride": each(stride),
                "padding": each(padding), "dilation": each(dilation),
                "transposed": .bool(transposed),
                "output_padding": each(outputPadding), "groups": .int(groups),
            ])
    }

    static let convolutions = [
        convolution([2, 3, 9], [4, 3, 3], padding: 1),
        convolution([2, 4, 9, 8], [6, 2, 3, 3], stride: 2, padding: 1, groups: 2),
        convolution([1, 2, 9, 9], [3, 2, 3, 3], dilation: 2),
        convolution([1, 2, 5, 6, 7], [3, 2, 2, 2, 2]),
        convolution(
            [2, 4, 5, 6], [4, 3, 3, 3], stride: 2, padding: 1, transposed: true, outputPadding: 1),
        convolution([2, 4, 5], [4, 3, 3], transposed: true, groups: 2),
    ]

    private static let pairs = Argument.ints([1, 1])
    private static let image = [2, 3, 6, 7]
    static let images = [
        Case(
            "aten.conv2d.default", on: image, tensors: ["w": [4, 3, 3, 2], "b": [4]],
            [
                "input": x, "weight": w, "bias": b, "stride": .ints([2, 1]), "padding": pairs,
                "dilation": pairs, "groups": .int(1),
            ]),
        Case(
            "aten.conv1d.default", on: [2, 3, 9], tensors: ["w": [4, 3, 3]],
            ["input": x, "weight": w]),
        Case(
            "aten.conv3d.default", on: [2, 3, 5, 6, 7], tensors: ["w": [4, 3, 2, 2, 2]],
            ["input": x, "weight": w]),
        Case(
            "aten.max_pool2d.default", on: image,
            [
                "self": x, "kernel_size": .ints([3, 3]), "stride": .ints([2, 2]), "padding": pairs,
            ]),
        Case(
            "aten.mean.dim", on: image,
            ["self": x, "dim": .ints([2, 3]), "keepdim": .bool(false)]),
        Case(
            "aten.slice.Tensor", on: image,
            ["self": x, "dim": .int(2), "start": .int(0), "end": .int(.max), "step": .int(2)]),
        Case(
            "aten.constant_pad_nd.default", on: image,
            ["self": x, "pad": .ints([0, 0, 0, 0, 1, 2])]),
        Case("aten.contiguous.default", on: image, ["self": x]),
    ]
    static let tokens = [
        Case("aten.permute.default", on: image, ["self": x, "dims": .ints([0, 2, 3, 1])]),
        Case(
            "aten.transpose.int", on: image, ["self": x, "dim0": .int(1), "dim1": .int(2)]),
        Case("aten.reshape.default", on: image, ["self": x, "shape": .ints([-1, 21, 6])]),
        Case("aten.gelu.default", on: [2, 3], ["self": x]),
        Case(
            "aten.select.int", on: image, ["self": x, "dim": .int(1), "index": .int(2)]),
        Case(
            "aten.scaled_dot_product_attention.default", on: [2, 3, 5, 4],
            tensors: ["w": [2, 3, 7, 4]], ["query": x, "key": w, "value": w]),
    ]

    static let products = [
        Case(
            "aten.linear.default", on: [5, 3], tensors: ["w": [4, 3], "b": [4]],
            ["input": x, "weight": w, "bias": b]),
        Case(
            "aten.linear.default", on: [2, 5, 3], tensors: ["w": [4, 3]], ["input": x, "weight": w]),
        Case("aten.matmul.default", on: [5, 3], tensors: ["w": [3, 4]], ["self": x, "other": w]),
        Case(
            "aten.matmul.default", on: [2, 5, 3], tensors: ["w": [3, 4]], ["self": x, "other": w]),
        Case("aten.mm.default", on: [5, 3], tensors: ["w": [3, 4]], ["self": x, "mat2": w]),
        Case(
            "aten.bmm.default", on: [2, 5, 3], tensors: ["w": [2, 3, 4]], ["self": x, "mat2": w]),
        Case(
            "aten.addmm.default", on: [5, 3], tensors: ["w": [3, 4], "b": [4]],
            ["self": b, "mat1": x, "mat2": w]),
        Case(
            "aten.baddbmm.default", on: [2, 5, 3], tensors: ["w": [2, 3, 4], "b": [2, 5, 4]],
            ["self": b, "batch1": x, "batch2": w]),
        Case(
            "aten.scaled_dot_product_attention.default", on: [2, 2, 5, 4],
            ["query": x, "key": x, "value": x]),
    ]

    static let others =
        [
            Case("aten.flatten.using_ints", on: [2, 3, 4], ["self": x, "start_dim": .int(1)]),
            Case("aten.relu.default", on: [2, 3], ["self": x]),
            Case("aten.hardswish.default", on: [2, 3], ["self": x]),
            Case("aten.add.Scalar", on: [2, 3], ["self": x, "other": .int(1)]),
            Case("aten.add.Tensor", on: [2, 3], tensors: ["w": [3]], ["self": x, "other": w]),
            Case("aten.mul.Scalar", on: [2, 3], ["self": x, "other": .double(2)]),
            Case("aten.mul.Tensor", on: [2, 3], tensors: ["w": [2, 1]], ["self": x, "other": w]),
            Case("aten.bernoulli.p", on: [2, 3], ["self": x, "p": .double(0.5)]),
            Case(
                "aten.dropout.default", on: [2, 3],
                ["input": x, "p": .double(0.5), "train": .bool(false)]),
            Case(
                "aten.native_dropout.default", on: [2, 3], outputs: 2,
                ["input": x, "p": .double(0.5), "train": .bool(true)]),
            Case(
                "aten.native_dropout.default", on: [2, 3], outputs: 2,
                ["input": x, "p": .double(0.5), "train": .bool(false)]),
            Case(
                "aten.roll.default", on: [2, 3],
                ["self": x, "shifts": .ints([1]), "dims": .ints([1])]),
            Case(
                "aten.roll.default", on: [2, 3],
                ["self": x, "shifts": .ints([1, 2]), "dims": .ints([0, 1])]),
            Case(
                "aten.layer_norm.default", on: [2, 4, 3], tensors: ["w": [3], "b": [3]],
                ["input": x, "normalized_shape": .ints([3]), "weight": w, "bias": b]),
            Case(
                "aten.group_norm.default", on: [2, 4, 3], tensors: ["w": [4], "b": [4]],
                ["input": x, "num_groups": .int(2), "weight": w, "bias": b]),
            Case(
                "aten.im2col.default", on: [2, 3, 6, 7],
                [
                    "self": x, "kernel_size": .ints([2, 3]), "dilation": .ints([1, 1]),
                    "padding": .ints([1, 0]), "stride": .ints([2, 1]),
                ]),
            Case(
                "aten.im2col.default", on: [3, 6, 7],
                [
                    "self": x, "kernel_size": .ints([2, 3]), "dilation": .ints([2, 1]),
                    "padding": .ints([0, 0]), "stride": .ints([1, 1]),
                ]),
        ]
        + [[0], [1, 2], []].flatMap { dimensions in
            [true, false].map { keep in
                Case(
                    "aten.var_mean.correction", on: [2, 3, 4], outputs: 2,
                    [
                        "self": x, "dim": .ints(dimensions), "correction": .int(1),
                        "keepdim": .bool(keep),
                    ])
            }
        }
}
