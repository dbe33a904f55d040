"""Exports networks of others into a folder, or runs in PyTorch what was written of them.

    python export_others.py FOLDER          NAME.pt2, NAME.decomposed.pt2 for some, and NAME.npz with inputs and outputs
    python export_others.py FOLDER check    report.json: of each NAME.again.pt2 "ok" or what is wrong

The networks are those of Experiments/compatibility that need no package but PyTorch.
"""

import json
import logging
import sys
import traceback
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Experiments/compatibility"))

NAMES = """
write_select write_view write_strided write_seen_by_view write_view_of_view write_through_alias
write_indexed write_activations write_shared write_buffer_count write_buffer_cache write_rearranged nested keywords
outputs_repeated without_gradients mixed_precision lists_of_one constants sizes_products sizes_pooled sizes_cat sizes_equal
parameter_strided parameters_one_storage parameters_tied
""".split()


def outputs(path, arrays, folder):
    """The outputs of a file, which is decomposed and saved again too where a run leaves no trace in its buffers."""
    import run_elsewhere
    from arrays import arrays_of

    import numpy as np

    if "buffer" not in path.name:
        run_elsewhere.pytorch(path, arrays, folder / "found.npz")
        return dict(np.load(folder / "found.npz"))
    program = run_elsewhere.load(path)
    args, kwargs = run_elsewhere.arguments(program, dict(np.load(arrays)))
    return arrays_of("output", program.module()(*args, **kwargs))


def check(folder):
    from arrays import difference

    import numpy as np

    report = {}
    for path in sorted(folder.glob("*.again.pt2")):
        name = path.name.removesuffix(".again.pt2")
        arrays = folder / f"{name.removesuffix('.decomposed')}.npz"
        try:
            found = outputs(path, arrays, folder)
            expected = {k: v for k, v in np.load(arrays).items() if k.startswith("output.")}
            found = {k: v for k, v in found.items() if k.startswith("output.")}
            off = difference(found, expected)
            report[name] = "ok" if off <= 1e-5 else f"off by {off} of the largest"
        except Exception:
            report[name] = traceback.format_exc()
    (folder / "report.json").write_text(json.dumps(report))


def main():
    folder = Path(sys.argv[1])
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    if sys.argv[2:] == ["check"]:
        return check(folder)
    import export_networks

    sys.argv = ["export_networks.py", str(folder), *NAMES]
    export_networks.main()


if __name__ == "__main__":
    main()
