"""Where given and painted footage meet: no jump at a cut, both ends of a fill kept, a loop that closes.

Footage is textured and moves at constant speed, so every step between neighbours is known to be alike. All is
measured on decoded frames, after H.264.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image
from verbs.cutting_room import ask, footage, make, psnr, read, steps, write

from cutaway_runtime.engine import catalog

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cutaway_runtime.engine.base import Engine, Notes

    Picture = NDArray[np.uint8]

SIZE, RATE, LENGTH, NEW = "320x180", "25", 30, 8

pytestmark = pytest.mark.slow


class Bench:
    """Two clips and two stills; `cut` makes one verb of them and gives the frames."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.engine = engine
        self._folder = folder
        self.a, self.b = (footage(LENGTH, 320, 180, seed=seed) for seed in (3, 8))
        self.clips = (write(folder / "a.mp4", self.a, RATE), write(folder / "b.mp4", self.b, RATE))
        self.stills = (folder / "a.png", folder / "b.png")
        for path, frames in zip(self.stills, (self.a, self.b), strict=True):
            Image.fromarray(frames[0]).save(path)

    def cut(self, verb: str, clips: tuple[Path, Path] | None = None, *, new: int = NEW, made: int = 24) -> Picture:
        frames, self.notes = self._made(verb, clips or self.clips, new, made)
        return frames

    notes: Notes

    def _made(self, verb: str, clips: tuple[Path, Path], new: int, made: int) -> tuple[Picture, Notes]:
        asked = ask(
            verb, SIZE, RATE, clips, self.stills, clip=LENGTH, new=new, made=made, model=self.engine.info.id
        )  # fmt: skip
        path = self._folder / f"{verb}.mp4"
        _, notes = make(asked, self.engine, path)
        return read(path), notes


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"), catalog.load("draft"))


def test_a_picture_opens_its_video(bench: Bench) -> None:
    frames = bench.cut("image_to_video")
    assert psnr(frames[0], bench.a[0]) >= 35
    assert psnr(frames[-1], bench.a[0]) < min(40, psnr(frames[0], bench.a[0]) - 3)  # the camera moves
    assert steps(frames).max() < 6 * np.median(steps(frames))


def test_first_and_last_picture_stand_at_the_ends(bench: Bench) -> None:
    frames = bench.cut("first_and_last")
    assert psnr(frames[0], bench.a[0]) >= 35
    assert psnr(frames[-1], bench.b[0]) >= 35


@pytest.mark.parametrize(("verb", "join"), [("extend", LENGTH), ("extend_backward", NEW)])
def test_an_extension_does_not_jump_at_the_cut(bench: Bench, verb: str, join: int) -> None:
    frames = bench.cut(verb)
    step = steps(frames)
    assert step[join - 1] <= 2 * np.median(steps(bench.a))
    painted = frames[:NEW] if verb == "extend_backward" else frames[LENGTH:]
    assert steps(painted).max() > 0.2  # it moves on, and is not a held frame


def test_an_extension_carries_the_motion_on(bench: Bench) -> None:
    frames = bench.cut("extend")
    truth = footage(LENGTH + NEW, 320, 180, seed=3)
    last, true_last = _disc(frames[LENGTH - 1]), _disc(truth[LENGTH - 1])
    for ahead in range(4):
        way, wanted = _disc(frames[LENGTH + ahead]) - last, _disc(truth[LENGTH + ahead]) - true_last
        assert np.hypot(*(way - wanted)) <= 2, ahead


def test_a_fill_keeps_both_sides_and_joins_them(bench: Bench, tmp_path: Path) -> None:
    whole = footage(2 * LENGTH + 5, 320, 180, seed=3, speed=0.004)
    sides = (
        write(tmp_path / "before.mp4", whole[:LENGTH], RATE),
        write(tmp_path / "after.mp4", whole[LENGTH + 5 :], RATE),
    )
    frames = bench.cut("fill", sides, new=5)
    assert psnr(frames[:LENGTH], whole[:LENGTH]) >= 35
    assert psnr(frames[LENGTH + 5 :], whole[LENGTH + 5 :]) >= 35
    gap, before, after = whole[LENGTH : LENGTH + 5], whole[LENGTH - 1], whole[LENGTH + 5]
    dissolve = np.stack([cv2.addWeighted(before, 1 - k / 6, after, k / 6, 0) for k in range(1, 6)])
    assert psnr(frames[LENGTH : LENGTH + 5], gap) >= psnr(dissolve, gap) + 0.5
    step, usual = steps(frames), np.median(steps(whole))
    assert step[LENGTH - 1] <= 2 * usual
    assert step[LENGTH + 4] <= 2 * usual


def test_a_loop_closes(bench: Bench) -> None:
    frames = bench.cut("loop", made=24)
    assert len(frames) == 24
    step = steps(np.concatenate([frames, frames[:1]]))
    assert step[-1] <= 2 * step[:-1].mean()


def test_a_clip_that_repeats_itself_loops_without_a_seam(bench: Bench, tmp_path: Path) -> None:
    t = np.arange(LENGTH)
    frames = np.repeat(bench.a[:1], LENGTH, axis=0)
    for k in t:
        at = (int((160 + 80 * np.cos(2 * np.pi * k / 15)) * 8), int((90 + 40 * np.sin(2 * np.pi * k / 15)) * 8))
        cv2.circle(frames[k], at, 18 * 8, (250, 240, 60), -1, cv2.LINE_AA, 3)
    path = write(tmp_path / "round.mp4", frames, RATE)
    looped = bench.cut("loop", (path, path), made=15)
    step = steps(np.concatenate([looped, looped[:1]]))
    assert step[-1] <= 1.5 * np.median(step[:-1])
    assert step.max() <= 2 * np.median(step)


def test_a_blend_begins_as_one_clip_and_ends_as_the_other(bench: Bench) -> None:
    over = 12
    frames = bench.cut("blend", new=over)
    cut = LENGTH - over
    assert psnr(frames[:cut], bench.a[:cut]) >= 35
    assert psnr(frames[-cut:], bench.b[-cut:]) >= 35
    share = []
    for k in range(over):
        near = np.abs(frames[cut + k].astype(int) - bench.a[cut + k]).mean()
        far = np.abs(frames[cut + k].astype(int) - bench.b[k]).mean()
        share.append(near / (near + far))
    assert all(later > earlier - 0.02 for earlier, later in pairwise(share)), share
    assert share[0] < 0.25
    assert share[-1] > 0.75


def test_a_remix_changes_the_footage_and_keeps_what_happens_in_it(bench: Bench) -> None:
    frames = bench.cut("remix")
    assert 8 < psnr(frames, bench.a) < 38
    gray = [np.stack([cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in clip[::6]]).ravel() for clip in (frames, bench.a)]
    assert np.corrcoef(gray[0], gray[1])[0, 1] > 0.5


def _disc(frame: Picture) -> NDArray[np.float64]:
    """Where the disc of `footage(seed=3)` is: the middle of the pixels nearest to its colour."""
    tone = _tone(3)
    near = np.abs(frame.astype(int) - tone).max(axis=2) < 40
    mask = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    y, x = np.nonzero(mask)
    assert len(x) > 100
    return np.array([x.mean(), y.mean()])


def _tone(seed: int) -> NDArray[np.int64]:
    """The disc's colour, read from the footage itself."""
    frame = footage(1, 320, 180, seed=seed)[0]
    return frame[int(0.55 * 180), int(0.25 * 320)].astype(np.int64)
