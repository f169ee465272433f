"""Every operation on videos, once: coroutines that await the session and each other.

`videos.py` is their blocking face and `videos_async.py` their asynchronous one. Both hand over their
keywords as they are; what they mean on the wire is for `submission.py` and the dialect.
"""

# ruff: noqa: ASYNC109 - each timeout is handed to the IO, which bounds every single wait

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import quote

from cutaway.client import download, waiting
from cutaway.client.content import Content
from cutaway.client.refusal import parsed
from cutaway.client.submission import compose
from cutaway.client.submitting import Submitting, query_of
from cutaway.errors import (
    APIError,
    BadRequest,
    DownloadError,
    NotFound,
    UnsupportedCapability,
)
from cutaway.wire import OutputFormat, Profile, State, Status, Video, VideoDeleted

if TYPE_CHECKING:
    import os

    from cutaway.client.dialects.base import Submission
    from cutaway.client.files import FileOperations
    from cutaway.client.journal import EntryState, Journal
    from cutaway.client.session import Session
    from cutaway.wire import Variant

V = TypeVar("V", bound=Video)

Format: TypeAlias = OutputFormat | Literal["mp4", "prores", "dnxhr", "ffv1", "png"]
Sound: TypeAlias = Literal["keep", "silent"]
ProfileName: TypeAlias = Profile | Literal["exact", "balanced", "fast", "low-memory"]

CALL: Final = frozenset({"extra_headers", "extra_query", "extra_body", "timeout"})
"""Keywords about the call and not about the video."""
JOB_IN_ERROR: Final = frozenset({"id", "status"})
"""A body with these under an error status is a failed job, as vLLM-Omni answers."""


def given(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """A method's `locals()` without self, and without what was left at None or False."""
    return {
        name: value for name, value in keywords.items() if name != "self" and value is not None and value is not False
    }


class VideoOperations(Generic[V]):
    """The operations of one client. `bound` makes its kind of video from a server's body."""

    def __init__(
        self,
        session: Session,
        files: FileOperations,
        journal: Journal,
        bound: Callable[[VideoOperations[V], Mapping[str, Any]], V],
    ) -> None:
        self.session, self.journal, self._bound = session, journal, bound
        self._submitting = Submitting(session, files, journal)

    # -- making --------------------------------------------------------------------------------

    async def create(self, **asked: Any) -> V:
        return await self._submit(compose("create", asked), asked)

    async def edit(self, **asked: Any) -> V:
        return await self._submit(compose("edit", asked), asked)

    async def extend(self, **asked: Any) -> V:
        return await self._submit(compose("extend", asked), asked)

    async def remix(self, **asked: Any) -> V:
        source = asked.pop("video_id")
        identity = source if isinstance(source, str) else source.id if isinstance(source, Video) else None
        if identity is not None and asked.keys() <= {"prompt", *CALL}:
            return await self._submit(compose("remix", {**asked, "video_id": quote(identity, safe="")}), asked)
        return await self.edit(video={"id": identity} if identity is not None else source, **asked)

    async def blend(self, *, first: Any, **asked: Any) -> V:
        return await self.edit(video=first, **asked)

    async def loop(self, **asked: Any) -> V:
        return await self.edit(loop=True, **asked)

    async def _submit(self, submission: Submission, asked: Mapping[str, Any]) -> V:
        body = await self._submitting.submit(submission, asked)
        return self.session.understood(body, "video", lambda: self._bound(self, body))

    # -- asking --------------------------------------------------------------------------------

    async def retrieve(self, video_id: str, **call: Any) -> V:
        try:
            answer = await self._call("GET", video_id, "", call)
        except APIError as refused:
            if isinstance(refused.body, Mapping) and refused.body.keys() >= JOB_IN_ERROR:
                return await self._decoded(refused.body)
            raise
        video = await self._decoded(parsed(answer))
        self.noted(video)
        return video

    async def page(
        self, *, after: str | None = None, limit: int | None = None, order: str | None = None, **call: Any
    ) -> tuple[Sequence[V], Mapping[str, Any]]:
        """The videos of one page, and what it says about the next."""
        query = {"after": after, "limit": limit, "order": order}
        answer = await self.session.call(
            "GET",
            "/videos",
            query={**{name: str(value) for name, value in query.items() if value is not None}, **query_of(call)},
            headers=call.get("extra_headers"),
            timeout=call.get("timeout"),
        )
        page = (await self.session.dialect()).decode_page(parsed(answer), limit)
        return [await self._decoded(video) for video in page["data"]], page

    async def wait(
        self,
        video: V,
        *,
        timeout: float | None = None,
        stall_timeout: float | None = 900.0,
        on_progress: Callable[[V], object] | None = None,
        poll_interval_ms: int | None = None,
    ) -> V:
        waiting.raise_unless_completed(video)
        wait = waiting.Wait(
            self.session,
            await self.session.dialect(),
            video,
            lambda body: self.learn(video, body),
            timeout=timeout,
            stall_timeout=stall_timeout,
            on_progress=None if on_progress is None else lambda: on_progress(video),
            interval=None if poll_interval_ms is None else poll_interval_ms / 1000,
        )
        await wait.until_ended()
        self.noted(video)
        waiting.raise_unless_completed(video)
        return video

    async def poll(
        self, *, video_id: str, wait_timeout: float | None = None, poll_interval_ms: int | None = None, **call: Any
    ) -> V:
        video = await self.retrieve(video_id, **call)
        return await self.wait(video, timeout=wait_timeout, poll_interval_ms=poll_interval_ms)

    async def create_and_poll(self, **asked: Any) -> V:
        limits = {name: asked.pop(name, None) for name in ("wait_timeout", "poll_interval_ms")}
        video = await self.create(**asked)
        return await self.wait(video, timeout=limits["wait_timeout"], poll_interval_ms=limits["poll_interval_ms"])

    async def resume(self) -> list[V]:
        """What this machine submitted to this server and has not saved yet, oldest first."""
        await self.session.address()
        videos: list[V] = []
        for entry in self.journal.unfinished(self.session.server):
            assert entry.video_id is not None
            try:
                video = await self.retrieve(entry.video_id)
            except NotFound:
                self.journal.ended(self.session.server, entry.video_id, "deleted")
                continue
            if video.status != Status.FAILED:
                videos.append(video)
        return videos

    # -- ending --------------------------------------------------------------------------------

    async def cancel(self, video_id: str, **call: Any) -> V:
        if not (await self.session.dialect()).traits.cancels:
            raise UnsupportedCapability(
                f"{self.session.server} speaks the plain Videos API, which has no cancel; instead: delete the video",
                capability="cancel",
                alternative="delete",
            )
        video = await self._decoded(parsed(await self._call("POST", video_id, "/cancel", call, repeatable=True)))
        self.noted(video)
        return video

    async def delete(self, video_id: str, **call: Any) -> VideoDeleted:
        answer = await self._call("DELETE", video_id, "", call)
        self.journal.ended(self.session.server, video_id, "deleted")
        dialect = await self.session.dialect()
        return VideoDeleted.model_validate(dialect.decode_deleted(parsed(answer), video_id))

    # -- fetching ------------------------------------------------------------------------------

    async def download_content(self, video_id: str, *, variant: Variant | None = None, **call: Any) -> Content:
        place = (await self.session.dialect()).content({"id": video_id}, variant or "video")
        answer = await self.session.call(
            "GET",
            place.url,
            query={**place.query, **query_of(call)},
            headers=call.get("extra_headers"),
            timeout=call.get("timeout"),
        )
        wanted = download.digest_of(answer.headers)
        if wanted is not None and hashlib.sha256(answer.body).hexdigest() != wanted:
            raise DownloadError(f"{video_id}: the bytes that came are not those the server holds", path=Path())
        if variant in {None, "video"}:
            self.journal.ended(self.session.server, video_id, "saved")
        return Content(answer.body, answer.headers.get("content-type", "application/octet-stream"))

    async def save(self, video: V, path: str | os.PathLike[str], *, variant: Variant = "video") -> Path:
        waiting.raise_unless_completed(video)
        main = variant == "video"
        place = (await self.session.dialect()).content(video.model_dump(mode="json"), variant)
        source = download.Source(
            place.url,
            place.query,
            video.id if main else f"{video.id}-{variant}",
            video.cutaway.sha256 if main and video.cutaway else None,
        )
        if main:
            self.journal.saving(self.session.server, video.id, path)
        saved = await download.save(self.session, source, path)
        if main:
            self.journal.ended(self.session.server, video.id, "saved")
        return saved

    # -- between the wire and the caller -------------------------------------------------------

    def learn(self, video: V, body: Mapping[str, Any]) -> None:
        """Bring a video that the caller holds up to date."""
        self.renew(video, self.session.understood(body, "video", lambda: self._bound(self, body)))

    @staticmethod
    def renew(video: V, fresh: V) -> None:
        """Give `video` everything that `fresh` says."""
        vars(video).update(vars(fresh))
        object.__setattr__(video, "__pydantic_extra__", fresh.__pydantic_extra__)
        object.__setattr__(video, "__pydantic_fields_set__", fresh.__pydantic_fields_set__)

    def noted(self, video: Video) -> None:
        """Write the end of a job into the journal."""
        if video.status == Status.COMPLETED:
            self.journal.ended(self.session.server, video.id, "completed")
        elif video.status == Status.FAILED:
            cancelled = video.cutaway is not None and video.cutaway.state == State.CANCELLED
            state: EntryState = "cancelled" if cancelled else "failed"
            self.journal.ended(self.session.server, video.id, state)

    async def _call(
        self,
        method: str,
        video_id: str,
        rest: str,
        call: Mapping[str, Any],
        *,
        query: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Any:
        if not video_id:
            raise BadRequest("a video's id is wanted, not an empty text", code="invalid_request", param="video_id")
        return await self.session.call(
            method,
            f"/videos/{quote(video_id, safe='')}{rest}",
            query={**(query or {}), **query_of(call)},
            headers=call.get("extra_headers"),
            timeout=call.get("timeout"),
            repeatable=repeatable,
        )

    async def _decoded(self, body: Any) -> V:
        dialect = await self.session.dialect()
        return self.session.understood(body, "video", lambda: self._bound(self, dialect.decode_video(body)))
