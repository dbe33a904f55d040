"""Layers with weights, one kind a network."""

import torch
from torch import nn
from torch.nn import functional

from .network import Inputs, Network, network


def _sequential(shape, *layers):
    return Network(
        nn.Sequential(*layers), Inputs(torch.randn(2, *shape)), Inputs(torch.randn(3, *shape))
    )


@network(decomposed=True, onnx={18: True})
def convolutions():
    """Grouped, depthwise, dilated, strided and padded by name."""
    return _sequential(
        (8, 12, 12),
        nn.Conv2d(8, 16, 3, padding=1, groups=4), nn.ReLU(),
        nn.Conv2d(16, 16, 3, stride=2, padding=(1, 0), groups=16, bias=False), nn.ReLU(),
        nn.Conv2d(16, 32, 1), nn.ReLU(),
        nn.Conv2d(32, 8, (3, 1), padding="same", dilation=2), nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding="valid"), nn.ReLU(),
        nn.Conv2d(8, 4, 2, padding=2, padding_mode="circular"), nn.ReLU(),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"), nn.Flatten(),
    )


@network(decomposed=True, onnx={18: True, 13: False})
def convolutions_transposed():
    return _sequential(
        (8, 5, 5),
        nn.ConvTranspose2d(8, 12, 3, stride=2, padding=1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(12, 8, 2, groups=4, dilation=2), nn.ReLU(), nn.Flatten(2),
        nn.ConvTranspose1d(8, 4, 4, stride=2), nn.Unflatten(2, (2, 5, -1)),
        nn.ConvTranspose3d(4, 2, 2),
    )


@network(onnx={18: True})
def convolutions_1d():
    return _sequential(
        (6, 20),
        nn.Conv1d(6, 12, 5, stride=2, padding=2), nn.BatchNorm1d(12, momentum=None), nn.ReLU(),
        nn.Conv1d(12, 12, 3, padding="same", groups=12), nn.ReLU(), nn.Conv1d(12, 8, 1),
    )


@network
def convolutions_3d():
    return _sequential(
        (3, 6, 8, 8),
        nn.Conv3d(3, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU(), nn.MaxPool3d(2),
        nn.Conv3d(8, 12, (1, 3, 3), groups=2), nn.AdaptiveAvgPool3d((1, None, 2)),
    )


@network
def convolution_unbatched():
    """A convolution of an input without a batch, and one by a computed weight."""

    class Unbatched(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution = nn.Conv2d(3, 4, 3, padding=1)
            self.scale = nn.Parameter(torch.randn(5, 4, 1, 1))

        def forward(self, x):
            return functional.conv2d(self.convolution(x[0]), self.scale.expand(5, 4, 2, 2) * 0.5)

    return Network(Unbatched(), Inputs(torch.randn(2, 3, 8, 8)), Inputs(torch.randn(3, 3, 8, 8)))


@network(train=True, decomposed=True, onnx={18: True})
def norms():
    """Batch, layer, group, instance, RMS and local response norms."""
    return _sequential(
        (8, 6, 6),
        nn.BatchNorm2d(8), nn.BatchNorm2d(8, affine=False), nn.Conv2d(8, 8, 1),
        nn.BatchNorm2d(8, track_running_stats=False), nn.Conv2d(8, 8, 1),
        nn.BatchNorm2d(8, momentum=0.01, eps=1e-3), nn.Conv2d(8, 8, 1),
        nn.LayerNorm((8, 6, 6)), nn.GroupNorm(2, 8), nn.Conv2d(8, 8, 1),
        nn.InstanceNorm2d(8), nn.InstanceNorm2d(8, affine=True), nn.Conv2d(8, 8, 1),
        nn.InstanceNorm2d(8, affine=True, track_running_stats=True), nn.LocalResponseNorm(3),
        nn.LayerNorm(6, bias=False), nn.RMSNorm(6), nn.LayerNorm(6, elementwise_affine=False),
        nn.RMSNorm((6, 6), eps=1e-3, elementwise_affine=False),
    )


@network(train=True)
def norms_of_rows():
    return _sequential(
        (10,),
        nn.Linear(10, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 12), nn.LayerNorm(12),
        nn.Dropout(0.5), nn.Linear(12, 6), nn.AlphaDropout(0.1), nn.BatchNorm1d(6, affine=False),
    )


@network(train=True)
def dropouts():
    return _sequential(
        (4, 6, 6), nn.Dropout(0.1), nn.Dropout2d(0.2), nn.FeatureAlphaDropout(0.1),
        nn.Conv2d(4, 4, 1), nn.Dropout(0.3, inplace=True), nn.Conv2d(4, 2, 1), nn.Dropout(0.0),
    )


@network(decomposed=True, onnx={18: True})
def products():
    """One matrix product in each of the ways in which it is written."""

    class Products(nn.Module):
        def __init__(self):
            super().__init__()
            for index in range(9):
                setattr(self, f"w{index}", nn.Parameter(torch.randn(8, 8) / 3))
            self.bias = nn.Parameter(torch.randn(8))
            self.bilinear = nn.Bilinear(8, 8, 4)
            self.stack = nn.Parameter(torch.randn(3, 8, 8) / 3)
            self.heads = nn.Parameter(torch.randn(2, 8, 4) / 3)

        def forward(self, x):
            rows = x.flatten(0, 1)
            a = torch.einsum("bti,oi->bto", x, self.w0)
            b = (x @ self.w1).tanh()
            c = torch.addmm(self.bias, rows, self.w2)
            d = torch.mm(rows, self.w3.t())
            e = torch.matmul(x, self.w4.transpose(0, 1)) + self.bias
            f = torch.nn.functional.linear(x, self.w5.view(8, 8), self.bias)
            g = torch.bmm(x.transpose(0, 1)[:3], self.stack)
            h = torch.einsum("bti,hid->bhtd", x, self.heads)
            i = torch.baddbmm(g, g, self.stack, beta=0.5, alpha=2)
            j = torch.addmm(self.bias, rows, self.w6, beta=0.5, alpha=2)
            k = torch.tensordot(x, self.w7, dims=([2], [1]))
            m = rows.mv(self.bias)
            n = self.bilinear(x, b)
            o = self.w8 @ x.transpose(1, 2)
            p = torch.inner(x, self.w8)
            return a + b + e + f + k + p, c + d + j, g + i, h, m, n, o

    return Network(Products(), Inputs(torch.randn(2, 5, 8)), Inputs(torch.randn(3, 5, 8)))


@network(decomposed=True, onnx={18: True})
def products_by_gpt2():
    """transformers' Conv1D, whose weight is [in, out]."""
    from transformers.pytorch_utils import Conv1D

    return _sequential((5, 8), Conv1D(12, 8), nn.GELU(), Conv1D(6, 12))


@network(decomposed=True, onnx={18: True})
def embeddings():
    """An embedding whose table is the head's weight, and one with a padding index."""

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.padded = nn.Embedding(20, 8), nn.Embedding(20, 8, padding_idx=0)
            self.hidden = nn.Linear(8, 8)
            self.head = nn.Linear(8, 20, bias=False)
            self.head.weight = self.table.weight

        def forward(self, ids):
            return self.head(self.hidden(self.table(ids) + self.padded(ids)).relu())

    return Network(
        Tied(), Inputs(torch.randint(0, 20, (2, 5))), Inputs(torch.randint(0, 20, (3, 7)))
    )


@network(decomposed=True, onnx={18: True})
def embedding_bags():
    """Sums of rows of tables, as recommenders use them."""

    class Bags(nn.Module):
        def __init__(self):
            super().__init__()
            self.mean = nn.EmbeddingBag(20, 8)
            self.sum = nn.EmbeddingBag(30, 8, mode="sum")
            self.max = nn.EmbeddingBag(30, 8, mode="max")
            self.head = nn.Linear(24, 3)

        def forward(self, rows, flat, offsets, weights):
            a, c = self.mean(rows), self.max(rows)
            b = self.sum(flat, offsets, per_sample_weights=weights)
            return self.head(torch.cat([a, b, c], 1))

    def inputs(batch):
        return Inputs(
            torch.randint(0, 20, (batch, 4)), torch.randint(0, 30, (3 * batch,)),
            torch.arange(0, 3 * batch, 3), torch.randn(3 * batch),
        )

    return Network(Bags(), inputs(2), inputs(5))


@network(decomposed=True, onnx={18: True})
def attention():
    """Scaled dot products, plain, masked, causal, scaled and with fewer key heads."""

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.project = nn.Linear(16, 48)

        def forward(self, x, mask):
            q, k, v = self.project(x).view(x.shape[0], -1, 3, 4, 4).permute(2, 0, 3, 1, 4)
            attend = functional.scaled_dot_product_attention
            return (
                attend(q, k, v), attend(q, k, v, attn_mask=mask), attend(q, k, v, is_causal=True),
                attend(q, k, v, scale=0.3), attend(q, k[:, :2], v[:, :2], enable_gqa=True),
                attend(q, k, v, attn_mask=mask.float() * 0.5, dropout_p=0.0),
            )

    def inputs(batch):
        mask = torch.ones(batch, 1, 5, 5).tril().bool()
        return Inputs(torch.randn(batch, 5, 16), mask)

    return Network(Attention(), inputs(2), inputs(3))


@network(onnx={18: True})
def weight_norms():
    """Weights that are computed in each run: weight norm, spectral norm, orthogonal, masked."""
    from torch.nn.utils import parametrizations, prune

    pruned = prune.l1_unstructured(nn.Linear(8, 8), "weight", amount=0.5)
    return _sequential(
        (8,),
        parametrizations.weight_norm(nn.Linear(8, 8)), nn.ReLU(),
        parametrizations.spectral_norm(nn.Linear(8, 8)), nn.ReLU(), pruned,
        nn.utils.weight_norm(nn.Linear(8, 8)),
    )
