"""Every operation on videos, once: coroutines that await the session and each other.

`videos.py` is their blocking face and `videos_async.py` their asynchronous one. Both hand over their
keywords as they are; what they mean on the wire is for `submission.py` and the dialect.
"""

# ruff: noqa: ASYNC109 - each timeout is handed to the IO, which bounds every single wait

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import quote

from cutaway.client import download, waiting
from cutaway.client.content import Content
from cutaway.client.dialects.base import Submission
from cutaway.client.refusal import parsed
from cutaway.client.submission import compose, local_files, merged, replaced
from cutaway.errors import (
    APIError,
    BadRequest,
    ConnectionFailed,
    DownloadError,
    NotFound,
    ServerError,
    UnsupportedCapability,
)
from cutaway.wire import OutputFormat, Profile, State, Status, Video, VideoDeleted

if TYPE_CHECKING:
    from cutaway.client.dialects.base import Encoded
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
        self.session, self.files, self.journal, self._bound = session, files, journal, bound

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
        """Send a submission; once more if the server has meanwhile dropped a file uploaded for an earlier one."""
        try:
            return await self._send(submission, asked)
        except NotFound as refused:
            if refused.code != "file_not_found" or not self.files.forget():
                raise
            return await self._send(submission, asked)

    async def _send(self, submission: Submission, asked: Mapping[str, Any]) -> V:
        """Send a submission under one key, noted before it leaves."""
        dialect = await self.session.dialect()
        if dialect.keeps_files:
            submission = await self._uploaded(submission)
        encoded = dialect.encode(submission)
        headers = dict(asked.get("extra_headers", {}))
        key = _popped(headers, "idempotency-key") or new_key()
        body, fields = _with_extra(encoded, asked.get("extra_body", {}))
        self.journal.sending(key, self.session.server, _digest(encoded.path, body, fields))
        try:
            answer = await self.session.create(
                encoded.path,
                key,
                json=body,
                fields=fields,
                files=encoded.files,
                headers=headers,
                query=_query(asked),
                timeout=asked.get("timeout"),
            )
        except (APIError, ConnectionFailed) as error:
            if not isinstance(error, ServerError):
                self.journal.refused(key)
            raise
        video = await self._decoded(parsed(answer))
        self.journal.accepted(key, video.id)
        return video

    async def _uploaded(self, submission: Submission) -> Submission:
        """The submission with every local file uploaded and referred to."""
        places = iter([await self.files.reference(part) for part in local_files(submission.body)])
        body = replaced(submission.body, lambda _: next(places))
        return Submission(submission.operation, body, submission.video_id)

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
            query={**{name: str(value) for name, value in query.items() if value is not None}, **_query(call)},
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
        if not (await self.session.dialect()).cancels:
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
        body = parsed(answer)
        # Servers answer with the contract's object, with the job, or with nothing: the deed is done either way.
        return VideoDeleted(id=str(body.get("id", video_id)) if isinstance(body, Mapping) else video_id)

    # -- fetching ------------------------------------------------------------------------------

    async def download_content(self, video_id: str, *, variant: Variant | None = None, **call: Any) -> Content:
        query = {} if variant is None or variant == "video" else {"variant": variant}
        answer = await self._call("GET", video_id, "/content", call, query=query)
        wanted = download.digest_of(answer.headers)
        if wanted is not None and hashlib.sha256(answer.body).hexdigest() != wanted:
            raise DownloadError(f"{video_id}: the bytes that came are not those the server holds", path=Path())
        if not query:
            self.journal.ended(self.session.server, video_id, "saved")
        return Content(answer.body, answer.headers.get("content-type", "application/octet-stream"))

    async def save(self, video: V, path: str | os.PathLike[str], *, variant: Variant = "video") -> Path:
        waiting.raise_unless_completed(video)
        main = variant == "video"
        source = download.Source(
            f"/videos/{quote(video.id, safe='')}/content",
            {} if main else {"variant": variant},
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
            query={**(query or {}), **_query(call)},
            headers=call.get("extra_headers"),
            timeout=call.get("timeout"),
            repeatable=repeatable,
        )

    async def _decoded(self, body: Any) -> V:
        dialect = await self.session.dialect()
        return self.session.understood(body, "video", lambda: self._bound(self, dialect.decode_video(body)))


def new_key() -> str:
    """A UUID of version 7: milliseconds since 1970, then random bits, so that keys sort by time."""
    raw = int.from_bytes((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10), "big")
    raw = raw & ~(0xF << 76) | 0x7 << 76
    raw = raw & ~(0x3 << 62) | 0x2 << 62
    text = f"{raw:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _with_extra(encoded: Encoded, extra: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, dict[str, str]]:
    """The JSON body or the multipart fields of a request, with the caller's `extra_body` over it."""
    if encoded.json is not None:
        return merged(encoded.json, extra), {}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in extra.items()}
    return None, {**encoded.fields, **texts}


def _digest(path: str, body: Mapping[str, Any] | None, fields: Mapping[str, str]) -> str:
    written = json.dumps([path, body, fields], sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def _popped(headers: dict[str, str], name: str) -> str | None:
    for given_name in list(headers):
        if given_name.lower() == name:
            return headers.pop(given_name)
    return None


def _query(call: Mapping[str, Any]) -> dict[str, str]:
    given_query = call.get("extra_query") or {}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given_query.items()}
