"""Writes small ONNX models, one or a few nodes each, with inputs and what ONNX Runtime computes from them.

For each case FOLDER/NAME.onnx and FOLDER/NAME.npz (input.0, ..., output.0, ...), and FOLDER/cases.json: the names by
family, and the operators. The reference implementation of ONNX stands in where ONNX Runtime lacks an operator.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
random = np.random.default_rng(0)
families = {}
problems = []
operators = set()


def normal(*shape, dtype=np.float32):
    return random.normal(size=shape).astype(dtype)


def positive(*shape):
    return random.uniform(0.1, 2.0, size=shape).astype(np.float32)


def integers(*shape, low=-9, high=10, dtype=np.int64):
    return random.integers(low, high, size=shape).astype(dtype)


def truths(*shape):
    return random.integers(0, 2, size=shape).astype(bool)


def value(name, array, free):
    shape = list(array.shape)
    for axis, dimension in free.items():
        shape[axis] = dimension
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), shape)


def write(family, name, nodes, inputs, outputs, stored=(), opset=17, free=None, domains=(), functions=()):
    """inputs: {name: array}; stored: {name: array}; free: {input: {axis: dimension}}, by default the first
    axis, where it is as long as the first input's.

    Where all inputs are real numbers and `free` is given, a second run with larger sizes goes to again.input.0, ..."""
    larger = free is not None and all(array.dtype == np.float32 for array in inputs.values())
    free = {} if free is None else free
    rows = next(iter(inputs.values()), np.float32(0)).shape[:1]
    free = {key: free.get(key, {0: "batch"} if array.shape[:1] == rows != () else {}) for key, array in inputs.items()}
    graph = helper.make_graph(
        nodes, "graph", [value(key, array, free[key]) for key, array in inputs.items()],
        [helper.make_empty_tensor_value_info(key) for key in outputs],
        [numpy_helper.from_array(array, key) for key, array in dict(stored).items()])
    opsets = [helper.make_opsetid("", opset)] + [helper.make_opsetid(domain, 1) for domain in domains]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=list(functions))
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results = session.run(None, inputs)
        more = {key: normal(*[size + (2 if axis in free.get(key, {}) else 0) for axis, size in enumerate(array.shape)])
                for key, array in inputs.items()}
        try:
            again = session.run(None, more) if larger else []
        except Exception:  # A model may have fixed what it calls free.
            again = []
    except Exception as error:
        if "NOT_IMPLEMENTED" not in str(error):
            problems.append(f"{family}.{name}: {error}")
            return
        from onnx.reference import ReferenceEvaluator

        results, again = ReferenceEvaluator(model).run(None, inputs), []
    onnx.save(model, f"{folder}/{name}.onnx")
    arrays = {f"input.{index}": array for index, array in enumerate(inputs.values())}
    arrays |= {f"output.{index}": array for index, array in enumerate(results)}
    if again:
        arrays |= {f"again.input.{index}": array for index, array in enumerate(more.values())}
        arrays |= {f"again.output.{index}": array for index, array in enumerate(again)}
    np.savez(f"{folder}/{name}.npz", **arrays)
    families.setdefault(family, []).append(name)
    operators.update(node.op_type for node in nodes)


def one(family, operator, *operands, name="", opset=17, outputs=1, stored=None, free=None, domain="", **attributes):
    """One node. The first operand is passed to a run, the others are stored, unless `stored` lists which are; None is
    left out."""
    stored = set(range(1, len(operands))) if stored is None else set(stored)
    names = ["" if array is None else f"x{index}" for index, array in enumerate(operands)]
    results = [f"y{index}" for index in range(outputs)]
    node = helper.make_node(operator, names, results, name="node", domain=domain, **attributes)
    operands = [None if array is None else np.asarray(array) for array in operands]
    given = {names[i]: a for i, a in enumerate(operands) if a is not None and i not in stored}
    kept = {names[i]: a for i, a in enumerate(operands) if a is not None and i in stored}
    write(family, f"{operator}{name}".replace(".", "_") + f"_{opset}", [node], given, results, kept, opset, free,
          [domain] if domain else [])


def list_of(*numbers, dtype=np.int64):
    return np.array(numbers, dtype=dtype)


def activations():
    x = normal(3, 4, 5)
    for operator in ["Relu", "LeakyRelu", "Elu", "Selu", "Celu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh",
                     "Softplus", "Softsign", "Erf", "ThresholdedRelu", "Softmax", "LogSoftmax", "Clip", "Dropout"]:
        one("activations", operator, x)
    one("activations", "LeakyRelu", x, name="slope", alpha=0.3)
    one("activations", "Elu", x, name="alpha", alpha=0.3)
    one("activations", "Celu", x, name="alpha", alpha=0.3)
    one("activations", "Selu", x, name="alpha", alpha=1.5, gamma=0.7)
    one("activations", "HardSigmoid", x, name="sixth", alpha=1 / 6, beta=0.5)
    one("activations", "Mish", x, opset=18)
    for form in ["none", "tanh"]:
        one("activations", "Gelu", x, name=form, opset=20, approximate=form)
    one("activations", "PRelu", x, normal(4, 1), name="channels")
    one("activations", "PRelu", x, normal(1), name="one")
    one("activations", "PRelu", x, normal(4, 5), name="elements")
    one("activations", "Clip", x, np.float32(-0.5), np.float32(0.5), name="both")
    one("activations", "Clip", x, None, np.float32(0.5), name="high")
    one("activations", "Clip", x, np.float32(-0.5), np.float32(0.5), name="computed", stored=[])
    one("activations", "Clip", integers(3, 4), np.int64(-2), np.int64(3), name="integers")
    for axis in [0, 1, 2, -1]:
        one("activations", "Softmax", x, name=f"axis{axis}", opset=11, axis=axis)
        one("activations", "LogSoftmax", x, name=f"axis{axis}", opset=12, axis=axis)
        one("activations", "Softmax", x, name=f"axis{axis}", opset=13, axis=axis)
    one("activations", "Softmax", x, name="default", opset=11)
    for operator in ["Gelu", "FastGelu", "QuickGelu"]:
        one("activations", operator, x, name="_microsoft", domain="com.microsoft")
    one("activations", "BiasGelu", x, normal(5), name="_microsoft", domain="com.microsoft")


def arithmetic():
    x, y = normal(3, 4), normal(3, 4)
    for operator in ["Add", "Sub", "Mul", "Div"]:
        one("arithmetic", operator, x, y, stored=[])
        one("arithmetic", operator, x, normal(4), name="row")
        one("arithmetic", operator, x, np.float32(0.7), name="number")
        one("arithmetic", operator, np.float32(0.7), x, name="of_number", stored=[0], free={"x1": {0: "batch"}})
        one("arithmetic", operator, integers(3, 4), integers(3, 4, low=1), name="integers", stored=[])
        one("arithmetic", operator, integers(3, 4, dtype=np.int32), np.int32(-3), name="integer")
    one("arithmetic", "Mod", integers(3, 4), integers(3, 4, low=1), stored=[])
    one("arithmetic", "Mod", integers(3, 4), np.int64(-4), name="negative")
    one("arithmetic", "Mod", integers(3, 4), np.int64(-4), name="fmod", fmod=1)
    one("arithmetic", "Mod", x, y, name="floats", stored=[], fmod=1)
    one("arithmetic", "Pow", positive(3, 4), y, stored=[])
    one("arithmetic", "Pow", x, np.float32(2), name="square")
    one("arithmetic", "Pow", integers(3, 4), np.int64(3), name="integers")
    one("arithmetic", "Pow", x, np.int64(3), name="mixed")
    for operator in ["Neg", "Abs", "Sign", "Floor", "Ceil", "Round", "Exp", "Reciprocal", "Sin", "Cos", "Tan", "Atan",
                     "Sinh", "Cosh", "Asinh"]:
        one("arithmetic", operator, x)
    one("arithmetic", "Round", np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5], np.float32), name="halves")
    for operator in ["Sqrt", "Log"]:
        one("arithmetic", operator, positive(3, 4))
    for operator in ["Asin", "Acos", "Atanh"]:
        one("arithmetic", operator, np.clip(x / 4, -0.9, 0.9))
    one("arithmetic", "Acosh", positive(3, 4) + 1)
    for operator in ["Min", "Max", "Sum", "Mean"]:
        one("arithmetic", operator, x, y, normal(4), stored=[2])
        one("arithmetic", operator, x, name="one")
    one("arithmetic", "Max", integers(3, 4), integers(3, 4), name="integers", stored=[])
    for operator in ["BitwiseAnd", "BitwiseOr", "BitwiseXor"]:
        one("arithmetic", operator, integers(3, 4, low=0), integers(3, 4, low=0), opset=18)
    one("arithmetic", "BitwiseNot", integers(3, 4), opset=18)
    for direction in ["LEFT", "RIGHT"]:
        one("arithmetic", "BitShift", integers(3, 4, low=0, high=99, dtype=np.uint8), np.uint8(2), name=direction,
            direction=direction)
    one("arithmetic", "CumSum", x, np.int64(1))
    one("arithmetic", "CumSum", x, np.int64(0), name="reverse", reverse=1, exclusive=1)
    one("arithmetic", "CumSum", integers(3, 4, dtype=np.int32), np.int64(-1), name="integers", exclusive=1)


def comparisons():
    x, y = normal(3, 4), normal(3, 4)
    for operator in ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"]:
        one("comparisons", operator, integers(3, 4, high=-5), integers(3, 4, high=-5), stored=[])
        one("comparisons", operator, x, np.float32(0.2), name="number")
        one("comparisons", operator, np.float32(0.2), x, name="of_number", stored=[0])
    for operator in ["And", "Or", "Xor"]:
        one("comparisons", operator, truths(3, 4), truths(3, 4), stored=[])
    one("comparisons", "Not", truths(3, 4))
    one("comparisons", "Where", truths(3, 4), x, y, stored=[])
    one("comparisons", "Where", truths(3, 1), x, np.float32(1), name="broadcast", stored=[2])
    odd = np.array([np.nan, np.inf, -np.inf, 1], np.float32)
    one("comparisons", "IsNaN", odd)
    for positive_, negative in [(1, 1), (1, 0), (0, 1)]:
        one("comparisons", "IsInf", odd, name=f"{positive_}{negative}", detect_positive=positive_,
            detect_negative=negative)
    for kind in [TensorProto.INT64, TensorProto.INT32, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BOOL,
                 TensorProto.FLOAT]:
        one("comparisons", "Cast", x * 5, name=str(kind), to=kind)
    one("comparisons", "CastLike", x * 5, integers(1), opset=19)
    one("comparisons", "Identity", x)


def convolutions():
    for count, size in [(1, [9]), (2, [9, 8]), (3, [5, 6, 7])]:
        x = normal(2, 4, *size)
        kernel = [3] * count
        one("convolutions", "Conv", x, normal(6, 4, *kernel), normal(6), name=f"{count}d")
        one("convolutions", "Conv", x, normal(6, 2, *kernel), name=f"{count}d_groups", group=2, strides=[2] * count,
            pads=[1] * 2 * count, dilations=[1] * count, kernel_shape=kernel)
        one("convolutions", "Conv", x, normal(6, 4, *kernel), name=f"{count}d_uneven", pads=[0] * count + [2] * count)
        one("convolutions", "ConvTranspose", x, normal(4, 3, *kernel), normal(3), name=f"{count}d", opset=11)
        one("convolutions", "ConvTranspose", x, normal(4, 3, *kernel), name=f"{count}d_groups", group=2, opset=11,
            strides=[2] * count, pads=[1] * 2 * count, output_padding=[1] * count)
        one("convolutions", "ConvTranspose", x, normal(4, 3, *kernel), name=f"{count}d_uneven", opset=11,
            pads=[0] * count + [1] * count)
    x = normal(2, 4, 9, 8)
    everything = {"x0": {0: "batch", 2: "height", 3: "width"}}
    for way in ["SAME_UPPER", "SAME_LOWER", "VALID"]:
        for step in [1, 2]:
            one("convolutions", "Conv", x, normal(6, 4, 3, 2), name=f"{way}{step}", auto_pad=way, strides=[step] * 2)
        one("convolutions", "Conv", x, normal(6, 4, 3, 2), name=f"{way}_free", auto_pad=way, strides=[2, 3],
            free=everything)
    for way in ["SAME_UPPER", "SAME_LOWER"]:
        one("convolutions", "ConvTranspose", x, normal(4, 3, 4, 3), name=way, auto_pad=way, strides=[2, 2], opset=11)
    one("convolutions", "ConvTranspose", x, normal(4, 3, 4, 3), name="shape", strides=[2, 2], opset=11,
        output_shape=[17, 16])
    one("convolutions", "Conv", x, normal(6, 4, 3, 3), name="computed", stored=[])
    one("convolutions", "Conv", x, normal(4, 1, 3, 3), name="depthwise", group=4, dilations=[2, 2])
    for mode in ["DCR", "CRD"]:
        one("convolutions", "DepthToSpace", normal(2, 8, 3, 4), name=mode, opset=13, blocksize=2, mode=mode)
    one("convolutions", "SpaceToDepth", normal(2, 3, 4, 6), blocksize=2)


def pooling():
    for count, size in [(1, [9]), (2, [9, 8]), (3, [5, 6, 7])]:
        x = normal(2, 4, *size)
        for operator in ["MaxPool", "AveragePool", "LpPool"]:
            one("pooling", operator, x, name=f"{count}d", kernel_shape=[2] * count, strides=[2] * count)
            one("pooling", operator, x, name=f"{count}d_padded", kernel_shape=[3] * count, strides=[2] * count,
                pads=[1] * 2 * count)
            one("pooling", operator, x, name=f"{count}d_uneven", kernel_shape=[3] * count, strides=[2] * count,
                pads=[0] * count + [1] * count)
        for operator in ["GlobalMaxPool", "GlobalAveragePool", "GlobalLpPool"]:
            one("pooling", operator, x, name=f"{count}d")
    x = normal(2, 4, 9, 8)
    one("pooling", "MaxPool", x, name="ceil", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    one("pooling", "MaxPool", x, name="dilated", kernel_shape=[3, 3], dilations=[2, 2])
    one("pooling", "MaxPool", x, name="same", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    one("pooling", "MaxPool", x, name="wide", kernel_shape=[2, 2], pads=[1, 1, 1, 0])
    one("pooling", "AveragePool", x, name="counted", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1)
    one("pooling", "AveragePool", x, name="counted_uneven", kernel_shape=[3, 3], pads=[1, 0, 0, 2],
        count_include_pad=1)
    one("pooling", "AveragePool", x, name="ceil", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, opset=19)
    one("pooling", "AveragePool", x, name="same", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_LOWER")
    one("pooling", "LpPool", x, name="p1", kernel_shape=[3, 3], p=1)


def normalization():
    x = normal(3, 4, 5, 6)
    one("normalization", "BatchNormalization", x, normal(4), normal(4), normal(4), positive(4))
    one("normalization", "BatchNormalization", x, normal(4), normal(4), normal(4), positive(4), name="epsilon",
        opset=11, epsilon=0.1, momentum=0.8)
    one("normalization", "BatchNormalization", normal(3, 4), normal(4), normal(4), normal(4), positive(4), name="flat",
        opset=14)
    one("normalization", "InstanceNormalization", x, normal(4), normal(4), epsilon=0.01)
    one("normalization", "LayerNormalization", x, normal(6), normal(6))
    one("normalization", "LayerNormalization", x, normal(5, 6), name="axis", axis=-2, epsilon=0.01)
    one("normalization", "LayerNormalization", x, normal(6), normal(6), name="statistics", outputs=3)
    one("normalization", "GroupNormalization", x, normal(2), normal(2), name="groups", opset=18, num_groups=2)
    one("normalization", "GroupNormalization", x, normal(4), normal(4), name="channels", opset=21, num_groups=2)
    for size in [3, 5]:
        one("normalization", "LRN", x, name=str(size), size=size, alpha=0.3, beta=0.6, bias=1.2)
    one("normalization", "MeanVarianceNormalization", x)
    one("normalization", "MeanVarianceNormalization", x, name="axes", axes=[1, 3])
    one("normalization", "LpNormalization", x, axis=1, p=2)


def products():
    x = normal(3, 4)
    for a in [0, 1]:
        for b in [0, 1]:
            left = normal(4, 3) if a else normal(3, 4)
            right = normal(5, 4) if b else normal(4, 5)
            free = {"x0": {1 - (1 - a): "batch"}}
            one("products", "Gemm", left, right, normal(5), name=f"{a}{b}", transA=a, transB=b, free=free)
            one("products", "Gemm", left, right, normal(1, 5), name=f"{a}{b}_scaled", transA=a, transB=b, alpha=0.5,
                beta=0.3, free=free)
            one("products", "Gemm", left, right, normal(3, 5), name=f"{a}{b}_computed", transA=a, transB=b, stored=[],
                free={"x0": {}, "x1": {}, "x2": {}})
    one("products", "Gemm", x, normal(4, 5), np.float32(0.3), name="number")
    one("products", "Gemm", x, normal(4, 5), name="plain")
    one("products", "MatMul", x, normal(4, 5))
    one("products", "MatMul", normal(2, 3, 4), normal(4, 5), name="batches")
    one("products", "MatMul", normal(2, 3, 4), normal(2, 4, 5), name="computed", stored=[])
    one("products", "MatMul", normal(3, 4), normal(2, 4, 5), name="stored_batches", free={"x0": {}})
    one("products", "MatMul", normal(4), normal(4, 5), name="vector", free={"x0": {}})
    one("products", "MatMul", normal(5, 4), normal(4, 3), name="stored_first", stored=[0], free={"x1": {1: "batch"}})
    one("products", "Einsum", normal(2, 3, 4), normal(4, 5), equation="bij,jk->bik")
    one("products", "Einsum", normal(2, 3, 4), normal(2, 5, 4), name="computed", stored=[],
        equation="...ij, ...kj -> ...ik")
    nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("Add", ["b", "a"], ["y"]),
             helper.make_node("MatMul", ["y", "w"], ["z"])]
    write("products", "layer", nodes, {"x": normal(2, 3, 4)}, ["z"], {"w": normal(4, 4), "b": normal(4)})
    nodes = [helper.make_node("Transpose", ["w"], ["t"], perm=[1, 0]), helper.make_node("Gather", ["w", "i"], ["e"]),
             helper.make_node("MatMul", ["e", "t"], ["z"])]
    write("products", "tied", nodes, {"i": integers(2, 3, low=0, high=6)}, ["z"], {"w": normal(6, 4)})


def reductions():
    x = normal(3, 4, 5)
    for operator in ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
                     "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"]:
        x = positive(3, 4, 5)
        one("reductions", operator, x, name="all", opset=11)
        one("reductions", operator, x, name="attribute", opset=11, axes=[1, -1], keepdims=0)
        one("reductions", operator, x, list_of(-2), name="input", opset=18, keepdims=0)
        one("reductions", operator, x, list_of(2, 1), name="kept", opset=18)
        one("reductions", operator, x, name="none", opset=18, noop_with_empty_axes=1)
    for operator in ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceProd"]:
        one("reductions", operator, integers(3, 4, dtype=np.int32), name="integers", opset=12, axes=[1])
    x = normal(3, 4, 5)
    for operator in ["ArgMax", "ArgMin"]:
        one("reductions", operator, x)
        one("reductions", operator, x, name="last", axis=-1, keepdims=0)
        one("reductions", operator, integers(3, 4, low=0, high=3), name="ties", axis=1, select_last_index=1)
    one("reductions", "TopK", x, list_of(3), outputs=2)
    one("reductions", "TopK", x, list_of(2), name="smallest", outputs=2, axis=1, largest=0)


def shapes():
    x = normal(3, 4, 5)
    def reshape(name, *numbers, **attributes):
        one("shapes", "Reshape", x, list_of(*numbers), name=name, opset=14, **attributes)
    reshape("minus", 0, -1)
    reshape("zeros", 0, 0, 5, 1)
    reshape("free", -1, 20)
    reshape("fixed", 3, 20, free={"x0": {}})
    one("shapes", "Reshape", np.zeros((0, 3), np.float32), list_of(3, 0), name="empty", opset=14, allowzero=1,
        free={"x0": {}})
    for axis in [0, 1, 2, 3, -1]:
        one("shapes", "Flatten", x, name=str(axis), axis=axis)
    one("shapes", "Transpose", x)
    one("shapes", "Transpose", x, name="order", perm=[1, 0, 2])
    one("shapes", "Squeeze", normal(3, 1, 4, 1), name="attribute", opset=11, axes=[1])
    one("shapes", "Squeeze", normal(3, 1, 4, 1), list_of(-1), name="input")
    one("shapes", "Squeeze", normal(3, 1, 4, 1), name="all")
    one("shapes", "Unsqueeze", x, name="attribute", opset=11, axes=[0, -1])
    one("shapes", "Unsqueeze", x, list_of(4, 1), name="input")
    for axis in [0, 1, -1]:
        one("shapes", "Concat", x, x, normal(3, 4, 5), name=str(axis), axis=axis, stored=[])
    one("shapes", "Split", x, name="attribute", opset=11, outputs=2, axis=1, split=[1, 3])
    one("shapes", "Split", x, name="even", opset=11, outputs=2, axis=1)
    one("shapes", "Split", x, list_of(2, 3), name="input", outputs=2, axis=-1)
    one("shapes", "Split", x, name="number", opset=18, outputs=2, axis=2, num_outputs=2)
    one("shapes", "Split", normal(6, 2), name="free", opset=18, outputs=3, axis=0, num_outputs=3)
    def slice(name, starts, ends, *rest, **attributes):
        rest = [None if numbers is None else list_of(*numbers) for numbers in rest]
        one("shapes", "Slice", x, list_of(*starts), list_of(*ends), *rest, name=name, **attributes)
    slice("plain", [0, 1], [2, 3])
    slice("axes", [1], [-1], [2])
    slice("steps", [0, 1], [100, 5], [1, 2], [2, 3])
    slice("negative", [-3], [2**63 - 1], [-1])
    slice("backwards", [-1], [-2**63], [2], [-1])
    slice("backwards_steps", [3], [0], [1], [-2])
    slice("backwards_free", [-1, 3], [-2**63, -5], [0, 2], [-1, -1])
    slice("backwards_high", [100], [-100], [1], [-1])
    slice("backwards_free_high", [2], [0], [0], [-1])
    one("shapes", "Expand", normal(3, 1), list_of(1, 4), name="ones")
    one("shapes", "Expand", normal(3, 1), list_of(2, 1, 4), name="more")
    one("shapes", "Tile", x, list_of(1, 2, 3))
    one("shapes", "Shape", x)
    one("shapes", "Shape", x, name="part", start=-2, end=3)
    one("shapes", "Size", x)
    one("shapes", "Trilu", x)
    one("shapes", "Trilu", x, np.int64(-1), name="lower", upper=0)
    one("shapes", "Pad", x, list_of(0, 1, 2, 0, 3, 1), np.float32(0.5))
    one("shapes", "Pad", x, list_of(0, -1, 0, 0, 0, -2), name="cut")
    one("shapes", "Pad", x, list_of(0, 0, 2, 0, 0, 1), name="reflect", mode="reflect")
    one("shapes", "Pad", x, list_of(0, 1, 2, 0, 3, 1), name="reflect_more", mode="reflect")
    one("shapes", "Pad", x, list_of(0, 1, 2, 0, 3, 1), name="edge", mode="edge")
    one("shapes", "Pad", normal(2, 3, 4, 5), list_of(0, 0, 2, 1, 0, 0, 1, 3), name="edge_images", mode="edge")
    one("shapes", "Pad", normal(2, 3, 4, 5), list_of(0, 0, 2, 1, 0, 0, 1, 3), name="wrap_images", mode="wrap", opset=19)
    one("shapes", "Pad", x, list_of(1, 2), None, list_of(1), name="axes", opset=18)
    one("shapes", "Pad", integers(3, 4), list_of(0, 1, 0, 1), np.int64(7), name="integers")
    one("shapes", "EyeLike", normal(3, 4), k=1, free={"x0": {}})
    one("shapes", "ConstantOfShape", list_of(2, 3), stored=[0])
    one("shapes", "ConstantOfShape", list_of(2, 3), name="value", stored=[0],
        value=numpy_helper.from_array(list_of(7)))
    nodes = [helper.make_node("Constant", [], ["a"], value_float=0.5),
             helper.make_node("Constant", [], ["b"], value_floats=[1.0, 2, 3, 4, 5]),
             helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(normal(4, 1))),
             helper.make_node("Sum", ["x", "a", "b", "c"], ["y"]), helper.make_node("Constant", [], ["i"], value_int=1),
             helper.make_node("Constant", [], ["j"], value_ints=[0, 2]), helper.make_node("Gather", ["y", "i"], ["z"]),
             helper.make_node("Gather", ["z", "j"], ["w"], axis=1)]
    write("shapes", "Constant_kinds", nodes, {"x": x}, ["w"], free={"x": {}})
    one("shapes", "OneHot", integers(3, 4, low=-6, high=7), np.int64(6), normal(2))
    one("shapes", "OneHot", integers(3, 4, low=0, high=6), np.int64(6), normal(2), name="axis", axis=1)
    one("shapes", "Range", np.int64(2), np.int64(11), np.int64(3), stored=[0, 1, 2])
    one("shapes", "Range", np.float32(2), np.float32(4), np.float32(0.3), name="floats", stored=[0, 1, 2])


def indexing():
    x = normal(3, 4, 5)
    for axis in [0, 1, -1]:
        one("indexing", "Gather", x, list_of(2, 0, -1), name=f"list{axis}", axis=axis)
        one("indexing", "Gather", x, np.int64(-2), name=f"one{axis}", axis=axis)
        one("indexing", "Gather", x, integers(2, 3, low=0, high=3, dtype=np.int32), name=f"matrix{axis}", axis=axis,
            stored=[])
    one("indexing", "Gather", normal(7, 4), integers(2, 3, low=0, high=7), name="table", stored=[0])
    one("indexing", "GatherElements", x, integers(3, 4, 2, low=-5, high=5), axis=2)
    one("indexing", "GatherElements", x, integers(2, 4, 5, low=0, high=2), name="computed", axis=0, stored=[],
        free={"x0": {}, "x1": {}})
    one("indexing", "GatherND", x, integers(2, 2, low=-3, high=3))
    one("indexing", "GatherND", x, integers(2, 6, 1, low=-3, high=3), name="rows", stored=[])
    one("indexing", "GatherND", x, integers(3, 2, 1, low=0, high=4), name="batch", batch_dims=1, stored=[])
    one("indexing", "GatherND", normal(2, 3, 4, 5), integers(2, 3, 2, low=0, high=4), name="batches", batch_dims=2,
        stored=[])
    places = np.stack([random.permutation(4)[:2] for _ in range(3)])
    for reduction in ["none", "add", "mul", "max", "min"]:
        one("indexing", "ScatterElements", normal(3, 4), places, normal(3, 2), name=reduction, opset=18, axis=1,
            reduction=reduction)
    one("indexing", "ScatterElements", normal(3, 4), places - 4, normal(3, 2), name="negative", opset=13, axis=1)
    for reduction in ["none", "add"]:
        one("indexing", "ScatterND", x, np.array([[0, 1], [2, 3]]), normal(2, 5), name=reduction, opset=16,
            reduction=reduction)


def resizing():
    x = normal(2, 3, 5, 6)
    none = np.array([], np.float32)
    def resize(name, scales=None, sizes=None, opset=13, image=x, **attributes):
        operands = [None if scales is None else np.array(scales, np.float32)]
        operands += [] if sizes is None else [list_of(*sizes)]
        first = none if opset < 13 else None
        if opset < 13 and scales is None:
            operands[0] = none
        one("resizing", "Resize", image, first, *operands, name=name, opset=opset, **attributes)
    for rounding in ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]:
        for mode in ["asymmetric", "half_pixel", "align_corners", "pytorch_half_pixel"]:
            resize(f"{mode}_{rounding}", [1, 1, 2, 1.5], coordinate_transformation_mode=mode, nearest_mode=rounding)
    resize("nearest_default", [1, 1, 2, 2])
    resize("nearest_small", [1, 1, 0.6, 0.5])
    resize("nearest_11", [1, 1, 2, 2], opset=11, coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    resize("nearest_sizes", sizes=[2, 3, 10, 9], coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    resize("nearest_free", [1, 1, 2, 2], coordinate_transformation_mode="asymmetric", nearest_mode="floor",
           free={"x0": {0: "batch", 2: "height", 3: "width"}})
    resize("sizes_11", sizes=[2, 3, 10, 9], opset=11, mode="linear")
    for mode in ["half_pixel", "pytorch_half_pixel", "align_corners"]:
        resize(f"linear_{mode}", [1, 1, 2, 1.5], mode="linear", coordinate_transformation_mode=mode)
        resize(f"linear_sizes_{mode}", sizes=[2, 3, 7, 4], mode="linear", coordinate_transformation_mode=mode)
        resize(f"cubic_{mode}", sizes=[2, 3, 7, 9], mode="cubic", coordinate_transformation_mode=mode)
    resize("cubic_scales", [1, 1, 1.7, 2], mode="cubic")
    resize("linear_uneven", [1, 1, 1.3, 2.7], mode="linear")
    resize("linear_1d", [1, 1, 2.5], mode="linear", image=normal(2, 3, 6))
    resize("linear_3d", [1, 1, 2, 2, 1.5], mode="linear", image=normal(2, 3, 4, 5, 6))
    resize("linear_free", [1, 1, 2, 2], mode="linear", free={"x0": {0: "batch", 2: "height", 3: "width"}})
    resize("axes", [2, 2], opset=18, axes=[2, 3], mode="linear")
    resize("antialias", sizes=[2, 3, 3, 3], opset=18, mode="linear", antialias=1, exclude_outside=1)
    resize("antialias_cubic", sizes=[2, 3, 3, 3], opset=18, mode="cubic", antialias=1, exclude_outside=1,
           cubic_coeff_a=-0.5)
    for mode in ["bilinear", "nearest"]:
        for edge in ["zeros", "border", "reflection"]:
            one("resizing", "GridSample", x, random.uniform(-1.2, 1.2, (2, 4, 4, 2)).astype(np.float32),
                name=f"{mode}_{edge}", opset=16, mode=mode, padding_mode=edge, align_corners=1, stored=[])
    one("resizing", "Col2Im", normal(1, 5 * 4, 12), list_of(5, 5), list_of(2, 2), opset=18, strides=[1, 1],
        pads=[0, 0, 0, 0], dilations=[1, 2])


def recurrent():
    steps, batch, features, hidden = 5, 3, 4, 6
    for operator, gates in [("LSTM", 4), ("GRU", 3), ("RNN", 1)]:
        for direction, count in [("forward", 1), ("reverse", 1), ("bidirectional", 2)]:
            x = normal(steps, batch, features)
            w, r = normal(count, gates * hidden, features), normal(count, gates * hidden, hidden)
            b = normal(count, 2 * gates * hidden)
            states = [normal(count, batch, hidden) for _ in range(2 if operator == "LSTM" else 1)]
            more = {"linear_before_reset": 1} if operator == "GRU" else {}
            results = 3 if operator == "LSTM" else 2
            free = {"x0": {1: "batch"}, "x5": {1: "batch"}, "x6": {1: "batch"}}
            for version in [11, 17]:
                one("recurrent", operator, x, w, r, b, None, *states, name=direction, direction=direction,
                    hidden_size=hidden, outputs=results, stored=[1, 2, 3], free=free, opset=version, **more)
            one("recurrent", operator, x, w, r, name=f"{direction}_plain", direction=direction, hidden_size=hidden,
                outputs=1, free=free, **more)
            one("recurrent", operator, x, w, r, b, list_of(*[steps] * batch, dtype=np.int32), name=f"{direction}_whole",
                direction=direction, hidden_size=hidden, outputs=results, free={"x0": {}}, **more)
    one("recurrent", "RNN", normal(5, 3, 4), normal(1, 6, 4), normal(1, 6, 6), name="relu", hidden_size=6,
        activations=["Relu"], outputs=2)
    one("recurrent", "LSTM", normal(5, 3, 4), normal(1, 24, 4), normal(1, 24, 6), name="computed", hidden_size=6,
        outputs=3, stored=[], free={"x0": {}, "x1": {}, "x2": {}})


def quantization():
    x = normal(3, 4)
    for kind, zero in [("uint8", np.uint8(120)), ("int8", np.int8(-3))]:
        one("quantization", "QuantizeLinear", x, np.float32(0.02), zero, name=kind)
        q = integers(3, 4, low=0, high=100, dtype=zero.dtype)
        one("quantization", "DequantizeLinear", q, np.float32(0.02), zero, name=kind)
    one("quantization", "QuantizeLinear", x, positive(4), integers(4, dtype=np.int8), name="channels", axis=1)
    one("quantization", "DequantizeLinear", integers(3, 4, dtype=np.int8), positive(4), integers(4, dtype=np.int8),
        name="channels", axis=1)
    one("quantization", "DynamicQuantizeLinear", x, outputs=3)
    nodes = [helper.make_node("DequantizeLinear", ["w", "s", "z"], ["d"], axis=0),
             helper.make_node("Conv", ["x", "d"], ["y"])]
    write("quantization", "stored_kernel", nodes, {"x": normal(2, 3, 5, 5)}, ["y"],
          {"w": integers(4, 3, 3, 3, dtype=np.int8), "s": positive(4), "z": integers(4, dtype=np.int8)})


def sizes():
    """Arithmetic on sizes, as exporters write it."""
    def node(operator, inputs, output, **attributes):
        return helper.make_node(operator, inputs, [output], **attributes)
    both = {"x": {0: "batch", 1: "tokens"}}
    x = normal(2, 3, 8)
    nodes = [node("Shape", ["x"], "s"), node("Gather", ["s", "zero"], "b"), node("Gather", ["s", "one"], "t"),
             node("Unsqueeze", ["b", "first"], "b1"), node("Unsqueeze", ["t", "first"], "t1"),
             node("Concat", ["b1", "t1", "two", "four"], "shape", axis=0), node("Reshape", ["x", "shape"], "r"),
             node("Transpose", ["r"], "p", perm=[0, 2, 1, 3]), node("Concat", ["b1", "minus"], "flat", axis=0),
             node("Reshape", ["p", "flat"], "y")]
    stored = {"zero": np.int64(0), "one": np.int64(1), "first": list_of(0), "two": list_of(2), "four": list_of(4),
              "minus": list_of(-1)}
    write("sizes", "heads", nodes, {"x": x}, ["y"], stored, free=both)
    nodes = [node("Shape", ["x"], "s"), node("Slice", ["s", "first", "second"], "bt"),
             node("Shape", ["bt"], "n"), node("ConstantOfShape", ["n"], "ones",
                                                          value=numpy_helper.from_array(list_of(1))),
             node("Mul", ["ones", "minus"], "negative"), node("Equal", ["bt", "negative"], "is"),
             node("Where", ["is", "ones", "bt"], "shape"), node("Expand", ["number", "shape"], "y")]
    write("sizes", "expand", nodes, {"x": x}, ["y"],
          {"first": list_of(0), "second": list_of(2), "minus": np.int64(-1), "number": normal(1, 1)}, free=both)
    nodes = [node("Shape", ["x"], "s"), node("Gather", ["s", "one"], "t"), node("Range", ["zero", "t", "one"], "r"),
             node("Unsqueeze", ["r", "first"], "row"), node("Unsqueeze", ["r", "second"], "column"),
             node("LessOrEqual", ["row", "column"], "y")]
    write("sizes", "mask", nodes, {"x": x}, ["y"],
          {"zero": np.int64(0), "one": np.int64(1), "first": list_of(0), "second": list_of(1)}, free=both)
    nodes = [node("Shape", ["x"], "s"), node("Gather", ["s", "one"], "t"), node("Unsqueeze", ["t", "first"], "t1"),
             node("Slice", ["table", "first", "t1", "axis"], "part"), node("Add", ["x", "part"], "y")]
    write("sizes", "positions", nodes, {"x": x}, ["y"],
          {"one": np.int64(1), "first": list_of(0), "axis": list_of(1), "table": normal(1, 20, 8)}, free=both)
    nodes = [node("Shape", ["x"], "s"), node("Gather", ["s", "one"], "t"), node("Div", ["t", "two"], "half"),
             node("Mod", ["t", "two"], "odd"), node("Add", ["half", "odd"], "rest"), node("Sub", ["t", "rest"], "low"),
             node("Max", ["low", "one"], "more"), node("Unsqueeze", ["more", "first"], "m1"),
             node("Unsqueeze", ["rest", "first"], "r1"), node("Slice", ["x", "first", "m1", "axis"], "a"),
             node("Slice", ["x", "r1", "end", "axis"], "b"), node("Concat", ["a", "b"], "y", axis=1)]
    write("sizes", "halves", nodes, {"x": normal(2, 7, 8)}, ["y"],
          {"one": np.int64(1), "two": np.int64(2), "first": list_of(0), "axis": list_of(1),
           "end": list_of(2**63 - 1)}, free=both)
    nodes = [node("Shape", ["x"], "s"), node("Cast", ["s"], "f", to=TensorProto.FLOAT), node("Gather", ["f", "two"], "w"),
             node("Sqrt", ["w"], "r"), node("Div", ["x", "r"], "y")]
    write("sizes", "scale", nodes, {"x": x}, ["y"], {"two": np.int64(2)}, free=both)
    nodes = [node("Shape", ["x"], "s"), node("Cast", ["s"], "y", to=TensorProto.FLOAT)]
    write("sizes", "as_result", nodes, {"x": x}, ["y"], free=both)
    nodes = [node("Shape", ["x"], "s"), node("ReduceProd", ["s"], "n", keepdims=0), node("Unsqueeze", ["n", "z"], "n1"),
             node("Reshape", ["x", "n1"], "y")]
    write("sizes", "all", nodes, {"x": x}, ["y"], {"z": list_of(0)}, free=both)
    nodes = [node("Slice", ["x", "start", "end", "axis"], "y")]
    write("sizes", "passed", nodes, {"x": x, "start": list_of(1)}, ["y"], {"end": list_of(100), "axis": list_of(1)},
          free=both | {"start": {}})
    nodes = [node("Add", ["x", "y"], "z")]
    write("sizes", "equal", nodes, {"x": x, "y": normal(2, 3, 8)}, ["z"], {},
          free={"x": {0: "a"}, "y": {0: "b", 1: "c"}})
    nodes = [node("Reshape", ["x", "shape"], "y")]
    write("sizes", "fixed", nodes, {"x": x}, ["y"], {"shape": list_of(2, 24)})
    body = [helper.make_node("Mul", ["a", "a"], ["q"]), helper.make_node("Scaled", ["q"], ["r"], domain="own")]
    scaled = helper.make_function(
        "own", "Scaled", ["a"], ["b"], [helper.make_node("LeakyRelu", ["a"], ["b"], alpha=0.5)],
        [helper.make_opsetid("", 17)])
    square = helper.make_function(
        "own", "Square", ["a"], ["r"], body, [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)])
    write("sizes", "functions", [helper.make_node("Square", ["x"], ["y"], domain="own"),
                                 helper.make_node("Square", ["y"], ["z"], domain="own")],
          {"x": x}, ["z"], domains=["own"], functions=[scaled, square])


for family in [activations, arithmetic, comparisons, convolutions, pooling, normalization, products, reductions, shapes,
               indexing, resizing, recurrent, quantization, sizes]:
    family()
with open(f"{folder}/cases.json", "w") as file:
    json.dump({"families": families, "operators": {"tested": sorted(operators)}}, file)
sys.exit("\n".join(problems) or 0)
