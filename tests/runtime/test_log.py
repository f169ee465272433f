"""What stands in the log, and what cannot."""

import json
import logging
from pathlib import Path

import pytest

from cutaway_runtime import log

FORGED = "harmless\n2026-11-22 07:00:00,000 ERROR cutaway: forged\r\x1b[2K\u2028\u202eevil\x00\ud800"
JOB = "video_0123456789abcdef"


def logged(formatter: logging.Formatter, message: str, *values: object, error: BaseException | None = None) -> str:
    trouble = (type(error), error, error.__traceback__) if error is not None else None
    return formatter.format(logging.LogRecord("cutaway", logging.WARNING, "", 0, message, values, trouble))


@pytest.mark.parametrize("formatter", [log.Plain(), log.Lines()])
def test_nobody_else_writes_a_line(formatter):
    said = logged(formatter, "the prompt was %s", FORGED)
    assert said.isprintable(), said
    assert "harmless\\n2026" in said
    assert "\\x1b" in said or "\\u001b" in said


@pytest.mark.parametrize("formatter", [log.Plain(), log.Lines()])
def test_nor_by_an_error(formatter):
    said = logged(formatter, "it failed", error=ValueError(FORGED)).split("\n")
    assert all(line.isprintable() for line in said)
    assert all(line.startswith("  | ") for line in said[1:])
    assert "forged" in said[-1]


def test_an_event_says_whose_it_is():
    token = log.REQUEST.set("req_1")
    try:
        assert f"[req_1 {JOB}]: job {JOB}: gone" in logged(log.Plain(), "job %s: %s", JOB, "gone")
        event = json.loads(logged(log.Lines(), "job %s: %s", JOB, "gone"))
    finally:
        log.REQUEST.reset(token)
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "WARNING",
        "logger": "cutaway",
        "message": f"job {JOB}: gone",
        "request_id": "req_1",
        "job_id": JOB,
    }
    assert "job_id" not in json.loads(logged(log.Lines(), "%s", "video_ of a cat"))


@pytest.mark.parametrize("shape", [log.Plain, log.Lines])
def test_secrets_and_values_are_left_out(shape, tmp_path):
    formatter = shape(["the-key"], tmp_path)
    errors = (
        f"no such key: the-key; Bearer abc.def, cutaway_{'x' * 43}",
        f"cannot open {tmp_path}/videos/{JOB}/video.mp4",
        "(sqlite3.OperationalError) locked\n[SQL: INSERT]\n[parameters: {'video': 'a secret wish'}]\n(see sqlalche.me)",
        "1 error\n  bad [type=x, input_value='a secret\nwish', input_type=str]",
    )
    for error in errors:
        for said in (logged(formatter, "%s", error), logged(formatter, "it failed", error=ValueError(error))):
            for secret in ("the-key", "abc.def", "xxx", str(tmp_path), "a secret"):
                assert secret not in said
    assert "[data]" in logged(formatter, "%s", Path(tmp_path) / "a.mp4")
