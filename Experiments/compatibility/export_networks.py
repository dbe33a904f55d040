#!/usr/bin/env python3
"""Exports the networks of the folder `networks`, with inputs and outputs to compare with.

    python export_networks.py OUT_DIR [NAME...]

It needs the packages of requirements.txt. In OUT_DIR are written:

    NAME.pt2             what torch.export gives for the network in inference form
    NAME.train.pt2       the same exported in training form, for some
    NAME.decomposed.pt2  NAME.pt2 after run_decompositions(), for some
    NAME.npz             inputs other than those of the export, mostly at another batch size, and
                         the outputs of the module in inference form
    onnx/                some of the networks as ONNX, by either of PyTorch's exporters
    networks.json        by file: whether its sizes are free, how PyTorch reads it, what went wrong

Arrays are named input.K and output.K, K counting the leaves of (args, kwargs) and of the outputs as
torch.utils._pytree flattens them. None and words have a number and no array, numbers are arrays
without dimensions, types that NumPy lacks are widened to float32.
"""

import argparse
import json
import logging
import shutil
import sys
import traceback
import warnings
from pathlib import Path

import numpy as np
import torch
from torch.utils import _pytree as pytree

import run_elsewhere
from arrays import arrays_of, difference
from networks import networks


def run(module, inputs, seed=0):
    """The module's outputs; neither the inputs nor the module's buffers change."""
    inputs = inputs.copy()
    state = {name: (buffer, buffer.clone()) for name, buffer in module.named_buffers()}
    torch.manual_seed(seed)
    with torch.no_grad():
        outputs = module(*inputs.args, **inputs.kwargs)
        outputs = pytree.tree_map_only(torch.Tensor, torch.clone, outputs)
    for name, (buffer, value) in state.items():
        owner, _, last = name.rpartition(".")
        module.get_submodule(owner)._buffers[last] = buffer
        if not torch.equal(buffer, value):
            buffer.copy_(value)
    return outputs


def shapes(inputs):
    leaves = pytree.tree_leaves((inputs.args, inputs.kwargs))
    return [getattr(leaf, "shape", leaf) for leaf in leaves]


def export(network, strict=False):
    """The network as torch.export gives it, and whether sizes are free."""
    dynamic = network.dynamic_shapes
    if dynamic is None and shapes(network.example) != shapes(network.test):
        dynamic = torch.export.AdditionalInputs()
        dynamic.add(network.test.args, network.test.kwargs)
    example = network.example.copy()
    program = torch.export.export(
        network.module, example.args, example.kwargs, dynamic_shapes=dynamic, strict=strict
    )
    return program, dynamic is not None


def save(program, path, network, expected):
    """Writes the file; returns how far the outputs of what PyTorch reads from it are off."""
    torch.export.save(program, path)
    found = run(torch.export.load(path).module(), network.test)
    return difference(arrays_of("output", found), arrays_of("output", expected))


def write_training_form(name, network, folder):
    """Exports in training form. The arrays hold the outputs in inference form, which are sure."""
    network.module.train()
    try:
        program, free = export(network)
        torch.export.save(program, folder / f"{name}.train.pt2")
    finally:
        network.module.eval()
    return {"sizes": "free" if free else "fixed"}


def write_onnx(path, network, opset, dynamo, arrays):
    """Writes ONNX by the exporter of graphs (dynamo) or by the older tracing one, and runs it."""
    example = network.example.copy()
    if dynamo:
        program, _ = export(network)
        torch.onnx.export(
            program, f=path, opset_version=opset, dynamo=True, external_data=False, verbose=False
        )
    else:
        torch.onnx.export(
            network.module, example.args, path, kwargs=example.kwargs, opset_version=opset,
            dynamo=False, **traced_axes(network),
        )
    return {"off": run_elsewhere.onnx(path, arrays)}


def traced_axes(network):
    """Names of the inputs, and their free axes, as the older exporter wants them."""
    names = [f"input.{i}" for i in range(len(shapes(network.example)))]
    axes = {
        name: {axis: f"{name}.{axis}" for axis, pair in enumerate(zip(a, b)) if pair[0] != pair[1]}
        for name, a, b in zip(names, shapes(network.example), shapes(network.test))
        if isinstance(a, torch.Size)
    }
    return {"input_names": names, "dynamic_axes": axes}


def write(name, folder):
    """Writes all files of one network; returns what networks.json says of them."""
    report = {}

    def attempt(file, action):
        try:
            report[file] = action() or {}
        except Exception as error:
            print(traceback.format_exc(), file=sys.stderr)
            (folder / file).unlink(missing_ok=True)
            first = (str(error).strip().splitlines() or [""])[0]
            report[file] = {"error": f"{type(error).__name__}: {first}"}

    maker = networks[name]
    network = maker(name)
    expected = run(network.module, network.test)
    inputs = arrays_of("input", (network.test.args, network.test.kwargs))
    np.savez(folder / f"{name}.npz", **inputs, **arrays_of("output", expected))

    def inference_form():
        program, free = export(network, strict=maker.strict)
        off = save(program, folder / f"{name}.pt2", network, expected)
        return {"sizes": "free" if free else "fixed", "off": off}

    def decomposed_form():
        program = torch.export.load(folder / f"{name}.pt2").run_decompositions()
        return {"off": save(program, folder / f"{name}.decomposed.pt2", network, expected)}

    attempt(f"{name}.pt2", inference_form)
    if maker.decomposed:
        attempt(f"{name}.decomposed.pt2", decomposed_form)
    if maker.train:
        attempt(f"{name}.train.pt2", lambda: write_training_form(name, network, folder))
    for opset, dynamo in maker.onnx.items():
        file = f"onnx/{name}.{'graph' if dynamo else 'traced'}.{opset}.onnx"
        arrays = shutil.copy(folder / f"{name}.npz", folder / "onnx")
        attempt(file, lambda: write_onnx(folder / file, network, opset, dynamo, arrays))
    return report


def main():
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("folder", metavar="OUT_DIR", type=Path, help="where files are written")
    parser.add_argument("names", metavar="NAME", nargs="*", help="networks (all)")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in networks]
    if unknown:
        parser.error(f"no network {', '.join(unknown)}; there are {', '.join(networks)}")

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    (options.folder / "onnx").mkdir(parents=True, exist_ok=True)
    index = options.folder / "networks.json"
    report = json.loads(index.read_text()) if index.exists() else {}
    for name in options.names or networks:
        files = write(name, options.folder)
        report.update(files)
        for file, entry in files.items():
            print(f"{file:45} {entry.get('error', entry.get('off', 'written'))}", flush=True)
        index.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
