# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip whose end dissolves into its start, so that it can begin again unseen; no bpy in this file.

| start ............ end |
| end>start ............ |      shorter by the frames that lie over each other
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway.errors import EditRefused

if TYPE_CHECKING:
    from pathlib import Path

OVERLAP: Final = 12
"""Frames of the dissolve; a quarter of a shorter clip."""
LEAST: Final = 8
"""Frames that a clip must have."""


def dissolved(source: Path, target: Path, *, first: int, frames: int) -> int:
    """Writes the loop of a part of a clip; returns its frames.

    Args:
        source: the clip.
        target: the file that is written, in the codec of takes.
        first: where the part begins, frames of the file.
        frames: its length.

    Raises:
        EditRefused: it is too short.
        MediaError: it cannot be read, or the loop cannot be written.
    """
    import numpy as np

    from cutaway.media.decode import Clip
    from cutaway.media.encode import Writer
    from cutaway.wire import OutputFormat

    if frames < LEAST:
        raise EditRefused(f"a loop takes at least {LEAST} frames; this clip has {frames}")
    over = min(OVERLAP, frames // 4)
    length = frames - over
    with Clip(source) as clip:
        info = clip.info
        if info.rate is None:
            raise EditRefused(f"{source.name} is a still, which is a loop as it is")
        format_ = OutputFormat.PRORES
        with Writer(target, width=info.width, height=info.height, rate=info.rate, format=format_) as writer:
            for n in range(length):
                picture = clip.read(first + n, first + n + 1)
                if n < over:
                    tail = clip.read(first + length + n, first + length + n + 1)
                    share = (n + 1) / (over + 1)
                    picture = np.rint(picture * share + tail * (1 - share)).astype(np.uint8)
                writer.write(picture)
            writer.finish()
    return length
