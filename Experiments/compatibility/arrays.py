"""Inputs and outputs as NumPy arrays by name, and how far two sets of them are apart."""

import numpy as np
import torch
from torch.utils import _pytree as pytree


def arrays_of(prefix, tree):
    """The leaves of the tree as NumPy arrays, by name."""
    arrays = {}
    for index, leaf in enumerate(pytree.tree_leaves(tree)):
        if isinstance(leaf, torch.Tensor):
            leaf = leaf.detach().resolve_conj()
            narrow = leaf.dtype.is_floating_point and leaf.element_size() <= 2
            arrays[f"{prefix}.{index}"] = (leaf.float() if narrow else leaf).numpy().copy()
        elif isinstance(leaf, (bool, int, float)):
            arrays[f"{prefix}.{index}"] = np.array(leaf)
    return arrays


def difference(found, expected):
    """The largest difference, as a fraction of the largest value expected."""
    if found.keys() != expected.keys():
        raise ValueError(f"has {sorted(found)} in place of {sorted(expected)}")
    worst = 0.0
    for name, wanted in expected.items():
        if found[name].shape != wanted.shape:
            raise ValueError(f"{name} is {found[name].shape} in place of {wanted.shape}")
        kind = np.complex128 if np.iscomplexobj(wanted) else np.float64
        a, b = found[name].astype(kind), wanted.astype(kind)
        finite = np.isfinite(b)
        if not np.array_equal(a[~finite], b[~finite], equal_nan=True):
            raise ValueError(f"{name} differs where it is not finite")
        scale = max(np.abs(b[finite]).max(initial=0), 1e-30)
        worst = max(worst, float(np.abs(a[finite] - b[finite]).max(initial=0) / scale))
    return worst
