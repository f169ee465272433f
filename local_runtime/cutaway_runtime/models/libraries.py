"""torch, diffusers and transformers, imported when they are first used.

A family file can so be imported by the server, which wants to know what the family can do and must
never load a model library (seconds, and hundreds of megabytes).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__all__ = ["diffusers", "torch", "transformers"]

if TYPE_CHECKING:
    import diffusers
    import torch
    import transformers
else:

    class _Late:
        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            return getattr(import_module(self._name), attribute)

    torch = _Late("torch")
    diffusers = _Late("diffusers")
    transformers = _Late("transformers")
