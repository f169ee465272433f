"""A model's windows in a job that is begun again: those that were painted are neither denoised nor decoded."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "models"))

import tiny
import tiny_wan
from tiny import painted

from cutaway.home import Home
from cutaway_runtime.engine.base import Control, Notes
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.engine.finishing import finished
from cutaway_runtime.models.wan import Wan
from cutaway_runtime.registry.manifest import Grid
from cutaway_runtime.worker.resuming import Resuming
from cutaway_runtime.worker.segments import Segments

CANVAS = tiny.canvas(25)


def test_a_long_take_goes_on_behind_the_last_window(tmp_path, monkeypatch):
    folder = tiny_wan.vace(tmp_path / "model")
    grid = Grid(sizes=("64x48",), frame_multiple=4, frame_offset=1, max_frames=13, window_context=5)
    manifest = tiny.manifest_of(folder, "wan", grid=grid)
    denoised, decoded = [], []

    def engine(home):
        return Diffusion(manifest, folder, home=Home(tmp_path / home))

    def denoise(self, ask, embeds, steps, real=Wan.denoise):
        denoised.append(ask.canvas.shot_start)
        return real(self, ask, embeds, steps)

    def decode(self, ask, latents, real=Wan.decode):
        decoded.append(ask.canvas.shot_start)
        if len(decoded) == 3:
            raise SystemExit("killed")
        yield from real(self, ask, latents)

    expected = painted(finished(engine("calm")), CANVAS)
    monkeypatch.setattr(Wan, "denoise", denoise)
    monkeypatch.setattr(Wan, "decode", decode)
    with Segments(tmp_path / "segments", "mark") as segments, pytest.raises(SystemExit):
        painted(finished(Resuming(engine("a machine"), segments)), CANVAS)
    first = list(denoised)
    assert len(first) == 3
    with Segments(tmp_path / "segments", "mark") as segments:
        # On another machine, whose home holds no latents.
        notes = Notes()
        rest = finished(Resuming(engine("another"), segments)).paint(CANVAS, Control(notes))
        frames = np.concatenate([chunk.copy() for chunk in rest])
    assert denoised[len(first) :][0] == first[2], "the one in which it was killed"
    assert len(set(denoised)) == len(denoised) - 1, "and no other one twice"
    assert np.array_equal(frames, expected)
    assert [segment.start for segment in notes.segments] == sorted(first[:1] + [s.start for s in notes.segments][1:])
