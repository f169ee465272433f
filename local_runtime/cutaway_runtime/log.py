r"""The log of a server: one line an event, in which nobody but the server itself can write.

    2026-11-22 07:00:00,123 ERROR cutaway_runtime.server.refusal [req_4f… video_8a…]: what happened
      | Traceback (most recent call last): ...                 lines of one event that are not its first
    {"time": "2026-11-22T07:00:00.123Z", "level": "ERROR", "logger": ..., "message": ..., "request_id": ...}

Control characters, line breaks and marks that turn the direction of writing are written as escapes (`\n`, `\x1b`,
`\u202e`). Prompts are logged nowhere; where a library's error repeats a value that it was given, the value is left out,
as are keys and the data folder.
"""

from __future__ import annotations

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

Format = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]

REQUEST: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""The name of the request that is being answered, as its `x-request-id` says."""

_JOB: Final = re.compile(r"video_[0-9A-Za-z]{8,64}")
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SECRETS: Final = (
    (re.compile(r"(?i)(bearer\s+)[^\s'\",]+"), r"\1[key]"),
    (re.compile(r"cutaway_[A-Za-z0-9_-]{43}"), "[key]"),
    (re.compile(r"input_value=.*?, input_type=", re.DOTALL), "input_value=[left out], input_type="),
    (re.compile(r"^\[parameters: .*?$", re.MULTILINE), "[parameters left out]"),
)
"""Keys as they are sent and as they are made; values that pydantic and SQLAlchemy repeat."""


def escaped(text: str) -> str:
    """A text on one line, whatever is in it."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


class Plain(logging.Formatter):
    """An event as text.

    Args:
        keys: of this server, which are never shown.
        data_dir: of which only `[data]` is shown.
    """

    def __init__(self, keys: Collection[str] = (), data_dir: Path | None = None) -> None:
        super().__init__()
        self._hidden = [(key, "[key]") for key in keys if key]
        self._hidden += [(str(data_dir.absolute()), "[data]")] if data_dir is not None else []

    def format(self, record: logging.LogRecord) -> str:
        about = " ".join(name for name in (REQUEST.get(), job_of(record)) if name)
        mark = f" [{about}]" if about else ""
        stamp = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
        said = escaped(self.shown(record.getMessage()))
        first = f"{stamp} {record.levelname} {record.name}{mark}: {said}"
        trace = self.trace(record)
        return "\n  | ".join([first, *map(escaped, trace.split("\n") if trace else ())])

    def shown(self, text: str) -> str:
        """A text without what nobody is to read."""
        for secret, instead in self._hidden:
            text = text.replace(secret, instead)
        for pattern, instead in _SECRETS:
            text = pattern.sub(instead, text)
        return text

    def trace(self, record: logging.LogRecord) -> str:
        """Where it happened; empty for what is no failure."""
        return self.shown(self.formatException(record.exc_info) if record.exc_info else record.exc_text or "")


class Lines(Plain):
    """An event as one JSON object, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        stamp = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event = {
            "time": stamp.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.shown(record.getMessage()),
            "request_id": REQUEST.get(),
            "job_id": job_of(record),
            "exception": self.trace(record),
        }
        return json.dumps({name: value for name, value in event.items() if value})


def job_of(record: logging.LogRecord) -> str | None:
    """The job that an event is about: the first of the message's arguments that is the id of one."""
    given = record.args if isinstance(record.args, tuple) else ()
    return next((value for value in given if isinstance(value, str) and _JOB.fullmatch(value)), None)


def begin(form: Format, *, level: Level = "info", keys: Collection[str] = (), data_dir: Path | None = None) -> None:
    """From now on everything that is logged in this process, by whomever, is written to standard error so. What
    libraries say in ordinary life is left out at every level: addresses and statements can be in it.
    """
    from uvicorn.config import LOGGING_CONFIG

    LOGGING_CONFIG["loggers"] = {}  # its own handlers would write past this one
    handler = logging.StreamHandler()
    handler.setFormatter((Lines if form == "json" else Plain)(keys, data_dir))
    least = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(least, logging.WARNING), handlers=[handler])
    logging.getLogger("cutaway_runtime").setLevel(least)
