import Interchange
import OrderedCollections
import Programs
import Tensors

extension ONNXCases {
    static let shapes: [ONNXCase] = [
        .of(
            "view", "aten.view.default", ["self": x, "size": .ints([-1, 6])], [.init([-1, 2, 3])]),
        .of(
            "reshape", "aten.reshape.default", ["self": x, "shape": .ints([-1, 3, 2])],
            [.init([-1, 2, 3])]),
        .of(
            "flatten", "aten.flatten.using_ints", ["self": x, "start_dim": .int(1)],
            [.init([-1, 2, 3])]),
        .of(
            "flatten the first", "aten.flatten.using_ints",
            ["self": x, "start_dim": .int(0), "end_dim": .int(1)], [.init([-1, 2, 3])]),
        .of(
            "unflatten", "aten.unflatten.int",
            ["self": x, "dim": .int(1), "sizes": .ints([2, -1])], [.init([-1, 6, 3])]),
        .of("squeeze", "aten.squeeze.dim", ["self": x, "dim": .int(1)], [.init([-1, 1, 3])]),
        .of(
            "squeeze of dims", "aten.squeeze.dims", ["self": x, "dim": .ints([1, 2, 3])],
            [.init([-1, 1, 3, 1])]),
        .of(
            "unsqueeze", "aten.unsqueeze.default", ["self": x, "dim": .int(-1)], [.init([-1, 3])]),
        .of(
            "expand", "aten.expand.default", ["self": x, "size": .ints([4, -1, 3])],
            [.init([-1, 1])]),
        .of(
            "expand_as", "aten.expand_as.default", ["self": x, "other": y],
            [.init([1, 3]), .init([-1, 3])]),
        .of(
            "permute", "aten.permute.default", ["self": x, "dims": .ints([2, 0, -2])],
            [.init([-1, 2, 3])]),
        .of(
            "transpose", "aten.transpose.int", ["self": x, "dim0": .int(-1), "dim1": .int(0)],
            [.init([-1, 2, 3])]),
        .of("t", "aten.t.default", ["self": x], [.init([-1, 3])]),
        .of(
            "view_as", "aten.view_as.default", ["self": x, "other": y],
            [.init([-1, 6]), .init([-1, 2, 3])]),
        .of(
            "swapaxes", "aten.swapaxes.default", ["self": x, "axis0": .int(0), "axis1": .int(1)],
            [.init([-1, 2, 3])]),
        .of(
            "broadcast_to", "aten.broadcast_to.default", ["self": x, "size": .ints([2, -1, 3])],
            [.init([-1, 1])]),
        .of(
            "expand of nothing", "aten.expand.default", ["self": x, "size": .ints([-1, 3])],
            [.init([-1, 3])]),
        .of(
            "movedim", "aten.movedim.intlist",
            ["self": x, "source": .ints([0, 2]), "destination": .ints([1, 0])],
            [.init([-1, 2, 3, 4])]),
    ]

    static let arrangements: [ONNXCase] = [
        .of(
            "slice", "aten.slice.Tensor",
            ["self": x, "dim": .int(1), "start": .int(1), "end": .int(-1), "step": .int(2)],
            [.init([-1, 7])]),
        .of(
            "slice of all", "aten.slice.Tensor",
            ["self": x, "dim": .int(0), "start": .int(0), "end": .int(Int.max)], [.init([-1, 7])]),
        .of(
            "select", "aten.select.int", ["self": x, "dim": .int(1), "index": .int(-1)],
            [.init([-1, 4, 3])]),
        .of(
            "split", "aten.split.Tensor", ["self": x, "split_size": .int(3), "dim": .int(1)],
            [.init([-1, 7])], outputs: ["a", "b", "c"]),
        .of(
            "split_with_sizes", "aten.split_with_sizes.default",
            ["self": x, "split_sizes": .ints([1, 4, 2]), "dim": .int(-1)], [.init([-1, 7])],
            outputs: ["a", nil, "c"]),
        .of(
            "chunk", "aten.chunk.default", ["self": x, "chunks": .int(2), "dim": .int(1)],
            [.init([-1, 7])], outputs: ["a", "b"]),
        .of(
            "unbind", "aten.unbind.int", ["self": x, "dim": .int(1)], [.init([-1, 3, 2])],
            outputs: ["a", "b", "c"]),
        .of(
            "cat", "aten.cat.default", ["tensors": .list([x, y]), "dim": .int(-1)],
            [.init([-1, 3]), .init([-1, 2], .below(5))]),
        .of(
            "stack", "aten.stack.default", ["tensors": .list([x, y]), "dim": .int(1)],
            [.init([-1, 3]), .init([-1, 3])]),
        .of(
            "repeat", "aten.repeat.default", ["self": x, "repeats": .ints([2, 1, 3])],
            [.init([-1, 3])]),
        .of("tile", "aten.tile.default", ["self": x, "dims": .ints([2])], [.init([-1, 3])]),
        .of(
            "repeat_interleave", "aten.repeat_interleave.self_int",
            ["self": x, "repeats": .int(3), "dim": .int(1)], [.init([-1, 2, 2])]),
        .of(
            "roll", "aten.roll.default",
            ["self": x, "shifts": .ints([2, -3]), "dims": .ints([1, 2])], [.init([-1, 5, 4])]),
        .of(
            "roll of all", "aten.roll.default", ["self": x, "shifts": .ints([2])], [.init([-1, 5])]),
        .of("flip", "aten.flip.default", ["self": x, "dims": .ints([0, 1])], [.init([-1, 5])]),
        .of(
            "rot90", "aten.rot90.default", ["self": x, "k": .int(3), "dims": .ints([1, 2])],
            [.init([-1, 2, 3])]),
        .of(
            "meshgrid", "aten.meshgrid.indexing",
            ["tensors": .list([x, y]), "indexing": .string("xy")], [.init([-1]), .init([3])],
            outputs: ["a", "b"]),
        .of(
            "pixel_shuffle", "aten.pixel_shuffle.default", ["self": x, "upscale_factor": .int(2)],
            [.init([-1, 8, 3, 2])]),
        .of(
            "pixel_unshuffle", "aten.pixel_unshuffle.default",
            ["self": x, "downscale_factor": .int(2)], [.init([-1, 2, 4, 6])]),
        .of(
            "channel_shuffle", "aten.channel_shuffle.default", ["self": x, "groups": .int(2)],
            [.init([-1, 6, 3, 2])]),
    ]

    static let reductions: [ONNXCase] = [
        .of(
            "mean", "aten.mean.dim", ["self": x, "dim": .ints([-1, 1]), "keepdim": .bool(false)],
            [.init([-1, 2, 3])]),
        .of("mean of all", "aten.mean.default", ["self": x], [.init([-1, 2, 3])]),
        .of(
            "sum", "aten.sum.dim_IntList", ["self": x, "dim": .ints([1]), "keepdim": .bool(true)],
            [.init([-1, 2, 3])]),
        .of("sum of bools", "aten.sum.default", ["self": x], [.init([-1, 5], .bools)]),
        .of("prod", "aten.prod.dim_int", ["self": x, "dim": .int(1)], [.init([-1, 5])]),
        .of("amax", "aten.amax.default", ["self": x, "dim": .ints([1])], [.init([-1, 5])]),
        .of("amin", "aten.amin.default", ["self": x], [.init([-1, 5])]),
        .of(
            "logsumexp", "aten.logsumexp.default", ["self": x, "dim": .ints([1])], [.init([-1, 5])]),
        .of(
            "max", "aten.max.dim", ["self": x, "dim": .int(1), "keepdim": .bool(true)],
            [.init([-1, 5])], outputs: ["a", "b"]),
        .of("min", "aten.min.default", ["self": x], [.init([-1, 5])]),
        .of("any", "aten.any.dim", ["self": x, "dim": .int(1)], [.init([-1, 2], .bools)]),
        .of("all", "aten.all.default", ["self": x], [.init([-1, 2], .below(3))]),
        .of("argmax", "aten.argmax.default", ["self": x, "dim": .int(-1)], [.init([-1, 5])]),
        .of("argmin of all", "aten.argmin.default", ["self": x], [.init([-1, 5])]),
        .of(
            "var", "aten.var.correction",
            ["self": x, "dim": .ints([1]), "correction": .int(0), "keepdim": .bool(true)],
            [.init([-1, 5])]),
        .of(
            "std", "aten.std.dim", ["self": x, "dim": .ints([1, 2]), "unbiased": .bool(true)],
            [.init([-1, 2, 3])]),
        .of(
            "var_mean", "aten.var_mean.correction",
            ["self": x, "dim": .ints([0, 2]), "correction": .int(1)], [.init([-1, 2, 3])],
            outputs: ["a", "b"]),
        .of(
            "vector_norm", "aten.linalg_vector_norm.default",
            ["self": x, "ord": .int(2), "dim": .ints([1])], [.init([-1, 5])]),
        .of(
            "vector_norm of order 3", "aten.linalg_vector_norm.default",
            ["self": x, "ord": .int(3), "dim": .ints([1])], [.init([-1, 5])]),
        .of(
            "norm", "aten.norm.ScalarOpt_dim",
            ["self": x, "p": .int(1), "dim": .ints([1]), "keepdim": .bool(true)], [.init([-1, 5])]),
        .of(
            "cumsum", "aten.cumsum.default", ["self": x, "dim": .int(1)],
            [.init([-1, 5], .below(5))]),
        .of(
            "topk", "aten.topk.default", ["self": x, "k": .int(2), "dim": .int(1)],
            [.init([-1, 5])], outputs: ["a", "b"]),
        .of(
            "sort", "aten.sort.default", ["self": x, "dim": .int(0)], [.init([-1, 5])],
            outputs: ["a", "b"]),
        .of(
            "argsort", "aten.argsort.default", ["self": x, "descending": .bool(true)],
            [.init([-1, 5])]),
    ]

    static let indexings: [ONNXCase] = [
        .of(
            "embedding", "aten.embedding.default", ["weight": .value("w"), "indices": x],
            [.init([-1, 4], .below(6))], stored: ["w": [6, 3]]),
        .of(
            "index_select", "aten.index_select.default", ["self": x, "dim": .int(1), "index": y],
            [.init([-1, 5]), .init([3], .below(5))]),
        .of(
            "gather", "aten.gather.default", ["self": x, "dim": .int(1), "index": y],
            [.init([-1, 5]), .init([-1, 3], .below(5))]),
        .of(
            "index", "aten.index.Tensor", ["self": x, "indices": .list([.none, y])],
            [.init([-1, 5, 2]), .init([3, 2], .below(5))]),
        .of(
            "index of two", "aten.index.Tensor", ["self": x, "indices": .list([.none, y, z])],
            [.init([-1, 5, 4, 2]), .init([3, 1], .below(5)), .init([2], .below(4))]),
        .of(
            "index of two apart", "aten.index.Tensor",
            ["self": x, "indices": .list([.none, y, .none, z])],
            [.init([-1, 5, 2, 4]), .init([3], .below(5)), .init([3], .below(4))]),
        .of(
            "index by a mask", "aten.index.Tensor", ["self": x, "indices": .list([y])],
            [.init([4, 3]), .init([4], .bools)]),
        .of(
            "diagonal", "aten.diagonal.default",
            ["self": x, "offset": .int(1), "dim1": .int(1), "dim2": .int(3)],
            [.init([-1, 4, 2, 5])]),
        .of("tril", "aten.tril.default", ["self": x, "diagonal": .int(-1)], [.init([-1, 4, 4])]),
        .of("triu of bools", "aten.triu.default", ["self": x], [.init([-1, 4, 4], .bools)]),
        .of("nonzero", "aten.nonzero.default", ["self": x], [.init([5], .bools)]),
        .of(
            "masked_select", "aten.masked_select.default", ["self": x, "mask": y],
            [.init([5]), .init([5], .bools)]),
        .of(
            "one_hot", "aten.one_hot.default", ["self": x, "num_classes": .int(5)],
            [.init([-1, 3], .below(5))]),
        .of(
            "take_along_dim", "aten.take_along_dim.default",
            ["self": x, "indices": y, "dim": .int(1)],
            [.init([-1, 5]), .init([-1, 3], .below(5))]),
        bag,
    ]

    /// Bags of rows that start at 0, 2 and 4.
    private static let bag = ONNXCase(
        name: "embedding_bag", inputs: [.init([7], .below(6))],
        nodes: [
            Node("aten.arange.default", ["end": .int(3)], outputs: ["steps"]),
            Node(
                "aten.mul.Scalar", ["self": .value("steps"), "other": .int(2)], outputs: ["offsets"]
            ),
            Node(
                "aten.embedding_bag.default",
                [
                    "weight": .value("w"), "indices": x, "offsets": .value("offsets"),
                    "mode": .int(1),
                ],
                outputs: ["out", nil, nil, nil]),
        ], results: ["out"], stored: ["w": [6, 3]],
        types: [
            "steps": .tensor(TensorType(.int64, [3])),
            "offsets": .tensor(TensorType(.int64, [3])),
            "out": .tensor(TensorType(.float32, [3, 3])),
        ])

    static let scatterings: [ONNXCase] = [
        .of(
            "slice_scatter", "aten.slice_scatter.default",
            ["self": x, "src": y, "dim": .int(1), "start": .int(1), "end": .int(4)],
            [.init([-1, 5]), .init([-1, 3])]),
        .of(
            "slice_scatter in steps", "aten.slice_scatter.default",
            [
                "self": x, "src": y, "dim": .int(1), "start": .int(0), "end": .int(5),
                "step": .int(2),
            ], [.init([-1, 5, 2]), .init([-1, 3, 2])]),
        .of(
            "select_scatter", "aten.select_scatter.default",
            ["self": x, "src": y, "dim": .int(1), "index": .int(-1)],
            [.init([-1, 5]), .init([-1])]),
        .of(
            "scatter", "aten.scatter.value",
            ["self": x, "dim": .int(1), "index": y, "value": .int(9)],
            [.init([-1, 5]), .init([-1, 1], .below(5))]),
        .of(
            "scatter_add", "aten.scatter_add.default",
            ["self": x, "dim": .int(1), "index": y, "src": z],
            [.init([-1, 5]), .init([-1, 3], .below(5)), .init([-1, 4])]),
        .of(
            "index_put", "aten.index_put.default", ["self": x, "indices": .list([y]), "values": z],
            [.init([5, 3]), .init([1], .below(5)), .init([3])]),
        .of(
            "index_put that adds", "aten.index_put.default",
            ["self": x, "indices": .list([y, y]), "values": z, "accumulate": .bool(true)],
            [.init([5, 5]), .init([4], .below(5)), .init([4])]),
        .of(
            "scatter of tensors", "aten.scatter.src",
            ["self": x, "dim": .int(1), "index": y, "src": z],
            [.init([-1, 5]), .init([-1, 1], .below(5)), .init([-1, 2])]),
        .of(
            "index_copy", "aten.index_copy.default",
            ["self": x, "dim": .int(1), "index": y, "source": z],
            [.init([-1, 5]), .init([1], .below(5)), .init([-1, 1])]),
        .of(
            "index_add", "aten.index_add.default",
            ["self": x, "dim": .int(1), "index": y, "source": z, "alpha": .int(2)],
            [.init([-1, 5, 2]), .init([3], .below(5)), .init([-1, 3, 2])]),
        .of(
            "index_fill", "aten.index_fill.int_Scalar",
            ["self": x, "dim": .int(1), "index": y, "value": .int(7)],
            [.init([-1, 5]), .init([2], .below(5))]),
        .of(
            "index_put by a mask", "aten.index_put.default",
            ["self": x, "indices": .list([y]), "values": z],
            [.init([4, 3]), .init([4], .bools), .init([])]),
    ]

    static let windows: [ONNXCase] = [
        .of(
            "constant_pad_nd", "aten.constant_pad_nd.default",
            ["self": x, "pad": .ints([1, 2, 0, 1]), "value": .double(0.5)], [.init([-1, 3, 4])]),
        .of(
            "pad that cuts", "aten.constant_pad_nd.default", ["self": x, "pad": .ints([-1, 2])],
            [.init([-1, 3, 4])]),
        .of(
            "pad by reflection", "aten.pad.default",
            ["self": x, "pad": .ints([1, 2]), "mode": .string("reflect")], [.init([-1, 3, 4])]),
        .of(
            "replication_pad2d", "aten.replication_pad2d.default",
            ["self": x, "padding": .ints([1, 2, 0, 1])], [.init([-1, 2, 3, 4])]),
        .of(
            "pad round", "aten.pad.default",
            ["self": x, "pad": .ints([1, 2]), "mode": .string("circular")], [.init([-1, 3, 4])]),
        .of(
            "unfold", "aten.unfold.default",
            ["self": x, "dimension": .int(1), "size": .int(3), "step": .int(2)],
            [.init([-1, 7, 2])]),
        .of(
            "im2col", "aten.im2col.default",
            [
                "self": x, "kernel_size": .ints([2, 3]), "dilation": .ints([1, 2]),
                "padding": .ints([1, 0]), "stride": .ints([2, 1]),
            ],
            [.init([-1, 2, 5, 7])]),
        .of(
            "col2im", "aten.col2im.default",
            [
                "self": x, "output_size": .ints([4, 6]), "kernel_size": .ints([2, 2]),
                "dilation": .ints([1, 1]), "padding": .ints([0, 0]), "stride": .ints([2, 2]),
            ],
            [.init([-1, 8, 6])], opsets: [.v18, .v20]),
    ]

    static let resizings: [ONNXCase] = [
        .of(
            "nearest", "aten.upsample_nearest2d.vec",
            [
                "input": x, "output_size": .none,
                "scale_factors": .list([.double(2), .double(1.5)]),
            ], [.init([-1, 2, 4, 6])]),
        .of(
            "nearest to a size", "aten.upsample_nearest2d.vec",
            ["input": x, "output_size": .ints([7, 5]), "scale_factors": .none],
            [.init([-1, 2, 4, 6])]),
        .of(
            "bilinear resizing", "aten.upsample_bilinear2d.vec",
            [
                "input": x, "output_size": .ints([7, 9]), "align_corners": .bool(false),
                "scale_factors": .none,
            ], [.init([-1, 2, 4, 6])]),
        .of(
            "bilinear of corners", "aten.upsample_bilinear2d.vec",
            [
                "input": x, "output_size": .none, "align_corners": .bool(true),
                "scale_factors": .list([.double(2), .double(2)]),
            ], [.init([-1, 2, 4, 6])]),
        .of(
            "bicubic", "aten.upsample_bicubic2d.vec",
            [
                "input": x, "output_size": .ints([7, 9]), "align_corners": .bool(false),
                "scale_factors": .none,
            ], [.init([-1, 2, 4, 6])]),
        .of(
            "bilinear smoothed", "aten._upsample_bilinear2d_aa.default",
            ["self": x, "output_size": .ints([3, 3]), "align_corners": .bool(false)],
            [.init([-1, 2, 8, 9])], opsets: [.v18, .v20]),
        .of(
            "linear resizing", "aten.upsample_linear1d.vec",
            [
                "input": x, "output_size": .ints([7]), "align_corners": .bool(false),
                "scale_factors": .none,
            ], [.init([-1, 2, 4])]),
        .of(
            "grid_sampler", "aten.grid_sampler_2d.default",
            [
                "input": x, "grid": y, "interpolation_mode": .int(0), "padding_mode": .int(0),
                "align_corners": .bool(false),
            ],
            [.init([-1, 2, 4, 5]), .init([-1, 3, 3, 2])]),
    ]
}
