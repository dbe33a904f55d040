"""The networks that export_networks.py exports, by name, one module a family.

A family whose packages are not there is left out.
"""

import importlib

from .network import networks

FAMILIES = [
    "images",
    "language",
    "layers",
    "operators",
    "parameters",
    "recurrent",
    "sizes",
    "structures",
    "trained",
    "writes",
]
PACKAGES = {"torchvision", "transformers"}

for family in FAMILIES:
    try:
        importlib.import_module(f".{family}", __name__)
    except ModuleNotFoundError as error:
        if error.name not in PACKAGES:
            raise

__all__ = ["networks"]
