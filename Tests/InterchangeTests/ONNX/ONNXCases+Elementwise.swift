import Interchange
import OrderedCollections
import Programs
import Tensors

extension ONNXCases {
    static let activations = unary([
        "relu", "sigmoid", "tanh", "selu", "hardswish", "silu", "mish", "hardsigmoid", "relu6",
        "log_sigmoid", "rrelu",
    ])

    static let activationsOfArguments: [ONNXCase] = [
        .of(
            "gelu", "aten.gelu.default", ["self": x], [.init([-1, 7])],
            opsets: ONNXOpset.allCases),
        .of(
            "gelu by tanh", "aten.gelu.default", ["self": x, "approximate": .string("tanh")],
            [.init([-1, 7])]),
        .of(
            "hardtanh", "aten.hardtanh.default",
            ["self": x, "min_val": .double(-0.5), "max_val": .int(1)], [.init([-1, 7])]),
        .of(
            "leaky_relu", "aten.leaky_relu.default",
            ["self": x, "negative_slope": .double(0.2)],
            [.init([-1, 7])]),
        .of("elu", "aten.elu.default", ["self": x, "alpha": .double(0.7)], [.init([-1, 7])]),
        .of(
            "celu", "aten.celu.default", ["self": x, "alpha": .double(0.7)], [.init([-1, 7])]),
        .of(
            "softplus", "aten.softplus.default", ["self": x, "beta": .int(2)], [.init([-1, 7])]),
        .of("hardshrink", "aten.hardshrink.default", ["self": x], [.init([-1, 7])]),
        .of("softshrink", "aten.softshrink.default", ["self": x], [.init([-1, 7])]),
        .of(
            "threshold", "aten.threshold.default",
            ["self": x, "threshold": .double(0.1), "value": .int(5)], [.init([-1, 7])]),
        .of(
            "log_sigmoid_forward", "aten.log_sigmoid_forward.default", ["self": x],
            [.init([-1, 7])], outputs: ["out", nil]),
        .of("glu", "aten.glu.default", ["self": x, "dim": .int(1)], [.init([-1, 4, 3])]),
        .of(
            "prelu", "aten.prelu.default", ["self": x, "weight": .value("w")],
            [.init([-1, 4, 3, 2])], stored: ["w": [4]]),
        .of(
            "dropout", "aten.dropout.default",
            ["input": x, "p": .double(0.5), "train": .bool(false)], [.init([-1, 7])]),
    ]

    static let functions = unary([
        "abs", "neg", "exp", "erf", "sin", "cos", "atan", "ceil", "floor", "round", "sign", "expm1",
        "trunc", "square", "sinh", "cosh", "asinh",
    ])

    static let functionsOfFractions = unary(
        [
            "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal", "asin", "acos", "tan",
            "atanh",
        ], [.init([-1, 7], .positive)])

    static let arithmetic: [ONNXCase] = [
        .of(
            "add", "aten.add.Tensor", ["self": x, "other": y, "alpha": .int(2)],
            [.init([-1, 3]), .init([3])]),
        .of(
            "add of numbers and whole numbers", "aten.add.Tensor", ["self": x, "other": y],
            [.init([-1, 3]), .init([-1, 3], .below(9))]),
        .of(
            "add of a number", "aten.add.Scalar", ["self": x, "other": .double(0.5)],
            [.init([-1, 3])]),
        .of(
            "add to whole numbers", "aten.add.Scalar", ["self": x, "other": .int(2)],
            [.init([-1, 3], .below(5))]),
        .of(
            "sub", "aten.sub.Tensor", ["self": x, "other": y, "alpha": .double(0.5)],
            [.init([-1, 3]), .init([3])]),
        .of("rsub", "aten.rsub.Scalar", ["self": x, "other": .int(1)], [.init([-1, 3])]),
        .of(
            "mul of bools", "aten.mul.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .bools), .init([-1, 3], .bools)]),
        .of(
            "mul of a fraction", "aten.mul.Scalar", ["self": x, "other": .double(0.5)],
            [.init([-1, 3], .below(9))]),
        .of(
            "div", "aten.div.Tensor", ["self": x, "other": y],
            [.init([-1, 3]), .init([3], .positive)]),
        .of(
            "div of whole numbers", "aten.div.Scalar", ["self": x, "other": .int(4)],
            [.init([-1, 3], .below(9))]),
        .of(
            "div rounded down", "aten.div.Scalar_mode",
            ["self": x, "other": .double(0.3), "rounding_mode": .string("floor")],
            [.init([-1, 3])]),
        .of(
            "div towards zero", "aten.div.Scalar_mode",
            ["self": x, "other": .double(0.3), "rounding_mode": .string("trunc")],
            [.init([-1, 3])]),
        floorDivision,
        .of(
            "pow", "aten.pow.Tensor_Scalar", ["self": x, "exponent": .double(1.5)],
            [.init([-1, 3], .positive)]),
        .of(
            "pow of two", "aten.pow.Tensor_Scalar", ["self": x, "exponent": .int(2)],
            [.init([-1, 3])]),
        .of(
            "pow of tensors", "aten.pow.Tensor_Tensor", ["self": x, "exponent": y],
            [.init([-1, 3], .positive), .init([3])]),
        .of(
            "pow of a number", "aten.pow.Scalar", ["self": .int(2), "exponent": x],
            [.init([-1, 3])]),
        .of(
            "maximum", "aten.maximum.default", ["self": x, "other": y],
            [.init([-1, 3]), .init([3])]),
        .of(
            "minimum", "aten.minimum.default", ["self": x, "other": y],
            [.init([-1, 3], .below(5)), .init([3], .below(5))]),
        .of("fmod", "aten.fmod.Scalar", ["self": x, "other": .double(0.3)], [.init([-1, 3])]),
        .of(
            "remainder", "aten.remainder.Scalar", ["self": x, "other": .double(0.3)],
            [.init([-1, 3])]),
        .of(
            "remainder of whole numbers", "aten.remainder.Scalar",
            ["self": x, "other": .int(-3)], [.init([-1, 3], .below(9))]),
        .of(
            "clamp", "aten.clamp.default",
            ["self": x, "min": .double(-0.2), "max": .double(0.4)], [.init([-1, 3])]),
        .of(
            "clamp of tensors", "aten.clamp.Tensor", ["self": x, "min": y],
            [.init([-1, 3]), .init([3])]),
        .of(
            "clamp_max", "aten.clamp_max.default", ["self": x, "max": .int(0)],
            [.init([-1, 3])]),
        .of(
            "addcmul", "aten.addcmul.default",
            ["self": x, "tensor1": x, "tensor2": y, "value": .double(0.5)],
            [.init([-1, 3]), .init([3])]),
        .of(
            "addcdiv", "aten.addcdiv.default",
            ["self": x, "tensor1": x, "tensor2": y, "value": .double(0.5)],
            [.init([-1, 3]), .init([3], .positive)]),
        .of(
            "lerp", "aten.lerp.Scalar", ["self": x, "end": y, "weight": .double(0.3)],
            [.init([-1, 3]), .init([3])]),
        .of(
            "to int64", "aten.to.dtype", ["self": x, "dtype": .scalarType(.int64)],
            [.init([-1, 3])]),
        .of(
            "to bool", "aten._to_copy.default", ["self": x, "dtype": .scalarType(.bool)],
            [.init([-1, 3], .below(2))]),
        .of(
            "to float64", "aten.to.dtype", ["self": x, "dtype": .scalarType(.float64)],
            [.init([-1, 3], .bools)]),
        .of("clone", "aten.clone.default", ["self": x], [.init([-1, 3])]),
        .of(
            "copy", "aten.copy.default", ["self": x, "src": y],
            [.init([-1, 3]), .init([3], .below(5))]),
    ]

    /// Below zero as well, where rounding down is not rounding towards zero.
    private static let floorDivision = ONNXCase(
        name: "floor_divide", inputs: [.init([-1, 3], .below(9))],
        nodes: [
            Node("aten.sub.Scalar", ["self": x, "other": .int(4)], outputs: ["centred"]),
            Node(
                "aten.floor_divide.Scalar", ["self": .value("centred"), "other": .int(3)],
                outputs: ["out"]),
        ], results: ["out"])

    static let comparisons = ["eq", "ne", "lt", "le", "gt", "ge"].flatMap(comparison)

    private static func comparison(_ name: String) -> [ONNXCase] {
        let tensors = OperatorName("aten.\(name).Tensor") ?? "aten.eq.Tensor"
        let numbers = OperatorName("aten.\(name).Scalar") ?? "aten.eq.Scalar"
        return [
            .of(
                name, tensors, ["self": x, "other": y],
                [.init([-1, 3], .below(3)), .init([3], .below(3))]),
            .of(
                "\(name) of a number", numbers, ["self": x, "other": .double(0.5)],
                [.init([-1, 3])]),
        ]
    }

    static let logic: [ONNXCase] = [
        .of(
            "lt of kinds", "aten.lt.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .below(3)), .init([-1, 3])]),
        .of(
            "eq of bools", "aten.eq.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .bools), .init([-1, 3], .bools)]),
        .of(
            "gt of bools", "aten.gt.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .bools), .init([-1, 3], .bools)]),
        .of(
            "logical_not", "aten.logical_not.default", ["self": x], [.init([-1, 3], .below(2))]),
        .of(
            "logical_and", "aten.logical_and.default", ["self": x, "other": y],
            [.init([-1, 3], .bools), .init([-1, 3], .below(2))]),
        .of(
            "logical_or", "aten.logical_or.default", ["self": x, "other": y],
            [.init([-1, 3], .bools), .init([-1, 3], .bools)]),
        .of("bitwise_not", "aten.bitwise_not.default", ["self": x], [.init([-1, 3], .bools)]),
        .of(
            "and", "aten.__and__.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .bools), .init([-1, 3], .bools)]),
        .of(
            "bitwise_and", "aten.bitwise_and.Tensor", ["self": x, "other": y],
            [.init([-1, 3], .below(9)), .init([-1, 3], .below(9))], opsets: [.v18, .v20]),
        .of("isnan", "aten.isnan.default", ["self": x], [.init([-1, 3])]),
        .of(
            "where", "aten.where.self", ["condition": x, "self": y, "other": z],
            [.init([-1, 3], .bools), .init([-1, 3]), .init([3])]),
        .of(
            "where of a number", "aten.where.ScalarOther",
            ["condition": x, "self": y, "other": .double(-1)],
            [.init([-1, 3], .bools), .init([-1, 3])]),
        .of(
            "masked_fill", "aten.masked_fill.Scalar",
            ["self": x, "mask": y, "value": .double(-.infinity)],
            [.init([-1, 3]), .init([3], .bools)]),
    ]

    static let creations: [ONNXCase] = [
        .of("zeros_like", "aten.zeros_like.default", ["self": x], [.init([-1, 3])]),
        .of(
            "ones_like", "aten.ones_like.default", ["self": x, "dtype": .scalarType(.int64)],
            [.init([-1, 3])]),
        .of(
            "full_like", "aten.full_like.default", ["self": x, "fill_value": .double(0.5)],
            [.init([-1, 3])]),
        .of("fill", "aten.fill.Scalar", ["self": x, "value": .int(2)], [.init([-1, 3])]),
        .of(
            "new_zeros", "aten.new_zeros.default", ["self": x, "size": .ints([2, 3])],
            [.init([-1, 3])]),
        made(
            "full", "aten.full.default", ["size": .ints([2, 3]), "fill_value": .double(0.5)],
            TensorType(.float32, [2, 3])),
        made(
            "ones", "aten.ones.default", ["size": .ints([3]), "dtype": .scalarType(.int64)],
            TensorType(.int64, [3])),
        made("arange", "aten.arange.default", ["end": .int(3)], TensorType(.int64, [3])),
        made(
            "arange in steps", "aten.arange.start_step",
            ["start": .double(0.5), "end": .int(3), "step": .double(0.9)],
            TensorType(.float32, [3])),
        made(
            "scalar_tensor", "aten.scalar_tensor.default", ["s": .double(0.5)],
            TensorType(.float32, [])),
        made("eye", "aten.eye.default", ["n": .int(3)], TensorType(.float32, [3, 3])),
        made(
            "linspace", "aten.linspace.default",
            ["start": .int(0), "end": .int(1), "steps": .int(3)], TensorType(.float32, [3])),
    ]

    /// A tensor that depends on nothing, added to an input.
    private static func made(
        _ name: String, _ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>,
        _ type: TensorType
    ) -> ONNXCase {
        let rows = type.sizes.count == 2 ? type.sizes[0] : 1
        return ONNXCase(
            name: name, inputs: [.init([-1, 1, 3])],
            nodes: [
                Node(operation, arguments, outputs: ["made"]),
                Node("aten.add.Tensor", ["self": x, "other": .value("made")], outputs: ["out"]),
            ], results: ["out", "made"],
            types: [
                "made": .tensor(type),
                "out": .tensor(TensorType(.float32, [.dimension("batch"), rows, 3])),
            ])
    }

    /// Sizes that are computed; the reference has the numbers of a batch that is known.
    static let scalars: [ONNXCase] = {
        let size = Node("aten.sym_size.int", ["self": x, "dim": .int(0)], outputs: ["n"])
        let scalar = ValueType.scalar(.dimension("batch"))
        let out = ValueType.tensor(TensorType(.float32, [.unknown, .unknown]))
        return [
            ONNXCase(
                name: "view of a computed size", inputs: [.init([-1, 4, 3])],
                nodes: [
                    size,
                    Node("scalar.mul.default", ["a": .value("n"), "b": .int(2)], outputs: ["m"]),
                    Node(
                        "aten.view.default", ["self": x, "size": .list([.value("m"), .int(6)])],
                        outputs: ["out"]),
                ], results: ["out"],
                reference: [
                    Node(
                        "aten.view.default", ["self": x, "size": .ints([-1, 6])], outputs: ["out"])
                ],
                types: [
                    "n": scalar, "m": .scalar(.affine(scale: 2, dimension: "batch", offset: 0)),
                ]),
            ONNXCase(
                name: "two computed sizes", inputs: [.init([-1, 4])],
                nodes: [
                    size,
                    Node("scalar.add.default", ["a": .value("n"), "b": .int(0)], outputs: ["m"]),
                    Node(
                        "aten.expand.default",
                        ["self": x, "size": .list([.int(2), .value("m"), .int(-1)])],
                        outputs: ["out"]),
                    Node(
                        "scalar.floordiv.default", ["a": .value("m"), "b": .value("n")],
                        outputs: ["one"]),
                    Node(
                        "aten.slice.Tensor",
                        [
                            "self": .value("out"), "dim": .int(2), "start": .value("one"),
                            "end": .int(3),
                        ],
                        outputs: ["part"]),
                ], results: ["part"],
                reference: [
                    Node(
                        "aten.slice.Tensor",
                        ["self": x, "dim": .int(1), "start": .int(1), "end": .int(3)],
                        outputs: ["s"]),
                    Node(
                        "aten.stack.default", ["tensors": .list([.value("s"), .value("s")])],
                        outputs: ["part"]),
                ],
                types: [
                    "n": scalar, "m": scalar, "one": .scalar(.fixed(1)),
                    "out": .tensor(TensorType(.float32, [2, .dimension("batch"), 4])),
                ]),
            ONNXCase(
                name: "arange of a computed size", inputs: [.init([-1, 4])],
                nodes: [
                    size,
                    Node(
                        "aten.arange.start_step", ["start": .int(0), "end": .value("n")],
                        outputs: ["r"]),
                    Node(
                        "aten.index_select.default",
                        ["self": x, "dim": .int(0), "index": .value("r")], outputs: ["s"]),
                    Node(
                        "aten.zeros.default", ["size": .list([.value("n"), .int(4)])],
                        outputs: ["zero"]),
                    Node(
                        "scalar.truediv.default", ["a": .value("n"), "b": .value("n")],
                        outputs: ["f"]),
                    Node(
                        "aten.mul.Tensor", ["self": .value("s"), "other": .value("f")],
                        outputs: ["t"]),
                    Node(
                        "aten.add.Tensor", ["self": .value("t"), "other": .value("zero")],
                        outputs: ["out"]),
                ], results: ["out"],
                reference: [Node("aten.clone.default", ["self": x], outputs: ["out"])],
                types: [
                    "n": scalar, "f": .scalar(.unknown),
                    "r": .tensor(TensorType(.int64, [.dimension("batch")])),
                    "s": .tensor(TensorType(.float32, [.dimension("batch"), 4])), "t": out,
                    "zero": out,
                ]),
        ]
    }()
}
