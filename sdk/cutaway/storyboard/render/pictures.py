"""The content of a clip by what it shows: files carry job ids and times of writing, pictures do not."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK: Final = 16


def digest(path: Path) -> str | None:
    """SHA-256 of size, rate and every decoded frame; None without the extra `media`."""
    if any(find_spec(name) is None for name in ("av", "numpy")):
        return None
    from cutaway.media.decode import Clip

    found = hashlib.sha256()
    with Clip(path) as clip:
        rate = clip.info.rate.fraction if clip.info.rate else Fraction(0)
        found.update(f"{clip.info.width}x{clip.info.height} {rate} {len(clip)}".encode())
        for start in range(0, len(clip), _CHUNK):
            found.update(clip.read(start, min(len(clip), start + _CHUNK)).tobytes())
    return found.hexdigest()
