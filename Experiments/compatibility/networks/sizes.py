"""Arithmetic on sizes, free and derived dimensions, and sizes that depend on data."""

import torch
from torch import nn
from torch.export import Dim

from .network import Inputs, Network, network


def _network(function, example, test, **options):
    class Function(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(8, 8)

        def forward(self, *args):
            return function(self.linear, *args)

    return Network(Function(), Inputs(*example), Inputs(*test), **options)


@network(decomposed=True, onnx={18: True})
def sizes_products():
    """Two free dimensions, joined and split again."""

    def forward(linear, x):
        rows = linear(x.reshape(x.shape[0] * x.shape[1], 8))
        back = rows.view(x.shape[0], x.shape[1], 2, 4)
        return back.transpose(1, 2).reshape(x.shape[0], 2, -1), rows.shape[0] * 1.0 * back.mean()

    return _network(forward, [torch.randn(2, 5, 8)], [torch.randn(3, 7, 8)])


@network(decomposed=True, onnx={18: True})
def sizes_pooled():
    """Images of any size, pooled down to a few positions."""

    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv2d(3, 8, 3, 2), nn.MaxPool2d(3, 2), nn.Conv2d(8, 8, 3, 2), nn.MaxPool2d(3, 2),
                nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4),
            )

        def forward(self, x):
            return self.layers(x)

    return Network(
        Pooled(), Inputs(torch.randn(2, 3, 64, 72)), Inputs(torch.randn(3, 3, 96, 80)))


@network(decomposed=True, onnx={18: True})
def sizes_cat():
    """Concatenation along free dimensions: a sum of two of them."""

    def forward(linear, x, y):
        joined = torch.cat([x, y, x[:, :1]], 1)
        return linear(joined), joined.shape[1], torch.cat([joined, torch.zeros(joined.shape)], 0)

    return _network(
        forward, [torch.randn(2, 5, 8), torch.randn(2, 4, 8)],
        [torch.randn(3, 6, 8), torch.randn(3, 9, 8)],
    )


@network(decomposed=True, onnx={18: True})
def sizes_arithmetic():
    """Quotients, remainders, powers, roots, minima and comparisons of sizes."""

    def forward(linear, x):
        batch, tokens, width = x.shape
        half = tokens // 2
        scale = (tokens * width) ** -0.5
        positions = torch.arange(tokens, dtype=x.dtype)[None, :, None] / tokens
        padded = torch.nn.functional.pad(x, (0, 0, 0, (4 - tokens % 4) % 4))
        least = torch.sym_min(tokens, 6)
        return (
            linear(x[:, :half]) * scale, x + positions, padded, x[:, -1], x[:, :least],
            torch.ones(batch, tokens + 1).tril(), x / batch,
            x.new_full((batch, half), tokens * 1.0), x.sum() / (batch * tokens),
            x[:, tokens - 3 :], torch.sym_max(batch, 2) * x,
        )

    return _network(forward, [torch.randn(2, 9, 8)], [torch.randn(4, 14, 8)])


@network(decomposed=True)
def sizes_named():
    """A named dimension with a range, and one that is twice another."""
    tokens = Dim("tokens", min=2, max=64)

    def forward(linear, x, y):
        return linear(x), torch.cat([x, y], 1).view(x.shape[0], 3, -1)

    return _network(
        forward, [torch.randn(2, 3, 8), torch.randn(2, 6, 8)],
        [torch.randn(3, 5, 8), torch.randn(3, 10, 8)],
        dynamic_shapes=(
            ({0: Dim("batch", max=128), 1: tokens}, {0: Dim("batch", max=128), 1: 2 * tokens}),
        ),
    )


@network
def sizes_equal():
    """Sizes that a sum makes equal, and one that a branch of Python has bounded."""

    def forward(linear, x, y):
        if x.shape[0] > 100:
            return x
        return linear(x) + y if x.shape[1] >= 2 else x

    return _network(
        forward, [torch.randn(2, 5, 8), torch.randn(2, 5, 8)],
        [torch.randn(3, 7, 8), torch.randn(3, 7, 8)],
    )


@network
def sizes_windows():
    """Free height and width, cut into windows of four, as in windowed attention."""

    def forward(linear, x):
        batch, height, width, channels = x.shape
        x = torch.nn.functional.pad(x, (0, 0, 0, -width % 4, 0, -height % 4))
        _, down, across, _ = x.shape
        windows = x.view(batch, down // 4, 4, across // 4, 4, channels).permute(0, 1, 3, 2, 4, 5)
        windows = linear(windows.reshape(-1, 16, channels))
        windows = windows.view(batch, down // 4, across // 4, 4, 4, channels)
        whole = windows.permute(0, 1, 3, 2, 4, 5).reshape(batch, down, across, channels)
        return whole[:, :height, :width]

    return _network(forward, [torch.randn(2, 7, 9, 8)], [torch.randn(3, 10, 6, 8)])


@network
def sizes_by_data():
    """Sizes that are known only when the network runs."""

    def forward(linear, x, count):
        found = x[:, 0].gt(0).nonzero()
        chosen = x[x[:, 0] > 0]
        length = count.item()
        torch._check(length >= 1)
        torch._check(length < 50)
        return found, linear(chosen), x.new_zeros(length) + count

    return _network(
        forward, [torch.randn(4, 8), torch.tensor(3)], [torch.randn(6, 8), torch.tensor(5)]
    )


@network
def size_as_input():
    """A number among the inputs that is free."""

    def forward(linear, x, count):
        return linear(x)[:, : count + 1] * count, count + 2

    return _network(
        forward, [torch.randn(2, 9, 8), 3], [torch.randn(3, 9, 8), 5],
        dynamic_shapes=(({0: Dim.DYNAMIC}, Dim.DYNAMIC),),
    )


@network
def sizes_none():
    """A network without a batch."""

    def forward(linear, x):
        return linear(x), x.sum()

    return _network(forward, [torch.randn(8)], [torch.randn(8)])
