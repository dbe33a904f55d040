"""Writes: into inputs' copies through views, into aliases, into buffers, into inputs."""

import torch
from torch import nn

from .network import Inputs, Network, network


def _module(function):
    class Function(nn.Module):
        def forward(self, *args):
            return function(*args)

    return Function()


def _one(function, *shape):
    """A network that calls the function on one tensor of [batch, shape...]."""
    shape = shape or (4, 6)
    return Network(
        _module(function), Inputs(torch.randn(2, *shape)), Inputs(torch.randn(3, *shape))
    )


@network(decomposed=True)
def write_select():
    def forward(x):
        x = x * 1
        x[:, 0].add_(1)
        return x

    return _one(forward)


@network(decomposed=True)
def write_view():
    def forward(x):
        x = x + 1
        y = x.view(x.shape[0], -1)
        y.mul_(2)
        return x, y

    return _one(forward)


@network(decomposed=True)
def write_strided():
    def forward(x, z):
        x = x.clone()
        x[..., ::2] = z
        x[:, 1:3, 0] = 7
        return x

    def inputs(batch):
        return Inputs(torch.randn(batch, 4, 6), torch.randn(batch, 4, 3))

    return Network(_module(forward), inputs(2), inputs(3))


@network(decomposed=True)
def write_seen_by_view():
    """A view taken before a write shows what was written after."""

    def forward(x):
        x = x * 2
        first, flat = x[:, 0], x.flatten(1)
        x.add_(1)
        first.mul_(3)
        return first * 1, flat.sum(1), x

    return _one(forward)


@network(decomposed=True)
def write_view_of_view():
    def forward(x):
        x = x * 1
        x.transpose(1, 2)[:, 1:5].select(2, 0).copy_(x[:, 1, :4])
        x.permute(2, 0, 1)[0].zero_()
        x.unsqueeze(0).squeeze(0).narrow(2, 3, 2).fill_(0.5)
        x.diagonal(dim1=1, dim2=2).sub_(1)
        return x

    return _one(forward)


@network(decomposed=True)
def write_through_alias():
    """contiguous(), to() and reshape() return the tensor itself where nothing is to be done."""

    def forward(x):
        x = x * 1
        x.contiguous().add_(1)
        x.to(torch.float32).mul_(2)
        x.reshape(x.shape[0], 24).sub_(0.5)
        x.flatten(1).div_(3)
        x.detach().neg_()
        x.expand(x.shape).abs_()
        return x

    return _one(forward)


@network(decomposed=True)
def write_into_parts():
    """Each of the parts of split, chunk and unbind is a view."""

    def forward(x):
        x = x * 1
        for part in x.chunk(2, 1):
            part.mul_(2)
        for factor, part in enumerate(x.split([1, 3], 1)):
            part.add_(factor)
        for row in x.unbind(2)[::2]:
            row.zero_()
        return x

    return _one(forward)


@network(decomposed=True)
def write_indexed():
    def forward(x, index):
        x = x * 1
        x[index] = 1.5
        x[:, torch.tensor([0, 2])] += 1
        x[x > 2] = 0
        x.masked_fill_(x < -1, -1)
        x.index_add_(1, torch.tensor([1]), torch.ones_like(x[:, :1]))
        x.scatter_(2, torch.zeros(x.shape[0], 4, 1, dtype=torch.long), 9.0)
        x.index_fill_(2, torch.tensor([5]), 4.0)
        return x

    def inputs(batch):
        return Inputs(torch.randn(batch, 4, 6), torch.arange(1, batch))

    return Network(
        _module(forward), inputs(3), inputs(4),
        dynamic_shapes=(( {0: torch.export.Dim.DYNAMIC}, {0: torch.export.Dim.DYNAMIC}),),
    )


@network(decomposed=True)
def write_activations():
    """Every layer in place."""
    module = nn.Sequential(
        nn.Linear(6, 8), nn.ReLU(True), nn.Linear(8, 8), nn.LeakyReLU(0.1, True), nn.Linear(8, 8),
        nn.Hardswish(True), nn.Linear(8, 8), nn.SiLU(True), nn.Linear(8, 8), nn.Dropout(0.5, True),
        nn.ELU(inplace=True), nn.Linear(8, 8), nn.ReLU6(True), nn.Linear(8, 8),
        nn.Hardsigmoid(True), nn.CELU(inplace=True), nn.SELU(True), nn.Hardtanh(-0.5, 0.5, True),
        nn.Threshold(0.1, 0.2, True), nn.Mish(True), nn.RReLU(inplace=True),
    )
    return Network(module, Inputs(torch.randn(2, 6)), Inputs(torch.randn(3, 6)))


@network(decomposed=True)
def write_shared():
    """What is written is read by two, one before and one after."""

    def forward(x):
        y = x.sin()
        before = y + 1
        z = y.add_(1)
        z.mul_(before)
        y += z
        y -= 1
        y *= 2
        y /= 3
        y **= 2
        return before, y, z

    return _one(forward)


@network(decomposed=True)
def write_buffer_count():
    class Count(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", torch.tensor(3))
            self.register_buffer("mean", torch.full((6,), 0.25), persistent=False)

        def forward(self, x):
            self.count += 1
            self.mean.mul_(0.9).add_(x.mean((0, 1)), alpha=0.1)
            return x * self.count + self.mean

    return Network(Count(), Inputs(torch.randn(2, 4, 6)), Inputs(torch.randn(3, 4, 6)))


@network(decomposed=True)
def write_buffer_cache():
    class Cache(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("cache", torch.randn(4, 6, 8))
            self.linear = nn.Linear(8, 8)

        def forward(self, x):
            self.cache[:, 2] = self.linear(x).mean(0)
            self.cache[1:3, 4:].add_(1)
            return self.cache.sum(1) + x[:, None]

    return Network(Cache(), Inputs(torch.randn(2, 8)), Inputs(torch.randn(3, 8)))


@network(decomposed=True)
def write_buffer_new():
    """A buffer that Python assigns."""

    class Assigned(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("state", torch.randn(6))

        def forward(self, x):
            self.state = self.state * 0.5 + x.mean((0, 1))
            return x + self.state

    return Network(Assigned(), Inputs(torch.randn(2, 4, 6)), Inputs(torch.randn(3, 4, 6)))


@network(decomposed=True)
def write_input():
    """The caller's tensor is changed."""

    def forward(x):
        y = x.exp()
        x.add_(1)
        x[:, 0] = 0
        return y + x

    return _one(forward)


@network
def write_rearranged():
    """Writes that change the shape of the tensor that they are called on."""

    def forward(x):
        x = x * 1
        x.unsqueeze_(1).squeeze_(1)
        x.transpose_(1, 2)
        y = x[:, 0].mul(2).t_()
        return x.clamp_(-1, 1).sigmoid_().tanh_(), y

    return _one(forward)


@network
def write_constant():
    """Writes into tensors that were just made: zeros, ones, empty, full, arange."""

    def forward(x):
        zeros = torch.zeros(x.shape[0], 4)
        zeros[:, 1] = x[:, 1, 0]
        full = torch.full_like(x, 2.0)
        full[:, 2:].copy_(x[:, 2:])
        empty = torch.empty(x.shape[0], 2)
        empty[:, 0] = x[:, 0, 0]
        empty[:, 1] = 5
        steps = torch.arange(6.0)
        steps.mul_(2)
        return zeros, full, empty, steps + x

    return _one(forward)
