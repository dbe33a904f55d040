"""Recurrent networks and PyTorch's own transformer layers."""

import torch
from torch import nn

from .network import Inputs, Network, network


def _sequences(batch, length=7):
    return Inputs(torch.randn(batch, length, 8))


@network(train=True, decomposed=True, onnx={18: True, 14: False})
def lstm():
    module = nn.LSTM(8, 16, num_layers=2, bidirectional=True, batch_first=True)
    return Network(module, _sequences(2), _sequences(3))


@network
def lstm_with_state():
    """The state goes in as a tuple; the projection makes outputs narrower."""

    def inputs(batch):
        return Inputs(
            torch.randn(5, batch, 8), (torch.randn(1, batch, 6), torch.randn(1, batch, 16))
        )

    return Network(nn.LSTM(8, 16, proj_size=6), inputs(2), inputs(3))


@network(train=True, decomposed=True, onnx={18: True, 13: False})
def gru():
    module = nn.GRU(8, 16, num_layers=2, batch_first=True, dropout=0.1)
    return Network(module, _sequences(2), _sequences(3))


@network
def rnn():
    module = nn.RNN(8, 16, nonlinearity="relu", bias=False)
    return Network(module, _sequences(7, 2), _sequences(7, 3))


@network
def lstm_cells():
    """Cells, unrolled by Python."""

    class Cells(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.gated = nn.LSTMCell(8, 16), nn.GRUCell(8, 16)
            self.head = nn.Linear(32, 3)

        def forward(self, x):
            h = c = g = x.new_zeros(x.shape[0], 16)
            for step in x.unbind(1):
                h, c = self.cell(step, (h, c))
                g = self.gated(step, g)
            return self.head(torch.cat([h, g], 1))

    return Network(Cells(), _sequences(2), _sequences(3))


@network(train=True, decomposed=True, onnx={18: True})
def transformer_encoder():
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, norm_first=True)
    module = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(16), enable_nested_tensor=False)
    return Network(module, Inputs(torch.randn(2, 5, 16)), Inputs(torch.randn(3, 7, 16)))


@network(onnx={18: True})
def transformer_encoder_masked():
    """Post-norm layers, sequence first, with a causal and a padding mask."""
    layer = nn.TransformerEncoderLayer(16, 4, 32, activation="gelu")
    module = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def inputs(batch):
        padding = torch.arange(5)[None] >= (5 - torch.arange(batch))[:, None]
        causal = torch.ones(5, 5).triu(1).bool()
        return Inputs(
            torch.randn(5, batch, 16), mask=causal, src_key_padding_mask=padding, is_causal=True
        )

    return Network(module, inputs(2), inputs(3))


@network
def transformer():
    """Encoder and decoder, two inputs."""
    module = nn.Transformer(16, 4, 1, 1, 32, batch_first=True)

    def inputs(batch):
        return Inputs(torch.randn(batch, 5, 16), torch.randn(batch, 4, 16))

    return Network(module, inputs(2), inputs(3))


@network(decomposed=True)
def multihead_attention():
    """Attention that returns its weights."""

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(16, 4, kdim=8, vdim=6, batch_first=True)

        def forward(self, query, key, value):
            return self.attention(query, key, value)

    def inputs(batch):
        return Inputs(*(torch.randn(batch, 5, width) for width in (16, 8, 6)))

    return Network(Attention(), inputs(2), inputs(3))
