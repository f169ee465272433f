"""The drawings the draft engine moves about, opened one by one as a scene asks for them."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway_runtime.canvas import Pixels


@dataclass(frozen=True)
class Entry:
    """What is known of a sprite without opening it.

    `foot` is where it stands, as a fraction of its width. `height_m` is its real height in metres,
    `faces` the viewer's side it looks to: left, right or front. A `drawn` sprite has no file: the stage
    draws it. `body` is the key of a drawing that may carry this one where only a head was drawn.
    """

    key: str
    kind: str
    gait: str = "stand"
    height_m: float = 1.0
    faces: str = "front"
    full_body: bool = True
    drawn: bool = False
    baked: str = ""
    body: str = ""
    tint: tuple[int, int, int] | None = None
    file: str = ""
    width: int = 1
    height: int = 1
    foot: float = 0.5


@cache
def entries() -> dict[str, Entry]:
    """Every sprite by its key."""
    with _archive() as archive:
        index: dict[str, dict[str, Any]] = json.loads(archive.read("index.json"))
    return {key: _entry(key, facts) for key, facts in index.items()}


def entry(key: str) -> Entry:
    """The sprite called `key`.

    Raises:
        KeyError: the atlas does not know it; the reader and the atlas were built from different vocabularies.
    """
    try:
        return entries()[key]
    except KeyError:
        raise KeyError(f"the sprite atlas has no {key!r}; run local_runtime/sprites/build_sprites.py") from None


@lru_cache(maxsize=6)
def picture(file: str) -> Pixels:
    """The drawing in `file`: (H, W, 4) RGBA uint8, straight alpha, read-only."""
    with _archive() as archive:
        image = Image.open(io.BytesIO(archive.read(file))).convert("RGBA")
    pixels = np.asarray(image)
    pixels.flags.writeable = False
    return pixels


@contextmanager
def _archive() -> Iterator[zipfile.ZipFile]:
    resource = files("cutaway_runtime.engine.draft.sprites").joinpath("atlas.zip")
    with resource.open("rb") as file, zipfile.ZipFile(file) as archive:
        yield archive


def _entry(key: str, facts: dict[str, Any]) -> Entry:
    known = {"kind" if name == "class" else name: value for name, value in facts.items()}
    if "tint" in known:
        known["tint"] = tuple(known["tint"])
    return Entry(key=key, **known)
