"""Networks for text and speech, of transformers, small: 2 layers, 64 wide, 1,000 tokens."""

import torch
from torch import nn
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    DistilBertConfig,
    DistilBertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5EncoderModel,
    WhisperConfig,
    WhisperModel,
)

from .network import Inputs, Network, network

VOCABULARY = 1_000


def _tokens(batch, length):
    """Random tokens, and a mask under which each row is shorter by its number."""
    ids = torch.randint(5, VOCABULARY, (batch, length))
    mask = torch.arange(length)[None] < (length - torch.arange(batch))[:, None]
    return ids, mask.long()


def _named(batch, length):
    ids, mask = _tokens(batch, length)
    return Inputs(input_ids=ids, attention_mask=mask)


def _positional(batch, length):
    return Inputs(*_tokens(batch, length))


def _bert(**options):
    return BertConfig(
        vocab_size=VOCABULARY, hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=64, **options,
    )


@network(train=True, decomposed=True, onnx={18: True})
def bert():
    return Network(BertModel(_bert()), _named(2, 12), _named(3, 17))


@network(decomposed=True, onnx={14: False})
def bert_positional():
    """Inputs without names, sizes of tokens fixed, attention written out."""
    module = BertForSequenceClassification(_bert(num_labels=3, attn_implementation="eager"))
    return Network(module, _positional(2, 12), _positional(3, 12))


@network
def bert_ids_only():
    return Network(
        BertModel(_bert()), Inputs(_tokens(2, 12)[0]), Inputs(_tokens(5, 9)[0])
    )


@network(train=True, onnx={18: True})
def distilbert():
    """The embedding is the head's weight too."""
    config = DistilBertConfig(
        vocab_size=VOCABULARY, dim=64, n_layers=2, n_heads=4, hidden_dim=128,
        max_position_embeddings=64,
    )
    return Network(DistilBertForMaskedLM(config), _named(2, 12), _named(3, 17))


@network(train=True, decomposed=True, onnx={18: True})
def gpt2():
    """The embedding is the head's weight too; weights lie [in, out]."""
    config = GPT2Config(
        vocab_size=VOCABULARY, n_embd=64, n_layer=2, n_head=4, n_positions=64, use_cache=False
    )
    return Network(GPT2LMHeadModel(config), _named(2, 12), _named(3, 17))


@network(decomposed=True, onnx={17: False})
def t5_encoder():
    config = T5Config(
        vocab_size=VOCABULARY, d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4,
        use_cache=False,
    )
    return Network(T5EncoderModel(config), _positional(2, 12), _positional(3, 17))


@network(decomposed=True, onnx={18: True})
def llama():
    """RMS norm, rotary positions, fewer key heads than query heads, a gate in each layer."""
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64, use_cache=False,
    )
    return Network(LlamaForCausalLM(config), _named(2, 12), _named(3, 17))


@network(onnx={18: True, 15: False})
def whisper_encoder():
    config = WhisperConfig(
        d_model=64, encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=128,
        decoder_layers=1, decoder_attention_heads=4, decoder_ffn_dim=128, num_mel_bins=16,
        max_source_positions=25, vocab_size=VOCABULARY, pad_token_id=0, bos_token_id=1,
        eos_token_id=2, decoder_start_token_id=1,
    )
    module = WhisperModel(config).encoder
    return Network(module, Inputs(torch.randn(2, 16, 50)), Inputs(torch.randn(3, 16, 50)))


@network(train=True, decomposed=True, onnx={18: True})
def gpt_by_hand():
    """A language model as a course writes it: tied head, causal mask in a buffer, fused heads."""

    class Block(nn.Module):
        def __init__(self, width, heads, length):
            super().__init__()
            self.heads = heads
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.attention = nn.Linear(width, 3 * width, bias=False)
            self.projection = nn.Linear(width, width)
            self.hidden = nn.Sequential(
                nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width),
                nn.Dropout(0.1),
            )
            self.register_buffer("mask", torch.ones(length, length).tril().bool())

        def forward(self, x):
            batch, length, width = x.shape
            q, k, v = self.attention(self.norm1(x)).split(width, dim=2)
            q, k, v = (
                t.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
                for t in (q, k, v)
            )
            scores = q @ k.transpose(-2, -1) * (width // self.heads) ** -0.5
            scores = scores.masked_fill(~self.mask[:length, :length], float("-inf"))
            mixed = (scores.softmax(-1) @ v).transpose(1, 2).contiguous().view(batch, length, width)
            x = x + self.projection(mixed)
            return x + self.hidden(self.norm2(x))

    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(100, 32), nn.Embedding(16, 32)
            self.blocks = nn.Sequential(Block(32, 4, 16), Block(32, 4, 16))
            self.norm, self.head = nn.LayerNorm(32), nn.Linear(32, 100, bias=False)
            self.head.weight = self.tokens.weight

        def forward(self, ids):
            x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))
            return self.head(self.norm(self.blocks(x)))

    return Network(
        Transformer(), Inputs(torch.randint(0, 100, (2, 7))), Inputs(torch.randint(0, 100, (3, 11)))
    )
