"""The networks that export_networks.py exports, by name, one module a family."""

from . import (  # noqa: F401  (each registers its own)
    images,
    language,
    layers,
    operators,
    parameters,
    recurrent,
    sizes,
    structures,
    trained,
    writes,
)
from .network import networks

__all__ = ["networks"]
