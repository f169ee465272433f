"""Waiting for a job: by its events, else by a held answer, else by asking again and again.

A wait returns for a completed job only. A job that ended otherwise is an exception that carries it,
and so is a wait that ran out: then the job is alive and goes on. Leaving a wait, by Ctrl-C as well,
never touches the job, unless the caller asked for that.
"""

# ruff: noqa: ASYNC109 - each timeout is handed to the IO, which bounds every single wait

from __future__ import annotations

import json
from random import uniform
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from cutaway.client.events import EventReader, ServerEvent
from cutaway.client.refusal import is_job, parsed
from cutaway.errors import (
    APIError,
    AuthenticationError,
    ConnectionFailed,
    CutawayError,
    JobCancelled,
    JobFailed,
    JobLost,
    JobStalled,
    ModerationBlocked,
    NotFound,
    RateLimited,
    ServerError,
    WaitTimeout,
)
from cutaway.wire import State, Status, Video

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cutaway.client.dialects.base import Dialect
    from cutaway.client.io import Stream
    from cutaway.client.session import Session

TOLERATED: Final = 5
"""Failures in a row that a wait lives through; the pauses between them add up to about half a minute."""
BROKEN: Final = 2
"""Event streams, or held answers, in a row that may break without news before they are no longer tried."""
SILENCE: Final = 25.0
"""Seconds without a byte after which an event stream is taken for dead; servers send a heartbeat every ten."""
HOLD: Final = 25
"""Seconds for which a server is asked to hold an answer back until something changes."""
POLL: Final = (1.0, 10.0)
"""Seconds between two polls at first and at last, where the server does not say."""
MODERATION: Final = frozenset({"moderation_blocked", "content_policy_violation", "safety_violation", "moderation"})


def ended(video: Video) -> bool:
    return video.status in {Status.COMPLETED, Status.FAILED}


def raise_unless_completed(video: Video) -> None:
    """Turn a job that ended without a video into its exception."""
    if video.status != Status.FAILED:
        return
    code = video.error.code if video.error else "unknown"
    why = video.error.message if video.error else ""
    if code == "cancelled" or (video.cutaway and video.cutaway.state == State.CANCELLED):
        raise JobCancelled(f"{video.id} was cancelled", job=video)
    kind = ModerationBlocked if code in MODERATION else JobFailed
    raise kind(f"{video.id} failed with {code}: {why or 'the server gave no reason'}", job=video)


class Wait:
    """One wait for one job. `learn` brings the video up to date with what a server said about it."""

    def __init__(
        self,
        session: Session,
        dialect: Dialect,
        video: Video,
        learn: Callable[[Mapping[str, Any]], None],
        *,
        timeout: float | None,
        stall_timeout: float | None,
        on_progress: Callable[[], object] | None,
        on_interrupt: Callable[[], Awaitable[object]] | None = None,
        interval: float | None = None,
    ) -> None:
        self._session, self._dialect, self._video, self._learn = session, dialect, video, learn
        self._timeout, self._stall_timeout = timeout, stall_timeout
        self._on_progress, self._on_interrupt, self._interval = on_progress, on_interrupt, interval
        self._streams = self._holds = dialect.traits.tells_events and interval is None
        self._started = self._moved_at = session.io.now()
        self._last_seen: tuple[object, ...] = ()
        self._begun_at, self._behind = _far(video.model_dump(mode="json")), True
        self._failures = self._broken = 0
        self._missing = False
        self._pause = POLL[0]
        self._path = f"/videos/{quote(video.id, safe='')}"
        self._reader = EventReader()

    async def until_ended(self) -> None:
        """Return when the job has ended, however it did.

        Raises:
            WaitTimeout: `timeout` seconds have passed.
            JobLost: asked twice, the server does not know it.
            JobStalled: for `stall_timeout` seconds nothing about the job has changed.
        """
        try:
            self._note()
            while not ended(self._video):
                await self._try_step()
                self._check_time()
        except BaseException as stopped:
            if self._on_interrupt is not None and _interrupts(stopped):
                try:
                    await self._on_interrupt()
                except CutawayError as error:
                    stopped.add_note(f"{self._video.id} could not be cancelled: {error}")
            raise

    async def _try_step(self) -> None:
        """One step; a failure is lived through where it may pass."""
        try:
            await self._step()
        except NotFound as unknown:
            # One look can meet a replica that does not know it, or a server that is still reading its jobs.
            if self._missing:
                video = self._video
                raise JobLost(
                    f"the server no longer knows {video.id}, which was {video.status} at {video.progress} %: it may "
                    "keep jobs in memory and have been started anew, or somebody deleted it. Ask for the video again",
                    job=video,
                ) from unknown
            self._missing = True
            await self._sleep(self._next_pause())
        except (ConnectionFailed, APIError) as trouble:
            if not _passes(trouble):
                raise
            self._failures += 1
            if self._failures > TOLERATED:
                raise
            asked = trouble.retry_after if isinstance(trouble, APIError) else None
            pause = min(POLL[1], 2.0 ** (self._failures - 1))
            await self._sleep(max(uniform(pause * 0.8, pause), asked or 0.0))  # noqa: S311 - jitter, not a secret
        else:
            self._failures, self._missing = 0, False

    async def _step(self) -> None:
        if self._streams:
            await self._follow()
        elif self._holds and self._remaining() >= 1:
            await self._hold()
        else:
            await self._poll()

    async def _follow(self) -> None:
        """Read events until the job ends or the stream does."""
        silence = min(SILENCE, max(0.1, min(self._remaining(), self._stall_timeout or SILENCE)))
        stream = await self._events(silence)
        if stream is None:
            return
        self._broken += 1
        try:
            while not ended(self._video):
                chunk = await stream.read()
                if not chunk:
                    break
                for event in self._reader.feed(chunk):
                    self._broken = 0
                    self._take(event)
                self._check_time()
                if self._remaining() < silence:
                    self._give_up_events()
                    return
        except ConnectionFailed:
            pass
        finally:
            await stream.close()
        if not ended(self._video):
            self._reader = _following(self._reader)
            if self._broken >= BROKEN:
                self._give_up_events()

    async def _events(self, silence: float) -> Stream | None:
        """The job's events from the last one seen on; None where the server has none to give."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self._reader.last_id:
            headers["Last-Event-ID"] = self._reader.last_id
        try:
            return await self._session.stream(f"{self._path}/events", headers=headers, timeout=silence, max_retries=0)
        except AuthenticationError:
            raise
        except (ConnectionFailed, ServerError, RateLimited):
            self._broken += 1
            if self._broken >= BROKEN:
                self._give_up_events()
            raise
        except APIError:
            # No such route, or no such job: a plain question tells which.
            self._give_up_events()
            return None

    def _give_up_events(self) -> None:
        self._streams, self._broken = False, 0

    def _take(self, event: ServerEvent) -> None:
        try:
            told = self._dialect.decode_video(json.loads(event.data)["video"])
            # A stream begins with what the job has behind it: that is no news to who has seen more of it.
            if self._behind and told["status"] not in {"completed", "failed"} and _far(told) < self._begun_at:
                return
            self._learn(told)
        except (ValueError, KeyError, TypeError, APIError):
            return
        self._behind = False
        self._note()

    async def _hold(self) -> None:
        """Ask once; the server answers when something has changed, or after some seconds."""
        seconds = int(min(HOLD, self._remaining()))
        asked, seen = self._session.io.now(), self._last_seen
        try:
            await self._ask({"wait": str(seconds)}, timeout=seconds + 15.0)
        except ConnectionFailed:
            self._broken += 1
            self._holds = self._broken < BROKEN
            raise
        self._broken = 0
        if self._last_seen == seen and self._session.io.now() - asked < seconds / 2:
            self._holds = False

    async def _poll(self) -> None:
        pause = await self._ask({})
        if not ended(self._video):
            await self._sleep(self._interval or pause or self._next_pause())

    async def _ask(self, query: Mapping[str, str], timeout: float | None = None) -> float | None:
        """Bring the video up to date; the seconds after which the server wants to be asked again."""
        usual = self._session.timeout
        bound = timeout or min(float("inf") if usual is None else usual, max(1.0, self._remaining()))
        headers: Mapping[str, str] = {}
        try:
            answer = await self._session.call(
                "GET", self._path, query=query, timeout=None if bound == float("inf") else bound, max_retries=0
            )
        except APIError as refused:
            if not is_job(refused.body):
                raise
            body = refused.body
        else:
            body, headers = parsed(answer), answer.headers
        self._learn(self._session.understood(body, "video", lambda: self._dialect.decode_video(body)))
        self._note()
        try:
            return int(headers["openai-poll-after-ms"]) / 1000
        except (KeyError, ValueError):
            return None

    def _note(self) -> None:
        """Report what has changed since the last time."""
        seen = _standing(self._video)
        if seen == self._last_seen:
            return
        self._last_seen, self._moved_at = seen, self._session.io.now()
        if self._on_progress is not None:
            self._on_progress()

    def _remaining(self) -> float:
        if self._timeout is None:
            return float("inf")
        return self._timeout - (self._session.io.now() - self._started)

    def _check_time(self) -> None:
        if ended(self._video):
            return
        video, now = self._video, self._session.io.now()
        standing = f"{video.id} is {video.status} at {video.progress} %"
        if self._remaining() <= 0:
            raise WaitTimeout(
                f"{standing} after {self._timeout:g} s of waiting; it goes on: wait again, or cancel it", job=video
            )
        if self._stall_timeout is not None and now - self._moved_at >= self._stall_timeout:
            raise JobStalled(
                f"{standing} and nothing about it has changed for {self._stall_timeout:g} s; wait again, or cancel it",
                job=video,
            )

    def _next_pause(self) -> float:
        pause, self._pause = self._pause, min(POLL[1], self._pause * 1.5)
        return uniform(pause * 0.8, pause)  # noqa: S311 - jitter, not a secret

    async def _sleep(self, seconds: float) -> None:
        await self._session.io.sleep(max(0.0, min(seconds, self._remaining())))


def _following(reader: EventReader) -> EventReader:
    """A reader for the next stream of the same events: half a line of a broken stream does not count."""
    return EventReader(reader.last_id)


def _interrupts(error: BaseException) -> bool:
    """Whether the caller was stopped: Ctrl-C, or a task that was cancelled."""
    import asyncio

    return isinstance(error, (KeyboardInterrupt, asyncio.CancelledError))


def _passes(trouble: ConnectionFailed | APIError) -> bool:
    """Whether asking again may well go better; an answer without a status was one that could not be read."""
    if isinstance(trouble, (ConnectionFailed, ServerError, RateLimited)):
        return True
    return trouble.status_code in {0, 408, 425}


def _far(told: Mapping[str, Any]) -> tuple[int, int, int]:
    """How far a job that is not over has come: its attempt, its progress, its state."""
    details = told.get("cutaway") or {}
    state = details.get("state")
    return (details.get("attempt") or 0, told.get("progress") or 0, [*State].index(State(state)) if state else 0)


def _standing(video: Video) -> tuple[object, ...]:
    details = video.cutaway
    fine = (details.state, details.phase, details.step, details.queue_position) if details else ()
    return (video.status, video.progress, *fine)
