"""Inputs and outputs in structures, constants among them, and graphs inside of graphs."""

import collections
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from .network import Inputs, Network, network

Pair = collections.namedtuple("Pair", ["first", "second"])
torch.utils._pytree._register_namedtuple(Pair, serialized_type_name="networks.Pair")


@dataclass
class Record:
    hidden: torch.Tensor
    label: torch.Tensor
    nothing: object = None


torch.export.register_dataclass(Record, serialized_type_name="networks.Record")


class Function(nn.Module):
    """A module that calls a function on a linear layer of its own and the inputs."""

    def __init__(self, function):
        super().__init__()
        self.linear = nn.Linear(8, 8)
        self.function = function

    def forward(self, *args):
        return self.function(self.linear, *args)


def _one(function):
    return Network(
        Function(function), Inputs(torch.randn(2, 8)), Inputs(torch.randn(3, 8))
    )


@network(decomposed=True, onnx={18: True})
def nested():
    """Dictionaries, tuples and lists within each other, in and out."""

    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(8, 8)

        def forward(self, pair, options, *, scale):
            a, b = pair
            c = self.linear(a) + options["b"][0] * scale
            return {"z": c, "a": (c * 2, [b.relu()]), "deep": {"x": {"y": a + 1}}}

    def inputs(batch):
        x = [torch.randn(batch, 8) for _ in range(4)]
        return Inputs((x[0], x[1]), {"b": [x[2]], "a": x[3]}, scale=torch.tensor(0.5))

    return Network(Nested(), inputs(2), inputs(3))


@network(decomposed=True)
def constants_in_and_out():
    """None, numbers, truths and words among the inputs, all but words among the outputs."""

    class Constants(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(8, 8)

        def forward(self, x, nothing, count, scale, flag, word, missing=None):
            y = self.linear(x) * scale + count
            y = y.relu() if flag and word == "relu" else y
            return y, None, count, 1.5, True, x.shape[1], x.shape[0], nothing

    def inputs(batch):
        return Inputs(torch.randn(batch, 8), None, 3, 0.5, True, "relu")

    return Network(Constants(), inputs(2), inputs(3))


@network
def keywords():
    """Inputs by name, in another order than the signature's, some left out."""

    class Keywords(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(8, 8)

        def forward(self, x, y=None, z=None, unused=None):
            return {"sum": self.linear(x) + 2 * z, "input": x}

    def inputs(batch):
        x, z, unused = (torch.randn(batch, width) for width in (8, 8, 2))
        return Inputs(z=z, unused=unused, x=x)

    return Network(Keywords(), inputs(2), inputs(3))


@network
def outputs_repeated():
    """An input, a weight and a buffer as outputs, one output twice, views of one another."""

    def forward(linear, x):
        y = linear(x)
        return x, linear.weight, y, y, y[:, 0], y.view(-1, 4)

    return _one(forward)


@network(decomposed=True)
def named_outputs():
    """A named tuple and a data class, which a reader has no definition of."""

    def forward(linear, x):
        y = linear(x)
        return Pair(y, y.relu()), Record(y * 2, y.argmax(1))

    return _one(forward)


@network(decomposed=True, onnx={18: True})
def without_gradients():
    """Parts without gradients, parts with, one within the other, and detached values."""

    def forward(linear, x):
        with torch.no_grad():
            y = linear(x)
            with torch.enable_grad():
                z = linear(y).relu()
            w, v = y * 2, z.split(4, 1)
        with torch.no_grad():
            x = x.clone()
            x.add_(1)
        return linear(x) + y + w.detach() + z, v[1]

    return _one(forward)


@network(decomposed=True)
def mixed_precision():
    """Parts that run in 16 bits, one of them with 32 bits within."""

    def forward(linear, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = linear(x).relu()
            with torch.autocast("cpu", enabled=False):
                z = linear(y.float())
            w = y @ y.t()
        return linear(x) + z, y, w

    return _one(forward)


@network(decomposed=True, onnx={18: True})
def constants():
    """Tensors that the code makes or holds outside of parameters and buffers."""
    held = torch.randn(8)

    def forward(linear, x):
        y = linear(x) + torch.tensor([1.0, 2, 3, 4, 5, 6, 7, 8]) + held
        return y * torch.tensor(3), y[:, [0, 2]], y[:, torch.tensor(1)], torch.tensor(2.5) + x

    return _one(forward)


@network(decomposed=True, onnx={18: True})
def lists_of_one():
    """Lists of values with one element, with unused elements, and lists that stay whole."""

    def forward(linear, x):
        y = linear(x)
        (whole,) = y.split(8, 1)
        (chunk,) = y.chunk(1, 1)
        (row,) = y[:, :1].unbind(1)
        _, middle, _ = y[:, :6].split(2, 1)
        joined = torch.cat(y.split(4, 1), 0)
        stacked = torch.stack(torch.unbind(y, 1)[:3], 1)
        values, _ = y.max(1)
        parts = torch.tensor_split(y, [3, 5], 1)
        return whole + chunk, row, middle, joined, stacked, values, parts[1], torch.atleast_2d(y)

    return _one(forward)


@network(onnx={18: True})
def branches():
    """A branch that is chosen when the network runs."""

    def forward(linear, x):
        return torch.cond(
            x.sum() > 0, lambda y: linear(y).relu(), lambda y: linear(y) - 1, (x,)
        )

    return _one(forward)


@network
def loop():
    """A loop whose length is known only when the network runs."""

    def forward(linear, x):
        def more(count, y):
            return count < 3

        def step(count, y):
            return count + 1, linear(y).relu()

        return torch._higher_order_ops.while_loop(more, step, (torch.tensor(0), x))[1]

    return _one(forward)


@network(decomposed=True)
def checkpointed():
    """A part that training would compute twice to save memory."""

    def forward(linear, x):
        return checkpoint(lambda y: linear(y).relu(), x, use_reentrant=False) + x

    return _one(forward)


@network
def random_numbers():
    """Random numbers, multiplied by zero so that outputs can be compared."""

    def forward(linear, x):
        noise = torch.randn_like(x) + torch.rand(x.shape[0], 8)
        noise += torch.bernoulli(torch.rand_like(x))
        return linear(x + 0 * noise), 0 * torch.normal(0.0, 1.0, (x.shape[0],))

    return _one(forward)


@network
def checked():
    """Assertions, which compute nothing."""

    def forward(linear, x):
        torch._assert(x.shape[1] == 8, "width")
        torch._assert_async((x < 1e9).all())
        torch._check(x.shape[0] < 1_000)
        return linear(x)

    return _one(forward)


@network
def mapped():
    """vmap and a custom function, which export resolves."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            return 2 * x

        @staticmethod
        def backward(context, gradient):
            return 2 * gradient

    def forward(linear, x):
        return torch.vmap(lambda row: (row * row).sum() + linear(row))(x), Double.apply(x)

    return _one(forward)
