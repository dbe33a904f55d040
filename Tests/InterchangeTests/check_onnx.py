"""Opens with ONNX Runtime every model of a folder and compares its outputs.

    python check_onnx.py FOLDER

Beside each NAME@OPSET.onnx lies NAME.safetensors with RUN.input_K and RUN.output_K. The checker of ONNX looks at each
model first, shapes and types included. Left is report.json: by name and opset "ok" or what is wrong.
"""

import json
import sys
import traceback
from pathlib import Path

import numpy
import onnx
import onnxruntime
from safetensors.numpy import load_file


def check(path):
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    arrays = load_file(path.with_name(path.stem.split("@")[0] + ".safetensors"))
    names = [value.name for value in session.get_inputs()]
    for run in sorted({name.split(".")[0] for name in arrays}):
        inputs = {name: arrays[f"{run}.input_{index}"] for index, name in enumerate(names)}
        for index, found in enumerate(session.run(None, inputs)):
            compare(f"{run}.output_{index}", found, arrays[f"{run}.output_{index}"])


def compare(name, found, expected):
    if found.shape != expected.shape or found.dtype != expected.dtype:
        raise AssertionError(f"{name}: {found.dtype} {found.shape}, not {expected.dtype} {expected.shape}")
    if found.dtype.kind != "f":
        if not numpy.array_equal(found, expected):
            raise AssertionError(f"{name}: {found} is not {expected}")
        return
    if not numpy.array_equal(numpy.isfinite(found), numpy.isfinite(expected)):
        raise AssertionError(f"{name}: other numbers are not finite")
    found, expected = found[numpy.isfinite(found)], expected[numpy.isfinite(expected)]
    largest = numpy.abs(expected).max(initial=0)
    difference = numpy.abs(found - expected).max(initial=0)
    if not difference <= 1e-4 * largest:
        raise AssertionError(f"{name}: off by {difference} of {largest}")


def main():
    folder = Path(sys.argv[1])
    report = {}
    for path in sorted(folder.glob("*.onnx")):
        try:
            check(path)
            report[path.stem] = "ok"
        except Exception:
            report[path.stem] = traceback.format_exc()
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
