"""The networks that export_networks.py exports, by name, one module a family."""

from . import images, language, layers, operators, parameters, recurrent, sizes, structures, trained, writes
from .network import Inputs, Network, networks

__all__ = [
    "Inputs", "Network", "networks", "images", "language", "layers", "operators", "parameters",
    "recurrent", "sizes", "structures", "trained", "writes",
]
