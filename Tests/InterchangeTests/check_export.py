"""Checks with PyTorch the archives that PyTorchTests.swift wrote into a folder.

    python check_export.py FOLDER

For each network there are NAME.pt2, NAME.safetensors and NAME.BATCH.safetensors (input_K, output_K);
networks.json has their names and ranks. Left are report.json (by network and check "ok" or what is
wrong), NAME.again.pt2 (saved again by PyTorch) and NAME.native.pt2 (the same network, exported by it).
"""

import json
import sys
import traceback
import zipfile
from pathlib import Path

import sympy
import torch
from safetensors.torch import load_file
from torch import nn

BATCHES = (1, 2, 7, 33)


# --- The networks, as their authors would write them in PyTorch ---


class Factored(nn.Module):
    """A linear layer whose weight is a product of three factors."""

    def __init__(self, inputs, outputs):
        super().__init__()
        small = min(inputs, outputs)
        shapes = (
            [(small, small), (small, small), (outputs, small)]
            if inputs <= outputs
            else [(outputs, inputs), (small, small), (small, small)]
        )
        self.factors = nn.ParameterList(torch.zeros(shape) for shape in shapes)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x):
        weight = self.factors[2] @ self.factors[1] @ self.factors[0]
        return nn.functional.linear(x, weight, self.bias)


class Layer(nn.Module):
    def __init__(self, linear, width):
        super().__init__()
        self.linear = linear
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x):
        return self.norm(self.linear(x)).relu()


class FullyConnected(nn.Module):
    def __init__(self, layers, linear, logits_norm):
        super().__init__()
        self.layers = nn.ModuleList(
            Layer(linear(f"layers.{i}.linear", 16, 16), 16) for i in range(layers - 1)
        )
        self.head = linear("head", 16, 5)
        if logits_norm:
            self.logits_norm = nn.BatchNorm1d(5)

    def forward(self, x):
        x = x.flatten(1)
        for layer in self.layers:
            x = layer(x)
        x = self.head(x)
        return self.logits_norm(x) if hasattr(self, "logits_norm") else x


class LeNet300(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 300)
        self.fc2 = nn.Linear(300, 100)
        self.fc3 = nn.Linear(100, 10)

    def forward(self, x):
        return self.fc3(self.fc2(self.fc1(x.flatten(1)).relu()).relu())


class Bytes(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 4)

    def forward(self, image):
        return self.fc(torch.ops.aten.mul.Scalar(image, 0.0625).flatten(1))


class OddNames(nn.Module):
    def __init__(self):
        super().__init__()
        first, second = nn.Module(), nn.Module()
        first.add_module("layer", nn.Linear(4, 3))
        second.add_module("über-x y", nn.Linear(3, 3))
        self.add_module("1st", first)
        self.add_module("2nd", second)
        self.add_module("1st_layer", nn.Linear(3, 2))

    def forward(self, x):
        for name in ("1st.layer", "2nd.über-x y"):
            x = self.get_submodule(name)(x).relu()
        return self.get_submodule("1st_layer")(x)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 3, bias=False)
        self.mul = torch.zeros(8)
        self.register_buffer("none", torch.zeros(0, 3))
        self.register_buffer("nothing", torch.zeros(3, 0))
        self.register_buffer("count", torch.tensor(0))

    def forward(self, left, right):
        both = torch.cat([left, right], -1) * self.mul
        return self.fc(both), both


def network(name, ranks):
    """The module; `ranks` has those of the layers that were cut, by name."""

    def linear(name, inputs, outputs):
        if name not in ranks:
            return nn.Linear(inputs, outputs)
        rank = ranks[name]
        return nn.Sequential(nn.Linear(inputs, rank, bias=False), nn.Linear(rank, outputs))

    def factored(name, inputs, outputs):
        return Factored(inputs, outputs)

    return {
        "fcn6": lambda: FullyConnected(6, linear, False),
        "fcn6LogitsNorm": lambda: FullyConnected(6, linear, True),
        "lenet300": LeNet300,
        "composed": lambda: FullyConnected(3, factored, True),
        "merged": lambda: FullyConnected(3, linear, True),
        "truncated": lambda: FullyConnected(3, linear, True),
        "bytes": Bytes,
        "oddNames": OddNames,
        "pair": Pair,
    }[name]().eval()


# --- What an archive says, in a form in which two can be compared ---


class Names:
    """Symbols by the order in which they are met."""

    def __init__(self):
        self.known = {}

    def size(self, size):
        if "as_int" in size:
            return size["as_int"]
        scope = {name: getattr(sympy, name) for name in ("Symbol", "Integer", "Add", "Mul")}
        expression = sympy.sympify(size["as_expr"]["expr_str"], locals=scope)
        for symbol in sorted(expression.free_symbols, key=str):
            self.known.setdefault(symbol.name, f"n{len(self.known)}")
        renamed = {s: sympy.Symbol(self.known[s.name]) for s in expression.free_symbols}
        return str(sympy.expand(expression.subs(renamed)))

    def tensor(self, meta):
        return (
            meta["dtype"],
            [self.size(size) for size in meta["sizes"]],
            [self.size(size) for size in meta["strides"]],
        )


def arguments(node, place):
    """The arguments of a node by name, with the defaults of the operator's schema."""
    _, _, library, name, overload = node["target"].split(".")
    schema = getattr(getattr(getattr(torch.ops, library), name), overload)._schema

    def plain(argument):
        ((tag, value),) = argument.items()
        if tag == "as_tensor":
            return place[value["name"]]
        if tag == "as_tensors":
            return [place[item["name"]] for item in value]
        return None if tag == "as_none" else value

    found = {argument["name"]: plain(argument["arg"]) for argument in node["inputs"]}
    for argument in schema.arguments:
        if argument.has_default_value():
            found.setdefault(argument.name, argument.default_value)
    # What PyTorch writes here depends on the machine that exported.
    found.pop("cudnn_enabled", None)
    return found


def described(path):
    """Inputs, nodes and outputs of an archive's program; values by where they come from."""
    with zipfile.ZipFile(path) as archive:
        (record,) = [n for n in archive.namelist() if n.endswith("models/model.json")]
        module = json.loads(archive.read(record))["graph_module"]
    graph, signature, names = module["graph"], module["signature"], Names()
    values, place, inputs, users = graph["tensor_values"], {}, {}, []
    for spec in signature["input_specs"]:
        ((kind, spec),) = spec.items()
        if kind == "user_input":
            value = spec["arg"]["as_tensor"]["name"]
            place[value] = f"input {len(users)}"
            users.append(names.tensor(values[value]))
        else:
            value = spec["arg"]["name"]
            place[value] = f"{kind} {spec[f'{kind}_name']}"
            inputs[place[value]] = names.tensor(values[value])
    nodes, sizes = [], []
    for index, node in enumerate(graph["nodes"]):
        given = arguments(node, place)
        results = [output["as_tensor"]["name"] for output in node["outputs"]]
        place.update({value: f"node {index}.{k}" for k, value in enumerate(results)})
        nodes.append((node["target"], given))
        sizes.append([names.tensor(values[value]) for value in results])
    outputs = [
        place[spec["user_output"]["arg"]["as_tensor"]["name"]] for spec in signature["output_specs"]
    ]
    return {"inputs": inputs, "users": users, "nodes": nodes, "sizes": sizes, "outputs": outputs}


# --- The checks ---


def expect(found, expected, what):
    """Fails with the first element that differs, where these are lists."""
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list):
        for index, (one, other) in enumerate(zip(found, expected)):
            expect(one, other, f"{what} {index}")
    raise AssertionError(f"{what}: {found} instead of {expected}")


def expect_outputs(program, runs):
    module = program.module()
    for inputs, outputs in runs:
        with torch.no_grad():
            found = module(*inputs)
        found = found if isinstance(found, tuple) else (found,)
        expect(len(found), len(outputs), "results")
        for one, other in zip(found, outputs):
            expect(one.shape, other.shape, "shape")
            difference = (one - other).abs().max().item()
            if not difference <= 1e-5 * other.abs().max().item():
                raise AssertionError(f"batch {len(inputs[0])} is off by {difference}")


def listed(tensors):
    return {name: (tensor.dtype, list(tensor.shape)) for name, tensor in tensors.items()}


class Checks:
    """The checks of one network; each method whose name has no underscore before it is one."""

    def __init__(self, folder, name, ranks):
        self._path, self._again = folder / f"{name}.pt2", folder / f"{name}.again.pt2"
        self._native = folder / f"{name}.native.pt2"
        self._weights = load_file(folder / f"{name}.safetensors")
        self._runs = []
        for batch in BATCHES:
            arrays = load_file(folder / f"{name}.{batch}.safetensors")
            inputs = [arrays[key] for key in sorted(arrays) if key.startswith("input")]
            outputs = [arrays[key] for key in sorted(arrays) if key.startswith("output")]
            self._runs.append((inputs, outputs))
        self._name = name
        self._extra = {"swiftlet.json": ""}
        self._program = torch.export.load(self._path, extra_files=self._extra)
        self._network = network(name, ranks)

    def extra(self):
        notes = json.loads(self._extra["swiftlet.json"])
        expect(notes["version"], 1, "version")
        expect(notes["dimensions"], {"s77": "batch"}, "dimensions")
        expect("composed" in notes["marks"], self._name == "composed", "mark")

    def outputs(self):
        expect_outputs(self._program, self._runs)

    def decomposed(self):
        decomposed = self._program.run_decompositions()
        targets = {str(n.target) for n in decomposed.graph.nodes if n.op == "call_function"}
        expect(sorted(t for t in targets if t.startswith("aten.linear")), [], "left over")
        expect_outputs(decomposed, self._runs)

    def again(self):
        torch.export.save(self._program, self._again)
        again = torch.export.load(self._again)
        expect_outputs(again, self._runs)
        expect(list(again.state_dict), list(self._program.state_dict), "state dict")
        nodes = [[(n.op, n.name, str(n.target)) for n in p.graph.nodes] for p in (again, self._program)]
        expect(nodes[0], nodes[1], "nodes")
        expect(described(self._again), described(self._path), "description")

    def state(self):
        found, expected = self._program.state_dict, self._network.state_dict()
        expect(listed(found), listed(expected), "state dict")
        self._network.load_state_dict(found)

    def trainable(self):
        module = self._program.module()
        names = {name for name, _ in self._network.named_parameters()}
        expect({name for name, _ in module.named_parameters()}, names, "parameters")
        expect({n for n, p in module.named_parameters() if not p.requires_grad}, set(), "fixed")
        inputs, _ = self._runs[-1]
        found = module(*inputs)
        (found[0] if isinstance(found, tuple) else found).square().mean().backward()
        for name, parameter in module.named_parameters():
            expect(parameter.grad is not None, True, f"gradient of {name}")
            expect(bool(parameter.grad.isfinite().all()), True, f"finite gradient of {name}")

    def graph(self):
        self._export()
        found, expected = described(self._path), described(self._native)
        expect(found["nodes"], expected["nodes"], "nodes")
        expect(found["outputs"], expected["outputs"], "outputs")

    def sizes(self):
        self._export()
        found, expected = described(self._path), described(self._native)
        for part in ("inputs", "users", "sizes"):
            expect(found[part], expected[part], part)

    def weights(self):
        expect(listed(self._weights), listed(self._program.state_dict), "tensors")
        for name, tensor in self._program.state_dict.items():
            expect(torch.equal(tensor, self._weights[name]), True, f"elements of {name}")

    def _export(self):
        """Exports the same network with PyTorch, once."""
        if self._native.exists():
            return
        self._network.load_state_dict(self._program.state_dict)
        for name, constant in self._program.constants.items():
            setattr(self._network, name, constant)
        inputs, _ = self._runs[2]
        batch = torch.export.Dim("batch", min=1, max=4096)
        exported = torch.export.export(
            self._network, tuple(inputs), dynamic_shapes=[{0: batch}] * len(inputs), strict=False
        )
        torch.export.save(exported, self._native)


def main():
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    report = {}
    checks = [name for name in vars(Checks) if not name.startswith("_")]
    for name, ranks in json.loads((folder / "networks.json").read_text()).items():
        try:
            subject = Checks(folder, name, ranks)
        except Exception:
            report[name] = {check: traceback.format_exc() for check in checks}
            continue
        report[name] = {}
        for check in checks:
            try:
                getattr(subject, check)()
                report[name][check] = "ok"
            except Exception:
                report[name][check] = traceback.format_exc()
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main()
