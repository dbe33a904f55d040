"""Writes checkpoints as PyTorch does, for CheckpointTests.swift to read.

    python write_checkpoints.py FOLDER

For each case there are NAME.pt and NAME.safetensors with the same tensors under the names that are
expected of NAME.pt; cases.json lists them: the key that the state dict stands under, or null.
Checkpoints that have to be refused are in refused.json, by what the sentence has to name.
"""

import argparse
import json
import sys
from collections import OrderedDict
from pathlib import Path

import numpy
import torch
from safetensors.torch import save_file
from torch import nn

folder = Path(sys.argv[1])
cases = {}


def put(name, contents, expected, key=None, **options):
    torch.save(contents, folder / f"{name}.pt", **options)
    plain = {n: t.detach().resolve_conj().clone().contiguous() for n, t in expected.items()}
    save_file(plain, folder / f"{name}.safetensors")
    cases[name] = key


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.rnn = nn.LSTM(4, 5)
        self.head = nn.Linear(5, 2)


torch.manual_seed(0)
network = Network()
state = network.state_dict()
last = {"_use_new_zipfile_serialization": False}

for form, options in (("zip", {}), ("legacy", last)):
    for protocol in (2, 3, 4, 5):
        put(f"{form}-{protocol}", state, state, pickle_protocol=protocol, **options)

    put(f"{form}-wrapped", nn.DataParallel(network).state_dict(), state, **options)

    base = torch.arange(24.0)
    views = OrderedDict(
        transposed=base.view(4, 6).t(), offset=base[5:9], columns=base.view(4, 6)[:, 1::2],
        expanded=torch.tensor([[1.0], [2.0]]).expand(2, 3), scalar=base[7], empty=base[:0],
        tied=base, again=base,
        channels_last=torch.rand(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    )
    put(f"{form}-views", views, views, **options)

    parameters = {name: nn.Parameter(tensor) for name, tensor in views.items()}
    put(f"{form}-parameters", parameters, parameters, **options)

    kinds = "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64".split()
    kinds += "uint16 uint32 uint64 float8_e4m3fn float8_e5m2".split()
    kinds += ["float8_e4m3fnuz", "float8_e5m2fnuz"]
    types = {k: torch.tensor([0, 1, 1, 0, 1]).to(getattr(torch, k)) for k in kinds}
    put(f"{form}-types", types, types, **options)

    # A run's whole state, as training scripts save it.
    for optimizer in (
        torch.optim.SGD(network.parameters(), 0.1, momentum=0.9),
        torch.optim.AdamW(network.parameters(), amsgrad=True),
    ):
        for parameter in network.parameters():
            parameter.grad = torch.ones_like(parameter)
        optimizer.step()
        state = network.state_dict()
        schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 7])
        run = {
            "epoch": 90, "arch": "resnet", "best_acc1": torch.tensor(93.5),
            "loss": numpy.float64(0.25), "steps": numpy.int64(7), "history": [0.5, 0.25],
            "state_dict": state, "optimizer": optimizer.state_dict(),
            "scheduler": schedule.state_dict(), "scaler": torch.amp.GradScaler("cpu").state_dict(),
            "rng": torch.get_rng_state(), "shape": torch.Size([3, 4]), "none": None,
            "device": torch.device("cpu"), "dtype": torch.float16, "names": {"a", "b"},
            "big": 1 << 100, "raw": b"\x00\xff", "mapping": {(1, 2): 3.5},
        }
        name = type(optimizer).__name__
        put(f"{form}-{name}", run, state, key="state_dict", **options)

    tensor = torch.rand(3)
    tensor.note = "an attribute"
    put(f"{form}-attribute", {"w": tensor}, {"w": tensor}, **options)

# Not compared check sums are left out by those who save fast.
torch.serialization.set_crc32_options(False)
put("unchecked", state, state)
torch.serialization.set_crc32_options(True)
(folder / "cases.json").write_text(json.dumps(cases))

refused = {
    "module": (network, "__main__.Network"),
    "namespace": ({"state_dict": state, "args": argparse.Namespace(a=1)}, "argparse.Namespace"),
    "array": ({"w": numpy.zeros(3)}, "_reconstruct"),
    "sparse": ({"w": torch.eye(3).to_sparse()}, "torch._utils._rebuild_sparse_tensor"),
    "conjugate": ({"w": torch.ones(2, dtype=torch.complex64).conj()}, "conjugated"),
    "complex32": ({"w": torch.ones(2, dtype=torch.complex32)}, "complex32"),
    "quantised": (
        {"w": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)},
        "torch._utils._rebuild_qtensor",
    ),
}
named = {}
for name, (contents, word) in refused.items():
    for form, options in (("zip", {}), ("legacy", last)):
        try:
            torch.save(contents, folder / f"{form}-{name}.pt", **options)
            named[f"{form}-{name}"] = word
        except Exception:  # not every tensor has an older form
            pass
script = torch.jit.script(nn.Linear(2, 2))
script.save(folder / "script.pt")
named["script"] = "TorchScript"
exported = torch.export.export(nn.Linear(2, 2), (torch.ones(1, 2),))
torch.export.save(exported, folder / "exported.pt2")
(folder / "exported.pt2").rename(folder / "exported.pt")
named["exported"] = "exported program"
(folder / "refused.json").write_text(json.dumps(named))
