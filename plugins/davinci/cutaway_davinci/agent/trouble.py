"""What can be wrong, as the agent says it: a code that the host knows, and a sentence."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREACHABLE = "unreachable"  # no Resolve that answers
NO_MODULE = "no_module"  # Blackmagic's module is not here, or does not load in this Python
VERSION = "version"  # older than 18.5
EDITION = "edition"  # this edition lets no Python in
BUSY = "busy"  # another process of ours is at work on this Resolve
DIALOG = "dialog"  # answers are missing that are always there: a dialog is open, or Resolve is busy
UNSAVED = "unsaved"  # the project was never saved
CHANGED = "changed"  # the timeline is not the one that was planned on
OCCUPIED = "occupied"  # something lies where the take is to go
LOCKED = "locked"
MEDIA = "media"  # a file that Resolve does not take
NOT_VERIFIED = "not_verified"  # Resolve said yes, and it is not there; what was done has been taken back
REQUEST = "request"  # not a request this agent knows


class Trouble(Exception):
    """Raised in the agent, sent as the error of an answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@contextmanager
def half_answers() -> Iterator[None]:
    """Calls on a None that should have been an object, as the trouble they are: a dialog opened in the middle."""
    try:
        yield
    except (AttributeError, TypeError) as error:
        if "NoneType" not in str(error):
            raise
        raise Trouble(
            DIALOG,
            "Resolve stopped answering in the middle of the work: a dialog may be open in it. Close it, and try again",
        ) from error


def said(value: Any | None, what: str) -> Any:
    """An answer that is never None while Resolve is well.

    Raises:
        Trouble: it is.
    """
    if value is None:
        raise Trouble(
            DIALOG,
            f"Resolve does not say {what}: a dialog may be open in it, or it is playing or rendering. "
            "Close the dialog or stop, and try again",
        )
    return value
