"""A cut in the double of Resolve, made of real files."""

import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np

from cutaway.media.encode import Writer
from cutaway.media.sound import Recording
from cutaway.storyboard.card import Take
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat

GAP = (48, 24)
"""Where the hole of the cut lies: record frame and length."""


def filmed(path, frames, level=100, rate=24):
    """A clip of one grey that gets brighter by one every frame."""
    path.write_bytes(_filmed(frames, level, rate))
    return path


def with_sound(path, frames, level=100, rate=24):
    """The same with a track of sound."""
    path.write_bytes(_filmed(frames, level, rate, sounds=True))
    return path


@cache
def _filmed(frames, level, rate, *, sounds=False):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mkv"
        sound = [] if sounds else None
        with Writer(path, width=64, height=36, rate=Rate.parse(rate), format=OutputFormat.FFV1, sound=sound) as writer:
            levels = (level + np.arange(frames)).astype(np.uint8)
            writer.write(np.broadcast_to(levels[:, None, None, None], (frames, 36, 64, 3)).copy())
            writer.finish()
        return path.read_bytes()


def heard(path, frames):
    """A grey clip with a tone as long as it."""
    with Writer(path, width=64, height=36, rate=Rate.parse(24), format=OutputFormat.PRORES, sound=()) as writer:
        tone = np.sin(np.arange(frames * 2000) * 0.06)[None].repeat(2, 0).astype(np.float32) / 4
        writer.add_sound(Recording(tone, 48000, Fraction(0)))
        writer.write(np.full((frames, 36, 64, 3), 90, np.uint8))
        writer.finish()
    return path


def cut_in(world, folder, *, rate=24, shown="24", start=86400):
    """| a 48 | hole 24 | b 48 |, each clip 12 frames into a file of 72."""
    timeline = world.project.add_timeline("cut", rate=shown, start=start)
    for n, (name, at) in enumerate([("a", 0), ("b", sum(GAP))]):
        media = world.project.add_clip(filmed(folder / f"{name}.mkv", 72, 10 + 60 * n, rate))
        timeline.put(media, at, 48, left=12, name=name)
    return timeline


def take_for(card, folder, *, name="take.mkv", rate=24):
    """A file for a card, with handles of 12 frames, and the take it is."""
    frames = card.placement.frames
    media = filmed(folder / name, frames + 24, 30, rate)
    return Take(path=name, available_frames=frames + 24, used_start=12, used_frames=frames), media
