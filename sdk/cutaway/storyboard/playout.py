"""A cut as one film, to look at: at every frame the topmost shot, black where nothing is.

    play_out(index, Path("cut.mp4"))

It shows cuts. Transitions, effects and titles are the editor's to render, and sound stays in the cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway.media.encode import Writer
from cutaway.media.extra import np
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.timebase import FrameRange
from cutaway.wire import OutputFormat

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway.timeline.index import Index


def play_out(index: Index, path: Path, *, folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """Writes the film and returns what could not be shown, each once.

    Raises:
        Unavailable: no clip of the cut is on this machine.
        MediaError: the file cannot be written.
    """
    missing: dict[str, None] = {}
    with Footage(index, folders) as footage:
        width, height = (side - side % 2 for side in footage.size())
        black = np.zeros((1, height, width, 3), np.uint8)
        with Writer(path, width=width, height=height, rate=index.rate, format=OutputFormat.MP4) as film:
            for frame in range(int(index.duration)):
                item = footage.item_at(frame)
                shown = black
                if item is not None:
                    try:
                        shown = footage.frames(item, FrameRange.of(frame, 1), width, height)
                    except Unavailable as error:
                        missing[str(error)] = None
                film.write(shown)
            film.finish()
    return tuple(missing)
