#!/usr/bin/env python3
"""Puts every network of a folder through Swiftlet and says how far each comes.

    python check_networks.py OUT_DIR [NAME...] [--swiftlet PATH] [--work DIR] [--reading]

OUT_DIR is what export_networks.py wrote. A network is read, run, compared with PyTorch on inputs of
other sizes than those of its export, and compressed; what is written is run by PyTorch, decomposed,
saved and loaded again by it, and converted for ONNX Runtime. Each step is a process with a time
limit. The table goes to stdout and to OUT_DIR/RESULTS.md, with a footnote for each reason of a
failure, and all of it to OUT_DIR/results.json, from which networks that are not named keep theirs.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

STEPS = (
    "read", "runs", "equal", "compressed", "written", "loads in PyTorch", "equal in ONNX Runtime",
)
HERE = Path(__file__).resolve().parent
BINARY = ".build/release/swiftlet"
UNEQUAL = 2  # the exit status of `swiftlet verify` where results differ


class Failure(Exception):
    """A step that failed, with the sentence that says why."""


def unequal(report):
    """Which results differ, as `swiftlet verify --json` says; nothing where that is no report."""
    try:
        report = json.loads(report)
        differences = report["verification"]["results"] + report["recorded"]
    except (ValueError, KeyError):
        return None
    parts = []
    for entry in differences:
        largest, scale = entry["largest"], entry["scale"]
        if not largest <= entry["tolerance"] * scale:
            parts.append(f"{entry['name']} is off by {largest:.1e} of values up to {scale:.1e}")
    return "; ".join(parts[:3])


class Check:
    """One network on its way through the steps."""

    def __init__(self, path, arrays, options, work):
        self.path, self.arrays, self.options, self.work = path, arrays, options, work
        self.small = work / "small" / "model.pt2"
        self.outputs = work / "outputs.npz"

    def call(self, *command):
        """Runs a command; a failure, a crash or a time-out is a Failure."""
        try:
            done = subprocess.run(
                [str(part) for part in command], capture_output=True, text=True, errors="replace",
                timeout=self.options.timeout, cwd=self.work,
            )
        except subprocess.TimeoutExpired:
            raise Failure(f"did not end within {self.options.timeout} s") from None
        if done.returncode == 0:
            return done.stdout
        if done.returncode == UNEQUAL and (differences := unequal(done.stdout)):
            raise Failure(differences)
        said = [line for line in done.stderr.strip().splitlines() if line.strip()] or ["no message"]
        own = [line for line in said if line.startswith("swiftlet:")] or said[-1:]
        if done.returncode < 0:
            raise Failure(f"crash, signal {-done.returncode}: {said[0]}")
        sentence = own[0].replace(f"{self.work}/", "").replace(f"{self.path.parent}/", "")
        raise Failure(f"{sentence.removeprefix('swiftlet: ')} (status {done.returncode})")

    def swiftlet(self, *arguments):
        return self.call(self.options.swiftlet, *arguments)

    def elsewhere(self, *arguments):
        return self.call(sys.executable, HERE / "run_elsewhere.py", *arguments)

    # --- The steps, in order ---

    def read(self):
        json.loads(self.swiftlet("inspect", "--json", self.path))

    def runs(self):
        self.swiftlet("verify", self.path, self.path, "--json")

    def equal(self):
        self.compare(self.path, self.arrays)

    def compare(self, file, arrays):
        """Swiftlet's results on the arrays' inputs are the arrays' outputs, each of them."""
        report = json.loads(self.swiftlet("verify", file, file, "--inputs", arrays, "--json"))
        given = np.load(arrays)
        wanted = [name for name in given if name.startswith("output.") and given[name].ndim]
        missing = set(wanted) - {entry["name"] for entry in report["recorded"]}
        if missing:
            raise Failure(f"did not compare {', '.join(sorted(missing))}")

    def compressed(self):
        self.swiftlet(
            "compress", self.path, "--keep", "energy:0.99", "--criterion", "relative",
            "--output", self.small.parent, "--json",
        )

    def loads_in_pytorch(self):
        try:
            self.elsewhere("pytorch", self.small, self.arrays, self.outputs)
        finally:
            self.loaded = self.outputs.exists()

    def written(self):
        if not self.loaded:
            raise Failure("PyTorch cannot run it")
        self.compare(self.small, self.outputs)

    def equal_in_onnx_runtime(self):
        if not self.loaded:
            raise Failure("PyTorch cannot run it")
        converted = self.work / "small.onnx"
        self.swiftlet("convert", self.small, converted)
        self.elsewhere("onnx", converted, self.outputs)

    def all(self):
        """Each step's result: true, a sentence, or nothing where an earlier step failed."""
        result = dict.fromkeys(STEPS)

        def take(step):
            try:
                getattr(self, step.replace(" ", "_").lower())()
                result[step] = True
            except Failure as failure:
                result[step] = str(failure)
            return result[step] is True

        if take("read"):
            take("runs")
            take("equal")
            if not self.options.reading and take("compressed"):
                # PyTorch's outputs come first: what Swiftlet wrote is compared with them.
                take("loads in PyTorch")
                take("written")
                take("equal in ONNX Runtime")
        return result


def arrays_for(path):
    """The arrays of a network, which its forms share unless one has its own."""
    name = path.name.removesuffix(path.suffix)
    for candidate in (name, name.split(".")[0]):
        if (found := path.with_name(f"{candidate}.npz")).exists():
            return found
    return None


def table(results):
    """The results as Markdown; equal sentences share a footnote."""
    notes = {}
    lines = ["| network | " + " | ".join(STEPS) + " |", "|:--|" + ":-:|" * len(STEPS)]
    for name, result in sorted(results.items()):
        cells = []
        for step in STEPS:
            if isinstance(value := result[step], str):
                sentence = value.replace(f"{name}: ", "").replace(name, "FILE")
                value = f"[{notes.setdefault(sentence, len(notes) + 1)}]"
            else:
                value = "yes" if value else "–"
            cells.append(value)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    counts = [sum(result[step] is True for result in results.values()) for step in STEPS]
    lines.append("| **of " + str(len(results)) + "** | " + " | ".join(map(str, counts)) + " |")
    footnotes = [f"{number}. {sentence}" for sentence, number in notes.items()]
    return "\n".join([*lines, "", *footnotes]) + "\n"


def files_of(options):
    files = sorted([*options.folder.glob("*.pt2"), *options.folder.glob("onnx/*.onnx")])
    names = set(options.names)
    chosen = [f for f in files if not names or {f.name, f.name.split(".")[0]} & names]
    if not chosen:
        sys.exit(f"check_networks: no such network in {options.folder}; see export_networks.py")
    return chosen


def main():
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("folder", metavar="OUT_DIR", type=Path, help="of export_networks.py")
    parser.add_argument("names", metavar="NAME", nargs="*", help="networks or files (all)")
    parser.add_argument("--swiftlet", type=Path, default=HERE.parents[1] / BINARY)
    parser.add_argument("--work", type=Path, help="where what is written stays (nowhere)")
    parser.add_argument("--reading", action="store_true", help="stop before compressing")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for a step (300)")
    options = parser.parse_args()
    options.folder, options.swiftlet = options.folder.resolve(), options.swiftlet.resolve()

    index = options.folder / "results.json"
    results = json.loads(index.read_text()) if index.exists() else {}
    with tempfile.TemporaryDirectory() as temporary:
        for path in files_of(options):
            work = (options.work or Path(temporary)).resolve() / path.name
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            start = time.monotonic()
            result = Check(path, arrays_for(path), options, work).all()
            if not options.work:
                shutil.rmtree(work)
            results[path.name] = result
            passed = sum(value is True for value in result.values())
            first = next((f"{s}: {v}" for s, v in result.items() if isinstance(v, str)), "")
            seconds = time.monotonic() - start
            line = f"{path.name:40} {passed} of {len(STEPS)}  {seconds:5.1f} s  {first}"
            print(line, file=sys.stderr, flush=True)
            index.write_text(json.dumps(results, indent=1))
            (options.folder / "RESULTS.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
