#!/usr/bin/env python3
"""Writes sentences of texts as tokens for the trained network, to calibrate on and to test with.

    python sentences.py OUT.npz TRAINING.txt TEST.txt [--count N]

The arrays go by the names of the network's inputs, so that `swiftlet compress --data` and `swiftlet
evaluate --data` read them.
"""

import argparse

import numpy as np

from networks.trained import LENGTH, packaged, sentences_of, tokenized


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output")
    parser.add_argument("training", help="a text to calibrate on and to validate with")
    parser.add_argument("test", help="a text to test with")
    parser.add_argument("--count", type=int, default=1024, help="training sentences; half as many test")
    options = parser.parse_args()
    _, tokenizer = packaged()
    arrays = {}
    parts = (("train", options.training, options.count), ("test", options.test, options.count // 2))
    for part, path, count in parts:
        sentences = sentences_of(path, count)
        inputs = tokenized(tokenizer, sentences, LENGTH)
        for name, tensor in inputs.kwargs.items():
            arrays[f"{name}_{part}"] = tensor.numpy()
        print(f"{part}: {len(sentences)} sentences of {path}")
    np.savez(options.output, **arrays)


if __name__ == "__main__":
    main()
