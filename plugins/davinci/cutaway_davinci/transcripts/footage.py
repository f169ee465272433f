"""The clips of a transcript: small, made anew wherever one is recorded or replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from cutaway.media.encode import Writer
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat

if TYPE_CHECKING:
    from pathlib import Path

CLIPS: Final = {
    "a.mov": (24, False),
    "b.mov": (24, False),
    "take.mov": (24, False),
    "loud.mov": (24, True),
    "25.mov": (25, False),
}
"""Rate, and whether there is sound, by name. Each has 72 frames."""
FRAMES: Final = 72
_SIZE: Final = (320, 180)


def written_footage(folder: Path) -> None:
    """Writes the clips as DNxHR, which every Resolve reads; those that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    width, height = _SIZE
    for number, (name, (rate, sounds)) in enumerate(CLIPS.items()):
        if (folder / name).exists():
            continue
        with Writer(
            folder / name,
            width=width,
            height=height,
            rate=Rate.parse(rate),
            format=OutputFormat.DNXHR,
            sound=[] if sounds else None,
        ) as writer:
            levels = (20 + 40 * number + np.arange(FRAMES) // 2).astype(np.uint8)
            writer.write(np.broadcast_to(levels[:, None, None, None], (FRAMES, height, width, 3)).copy())
            writer.finish()
