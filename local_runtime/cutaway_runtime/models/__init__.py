"""The model families: one self-contained file each. Importing one never imports torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cutaway_runtime.models.base import Family

FAMILIES: Final[dict[str, str]] = {
    "cogvideox": "CogVideoX",
    "hunyuan15": "HunyuanVideo15",
    "ltx": "Ltx",
    "ltx2": "Ltx2",
    "skyreels": "SkyReels",
    "stills": "Stills",
    "svd": "StableVideoDiffusion",
    "wan": "Wan",
}
"""Module in this package -> the class in it."""


def family(name: str) -> type[Family]:
    """The class of a family.

    Raises:
        KeyError: no such family.
    """
    made: type[Family] = getattr(import_module(f"{__name__}.{name}"), FAMILIES[name])
    return made
