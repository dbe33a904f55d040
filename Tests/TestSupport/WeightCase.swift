import Foundation
import OrderedCollections
public import Programs
public import Tensors
public import Testing

/// A small network around one way of reading weights.
public struct WeightCase: CustomTestStringConvertible, Sendable {
    /// What it shows; the name of a file too.
    public let name: String
    /// The sizes of its input `x` after the batch.
    public let input: [Int]
    /// The sites that it has: name, form and matrices, as `w.weight linear 9 × 7`.
    public let sites: [String]
    /// Whether its result is that of its one layer, so that the dropped energy is its error.
    public let isOneLayer: Bool

    /// The case's name.
    public var testDescription: String { name }

    /// Every case.
    public static let all =
        products + einsums + convolutions + transposedConvolutions + shared + parts + recurrent

    /// The network, its elements drawn.
    public func program() throws -> Program {
        guard let network = Self.networks[name] else {
            throw ProgramError(.name, "there is no case \(name)")
        }
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        for (index, tensor) in network.tensors.enumerated() {
            tensors[tensor.0] = StoredTensor(
                .parameter, try random(tensor.1, seed: UInt64(index + 11)))
        }
        let isLookup = network.nodes.contains { $0.operation.name == "embedding" }
        return try Program(
            inputs: ["x"], nodes: network.nodes, outputs: [.result("y")], tensors: tensors,
            types: [
                "x": .tensor(
                    TensorType(
                        isLookup ? .int64 : .float32,
                        [.dimension("batch")] + input.map(Size.fixed)))
            ], dimensions: ["batch": 1...Int.max]
        ).propagated()
    }

    /// An input of some examples.
    public func inputs(batch: Int, seed: UInt64 = 3) throws -> Tensor {
        guard try program().type(of: "x")?.tensor?.scalarType == .int64 else {
            return try random([batch] + input, seed: seed)
        }
        let count = batch * input.reduce(1, *)
        return Tensor((0..<count).map { ($0 * 5 + $0 * $0) % 11 }, shape: [batch] + input)
    }

    // MARK: The networks

    typealias Network = (tensors: [(String, [Int])], nodes: [Node])
    private static let weight = "w.weight"

    private static let networks = Dictionary(uniqueKeysWithValues: definitions.map { ($0.0, $0.4) })
    private typealias Definition = (String, [Int], [String], Bool, Network)

    private static func cases(_ definitions: [Definition]) -> [WeightCase] {
        definitions.map { WeightCase(name: $0.0, input: $0.1, sites: $0.2, isOneLayer: $0.3) }
    }

    private static let definitions =
        productDefinitions + einsumDefinitions + convolutionDefinitions + transposedDefinitions
        + sharedDefinitions + partDefinitions + recurrentDefinitions

    /// Products of matrices, the weight through views too.
    public static let products = cases(productDefinitions)
    /// Equations.
    public static let einsums = cases(einsumDefinitions)
    /// Convolutions.
    public static let convolutions = cases(convolutionDefinitions)
    /// Transposed convolutions.
    public static let transposedConvolutions = cases(transposedDefinitions)
    /// Weights with several uses.
    public static let shared = cases(sharedDefinitions)
    /// Weights that hold several matrices.
    public static let parts = cases(partDefinitions)
    /// Recurrent layers.
    public static let recurrent = cases(recurrentDefinitions)

    private static func node(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>,
        _ output: Value = "y"
    ) -> Node { Node(operation, arguments, outputs: [output]) }

    private static func layer(
        _ name: String, _ input: [Int], _ site: String, _ kernel: [Int], bias: [Int]? = nil,
        before: [Node] = [], _ node: Node
    ) -> Definition {
        (
            name, input, ["w.weight \(site)"], true,
            ([(weight, kernel)] + (bias.map { [("w.bias", $0)] } ?? []), before + [node])
        )
    }

    private static let w = Argument.value("w.weight")
    private static let v = Argument.value("v")
    private static let b = Argument.value("w.bias")
    private static let x = Argument.value("x")

    private static let productDefinitions: [Definition] = [
        layer(
            "mm", [7], "product 9 × 7", [7, 9], node("aten.mm.default", ["self": x, "mat2": w])),
        layer(
            "addmm", [7], "product 9 × 7", [7, 9], bias: [9],
            node("aten.addmm.default", ["self": b, "mat1": x, "mat2": w])),
        layer(
            "matmul", [5, 7], "product 9 × 7", [7, 9],
            node("aten.matmul.default", ["self": x, "other": w])),
        layer(
            "matmul-left", [7, 5], "product 9 × 7", [9, 7],
            node("aten.matmul.default", ["self": w, "other": x])),
        layer(
            "matmul-heads", [3, 5, 7], "product 3 of 9 × 7", [3, 7, 9],
            node("aten.matmul.default", ["self": x, "other": w])),
        layer(
            "baddbmm", [3, 7], "product 3 of 9 × 7", [3, 7, 9], bias: [3, 1, 9],
            before: [
                node("aten.transpose.int", ["self": x, "dim0": .int(0), "dim1": .int(1)], "v")
            ], node("aten.baddbmm.default", ["self": b, "batch1": v, "batch2": w])),
        layer(
            "linear-decomposed", [7], "product 9 × 7", [9, 7], bias: [9],
            before: [node("aten.permute.default", ["self": w, "dims": .ints([1, 0])], "v")],
            node("aten.addmm.default", ["self": b, "mat1": x, "mat2": v])),
        layer(
            "matmul-of-t", [5, 7], "product 9 × 7", [9, 7],
            before: [node("aten.t.default", ["self": w], "v")],
            node("aten.matmul.default", ["self": x, "other": v])),
        layer(
            "linear-of-transpose", [5, 7], "linear 9 × 7", [7, 9],
            before: [
                node("aten.transpose.int", ["self": w, "dim0": .int(-1), "dim1": .int(0)], "v")
            ], node("aten.linear.default", ["input": x, "weight": v])),
        // As PyTorch decomposes bsd,hdk->bshk.
        layer(
            "einsum-decomposed", [5, 7], "product 12 × 7", [3, 7, 4],
            before: [
                node("aten.unsqueeze.default", ["self": w, "dim": .int(3)], "w1"),
                node("aten.unsqueeze.default", ["self": .value("w1"), "dim": .int(4)], "w2"),
                node(
                    "aten.permute.default",
                    ["self": .value("w2"), "dims": .ints([3, 4, 0, 2, 1])], "w3"),
                node(
                    "aten.permute.default",
                    ["self": .value("w3"), "dims": .ints([4, 2, 3, 0, 1])], "w4"),
                node(
                    "aten.clone.default",
                    ["self": .value("w4"), "memory_format": .memoryFormat(0)], "w5"),
                node("aten.view.default", ["self": .value("w5"), "size": .ints([1, 7, 12])], "v"),
                node("aten.reshape.default", ["self": x, "shape": .ints([1, -1, 7])], "x1"),
            ], node("aten.bmm.default", ["self": .value("x1"), "mat2": v])),
    ]

    private static func einsum(
        _ name: String, _ equation: String, _ input: [Int], _ matrices: String, _ kernel: [Int],
        weightFirst: Bool = false
    ) -> Definition {
        layer(
            "einsum-\(name)", input, "einsum \(matrices)", kernel,
            node(
                "aten.einsum.default",
                [
                    "equation": .string(equation),
                    "tensors": .list(weightFirst ? [w, x] : [x, w]),
                ]))
    }

    private static let einsumDefinitions: [Definition] = [
        einsum("linear", "bsd,od->bso", [5, 7], "9 × 7", [9, 7]),
        einsum("rows", "bsd,hdk->bshk", [5, 7], "12 × 7", [3, 7, 4]),
        einsum("columns", "bshk,hkd->bsd", [5, 3, 4], "9 × 12", [3, 4, 9]),
        einsum("blocks", "bhsd,hde->bhse", [3, 5, 7], "3 of 9 × 7", [3, 7, 9]),
        einsum("ellipsis", "...d,df->...f", [5, 7], "9 × 7", [7, 9]),
        einsum(
            "turned", "dco, b t c d -> tbo", [5, 3, 4], "9 × 12", [4, 3, 9], weightFirst: true),
    ]

    private static func convolution(
        _ name: String, _ operation: OperatorName, _ form: String, _ input: [Int],
        _ matrices: String, _ kernel: [Int], outputs: Int,
        _ settings: KeyValuePairs<String, Argument>
    ) -> Definition {
        var node = node(operation, ["input": x, "weight": w, "bias": b])
        for (name, argument) in settings { node[name] = argument }
        return layer(name, input, "\(form) \(matrices)", kernel, bias: [outputs], node)
    }

    private static let convolutionDefinitions: [Definition] = [
        convolution(
            "conv1d", "aten.conv1d.default", "convolution", [4, 11], "6 × 12", [6, 4, 3],
            outputs: 6, ["stride": .ints([2]), "padding": .ints([1])]),
        convolution(
            "conv2d", "aten.conv2d.default", "convolution", [4, 9, 8], "6 × 24", [6, 4, 3, 2],
            outputs: 6, ["stride": .ints([2, 1]), "padding": .ints([1, 2])]),
        convolution(
            "conv2d-multiplied", "aten.conv2d.default", "convolution", [2, 7, 7], "2 of 6 × 9",
            [12, 1, 3, 3], outputs: 12, ["groups": .int(2)]),
        convolution(
            "conv3d", "aten.conv3d.default", "convolution", [3, 4, 5, 6], "5 × 54",
            [5, 3, 2, 3, 3], outputs: 5, ["padding": .ints([1, 0, 1])]),
        convolution(
            "convolution-grouped", "aten.convolution.default", "convolution", [4, 6, 6],
            "2 of 5 × 18", [10, 2, 3, 3], outputs: 10,
            [
                "stride": .ints([2, 2]), "padding": .ints([1, 1]), "dilation": .ints([1, 1]),
                "transposed": .bool(false), "output_padding": .ints([0, 0]), "groups": .int(2),
            ]),
    ]

    private static let transposedDefinitions: [Definition] = [
        convolution(
            "conv-transpose1d", "aten.conv_transpose1d.default", "transposed convolution", [4, 5],
            "6 × 12", [4, 6, 3], outputs: 6, ["stride": .ints([2])]),
        convolution(
            "conv-transpose2d", "aten.conv_transpose2d.input", "transposed convolution",
            [4, 5, 4], "2 of 5 × 18", [4, 5, 3, 3], outputs: 10,
            [
                "stride": .ints([2, 1]), "padding": .ints([1, 2]), "output_padding": .ints([1, 0]),
                "groups": .int(2), "dilation": .ints([1, 2]),
            ]),
        convolution(
            "conv-transpose3d", "aten.conv_transpose3d.input", "transposed convolution",
            [3, 3, 2, 3], "5 × 36", [3, 5, 2, 3, 2], outputs: 5, ["stride": .ints([1, 2, 3])]),
        convolution(
            "convolution-transposed", "aten.convolution.default", "transposed convolution",
            [4, 5, 5], "6 × 16", [4, 6, 2, 2], outputs: 6,
            [
                "stride": .ints([2, 2]), "padding": .ints([0, 1]), "dilation": .ints([2, 1]),
                "transposed": .bool(true), "output_padding": .ints([1, 0]), "groups": .int(1),
            ]),
    ]

    private static let sharedDefinitions: [Definition] = [
        (
            "embedding", [5], ["w.weight embedding 7 × 11"], false,
            (
                [(weight, [11, 7])],
                [
                    node(
                        "aten.embedding.default",
                        ["weight": w, "indices": x, "padding_idx": .int(2)])
                ]
            )
        ),
        (
            "tied", [5], ["w.weight embedding 7 × 11"], false,
            (
                [(weight, [11, 7]), ("w.bias", [11])],
                [
                    node("aten.embedding.default", ["weight": w, "indices": x], "v"),
                    node("aten.tanh.default", ["self": v], "h"),
                    node(
                        "aten.linear.default",
                        ["input": .value("h"), "weight": w, "bias": b]),
                ]
            )
        ),
        (
            "twice", [8], ["w.weight linear 8 × 8"], false,
            (
                [(weight, [8, 8])],
                [
                    node("aten.linear.default", ["input": x, "weight": w], "v"),
                    node("aten.tanh.default", ["self": v], "h"),
                    node("aten.linear.default", ["input": .value("h"), "weight": w]),
                ]
            )
        ),
        (
            "autoencoder", [7], ["w.weight linear 9 × 7"], false,
            (
                [(weight, [9, 7])],
                [
                    node("aten.linear.default", ["input": x, "weight": w], "v"),
                    node("aten.relu.default", ["self": v], "h"),
                    node("aten.matmul.default", ["self": .value("h"), "other": w]),
                ]
            )
        ),
    ]

    private static let partDefinitions: [Definition] = [
        // GPT-2: one [inputs, outputs] weight for queries, keys and values.
        (
            "fused-columns", [5, 7],
            [
                "w.weight[:, 0..<9] product 9 × 7", "w.weight[:, 9..<18] product 9 × 7",
                "w.weight[:, 18..<27] product 9 × 7",
            ], false,
            (
                [(weight, [7, 27]), ("w.bias", [27])],
                [
                    node("aten.view.default", ["self": x, "size": .ints([-1, 7])], "x1"),
                    node(
                        "aten.addmm.default", ["self": b, "mat1": .value("x1"), "mat2": w], "v"),
                    Node(
                        "aten.split.Tensor",
                        ["self": v, "split_size": .int(9), "dim": .int(-1)],
                        outputs: ["q", "k", "u"]),
                    node("aten.tanh.default", ["self": .value("q")], "q1"),
                    node("aten.mul.Tensor", ["self": .value("q1"), "other": .value("k")], "qk"),
                    node("aten.relu.default", ["self": .value("u")], "u1"),
                    node("aten.add.Tensor", ["self": .value("qk"), "other": .value("u1")]),
                ]
            )
        ),
        // nn.MultiheadAttention where keys and values are of one source, queries of another.
        (
            "in-projection", [5, 7],
            [
                "in_proj_weight[0..<9] linear 9 × 7", "in_proj_weight[9..<18] linear 9 × 7",
                "in_proj_weight[18..<27] linear 9 × 7",
            ], false,
            (
                [("in_proj_weight", [27, 7]), ("in_proj_bias", [27])],
                [
                    Node(
                        "aten.split_with_sizes.default",
                        ["self": .value("in_proj_weight"), "split_sizes": .ints([9, 18])],
                        outputs: ["w1", "w2"]),
                    Node(
                        "aten.split_with_sizes.default",
                        ["self": .value("in_proj_bias"), "split_sizes": .ints([9, 18])],
                        outputs: ["b1", "b2"]),
                    node(
                        "aten.linear.default",
                        ["input": x, "weight": .value("w1"), "bias": .value("b1")], "q"),
                    node("aten.tanh.default", ["self": x], "x1"),
                    node(
                        "aten.linear.default",
                        ["input": .value("x1"), "weight": .value("w2"), "bias": .value("b2")], "kv"
                    ),
                    node(
                        "aten.unflatten.int",
                        ["self": .value("kv"), "dim": .int(-1), "sizes": .ints([2, 9])], "kv1"),
                    node(
                        "aten.select.int",
                        ["self": .value("kv1"), "dim": .int(2), "index": .int(0)], "k"),
                    node(
                        "aten.select.int",
                        ["self": .value("kv1"), "dim": .int(2), "index": .int(1)], "u"),
                    node(
                        "aten.scaled_dot_product_attention.default",
                        ["query": .value("q"), "key": .value("k"), "value": .value("u")]),
                ]
            )
        ),
    ]

    private static func recurrent(
        _ operation: OperatorName, gates: Int, layers: Int, bidirectional: Bool, batchFirst: Bool
    ) -> Definition {
        let directions = bidirectional ? 2 : 1
        var tensors: [(String, [Int])] = []
        var sites: [String] = []
        for layer in 0..<layers {
            for direction in ["", "_reverse"].prefix(directions) {
                let suffix = "l\(layer)\(direction)"
                let width = layer == 0 ? 7 : directions * 6
                tensors += [
                    ("rnn.weight_ih_\(suffix)", [gates * 6, width]),
                    ("rnn.weight_hh_\(suffix)", [gates * 6, 6]),
                    ("rnn.bias_ih_\(suffix)", [gates * 6]), ("rnn.bias_hh_\(suffix)", [gates * 6]),
                ]
                sites += [
                    "rnn.weight_ih_\(suffix) recurrent \(gates * 6) × \(width)",
                    "rnn.weight_hh_\(suffix) recurrent \(gates * 6) × 6",
                ]
            }
        }
        let isLSTM = operation.name == "lstm"
        let states = [Argument](repeating: .value("s2"), count: layers * directions)
        let nodes = [
            node(
                "aten.slice.Tensor",
                ["self": x, "dim": .int(2), "start": .int(0), "end": .int(6)], "s"),
            node(
                "aten.slice.Tensor",
                ["self": .value("s"), "dim": .int(1), "start": .int(0), "end": .int(1)], "s1"),
            node(
                "aten.transpose.int", ["self": .value("s1"), "dim0": .int(0), "dim1": .int(1)],
                "s2"),
            node("aten.cat.default", ["tensors": .list(states)], "h0"),
            node(
                "aten.transpose.int",
                ["self": x, "dim0": .int(0), "dim1": .int(batchFirst ? 0 : 1)],
                "x1"),
            Node(
                operation,
                [
                    "input": .value("x1"),
                    "hx": isLSTM ? .list([.value("h0"), .value("h0")]) : .value("h0"),
                    "params": .list(tensors.map { .value(Value($0.0)) }),
                    "has_biases": .bool(true), "num_layers": .int(layers),
                    "dropout": .double(0), "train": .bool(false),
                    "bidirectional": .bool(bidirectional), "batch_first": .bool(batchFirst),
                ], outputs: isLSTM ? ["y", "h", "c"] : ["y", "h"]),
        ]
        let name = operation.name.replacingOccurrences(of: "_", with: "-")
        return (
            "\(name)-\(layers)\(bidirectional ? "-both" : "")", [5, 7], sites, false,
            (tensors, nodes)
        )
    }

    private static let recurrentDefinitions: [Definition] = [
        recurrent("aten.lstm.input", gates: 4, layers: 2, bidirectional: true, batchFirst: true),
        recurrent("aten.lstm.input", gates: 4, layers: 1, bidirectional: false, batchFirst: false),
        recurrent("aten.gru.input", gates: 3, layers: 2, bidirectional: false, batchFirst: true),
        recurrent(
            "aten.rnn_tanh.input", gates: 1, layers: 1, bidirectional: true, batchFirst: false),
        recurrent(
            "aten.rnn_relu.input", gates: 1, layers: 1, bidirectional: false, batchFirst: true),
    ]
}
