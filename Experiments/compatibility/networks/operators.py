"""Operators without weights, many a network."""

import torch
from torch import nn
from torch.nn import functional

from .network import Inputs, Network, network


def _network(function, *shape):
    class Function(nn.Module):
        def forward(self, x):
            return function(x)

    return Network(Function(), Inputs(torch.randn(2, *shape)), Inputs(torch.randn(3, *shape)))


@network(decomposed=True, onnx={18: True, 12: False})
def pooling():
    def forward(x):
        return (
            functional.max_pool2d(x, 3, 2, 1), functional.max_pool2d(x, 2, ceil_mode=True),
            functional.avg_pool2d(x, 3, 2, 1), functional.avg_pool2d(x, 2, ceil_mode=True),
            functional.avg_pool2d(x, 3, padding=1, count_include_pad=False),
            functional.adaptive_avg_pool2d(x, 1), functional.adaptive_avg_pool2d(x, (3, 9)),
            functional.adaptive_max_pool2d(x, 3), functional.lp_pool2d(x, 2.0, 3),
            functional.max_pool1d(x.flatten(2), 3), functional.avg_pool1d(x.flatten(2), 4),
            functional.lp_pool1d(x.flatten(2), 2.0, 2), x.mean((2, 3)), x.amax((2, 3), True),
        )

    return _network(forward, 4, 9, 9)


@network(decomposed=True)
def pooling_with_indices():
    def forward(x):
        values, indices = functional.max_pool2d(x, 2, return_indices=True)
        return functional.max_unpool2d(values, indices, 2), *values.max(1), *values.topk(2, dim=1)

    return _network(forward, 4, 8, 8)


@network(decomposed=True, onnx={18: True})
def activations():
    def forward(x):
        names = (
            "relu relu6 elu selu celu leaky_relu gelu silu mish hardswish hardsigmoid hardtanh "
            "softplus softsign tanhshrink hardshrink softshrink logsigmoid sigmoid tanh"
        )
        ys = [getattr(functional, name)(x) for name in names.split()]
        ys += [functional.gelu(x, approximate="tanh"), functional.glu(x, 1)]
        ys += [x.softmax(-1), x.log_softmax(1), functional.softmin(x, dim=1)]
        ys += [functional.normalize(x, dim=1), functional.threshold(x, 0.1, 20.0)]
        return ys

    return _network(forward, 6)


@network(decomposed=True, onnx={18: True})
def resizing():
    def forward(x):
        resize = functional.interpolate
        return (
            resize(x, scale_factor=2), resize(x, size=(5, 7), mode="bilinear"),
            resize(x, scale_factor=1.5, mode="bicubic", align_corners=True),
            resize(x, size=(4, 4), mode="bilinear", antialias=True), resize(x, 5, mode="area"),
            functional.pixel_shuffle(x, 2), functional.pixel_unshuffle(x, 2),
            functional.pad(x, (1, 2, 0, 1)), functional.pad(x, (1, 1, 1, 1), mode="reflect"),
            functional.pad(x, (1, 1, 1, 1), mode="replicate"),
            functional.pad(x, (-1, 1)), functional.pad(x, (1, 0, 0, 1), mode="circular"),
            functional.unfold(x, 3, padding=1),
            functional.fold(functional.unfold(x, 2, stride=2), (6, 6), 2, stride=2),
            functional.grid_sample(x, x[:, :2].permute(0, 2, 3, 1).tanh(), align_corners=False),
            functional.channel_shuffle(x, 2),
        )

    return _network(forward, 4, 6, 6)


@network(decomposed=True)
def rearranging():
    def forward(x):
        return (
            x.permute(0, 2, 1).reshape(-1, 4), x.roll(1, 2), x.flip([1]), x.tile(1, 2, 1),
            x.repeat(1, 1, 2), x.repeat_interleave(2, dim=1), x.unfold(2, 3, 2), x.movedim(2, 0),
            x.swapaxes(1, 2), torch.stack([x, x * 2], 1), torch.cat([x, x], -1),
            x.gather(1, x.argsort(1)), x.tril(), x.triu(1), torch.where(x > 0, x, -x),
            torch.where(x > 0, 1.0, x), x.index_select(2, torch.tensor([2, 0])),
            x[:, torch.tensor([1, 3])], x[:, None, ..., -1], x[:, 1:-1:2],
            x.diagonal(dim1=1, dim2=2), torch.rot90(x, 1, [1, 2]), x.unflatten(2, (2, 3)),
            x.squeeze(1), torch.broadcast_to(x, (2, *x.shape)), x.view(torch.int32),
            x.masked_fill(x < 0, 0.0), x.expand(-1, -1, -1) + x.new_zeros(1), x.chunk(2, 1)[0],
            torch.meshgrid(x[0, 0], x[0, 1], indexing="ij")[0], x.sort(dim=2, descending=True)[0],
        )

    return _network(forward, 4, 6)


@network(decomposed=True)
def arithmetic():
    def forward(x):
        y = x.abs() + 0.5
        return (
            2 / y, 2 - x, x ** 2, 2 ** x, y ** 0.5, y.rsqrt(), x // 0.3, x % 0.7, -x,
            x.remainder(y), x.fmod(0.4), torch.div(x, y, rounding_mode="floor"), x.clamp(min=0),
            x.clamp(-y, y), torch.maximum(x, y), x.lerp(y, 0.3), torch.addcmul(x, x, y, value=0.5),
            torch.addcdiv(x, x, y), torch.add(x, y, alpha=2), torch.rsub(x, y), x.erf(), y.log1p(),
            x.expm1(), x.sign(), x.floor(), x.round(), y.log2(), x.atan2(y), x.sinh(), x.square(),
            x.std(1), x.var((1, 2), correction=0), x.norm(dim=1), x.logsumexp(1), x.cumsum(2),
            x.prod(1), x.sum(), torch.linalg.vector_norm(x, 1, dim=(1, 2)), x.argmax(1), x.max(),
            x.any(1), (x > 0).all(1), x.median(1)[0], torch.cdist(x, y),
            functional.cosine_similarity(x, y), x.isnan(),
            (x * 3).to(torch.int32) // 2, (x > 0) & (y > 1), ~(x > 0), (x * 3).long() << 1,
            torch.nan_to_num(x / 0),
        )

    return _network(forward, 4, 6)


@network(decomposed=True)
def complex_numbers():
    def forward(x):
        spectrum = torch.fft.rfft(x, dim=2)
        turned = spectrum * (0.5 + 1j)
        pairs = torch.view_as_complex(x.view(x.shape[0], 4, 3, 2).contiguous())
        squares = torch.view_as_real(pairs * pairs.conj())
        return torch.fft.irfft(turned, n=6, dim=2), squares, turned.abs()

    return _network(forward, 4, 6)


@network
def types():
    """Every type of numbers, conversions between them and constants of their own."""

    def forward(x):
        return (
            x.double() * 2, x.half() + 1, x.to(torch.bfloat16) * x.to(torch.bfloat16), x.int(),
            x.long(), x.bool(), (x * 10).to(torch.uint8), (x * 10).to(torch.int8), (x * 10).short(),
            x.to(torch.float8_e4m3fn).float(), torch.tensor([1.5, float("inf"), float("nan")]),
            torch.full((2,), -float("inf")), x.type_as(x.double()),
            torch.finfo(x.dtype).min + x * 0, torch.ones(2, dtype=torch.int64) * 2**40,
            x.sum(dtype=torch.float64),
        )

    return _network(forward, 4)


@network
def linear_algebra():
    def forward(x):
        square = x @ x.transpose(1, 2) + 4 * torch.eye(4)
        return (
            torch.linalg.inv(square), torch.linalg.cholesky(square), torch.linalg.det(square),
            torch.linalg.solve(square, x), torch.linalg.svdvals(x), torch.linalg.qr(x).R.abs(),
            torch.linalg.matrix_power(square, 2), torch.trace(x[0]),
        )

    return _network(forward, 4, 6)
