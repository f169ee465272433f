"""A cut whose clips are files, for tests of the panel; the clips are one film of grey that gets brighter."""

import sys
from functools import cache
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "sdk" / "timeline"))
from cuts import clip, cut, gap, span, text_of, track

from cutaway.media.encode import Writer
from cutaway.storyboard.card import BoardLook
from cutaway.storyboard.project import Project
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat

FILM = 96
"""Frames of the film; its frame n has the level 40 + 2n."""
NAMES = "ABCDEFGX"


def first(name):
    """The frame of the film that a shot begins with: each shot is another part of it."""
    return 8 * NAMES.index(name)


def level(name, frame):
    """How bright a frame of a shot is, counted from its first."""
    return 40 + 2 * (first(name) + frame)


@cache
def _film(folder):
    path = folder / "film.mkv"
    with Writer(path, width=64, height=36, rate=Rate.parse(24), format=OutputFormat.FFV1) as writer:
        levels = (40 + 2 * np.arange(FILM)).astype(np.uint8)
        writer.write(np.broadcast_to(levels[:, None, None, None], (FILM, 36, 64, 3)).copy())
        writer.finish()
    return path


def filmed_cut(folder, row, *, look=True, name="cut.otio"):
    """A cut of one track: a name is a shot of 24 frames, a number a gap as long as that."""
    path = folder / name
    items = [gap(one, 24.0) if isinstance(one, int) else clip(one, 24, 24.0, handles=first(one)) for one in row]
    for item in items:
        if item["OTIO_SCHEMA"] == "Clip.2":
            media = item["media_references"]["DEFAULT_MEDIA"]
            media |= {"target_url": str(_film(folder)), "available_range": span(86400, FILM, 24.0)}
    path.write_text(text_of(cut(track(items))), encoding="utf-8")
    if look:
        project = Project.beside(path)
        project.contents.look = BoardLook(model="bars", seed=5)
        project.write()
    return path
