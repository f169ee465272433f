"""A job whose prompt is written out: what is painted, what is recorded, and what happens where nobody writes."""

import json
import time

import pytest

from cutaway.wire import Pattern, Profile, Rank, Verb, VideoCreate
from cutaway_runtime.engine.bars import Bars
from cutaway_runtime.engine.base import Manner
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.worker.pace import Pace
from cutaway_runtime.worker.protocol import Finished, JobSpec, Stopped
from cutaway_runtime.worker.take import Studio

PROSE = "Colour bars stand upright in a wide frame while a small marker glides from left to right. The light is flat."
REAL = BARS.model_copy(update={"preview": False})


class Painter(Bars):
    """Bars that pass for a model, and remember what they were asked."""

    info = REAL

    def __init__(self):
        super().__init__()
        self.prompts, self.manners = [], []

    def paint(self, canvas, control):
        self.prompts.append(canvas.prompt)
        self.manners.append(control.manner)
        control.notes.paths.append("native: Bars text")
        yield from super().paint(canvas, control)


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
    for name in ("URL", "MODEL", "KEY", "MODEL_PATH", "TIMEOUT"):
        monkeypatch.delenv(f"CUTAWAY_EXPANDER_{name}", raising=False)


@pytest.fixture
def painter():
    return Painter()


@pytest.fixture
def carry_out(painter, tmp_path, monkeypatch):
    monkeypatch.setattr("cutaway_runtime.worker.take.load", lambda name: painter)

    def run(cancelled=lambda: False, model=REAL, **cutaway):
        asked = {"prompt": "bars", "size": "64x36", "num_frames": 6, "fps": "24", "seed": 3}
        request = VideoCreate.model_validate({**asked, "cutaway": {"expand_prompt": True, **cutaway}})
        effective = resolve(request, Verb.GENERATE, {}, model, seed=0)
        spec = JobSpec(job_id="video_1", effective=effective, request=request, output=str(tmp_path / "out" / "v.mp4"))
        return Studio().carry_out(spec, Pace(lambda _: None), cancelled)

    return run


@pytest.fixture
def written(server, monkeypatch):
    monkeypatch.setenv("CUTAWAY_EXPANDER_URL", server.url)
    server.script["answer"] = (200, server.chat(PROSE))
    return server


def test_the_written_out_prompt_is_painted_and_both_are_known(carry_out, painter, written):
    made = carry_out().result
    assert painter.prompts == [PROSE]
    assert made.expanded_prompt == PROSE
    assert made.path == "native: Bars text"
    assert made.warnings == []
    question = json.loads(written.seen[0][2])["messages"][1]["content"]
    assert question == "Shot: bars\nLength: 0.25 seconds"


def test_a_job_that_is_tried_again_is_painted_from_the_same_words(carry_out, painter, written):
    first = carry_out().result
    written.script["answer"] = (200, written.chat(PROSE + " Now it says something else."))
    assert carry_out().result.sha256 == first.sha256
    assert painter.prompts == [PROSE, PROSE]
    assert len(written.seen) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((500, {"error": {"message": "overloaded"}}), "overloaded"), ((200, b"{}"), "not as a chat")],
)
def test_where_the_server_fails_the_prompt_is_painted_as_it_was_sent_and_that_is_said(
    carry_out, painter, written, answer, reason
):
    written.script["answer"] = answer
    made = carry_out()
    assert isinstance(made, Finished)
    assert painter.prompts == ["bars"]
    assert made.result.expanded_prompt is None
    (warning,) = made.result.warnings
    assert "painted as it was sent" in warning
    assert reason in warning


def test_where_no_language_model_is_named_the_warning_says_how(carry_out, painter):
    (warning,) = carry_out().result.warnings
    assert "CUTAWAY_EXPANDER_URL" in warning
    assert painter.prompts == ["bars"]


def test_nobody_is_asked_unless_the_request_says_so(carry_out, painter, written):
    assert carry_out(expand_prompt=False).result.warnings == []
    assert carry_out(model=BARS).result.expanded_prompt is None, "what is drawn by rules reads the words as they are"
    assert written.seen == []
    assert painter.prompts == ["bars", "bars"]


def test_a_cancel_ends_the_job_while_the_server_thinks(carry_out, painter, written):
    written.script["pause"] = 10
    began = time.monotonic()
    assert isinstance(carry_out(lambda: bool(written.seen)), Stopped)
    assert time.monotonic() - began < 5
    assert painter.prompts == []


def test_the_engine_is_told_how_the_request_wants_it_painted(carry_out, painter):
    carry_out(expand_prompt=False)
    carry_out(expand_prompt=False, profile="low-memory", steps=4, guidance=0, allow_degraded=True)
    assert painter.manners == [Manner(), Manner(Profile.LOW_MEMORY, 4, 0.0, allow_degraded=True)]


def test_what_was_resolved_travels_to_the_worker():
    request = VideoCreate.model_validate({"prompt": "bars", "cutaway": {"expand_prompt": True}})
    effective = resolve(request, Verb.GENERATE, {}, REAL, seed=0)
    again = type(effective).model_validate_json(effective.model_dump_json())
    assert (again.pattern, again.rank, again.expand_prompt) == (Pattern.TEXT, Rank.NATIVE, True)
