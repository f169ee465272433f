"""A model that tints what it decodes: the tint does not add up from window to window."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.wire import Segment
from cutaway_runtime.canvas import splice
from cutaway_runtime.engine.base import Control, Notes
from cutaway_runtime.engine.finishing.seam import Match, faded
from cutaway_runtime.engine.finishing.windows import Windows

SIZE = (96, 64)
TINT = np.array([5, 1, -4])


def scene(frame):
    """A textured ground that drifts a little with each frame: (64, 96, 3), as floats."""
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    ground = 110 + 50 * np.sin((x + frame) / 6) * np.cos(y / 7)
    return np.stack([ground, ground * 0.8 + 20, 190 - ground * 0.6], axis=-1)


def pixels(frames):
    return np.clip(np.rint(frames), 0, 255).astype(np.uint8)


class Clip:
    """Frames of the scene, as a plate."""

    def __init__(self, start, frames):
        self.start, self.frames = start, frames

    def __len__(self):
        return self.frames

    def read(self, start, end):
        return pixels(np.stack([scene(self.start + n) for n in range(start, end)]))


class Tinted:
    """Goes on in the colours it is shown; its decoder adds a tint to some frames of every canvas."""

    revision = "tinted-1"

    def __init__(self, info, tints):
        self.info, self.tints = info, tints

    def paint(self, canvas, control):
        control.notes.segments.append(Segment(start=0, end=canvas.frames, method="model"))
        colour = np.zeros(3)
        if canvas.known:
            known = canvas.known[0]
            shown = known.read(known.range.start, known.range.end)
            true = np.stack([scene(canvas.shot_start + n) for n in known.range])
            colour = (shown - true).mean(axis=(0, 1, 2))
        for at in range(canvas.frames):
            is_known = any(at in known.range for known in canvas.known)
            tint = TINT if self.tints == "all" or is_known else 0
            yield pixels(scene(canvas.shot_start + at) + colour + tint)[None]


def shifts(strict, canvas, tints, notes=None):
    """By how much each frame's mean colour is off."""
    engine = strict(lambda info: Tinted(info, tints), max_frames=17, sizes=[], rates=[])
    frames = np.concatenate(list(splice(canvas, Windows(engine).paint(canvas, Control(notes)))))
    return np.array([(frame - scene(n)).mean(axis=(0, 1)) for n, frame in enumerate(frames.astype(float))])


def test_a_tint_of_every_frame_does_not_add_up(strict, lay):
    notes = Notes()
    off = shifts(strict, lay(80, size=SIZE), "all", notes)
    assert np.abs(off[-1] - off[0]).max() < 3  # without it, seven windows of it
    assert np.abs(np.diff(off, axis=0)).max() < 1.5
    assert [s.method for s in notes.segments] == ["model"] + ["model, seam_match"] * (len(notes.segments) - 1)


def test_a_tint_of_the_known_frames_alone_is_let_be(strict, lay):
    notes = Notes()
    assert np.abs(shifts(strict, lay(80, size=SIZE), "known", notes)).max() < 0.5
    assert {s.method for s in notes.segments} == {"model"}


def test_what_goes_on_from_a_clip_has_the_clip_s_colours(strict, lay):
    off = shifts(strict, lay(17, (0, Clip(0, 5)), size=SIZE), "all")
    assert np.abs(off).max() < 1.5


def test_what_lies_between_two_clips_has_the_colours_of_both(strict, lay):
    off = shifts(strict, lay(17, (0, Clip(0, 5)), (12, Clip(12, 5)), size=SIZE), "all")
    assert np.abs(off).max() < 1.5


def test_what_leads_up_to_a_clip_has_its_colours(strict, lay):
    off = shifts(strict, lay(17, (12, Clip(12, 5)), size=SIZE), "all")
    assert np.abs(off).max() < 1.5


def test_a_picture_is_no_clip_so_one_window_equals_the_bare_call(strict, lay):
    off = shifts(strict, lay(17, (0, Clip(0, 1)), size=SIZE), "all")
    assert off[0] == pytest.approx(0, abs=0.6)
    assert off[1:].mean(axis=0) == pytest.approx(TINT, abs=0.5)


def test_other_pictures_are_no_measure():
    noise = np.random.default_rng(1).integers(0, 256, (3, 64, 96, 3), np.uint8)
    clip = Clip(0, 3).read(0, 3)
    assert Match.between(noise, clip, (noise[0], clip[0])) is None


def test_the_same_pictures_need_nothing():
    clip = Clip(0, 4).read(0, 4)
    assert Match.between(clip[:3], clip[:3], (clip[3], clip[2])) is None


def test_a_flat_picture_is_no_measure():
    flat = np.full((3, 64, 96, 3), 40, np.uint8)
    assert Match.between(flat + np.uint8(5), flat, (flat[0] + np.uint8(5), flat[0])) is None


def test_a_fade_begins_near_the_earlier_and_ends_near_the_later_one():
    earlier, later = np.zeros((3, 2, 2, 3), np.uint8), np.full((3, 2, 2, 3), 200, np.uint8)
    assert faded(earlier, later, 0, 3)[:, 0, 0, 0].tolist() == [50, 100, 150]
    assert faded(earlier[:1], later[:1], 2, 3)[0, 0, 0, 0] == 150
    assert np.array_equal(faded(later, later, 0, 3), later)
