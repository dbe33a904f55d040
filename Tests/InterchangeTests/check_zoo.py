"""Opens with PyTorch every archive of a folder and compares its outputs.

    python check_zoo.py FOLDER

Beside each NAME.pt2 lies NAME.safetensors with input_BATCH and output_BATCH. Left is report.json: by name "ok" or what is
wrong.
"""

import json
import sys
import traceback
from pathlib import Path

import torch
from safetensors.torch import load_file


def check(path):
    module = torch.export.load(path).module()
    arrays = load_file(path.with_name(path.stem + ".safetensors"))
    for name in (name for name in arrays if name.startswith("input")):
        expected = arrays[name.replace("input", "output")]
        with torch.no_grad():
            found = module(arrays[name])
        if found.shape != expected.shape:
            raise AssertionError(f"{name}: shape {list(found.shape)}")
        difference = (found - expected).abs().max().item()
        if not difference <= 1e-5 * expected.abs().max().item():
            raise AssertionError(f"{name}: off by {difference} of {expected.abs().max().item()}")


def main():
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    report = {}
    for path in sorted(folder.glob("*.pt2")):
        try:
            check(path)
            report[path.stem] = "ok"
        except Exception:
            report[path.stem] = traceback.format_exc()
        path.unlink()
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
