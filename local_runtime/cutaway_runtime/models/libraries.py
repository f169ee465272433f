"""torch, diffusers, transformers, numpy and Pillow, imported when they are first used.

A family file can so be imported by the server, which wants to know what the family can do and must
never load a model library (seconds, and hundreds of megabytes).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["Image", "diffusers", "np", "torch", "transformers"]

if TYPE_CHECKING:
    import diffusers
    import numpy as np
    import torch
    import transformers
    from PIL import Image
else:

    class _Late:
        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            return getattr(import_module(self._name), attribute)

    torch = _Late("torch")
    np = _Late("numpy")
    Image = _Late("PIL.Image")
    diffusers = _Late("diffusers")
    transformers = _Late("transformers")
