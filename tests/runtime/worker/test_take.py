"""One job carried out, and how it is told."""

import errno
import hashlib

import pytest

from cutaway.errors import UnreadableMedia
from cutaway.media.decode import Clip
from cutaway.wire import Pattern, Rank, Verb, VideoCreate
from cutaway_runtime.engine.bars import Bars
from cutaway_runtime.engine.base import Cancelled, EngineError
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.registry.errors import UnknownModel
from cutaway_runtime.worker import take
from cutaway_runtime.worker.pace import REPORT_EVERY, Pace
from cutaway_runtime.worker.protocol import (
    Cancel,
    Failed,
    Finished,
    JobSpec,
    Progress,
    Run,
    Source,
    Stopped,
    line,
    order,
    report,
    run_line,
)
from cutaway_runtime.worker.take import Studio, failure


def spec(folder, **fields) -> JobSpec:
    request = VideoCreate(**{"prompt": "bars", "size": "160x90", "num_frames": 6, "fps": "25", "seed": 3, **fields})
    effective = resolve(request, Verb.GENERATE, {}, BARS, seed=0)
    return JobSpec(job_id="video_1", effective=effective, request=request, output=str(folder / "video_1" / "video.mp4"))


def carry_out(studio: Studio, job: JobSpec, cancelled=lambda: False, attempt=1):
    return studio.carry_out(job, Pace(lambda _: None), cancelled, attempt=attempt)


def test_a_job_becomes_the_file_it_promised(tmp_path):
    job = spec(tmp_path)
    outcome = carry_out(Studio(), job)
    assert isinstance(outcome, Finished)
    made = outcome.result
    path = tmp_path / "video_1" / "attempt-1" / "video.mp4"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.sha256
    assert (made.num_frames, made.fps, made.engine, made.preview) == (6, "25", "bars", True)
    assert [p.name for p in path.parent.iterdir()] == ["video.mp4"]
    with Clip(path) as clip:
        assert (len(clip), clip.info.width, clip.info.height, str(clip.info.rate)) == (6, 160, 90, "25")


def test_a_second_attempt_begins_with_an_empty_folder_and_makes_the_same(tmp_path):
    studio, job = Studio(), spec(tmp_path)
    first = carry_out(studio, job)
    home = tmp_path / "video_1"
    torn = [home / "video.mp4.part", home / "attempt-1" / "video.mp4.part", home / "attempt-2" / "video.mp4.part"]
    torn[2].parent.mkdir()
    for path in torn:
        path.write_bytes(b"torn")
    again = carry_out(studio, job, attempt=2)
    assert [path.relative_to(home).as_posix() for path in home.rglob("*.*")] == ["attempt-2/video.mp4"]
    assert first.result.sha256 == again.result.sha256


def test_an_attempt_that_a_later_one_took_the_place_of_touches_nothing(tmp_path):
    studio, job = Studio(), spec(tmp_path)
    later = carry_out(studio, job, attempt=2)
    outcome = carry_out(studio, job, attempt=1)
    assert isinstance(outcome, Failed)
    assert outcome.code == "interrupted"
    made = tmp_path / "video_1" / "attempt-2" / "video.mp4"
    assert hashlib.sha256(made.read_bytes()).hexdigest() == later.result.sha256


class Modest(Bars):
    """Comes to an extension from one frame only, and sees a picture where there was a clip."""

    @property
    def info(self):
        return BARS.model_copy(update={"loses": {Pattern.HEAD: "the motion is not seen"}})


def test_what_a_degraded_way_loses_is_said_even_if_the_engine_does_not_know(tmp_path, monkeypatch):
    monkeypatch.setattr(take, "load", lambda _name: Modest())
    job = spec(tmp_path)
    asked = job.effective.model_copy(update={"rank": Rank.DEGRADED, "pattern": Pattern.HEAD})
    made = carry_out(Studio(), job.model_copy(update={"effective": asked})).result
    assert made.warnings == ["generate is degraded with bars: the motion is not seen"]
    assert carry_out(Studio(), job).result.warnings == []


class Broken(Bars):
    """Paints two chunks, then does what it was told."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def paint(self, canvas, control):
        yield from list(super().paint(canvas, control))[:1]
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineError("no such thing", code="unsupported_capability"), "unsupported_capability"),
        (RuntimeError("unlucky"), "generation_failed"),
        (MemoryError(), "out_of_memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "storage_full"),
    ],
)
def test_a_failure_has_a_reason_and_leaves_nothing_behind(tmp_path, error, code):
    studio = Studio()
    good = carry_out(studio, spec(tmp_path)).result.sha256
    studio._engines["bars"] = Broken(error)
    outcome = carry_out(studio, spec(tmp_path, num_frames=40))
    assert isinstance(outcome, Failed)
    assert outcome.code == code
    assert outcome.message
    assert not (tmp_path / "video_1").exists()
    studio._engines["bars"] = Bars()
    assert carry_out(studio, spec(tmp_path)).result.sha256 == good, "the next job does not notice"


def test_a_cancel_stops_between_chunks_and_leaves_nothing_behind(tmp_path):
    asked = iter([False] * 6)
    outcome = carry_out(Studio(), spec(tmp_path, num_frames=400), lambda: next(asked, True))
    assert isinstance(outcome, Stopped)
    assert not (tmp_path / "video_1").exists()


def test_footage_that_is_gone_is_a_reason_without_a_path(tmp_path):
    job = spec(tmp_path)
    job.sources = {"video": Source(path=str(tmp_path / "secret" / "gone.mp4"), container="mp4")}
    outcome = carry_out(Studio(), job)
    assert (outcome.kind, outcome.code) == ("failed", "invalid_media")
    assert str(tmp_path) not in outcome.message
    assert "gone.mp4" in outcome.message


def test_no_path_of_this_machine_travels():
    for text in ("cannot open /home/kim/private/clip.mov: no", r"cannot open C:\Users\kim\clip.mov", "/a/b/clip.mov"):
        message = failure(UnreadableMedia(text)).message
        assert "clip.mov" in message
        assert "kim" not in message
    assert failure(RuntimeError("24/25 frames and/or more")).message == "RuntimeError: 24/25 frames and/or more"
    assert failure(Cancelled()).code == "generation_failed"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_short_job_reports_nothing():
    told, clock = [], Clock()
    pace = Pace(told.append, clock)
    pace.phase("loading")
    pace.starts(24)
    pace.wrote(24)
    pace.phase("encoding")
    assert told == []


def test_nothing_is_told_of_a_job_that_is_over():
    told, clock = [], Clock()
    pace = Pace(told.append, clock)
    pace.starts(24)
    pace.close()
    clock.now += 10
    pace.tick()
    assert told == []


def test_news_is_told_when_it_is_time_even_if_the_engine_is_silent():
    told, clock = [], Clock()
    pace = Pace(told.append, clock)
    pace.phase("loading")
    pace.tick()
    assert told == []
    clock.now += REPORT_EVERY
    pace.tick()
    pace.tick()
    assert [(p.phase, p.step, p.total) for p in told] == [("loading", None, None)]


def test_progress_is_frames_at_a_measured_pace():
    told, clock = [], Clock()
    pace = Pace(told.append, clock)
    pace.starts(100)
    clock.now += 5  # the first frames take their time
    pace.wrote(10)
    for _ in range(8):
        clock.now += 1
        pace.wrote(10)
    assert [p.step for p in told] == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert [p.percent for p in told] == [p.step for p in told]
    assert told[0].eta_s is None
    assert [p.eta_s for p in told[1:]] == [8, 7, 6, 5, 4, 3, 2, 1], "ten frames a second, not counting the start"


def test_reports_come_at_most_five_times_a_second():
    told, clock = [], Clock()
    pace = Pace(told.append, clock)
    pace.starts(1000)
    for _ in range(1000):
        clock.now += 0.01
        pace.wrote(1)
    assert len(told) <= 51
    assert told[-1].percent <= 99


def test_steps_before_the_first_frame_move_the_bar():
    told, clock = [], Clock()
    pace = Pace(told.append, clock)
    pace.starts(81)
    percents = []
    for step in range(1, 5):
        clock.now += 10
        pace.engine("denoising", step, 4, 0.8 * step / 4)
        percents.append(told[-1].percent)
    assert percents == [20, 40, 60, 80]
    assert [(p.phase, p.step, p.total) for p in told] == [("denoising", step, 4) for step in range(1, 5)]
    assert [p.eta_s for p in told] == [None, 30, 20, 10], "a fifth in ten seconds, not counting the first step"
    pace.engine("decoding", 1, 81, 0.75)
    clock.now += 1
    pace.engine("decoding", 40, 81, 0.9)
    assert [p.percent for p in told][-2:] == [80, 90], "it never goes back"


def test_what_is_said_on_the_pipe_is_understood(tmp_path):
    for message in (Run(spec=spec(tmp_path, negative_prompt="ünïcode\n")), Cancel(job_id="video_1")):
        text = line(message)
        assert text.count(b"\n") == 1
        assert order(text) == message
    job = spec(tmp_path)
    assert order(run_line(job.model_dump_json(by_alias=True), attempt=2, spare=9)) == Run(spec=job, attempt=2, spare=9)
    progress = Progress(phase="painting", step=1, total=2, percent=50, eta_s=1.5)
    assert report(line(progress)) == progress
    for nonsense in (b"", b"{}", b'{"kind":"run"}', b"hello\n", b'{"kind":"exec"}'):
        with pytest.raises(ValueError):  # noqa: PT011 - of pydantic or of json
            order(nonsense)
        with pytest.raises(ValueError):  # noqa: PT011 - of pydantic or of json
            report(nonsense)


def test_a_reason_names_no_path_of_this_machine_and_leaves_addresses_whole():
    error = EngineError("see https://example.org/terms/LICENSE.md, not /home/mia/models/x.safetensors", code="x")
    assert failure(error).message == "see https://example.org/terms/LICENSE.md, not x.safetensors"


def test_a_model_that_was_removed_while_its_job_waited_is_named_as_what_is_missing():
    failed = failure(UnknownModel("no model called 'w21' is known here"))
    assert (failed.code, failed.message) == ("model_not_found", "no model called 'w21' is known here")
