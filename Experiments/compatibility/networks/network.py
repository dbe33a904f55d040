"""What a network is here: a module, inputs to export it with and other inputs to test it with."""

import zlib
from dataclasses import dataclass, field

import torch
from torch import nn

networks = {}


class Inputs:
    """The arguments of one call."""

    def __init__(self, *args, **kwargs):
        self.args = args
        self.kwargs = kwargs

    def copy(self):
        """The same with tensors of its own, for a module that writes into its inputs."""
        args, kwargs = torch.utils._pytree.tree_map_only(
            torch.Tensor, torch.clone, (self.args, self.kwargs)
        )
        return Inputs(*args, **kwargs)


@dataclass
class Network:
    """A module with the inputs to export it with and those to test it with.

    Where the sizes of the two differ, the export's are free. `dynamic_shapes` says otherwise.
    """

    module: nn.Module
    example: Inputs
    test: Inputs
    dynamic_shapes: object = None


@dataclass
class Maker:
    """A function that makes a Network, and which files are written of it beside NAME.pt2."""

    make: object
    train: bool = False
    decomposed: bool = False
    onnx: dict = field(default_factory=dict)
    strict: bool = False
    trained: bool = False

    def __call__(self, name):
        torch.manual_seed(zlib.crc32(name.encode()))
        network = self.make()
        if not self.trained:
            perturb(network.module)
        network.module.eval()
        return network


def network(function=None, **options):
    """Registers the function that makes a network under the function's name."""

    def register(make):
        networks[make.__name__] = Maker(make, **options)
        return make

    return register(function) if function else register


def perturb(module):
    """Moves norms' weights and statistics, and biases, off their initial ones and zeros."""
    with torch.no_grad():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            last = name.rsplit(".")[-1]
            if not tensor.is_floating_point() or tensor.dim() != 1:
                continue
            if last == "running_var":
                tensor.uniform_(0.5, 1.5)
            elif last in ("weight", "gamma"):
                tensor.mul_(torch.empty_like(tensor).uniform_(0.7, 1.3))
            elif last in ("bias", "beta", "running_mean"):
                tensor.add_(0.1 * torch.randn_like(tensor))


def images(batch, size, channels=3):
    return torch.randn(batch, channels, size, size)
