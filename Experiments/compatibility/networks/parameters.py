"""Weights that lie, or are shared, in unusual ways."""

import torch
from torch import nn

from .network import Inputs, Network, network


def _network(module, width=8):
    return Network(module, Inputs(torch.randn(2, width)), Inputs(torch.randn(3, width)))


@network(decomposed=True)
def parameter_strided():
    """A transposed weight, a slice of a larger one, an expanded one."""

    class Strided(nn.Module):
        def __init__(self):
            super().__init__()
            self.transposed = nn.Parameter(torch.randn(8, 12).t())
            self.part = nn.Parameter(torch.randn(20, 24)[3:15, ::2])
            self.register_buffer("row", torch.randn(1, 12).expand(3, 12))

        def forward(self, x):
            x = nn.functional.linear(x, self.transposed).relu()
            return nn.functional.linear(x, self.part) + self.row.sum(0)

    return _network(Strided())


@network(decomposed=True)
def parameters_one_storage():
    """Two parameters that are parts of one tensor, and two that overlap."""

    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            whole = torch.randn(16, 8)
            self.first, self.second = nn.Parameter(whole[:8]), nn.Parameter(whole[8:])
            self.overlapping = nn.Parameter(whole[4:12])

        def forward(self, x):
            return (x @ self.first.t()).relu() @ self.second.t() + x @ self.overlapping.t()

    return _network(Shared())


@network(decomposed=True, onnx={18: True})
def parameters_tied():
    """One module under two names, one weight in two layers, a buffer that is a parameter's view."""

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.third = nn.Linear(8, 8), nn.Linear(8, 8, bias=False)
            self.second = self.first
            self.third.weight = self.first.weight
            self.register_buffer("mean", torch.randn(8))
            self.same = self.mean

        def forward(self, x):
            x = self.third(self.second(self.first(x).relu()).relu())
            return x + self.mean + 2 * self.same

    return _network(Tied())


@network
def parameters_of_types():
    """Weights of many types, of no dimension, and of no element."""

    class Types(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(8, 8).to(torch.bfloat16)
            self.wide = nn.Linear(8, 8).double()
            self.scale = nn.Parameter(torch.tensor(1.5))
            self.nothing = nn.Parameter(torch.empty(0, 8))
            self.frozen = nn.Parameter(torch.randn(8), requires_grad=False)
            self.register_buffer("mask", torch.rand(8) > 0.5)
            self.register_buffer("levels", torch.randint(-128, 127, (8, 8), dtype=torch.int8))
            self.register_buffer("complex", torch.randn(8, dtype=torch.complex64))

        def forward(self, x):
            x = self.linear(x.to(torch.bfloat16)).float() * self.scale + self.frozen
            x = self.wide(x.double()).float() * self.mask + x @ self.levels.float().t() / 128
            return torch.cat([x, self.nothing]), (x * self.complex).abs()

    return _network(Types())


@network
def parameters_named():
    """Names that are numbers, have dashes, or are alike once dots are underscores."""

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.a_b = nn.Linear(8, 8)
            self.a = nn.ModuleDict({"b": nn.Linear(8, 8), "b-c": nn.Linear(8, 8)})
            self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(11)])
            self.x = nn.Parameter(torch.randn(8))
            self.relu = nn.Parameter(torch.randn(8))

        def forward(self, x):
            x = self.a["b-c"](self.a["b"](self.a_b(x)).relu()) * self.relu + self.x
            for layer in self.layers:
                x = layer(x).relu()
            return x

    return _network(Named())


@network
def parameters_unused():
    """Weights that no output needs, in the file nevertheless."""

    class Unused(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(8, 8), nn.Linear(8, 8)
            self.register_buffer("extra", torch.randn(3))

        def forward(self, x):
            self.unused(x)
            return self.used(x)

    return _network(Unused())


@network
def parameters_none():
    """A network without weights."""

    class Plain(nn.Module):
        def forward(self, x):
            return x.relu() + 1

    return _network(Plain())
