"""How a command ends, for the script that called it.

The table is read top to bottom: the first row whose errors match decides.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Self

from cutaway import errors
from cutaway.timebase import TimebaseError


class Exit(IntEnum):
    """Exit codes of `cutaway`, each with what it means."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        exit_ = int.__new__(cls, code)
        exit_._value_ = code
        exit_.meaning = meaning
        return exit_

    OK = 0, "done; with --detach: the job was accepted"
    UNEXPECTED = 1, "something that cutaway did not foresee, or a server's own error"
    REFUSED = 2, "wrong usage, unusable input, or a request that the server or the model cannot carry out"
    JOB_FAILED = 3, "the job ended without a video: failed, refused by a policy, or cancelled"
    UNREACHABLE = 4, "no server could be reached or started, or the connection was lost"
    TIMED_OUT = 5, "the wait ended before the job did; the job is alive"
    NOT_ALLOWED = 6, "no key, a wrong key, a forbidden request, a spent quota or a full queue"
    CHANGED = (
        7,
        (
            "`render --check`: something would be made; `--locked`: manifest or server are not as the lock says; "
            "`models verify`: a file is missing or damaged"
        ),
    )
    OVER_BUDGET = 8, "`render --budget`: something was not begun, because it would have gone beyond"
    INTERRUPTED = 130, "Ctrl-C; a job that was accepted is alive"


EXIT_OF: Final[tuple[tuple[Exit, tuple[type[Exception], ...]], ...]] = (
    (Exit.TIMED_OUT, (errors.WaitTimeout, errors.JobStalled)),
    (Exit.JOB_FAILED, (errors.JobError,)),
    (Exit.NOT_ALLOWED, (errors.AuthenticationError, errors.PermissionDenied, errors.RateLimited)),
    (
        Exit.UNREACHABLE,
        (errors.ConnectionFailed, errors.RuntimeUnavailable, errors.SubmitUnknown, errors.DownloadError),
    ),
    (Exit.UNEXPECTED, (errors.ServerError,)),
    (Exit.REFUSED, (errors.CutawayError, TimebaseError)),
)
"""Which error ends in which code; anything that is not listed is unexpected."""


def exit_of(error: BaseException) -> Exit:
    """The code a command ends with after `error`."""
    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED
    return next((code for code, kinds in EXIT_OF if isinstance(error, kinds)), Exit.UNEXPECTED)
