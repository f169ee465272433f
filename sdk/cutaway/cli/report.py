"""Errors on their way out: one paragraph for people, one object for scripts, one exit code for both."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING, Any, Final

import typer

from cutaway import errors
from cutaway.cli.delivery import LeftAlive
from cutaway.cli.exits import Exit, exit_of

if TYPE_CHECKING:
    from cutaway.cli.screen import Screen


def report(error: BaseException, screen: Screen) -> Exit:
    """Say what went wrong and what to do next; the code to end with."""
    code, paragraph = _verdict(error)
    screen.note(paragraph, style="yellow" if code is Exit.INTERRUPTED else "red")
    screen.emit({"error": {**_facts(error), "message": paragraph, "exit_code": int(code)}})
    if code is Exit.UNEXPECTED and os.environ.get("CUTAWAY_DEBUG"):
        screen.note("".join(traceback.format_exception(error)))
    return code


def _verdict(error: BaseException) -> tuple[Exit, str]:
    """The exit code and the paragraph of an error."""
    if isinstance(error, LeftAlive):
        left = "Interrupted." if isinstance(error.cause, KeyboardInterrupt) else str(error.cause)
        return exit_of(error.cause), f"{left}\nThe job is alive on the server. Go on with: {error.how}"
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        listed = "`cutaway jobs` lists what the server has accepted, and what it has not answered"
        return Exit.INTERRUPTED, f"Interrupted. {listed}; `cutaway resume` finds and brings it."
    if (usage := getattr(error, "format_message", None)) is not None:
        said = usage().removeprefix("Invalid value: ")
        return Exit.REFUSED, f"{said}\n{_where_help_is(error)}"
    code = exit_of(error)
    if type(error) is errors.SubmitUnknown:
        return code, f"{error}\nFind its job with: cutaway recover {error.key}"
    return code, _surprise(error) if code is Exit.UNEXPECTED else str(error)


def _surprise(error: BaseException) -> str:
    if isinstance(error, errors.CutawayError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return (
        f"Unexpected: {type(error).__name__}: {error}\n"
        "This should not happen; please report it with what CUTAWAY_DEBUG=1 prints below this line."
    )


def _where_help_is(error: BaseException) -> str:
    ctx = getattr(error, "ctx", None)
    return f"See: {ctx.command_path} --help" if ctx is not None else "See: cutaway --help"


_FACTS: Final = (
    "code", "param", "status_code", "request_id", "retry_after", "nearest", "capability", "extra", "candidates",
    "key",
)  # fmt: skip


def _facts(error: BaseException) -> dict[str, Any]:
    """What a script can decide by."""
    cause = error.cause if isinstance(error, LeftAlive) else error
    found: dict[str, Any] = {"type": type(cause).__name__}
    if isinstance(error, LeftAlive):
        found |= {"job_id": error.job_id, "continue": error.how}
    elif isinstance(error, errors.JobError):
        found["job_id"] = error.job.id
    for name in _FACTS:
        value = getattr(cause, name, None)
        if value and isinstance(value, (str, int, float, tuple)):
            found[name] = value
    return found
