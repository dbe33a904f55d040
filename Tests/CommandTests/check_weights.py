"""Writes weights, or checks what `swiftlet compress` made of them, for WeightTests.swift.

    python check_weights.py write FOLDER
    python check_weights.py check FOLDER DOCUMENT

`check` compares with NumPy's singular value decomposition, and runs the code of docs/weights-only.md.
"""

import json
import re
import sys

import numpy
import torch
from safetensors.torch import load_file, save_file
from torch import nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 24)
        self.conv = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.depthwise = nn.Conv2d(16, 16, 5, groups=16)
        self.norm = nn.BatchNorm2d(16)
        self.inner = nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 24, bias=False))
        self.head = nn.Linear(24, 50)
        self.head.weight = self.embed.weight

    def forward(self, images, tokens):
        x = self.norm(self.depthwise(self.conv(images))).flatten(1)[:, :64]
        return self.head(self.inner(x) + self.embed(tokens))


def network():
    torch.manual_seed(0)
    model = Network().eval()
    # A spectrum that falls, as trained weights have.
    for parameter in model.parameters():
        if parameter.dim() > 1:
            u, s, v = torch.linalg.svd(parameter.data.flatten(1), full_matrices=False)
            falling = torch.arange(len(s)).add(1.0).pow(-1.5)
            parameter.data = (u * falling @ v).reshape(parameter.shape)
    model.head.weight = model.embed.weight
    return model


def write(folder):
    state = network().state_dict()
    run = {"epoch": 3, "state_dict": state, "optimizer": {"state": {}, "lr": 0.1}}
    torch.save(run, f"{folder}/given.pt")
    plain = {name: tensor.clone() for name, tensor in state.items() if name != "head.weight"}
    save_file(plain, f"{folder}/given.safetensors", metadata={"format": "pt", "by": "us"})
    half = {name: t.bfloat16() if t.is_floating_point() else t for name, t in plain.items()}
    save_file(half, f"{folder}/half.safetensors")
    save_file({"w": torch.ones(4, 4), "head.weight": torch.full((8, 8), float("nan"))},
              f"{folder}/nan.safetensors")


def matrix(tensor):
    return tensor.double().flatten(1).numpy()


def check_factors(given, found, tensors, tolerance):
    """Every product is NumPy's truncated matrix, and the dropped energy is the error."""
    seen = 0
    for tensor in tensors:
        if tensor["outcome"] != "replaced":
            continue
        rank = tensor["rank"]
        weight = matrix(given[tensor["name"]])
        u, s, v = numpy.linalg.svd(weight, full_matrices=False)
        best = (u[:, :rank] * s[:rank]) @ v[:rank]
        first, second = (matrix(found[name]) for name in tensor["tensors"])
        assert [list(found[name].shape) for name in tensor["tensors"]] == tensor["shapes"]
        assert numpy.abs(second @ first - best).max() <= tolerance * s[0], tensor["name"]
        lost = (s[rank:] ** 2).sum() / (s**2).sum()
        assert abs(lost - tensor["droppedEnergy"]) <= 1e-6, (lost, tensor)
        # The map's own recipe.
        names = {name: found[name].double() for name in tensor["tensors"]}
        recipe = tensor["product"]
        for index, name in enumerate(tensor["tensors"]):
            recipe = recipe.replace(name, f"t[{index}]")
        product = eval(recipe, {"t": list(names.values())})
        assert list(product.shape) == tensor["shape"]
        assert numpy.abs(matrix(product) - best).max() <= tolerance * s[0]
        seen += 1
    assert seen >= 4, seen


def check(folder, document):
    given = torch.load(f"{folder}/given.pt")["state_dict"]
    for name, tolerance in (("small", 1e-6), ("tied", 1e-6), ("half", 2e-2)):
        tensors = json.load(open(f"{folder}/{name}/map.json"))["tensors"]
        found = load_file(f"{folder}/{name}/model.safetensors")
        source = given
        if name == "half":
            source = load_file(f"{folder}/half.safetensors")
            assert found["inner.0.0.weight"].dtype == torch.bfloat16
        check_factors(source, found, tensors, tolerance)
        for tensor in tensors:
            if tensor["outcome"] in ("kept", "renamed"):
                assert torch.equal(found[tensor["tensors"][0]], source[tensor["name"]])

    # The document's own code, and the network with its weights multiplied out.
    code = re.search(r"```python\n(.*?)```", open(document).read(), re.S).group(1)
    space = {}
    exec(code, space)
    factored = space["load_factored"](network(), f"{folder}/tied").eval()
    assert isinstance(factored.inner[0], nn.Sequential) and isinstance(factored.conv, nn.Sequential)
    dense = network()
    found = load_file(f"{folder}/tied/model.safetensors")
    state = dict(dense.state_dict())
    for tensor in json.load(open(f"{folder}/tied/map.json"))["tensors"]:
        if tensor["tensors"] == [tensor["name"]] or tensor["outcome"] == "renamed":
            continue
        first, second = (found[name].double() for name in tensor["tensors"])
        product = second.flatten(1) @ first.flatten(1)
        state[tensor["name"]] = product.reshape(tensor["shape"]).float()
    dense.load_state_dict(state)
    images, tokens = torch.randn(4, 3, 20, 20), torch.arange(4)
    with torch.no_grad():
        expected, actual = dense(images, tokens), factored(images, tokens)
    assert (expected - actual).abs().max() <= 1e-5 * expected.abs().max()


if __name__ == "__main__":
    write(*sys.argv[2:]) if sys.argv[1] == "write" else check(*sys.argv[2:])
