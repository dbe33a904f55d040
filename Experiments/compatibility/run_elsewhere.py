#!/usr/bin/env python3
"""Runs a network in PyTorch or ONNX Runtime on the inputs of an .npz.

    python run_elsewhere.py pytorch FILE.pt2 INPUTS.npz OUTPUTS.npz
    python run_elsewhere.py onnx    FILE.onnx EXPECTED.npz
    python run_elsewhere.py executorch  FILE.pt2
    python run_elsewhere.py aotinductor FILE.pt2

`pytorch` writes inputs and outputs to OUTPUTS.npz; then it saves the program as it is and
decomposed, loads it again and asks for the same outputs. `onnx` compares with the outputs of
EXPECTED.npz. The other two hand the file to ExecuTorch (to_edge, to_executorch; pip install executorch==1.5.1
flatbuffers ruamel.yaml tabulate) and to AOTInductor (which needs a C++ compiler). check_networks.py calls this in a process of its own, for what is loaded may end it.
"""

import logging
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

TOLERANCE = 1e-4


def numbered(arrays, prefix):
    """The arrays called prefix.K, in the order of K."""
    numbers = sorted(int(name.split(".")[1]) for name in arrays if name.startswith(f"{prefix}."))
    return {number: arrays[f"{prefix}.{number}"] for number in numbers}


# --- PyTorch ---


def load(path):
    """The exported program; what defines its structures is imported where it is missing."""
    import torch

    try:
        return torch.export.load(path)
    except Exception:
        import networks  # noqa: F401  (defines the structures of its inputs and outputs)

        return torch.export.load(path)


def arguments(program, arrays):
    """The arrays as the program's args and kwargs."""
    import torch
    from torch.export.graph_signature import ConstantArgument, InputKind
    from torch.utils import _pytree as pytree

    placeholders = program.graph.find_nodes(op="placeholder")
    values = {node.name: node.meta.get("val") for node in placeholders}
    specs = [s.arg for s in program.graph_signature.input_specs if s.kind == InputKind.USER_INPUT]
    given = numbered(arrays, "input")
    if len(specs) <= max(given, default=-1):  # constants were left out: count the others only
        given = dict(enumerate(given.values()))
    leaves = []
    for index, spec in enumerate(specs):
        if isinstance(spec, ConstantArgument):
            leaves.append(spec.value)
        elif isinstance(values[spec.name], torch.Tensor):
            leaves.append(torch.from_numpy(given[index].copy()).to(values[spec.name].dtype))
        else:
            leaves.append(given[index].item())
    return pytree.tree_unflatten(leaves, program.call_spec.in_spec)


def pytorch(path, inputs, written):
    """Runs the file as loaded, and decomposed, saved and loaded once more."""
    import torch

    from arrays import arrays_of, difference

    torch.set_num_threads(1)
    arrays = dict(np.load(inputs))

    def outputs(program):
        args, kwargs = arguments(program, arrays)
        with torch.no_grad():
            return arrays_of("output", program.module()(*args, **kwargs))

    program = load(path)
    first = outputs(program)
    given = {name: array for name, array in arrays.items() if name.startswith("input.")}
    np.savez(written, **given, **first)
    print("ran", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "again.pt2"
        torch.export.save(program, again)
        once = difference(outputs(load(again)), first)
        torch.export.save(program.run_decompositions(), again)
        twice = difference(outputs(load(again)), first)
    if max(once, twice) > TOLERANCE:
        raise ValueError(f"saved again it is off by {once:.1e}, decomposed by {twice:.1e}")


# --- ONNX Runtime ---

TYPES = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
    "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(bool)": np.bool_,
    "tensor(uint8)": np.uint8, "tensor(int8)": np.int8, "tensor(int16)": np.int16,
}


def onnx(path, expected):
    """How far ONNX Runtime's outputs are off those of the .npz, taken in order."""
    import onnxruntime

    from arrays import difference

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    arrays = dict(np.load(expected))
    given, names = numbered(arrays, "input"), session.get_inputs()
    by_name = {f"input.{index}": array for index, array in given.items()}
    if all(entry.name in by_name for entry in names):
        chosen = [by_name[entry.name] for entry in names]
    elif len(names) == len(given):
        chosen = list(given.values())
    elif len(names) == len(tensors := [array for array in given.values() if array.ndim]):
        chosen = tensors  # numbers became part of the graph
    else:
        raise ValueError(f"takes {[entry.name for entry in names]}, given are {sorted(by_name)}")
    feed = {entry.name: array.astype(TYPES[entry.type]) for entry, array in zip(names, chosen)}
    wanted = numbered(arrays, "output")
    found = dict(zip(wanted, session.run(None, feed)))
    off = difference(found, wanted)
    if off > TOLERANCE:
        raise ValueError(f"outputs are off by {off:.1e} of the largest")
    return off


# --- PyTorch's compilers ---


def executorch(path):
    from executorch.exir import to_edge

    print(len(to_edge(load(path)).to_executorch().buffer), "bytes")


def aotinductor(path):
    import torch

    with tempfile.TemporaryDirectory() as folder:
        package = torch._inductor.aoti_compile_and_package(
            load(path), package_path=str(Path(folder) / "compiled.pt2"))
        print(Path(package).stat().st_size, "bytes")


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    kind, *paths = sys.argv[1:]
    try:
        kinds = {f.__name__: f for f in (pytorch, onnx, executorch, aotinductor)}
        kinds[kind](*paths)
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [""]
        print(f"{type(error).__name__}: {lines[0]}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
