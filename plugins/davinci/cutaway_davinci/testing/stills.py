"""The picture that a timeline of the double shows."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from cutaway.media.decode import Clip
from cutaway.media.extra import Image

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway_davinci.testing.timeline import TimelineKept


def written_still(timeline: TimelineKept, path: Path) -> bool:
    """The frame under the playhead as a file: of the highest track that is on and has a clip there, else black."""
    if not path.parent.is_dir():
        return False
    rate = timeline.rate.fraction
    for track in reversed(timeline.tracks["video"]):
        for item in track.items if track.enabled else []:
            if item.enabled and item.clip is not None and item.start <= timeline.playhead < item.end:
                with Clip(item.clip.path) as clip:
                    at = item.left + floor((timeline.playhead - item.start) * item.clip.rate.fraction / rate)
                    Image.fromarray(clip.read(at, at + 1)[0]).save(path)
                return True
    Image.new("RGB", (64, 36)).save(path)
    return True
