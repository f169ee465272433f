"""Attempts that go on where the one before was killed: what they paint, and that the file does not show it."""

import errno
import json
import os
from fractions import Fraction
from functools import partial
from itertools import count

import numpy as np
import pytest

from cutaway.wire import OutputFormat, Verb, VideoCreate
from cutaway_runtime.engine.bars import Bars
from cutaway_runtime.engine.base import EngineError
from cutaway_runtime.engine.catalog import BARS, DRAFT
from cutaway_runtime.engine.draft import Draft
from cutaway_runtime.models.base import Sound
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.worker import segments as module
from cutaway_runtime.worker.pace import Pace
from cutaway_runtime.worker.protocol import Failed, Finished, JobSpec
from cutaway_runtime.worker.resuming import PART_SECONDS, RESTORING
from cutaway_runtime.worker.take import Studio

RATE = 8
PART = PART_SECONDS * RATE
"""Frames of a segment of an engine that can begin anywhere."""


class Killed(BaseException):
    """Not for a worker to catch."""


class Parts(Bars):
    """Bars that count what they paint, and are killed behind the frame they are told."""

    def __init__(self, engine=None, kill_at=None):
        super().__init__(BARS)
        self.engine = engine or super()
        self.kill_at = kill_at
        self.painted = []

    @property
    def revision(self):
        return self.engine.revision

    def paint_from(self, canvas, control, start):
        at = start
        for chunk in self.engine.paint_from(canvas, control, start):
            if self.kill_at is not None and at >= self.kill_at:
                raise Killed
            self.painted += range(at, at + len(chunk))
            at += len(chunk)
            yield chunk


class Loud:
    """A model of 33 frames at a time, of one size and rate, that is heard; every window tells its own story."""

    revision = "loud-1"
    info = BARS.model_copy(
        update={
            "frame_multiple": 4, "frame_offset": 1, "min_frames": 5, "max_frames": 33, "window_context": 5,
            "rates": [str(RATE)], "makes_sound": True,
        }
    )  # fmt: skip

    def __init__(self, kill_at=None):
        self.kill_at = kill_at
        self.windows = []

    def paint(self, canvas, control):
        assert canvas.frames <= 33
        number = canvas.shot_start
        self.windows.append(number)
        control.notes.warnings.append(f"window at {number}")
        wave = np.sin(np.arange(canvas.frames * 1000) * (number + 1) / 40).astype(np.float32)[None] / 2
        control.sound(Sound(wave, RATE * 1000), Fraction(0))
        for chunk in Bars(self.info).paint(canvas, control):
            if len(self.windows) == self.kill_at:
                raise Killed
            yield chunk


def spec(folder, model=BARS, frames=4 * PART, **fields):
    body = {"prompt": "a red ball rolls over a green field", "size": "96x64", "num_frames": frames, "fps": str(RATE)}
    request = VideoCreate.model_validate({**body, "seed": 3, **fields})
    effective = resolve(request, Verb.GENERATE, {}, model, seed=0)
    return JobSpec(job_id="video_1", effective=effective, request=request, output=str(folder / "video_1" / "video.mp4"))


@pytest.fixture
def attempt(tmp_path):
    """One attempt at a job by an engine, as a new process makes it: the outcome, and the phases that were told."""

    def go(job, engine, number, *, spare=0, anew=0.0):
        studio, told = Studio(), []
        studio._engines[job.effective.model], studio._installed[job.effective.model] = engine, 0
        pace = Pace(told.append, clock=partial(next, count(0.0)))
        return studio.carry_out(job, pace, lambda: False, attempt=number, spare=spare, anew_seconds=anew), told

    return go


def calm(tmp_path, attempt, engine, model=BARS, **fields):
    """What a job becomes that nobody interrupts."""
    outcome, _told = attempt(spec(tmp_path / "calm", model, **fields), engine, 1)
    assert isinstance(outcome, Finished)
    return outcome.result


def kept(tmp_path):
    return sorted(path.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("told.json"))


def test_a_long_take_goes_on_behind_its_last_part(tmp_path, attempt):
    job, engine = spec(tmp_path), Parts(kill_at=2 * PART + 20)
    with pytest.raises(Killed):
        attempt(job, engine, 1)
    assert kept(tmp_path) == [f"video_1/attempt-1/segments/0000-{part:04}" for part in (0, 1)]
    with pytest.raises(Killed):
        attempt(job, second := Parts(kill_at=3 * PART + 10), 2)
    assert second.painted[0] == 2 * PART
    assert kept(tmp_path) == [f"video_1/attempt-2/segments/0000-{part:04}" for part in (0, 1, 2)]
    outcome, told = attempt(job, third := Parts(), 3)
    assert third.painted == list(range(3 * PART, 4 * PART))
    assert outcome.result == calm(tmp_path, attempt, Bars())
    assert RESTORING in {report.phase for report in told}
    assert [path.name for path in (tmp_path / "video_1").iterdir()] == ["attempt-3"]


@pytest.mark.parametrize("style", ["", "stop-motion"])
def test_a_long_draft_is_the_same_file(tmp_path, attempt, style):
    fields = {"cutaway": {"style": style}} if style else {}
    job, engine = spec(tmp_path, DRAFT, 3 * PART, **fields), Parts(Draft(), kill_at=2 * PART + 7)
    with pytest.raises(Killed):
        attempt(job, engine, 1)
    outcome, _told = attempt(job, again := Parts(Draft()), 2)
    assert again.painted == list(range(2 * PART, 3 * PART))
    assert outcome.result.understood
    assert outcome.result == calm(tmp_path, attempt, Parts(Draft()), DRAFT, frames=3 * PART, **fields)


@pytest.mark.parametrize("fps", [str(RATE), "12"], ids=["at its rate", "at another"])
def test_windows_go_on_behind_the_last_one_with_what_was_heard_and_noted(tmp_path, attempt, fps):
    fields = {"frames": 100, "fps": fps, "cutaway": {"format": OutputFormat.PRORES}}
    job = spec(tmp_path, Loud.info, **fields)
    with pytest.raises(Killed):
        attempt(job, first := Loud(kill_at=3), 1)
    assert len(kept(tmp_path)) == 2
    outcome, _told = attempt(job, again := Loud(), 2)
    assert again.windows[0] == first.windows[2], "the one in which it was killed"
    whole = calm(tmp_path, attempt, Loud(), Loud.info, **fields)
    assert len(whole.warnings) == len(first.windows[:2]) + len(again.windows)
    assert outcome.result == whole


def test_what_is_painted_in_one_piece_keeps_nothing(tmp_path, attempt):
    for frames in (1, PART, 2 * PART):
        with pytest.raises(Killed):
            attempt(spec(tmp_path / str(frames), frames=frames), Parts(kill_at=max(0, frames - 8)), 1)
    assert not list(tmp_path.rglob("segments"))


def test_what_is_soon_painted_again_is_not_kept(tmp_path, attempt):
    with pytest.raises(Killed):
        attempt(spec(tmp_path), Parts(kill_at=3 * PART), 1, anew=600)
    assert kept(tmp_path) == []


def test_segments_of_another_version_are_not_gone_on_from(tmp_path, attempt, monkeypatch):
    job = spec(tmp_path)
    with pytest.raises(Killed):
        attempt(job, Parts(kill_at=2 * PART), 1)
    monkeypatch.setattr(Bars, "revision", "bars-2")
    outcome, _told = attempt(job, again := Parts(), 2)
    assert isinstance(outcome, Finished)
    assert again.painted[0] == 0


@pytest.mark.parametrize("hurt", ["torn", "changed", "gone", "told"])
def test_a_damaged_segment_is_painted_again_and_so_is_what_is_behind_it(tmp_path, attempt, hurt):
    job = spec(tmp_path)
    with pytest.raises(Killed):
        attempt(job, Parts(kill_at=3 * PART), 1)
    folder = tmp_path / "video_1/attempt-1/segments/0000-0001"
    frames = folder / "frames"
    if hurt == "torn":
        frames.write_bytes(frames.read_bytes()[:-1])
    elif hurt == "changed":
        data = bytearray(frames.read_bytes())
        data[len(data) // 2] ^= 1
        frames.write_bytes(data)
    elif hurt == "gone":
        frames.unlink()
    else:
        (folder / "told.json").write_text(json.dumps({"frames": 3}))
    outcome, _told = attempt(job, again := Parts(), 2)
    assert again.painted == list(range(PART, 4 * PART))
    assert outcome.result.sha256 == calm(tmp_path, attempt, Bars()).sha256


def test_where_little_room_is_left_nothing_is_kept_and_the_job_is_done(tmp_path, attempt, caplog):
    outcome, _told = attempt(spec(tmp_path), Parts(), 1, spare=1 << 60)
    assert isinstance(outcome, Finished)
    assert not list(tmp_path.rglob("segments"))
    assert "little room is left" in caplog.text


def test_a_full_disk_takes_the_segments_and_not_the_job(tmp_path, attempt, monkeypatch, caplog):
    real = module.Recording._write

    def full(self, chunk):
        if self.end > 2 * PART:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(self, chunk)

    monkeypatch.setattr(module.Recording, "_write", full)
    outcome, _told = attempt(spec(tmp_path), Parts(), 1)
    assert outcome.result == calm(tmp_path, attempt, Bars())
    assert not list(tmp_path.rglob("segments"))
    assert "the disk is full" in caplog.text


def test_a_failure_leaves_nothing_but_a_fault_of_the_device_leaves_what_was_painted(tmp_path, attempt):
    class Broken(Parts):
        code = "generation_failed"

        def paint_from(self, canvas, control, start):
            try:
                yield from super().paint_from(canvas, control, start)
            except Killed:
                raise EngineError("it broke", code=self.code) from None

    job = spec(tmp_path)
    outcome, _told = attempt(job, Broken(kill_at=3 * PART), 1)
    assert isinstance(outcome, Failed)
    assert not (tmp_path / "video_1").exists()
    Broken.code = "device_fault"
    attempt(job, Broken(kill_at=3 * PART), 1)
    attempt(job, again := Parts(), 2)
    assert again.painted[0] == 3 * PART
