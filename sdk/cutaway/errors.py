"""What can go wrong, as a tree.

    CutawayError
    +-- APIError                    the server answered, and said no          .status_code .code .param .headers
    |   +-- BadRequest              400, 413, 415, 422
    |   +-- AuthenticationError     401
    |   +-- PermissionDenied        403
    |   +-- NotFound                404
    |   +-- Conflict                409  (the video is not ready, or is being deleted)
    |   +-- Gone                    410  (the content has expired)
    |   +-- RateLimited             429  .retry_after
    |   +-- ServerError             500 and above
    +-- ConnectionFailed            no answer came                            .request .sent
    |   +-- RequestTimeout          not within the timeout
    +-- SubmitUnknown               a create left and no answer came back; the job may exist   .key .digest .recover()
    |   +-- SubmitNotFound          no job on the server is the one that was asked for
    |   +-- SubmitAmbiguous         more than one could be it                 .candidates
    +-- JobError                    a job did not become a video              .job
    |   +-- JobFailed               .code
    |   |   +-- ModerationBlocked
    |   +-- JobCancelled
    |   +-- JobLost                 the server no longer knows the job
    |   +-- WaitTimeout             the job is alive; wait again, or cancel it
    |   +-- JobStalled              the job is alive and has not moved
    +-- UnsupportedCapability       this server or model has no such verb     .capability .alternative
    +-- RuntimeUnavailable          the local runtime is not installed, or did not start   .log
    +-- DownloadError               the file on disk is not what the server holds          .path
    +-- MediaError                  a file, an array or a frame that cannot be used        .source
    |   +-- UnreadableMedia
    |   +-- UnsupportedSize         .nearest
    +-- TimelineError               a cut that cannot be read, or not be edited as asked   .path
    |   +-- UnreadableTimeline
    |   +-- AmbiguousRate           .candidates
    |   +-- EditRefused             the edit would break something; nothing was changed    .items
    |   +-- TimelineChanged         the cut is not the one the edit was planned for
    +-- HostUnavailable             the editing application is not there, busy, or showing a dialog
    +-- WebhookError                a message about a job's end that cannot be checked, or is none
    |   +-- InvalidSignature        it was not signed with this secret, or was changed on its way
    |   +-- StaleWebhook            it was signed too long ago
    +-- MissingExtra                an optional part is not installed          .extra

A message says what was asked, what was found and what to do next; the exception carries the object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cutaway.wire import Video


class CutawayError(Exception):
    """The root of every error cutaway raises on purpose."""


class APIError(CutawayError):
    """The server answered with an error. `request_id` is its own name for the exchange, to be quoted to its operator;
    `retry_after` the pause it asks for, in seconds, if it does; `headers` are all of its answer, by names in any case.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int = 0,
        code: str | None = None,
        param: str | None = None,
        request_id: str | None = None,
        body: Any = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.code = code
        self.param = param
        self.request_id = request_id
        self.body = body
        self.retry_after = retry_after
        self.headers: Mapping[str, str] = headers if headers is not None else {}

    @property
    def type(self) -> str | None:
        """The server's own word for this kind of error, such as "invalid_request_error"."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        word = error.get("type") if isinstance(error, dict) else None
        return None if word is None else str(word)


class BadRequest(APIError):
    """400, 413, 415 or 422: the request cannot be carried out as written."""


class AuthenticationError(APIError):
    """401: no key, or one the server does not know."""


class PermissionDenied(APIError):
    """403: the key may not do this."""


class NotFound(APIError):
    """404: no such video, file, model or route."""


class Conflict(APIError):
    """409: not now; the video is not ready, or is being deleted."""


class Gone(APIError):
    """410: it was there, and has expired."""


class RateLimited(APIError):
    """429: too many requests, a full queue or a spent quota."""


class ServerError(APIError):
    """500 and above."""


STATUS_ERRORS: dict[int, type[APIError]] = {
    400: BadRequest,
    401: AuthenticationError,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    410: Gone,
    413: BadRequest,
    415: BadRequest,
    422: BadRequest,
    429: RateLimited,
}
"""Which status becomes which exception; any other below 500 is an `APIError`, from 500 on a `ServerError`."""


class ConnectionFailed(CutawayError):
    """No answer came: refused, reset, unreachable or cut. `sent` is False if the request provably never left."""

    def __init__(self, message: str, *, request: str = "", sent: bool = True) -> None:
        super().__init__(message)
        self.request = request
        self.sent = sent


class RequestTimeout(ConnectionFailed):
    """No answer came within the timeout."""


class SubmitUnknown(CutawayError):
    """A create left this machine and no answer came back: the job may exist, so it was not sent again.

    `key` is what it was sent under and noted under in the journal, `digest` the SHA-256 of its parameters.
    """

    def __init__(
        self, message: str, *, key: str, digest: str = "", recovering: Callable[[], Any] | None = None
    ) -> None:
        super().__init__(message)
        self.key = key
        self.digest = digest
        self._recovering = recovering

    def recover(self) -> Any:
        """The job it became, a `Video`; of an asynchronous client, to be awaited. See `client.videos.recover`.

        Raises:
            SubmitNotFound: no job on the server is the one that was asked for.
            SubmitAmbiguous: more than one could be it.
        """
        if self._recovering is None:
            raise RuntimeError(
                f"the client of this submission is unknown; client.videos.recover({self.key!r}) finds it"
            )
        return self._recovering()


class SubmitNotFound(SubmitUnknown):
    """No job on the server is the one that was asked for; the message says how sure that is."""


class SubmitAmbiguous(SubmitUnknown):
    """The server's jobs do not tell which one it is; `candidates` are those that could be it, newest first."""

    def __init__(self, message: str, *, candidates: tuple[Video, ...], **facts: Any) -> None:
        super().__init__(message, **facts)
        self.candidates = candidates


class JobError(CutawayError):
    """A job that did not become a video; `job` is its last known state."""

    def __init__(self, message: str, *, job: Video) -> None:
        super().__init__(message)
        self.job = job


class JobFailed(JobError):
    """The job ended without a video."""

    @property
    def code(self) -> str:
        return self.job.error.code if self.job.error else "unknown"


class ModerationBlocked(JobFailed):
    """A policy refused the prompt or the frames."""


class JobCancelled(JobError):
    """Somebody cancelled the job."""


class JobLost(JobError):
    """The server no longer knows the job, such as one that keeps jobs in memory and was started anew."""


class WaitTimeout(JobError):
    """The wait ended, the job did not: it is alive on the server."""


class JobStalled(JobError):
    """The job is alive and has not moved for the stall timeout."""


class UnsupportedCapability(CutawayError):
    """This server or model has no such verb; `alternative` says what would do."""

    def __init__(self, message: str, *, capability: str, alternative: str | None = None) -> None:
        super().__init__(message)
        self.capability = capability
        self.alternative = alternative


class RuntimeUnavailable(CutawayError):
    """The local runtime is not installed, or did not come up; `log` is the end of what it said."""

    def __init__(self, message: str, *, log: str = "") -> None:
        super().__init__(message)
        self.log = log


class DownloadError(CutawayError):
    """The bytes on disk are not those the server holds; `path` is the partial file that was kept."""

    def __init__(self, message: str, *, path: Path) -> None:
        super().__init__(message)
        self.path = path


class MediaError(CutawayError):
    """A file, an array or a frame that cannot be used; `source` is what was given."""

    def __init__(self, message: str, *, source: object = None) -> None:
        super().__init__(message)
        self.source = source


class UnreadableMedia(MediaError):
    """Not a picture or a video this machine can decode, or damaged."""


class UnsupportedSize(MediaError):
    """A size the codec or the model cannot make; `nearest` are the legal ones around it, "WxH"."""

    def __init__(self, message: str, *, nearest: tuple[str, ...], source: object = None) -> None:
        super().__init__(message, source=source)
        self.nearest = nearest


class TimelineError(CutawayError):
    """A cut that cannot be read, or not be edited as asked; `path` is its file, if it has one."""

    def __init__(self, message: str, *, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


class UnreadableTimeline(TimelineError):
    """Not a timeline, or damaged."""


class AmbiguousRate(TimelineError):
    """The file does not say at which rate its timeline runs; `candidates` are the rates found in it."""

    def __init__(self, message: str, *, candidates: tuple[str, ...], path: Path | None = None) -> None:
        super().__init__(message, path=path)
        self.candidates = candidates


class EditRefused(TimelineError):
    """An edit that would break something else; nothing was changed. `items` are the names in the way."""

    def __init__(self, message: str, *, items: tuple[str, ...] = (), path: Path | None = None) -> None:
        super().__init__(message, path=path)
        self.items = items


class TimelineChanged(TimelineError):
    """The cut is no longer the one an edit was planned for; take a new snapshot and plan again."""


class HostUnavailable(CutawayError):
    """The editing application is not there, is busy, or shows a dialog; the message says which and what to do."""


class WebhookError(CutawayError):
    """A message about a job's end that cannot be checked, or is none."""


class InvalidSignature(WebhookError):
    """The message was not signed with this secret, or was changed on its way."""


class StaleWebhook(WebhookError):
    """The message was signed longer ago than is allowed: its sender's clock is wrong, or somebody sends it again."""


class MissingExtra(CutawayError):
    """An optional part is not installed; the message is the command that installs it."""

    def __init__(self, extra: str, *, needed_for: str) -> None:
        super().__init__(f'{needed_for} needs an optional part of cutaway: pip install "cutaway[{extra}]"')
        self.extra = extra
