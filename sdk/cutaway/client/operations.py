"""Every operation on videos, once: coroutines that await the session and each other.

`videos.py` has their two faces. Both hand over their keywords (`keywords.py`) as they are; what they mean on the wire
is for `submission.py` and the dialect.
"""

# ruff: noqa: ASYNC109 - each timeout is handed to the IO, which bounds every single wait

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import quote

from cutaway.client import download, stitching, waiting
from cutaway.client.casting import CharacterOperations
from cutaway.client.content import Content
from cutaway.client.dialects.base import below
from cutaway.client.dialects.encoding import missing
from cutaway.client.frames import decoded, lossless, with_frames_fetched
from cutaway.client.keywords import Poll, Post, sent, told
from cutaway.client.recovery import Recovery
from cutaway.client.refusal import parsed
from cutaway.client.submission import compose, merged
from cutaway.client.submitting import Submitting
from cutaway.errors import (
    APIError,
    BadRequest,
    DownloadError,
    Gone,
    NotFound,
    PermissionDenied,
    SubmitUnknown,
    UnsupportedCapability,
)
from cutaway.wire import Estimate, State, Status, Video, VideoDeleted

if TYPE_CHECKING:
    import os

    import numpy as np
    from numpy.typing import NDArray

    from cutaway.client.dialects.base import Operation
    from cutaway.client.files import FileOperations
    from cutaway.client.journal import EntryState, Journal
    from cutaway.client.request import Answer
    from cutaway.client.session import Session
    from cutaway.wire import Variant

V = TypeVar("V", bound=Video)

JOB_IN_ERROR: Final = frozenset({"id", "status"})
"""A body with these under an error status is a failed job, as vLLM-Omni answers."""


class VideoOperations(Generic[V]):
    """The operations of one client. `bound` makes its kind of video from a server's body.

    Where a call does not say whether what the server lacks may be emulated, `emulate` does.
    """

    def __init__(
        self,
        session: Session,
        files: FileOperations,
        journal: Journal,
        bound: Callable[[VideoOperations[V], Mapping[str, Any]], V],
        *,
        emulate: bool = False,
    ) -> None:
        self.session, self.journal, self._bound, self._emulate = session, journal, bound, emulate
        self.characters = CharacterOperations(session, files)
        self._submitting = Submitting(session, files, journal)
        self.recovery = Recovery(self, journal, self._submitting)

    # -- making --------------------------------------------------------------------------------

    async def create(self, *, prompt: str, **asked: Any) -> V:
        return await self._make("create", {"prompt": prompt, **asked})

    async def edit(self, *, prompt: str, video: Any, **asked: Any) -> V:
        return await self._make("edit", {"prompt": prompt, "video": video, **asked})

    async def extend(self, *, prompt: str, video: Any, **asked: Any) -> V:
        return await self._make("extend", {"prompt": prompt, "video": video, **asked})

    async def remix(self, *, prompt: str, video_id: Any, **asked: Any) -> V:
        identity = video_id if isinstance(video_id, str) else video_id.id if isinstance(video_id, Video) else None
        if identity is None:
            return await self.edit(prompt=prompt, video=video_id, **asked)
        if told(asked).keys() <= {*Post.__annotations__, "emulate", "save_to"}:
            return await self._make("remix", {"prompt": prompt, "video_id": quote(identity, safe=""), **asked})
        return await self.edit(prompt=prompt, video={"id": identity}, **asked)

    async def fill(self, *, prompt: str, before: Any, after: Any, **asked: Any) -> V:
        return await self._make("create", {"prompt": prompt, "before": before, "after": after, **asked})

    async def blend(self, *, prompt: str, first: Any, second: Any, **asked: Any) -> V:
        return await self._make("edit", {"prompt": prompt, "video": first, "second": second, **asked})

    async def loop(self, *, prompt: str, video: Any, **asked: Any) -> V:
        return await self._make("edit", {"prompt": prompt, "video": video, "loop": True, **asked})

    async def estimate(self, *, prompt: str, **asked: Any) -> Estimate:
        dialect = await self.session.dialect()
        if dialect.name != "cutaway":
            raise UnsupportedCapability(
                f"{self.session.server} speaks {dialect.traits.title}, which cannot say what a video would come to "
                "without making it",
                capability="estimate",
            )
        asked = told(asked)
        submission = await self.session.io.aside(
            lambda: compose("create", {"prompt": prompt, "dry_run": True, **asked})
        )
        encoded = dialect.encode(await self._submitting.uploaded(submission))
        body = parsed(
            await self.session.call(
                "POST",
                encoded.path,
                json=merged(encoded.json or {}, asked.get("extra_body", {})),
                # Nothing is made by it, so it may be asked again.
                repeatable=True,
                **sent(asked),
            )
        )
        return self.session.understood(body, "estimate", lambda: Estimate.model_validate(body))

    async def _make(self, operation: Operation, asked: Mapping[str, Any]) -> V:
        emulate = asked.get("emulate")
        asked = told({**asked, "emulate": self._emulate if emulate is None else emulate})
        submission = await self.session.io.aside(lambda: compose(operation, asked))
        if not (await self.session.dialect()).traits.takes_frames:
            submission = await with_frames_fetched(submission, self.frame, self.session.io)
        try:
            return self.held(await self._submitting.submit(submission, asked))
        except SubmitUnknown as unknown:
            self.recovery.offer(unknown)
            raise

    # -- asking --------------------------------------------------------------------------------

    async def retrieve(self, video_id: str, **call: Any) -> V:
        traits = (await self.session.dialect()).traits
        if not traits.retrieves:
            raise missing("retrieve", traits, self.session.server)
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
        place = {"after": after, "limit": limit, "order": order}
        how = sent(call)
        how["query"] = {**{name: str(value) for name, value in place.items() if value is not None}, **how["query"]}
        dialect = await self.session.dialect()
        traits = dialect.traits
        if not traits.lists or (traits.listed_by is not None and traits.listed_by not in how["query"]):
            raise missing("list", traits, self.session.server)
        page = dialect.decode_page(parsed(await self.session.call("GET", "/videos", **how)), limit)
        return [await self._decoded(video) for video in page["data"]], page

    async def wait(
        self,
        video: V,
        *,
        timeout: float | None = None,
        stall_timeout: float | None = 900.0,
        on_progress: Callable[[V], object] | None = None,
        poll_interval_ms: int | None = None,
        cancel_on_interrupt: bool = False,
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
            on_interrupt=(lambda: self._stopped(video.id)) if cancel_on_interrupt else None,
            interval=None if poll_interval_ms is None else poll_interval_ms / 1000,
        )
        await wait.until_ended()
        self.noted(video)
        waiting.raise_unless_completed(video)
        return video

    async def poll(self, video_id: str, **asked: Any) -> V:
        limits, call = _limits(asked)
        return await self.wait(await self.retrieve(video_id, **call), **limits)

    async def create_and_poll(self, *, prompt: str, **asked: Any) -> V:
        limits, asked = _limits(asked)
        video = await self.wait(await self.create(prompt=prompt, **asked), **limits)
        if asked.get("save_to") is not None:
            await self.save(video, asked["save_to"])
        return video

    # -- ending --------------------------------------------------------------------------------

    async def cancel(self, video_id: str, **call: Any) -> V:
        traits = (await self.session.dialect()).traits
        if not traits.cancels:
            raise missing("cancel", traits, self.session.server)
        video = await self._decoded(parsed(await self._call("POST", video_id, "/cancel", call, repeatable=True)))
        self.noted(video)
        return video

    async def delete(self, video_id: str, **call: Any) -> VideoDeleted:
        dialect = await self.session.dialect()
        if not dialect.traits.deletes:
            raise missing("delete", dialect.traits, self.session.server)
        answer = await self._call("DELETE", video_id, "", call)
        self.journal.ended(self.session.server, video_id, "deleted")
        return VideoDeleted.model_validate(dialect.decode_deleted(parsed(answer), video_id))

    async def _stopped(self, video_id: str) -> None:
        """End the work on a job: by a cancel, or by a delete where that is what ends it."""
        traits = (await self.session.dialect()).traits
        if traits.cancels or not (traits.deletes and traits.delete_frees):
            await self.cancel(video_id)
        else:
            await self.delete(video_id)

    # -- fetching ------------------------------------------------------------------------------

    async def download_content(self, video_id: str, *, variant: Variant | None = None, **call: Any) -> Content:
        dialect = await self.session.dialect()
        known = {"id": video_id}
        if dialect.traits.tells_urls:
            known = (await self.retrieve(video_id)).model_dump(mode="json")
        place = dialect.content(known, variant or "video")
        how = sent(call)
        how["query"] = {**place.query, **how["query"]}
        if place.url.startswith("data:"):
            answer = download.inlined(place.url)
        else:
            answer = await self.session.call("GET", place.url, **how)
        wanted = download.digest_of(answer.headers)
        if wanted is not None and hashlib.sha256(answer.body).hexdigest() != wanted:
            raise DownloadError(f"{video_id}: the bytes that came are not those the server holds", path=Path())
        if variant in {None, "video"}:
            self.journal.ended(self.session.server, video_id, "saved")
        return Content(answer.body, answer.headers.get("content-type", "application/octet-stream"))

    async def save(self, video: V, path: str | os.PathLike[str], *, variant: Variant = "video") -> Path:
        waiting.raise_unless_completed(video)
        main = variant == "video"
        if main:
            self.journal.saving(self.session.server, video.id, path)
        place = stitching.noted(self.session.home, self.session.server, video.id) if main else None
        saved = await (self._joined(video, path, place) if place else self._fetch(video, path, variant))
        if main:
            self.journal.ended(self.session.server, video.id, "saved")
        return saved

    async def frame(self, video_id: str, number: int) -> NDArray[np.uint8]:
        """One frame of a finished video, (H, W, 3) RGB: 0 is the first, -1 the last.

        Raises:
            MediaError: it has no such frame.
            MissingExtra: the extra `media` is needed to decode it.
        """
        video = await self.retrieve(video_id)
        waiting.raise_unless_completed(video)
        joins = stitching.noted(self.session.home, self.session.server, video.id)
        with TemporaryDirectory(prefix="cutaway-") as folder:
            place = Path(folder) / "video.mp4"
            if joins:
                path = await self._joined(video, place, joins)
            else:
                variant, number = lossless(number, (await self.session.dialect()).traits.variants)
                path = await self._fetch(video, place, variant)
            return await self.session.io.aside(lambda: decoded(path, number))

    async def _fetch(self, video: V, path: str | os.PathLike[str], variant: Variant) -> Path:
        """A finished video, or another `variant` of it, in a file."""
        main = variant == "video"
        digest = video.cutaway.sha256 if main and video.cutaway else None
        name = video.id if main else f"{video.id}-{variant}"
        dialect = await self.session.dialect()
        place = dialect.content(video.model_dump(mode="json"), variant)
        try:
            return await download.save(self.session, download.Source(place.url, place.query, name, digest), path)
        except (BadRequest, PermissionDenied, NotFound, Gone):
            # An address that was signed for a while; the server gives a new one.
            fresh = await self.retrieve(video.id) if "://" in place.url and dialect.traits.retrieves else video
            again = dialect.content(fresh.model_dump(mode="json"), variant)
            if again == place:
                raise
        return await download.save(self.session, download.Source(again.url, again.query, name, digest), path)

    async def _joined(self, video: V, path: str | os.PathLike[str], place: stitching.Place) -> Path:
        """A finished video of new frames and the clip that they belong to, in one file."""
        clip, backward = place
        with TemporaryDirectory(prefix="cutaway-") as folder:
            new = await self._fetch(video, Path(folder) / "new.mp4", "video")
            if not isinstance(clip, Path):
                clip = await self._submitting.clip(clip, Path(folder))
            return await self.session.io.aside(lambda: stitching.joined(clip, new, Path(path), backward=backward))

    # -- between the wire and the caller -------------------------------------------------------

    def held(self, body: Mapping[str, Any]) -> V:
        """A decoded body as the caller holds it."""
        return self.session.understood(body, "video", lambda: self._bound(self, body))

    def learn(self, video: V, body: Mapping[str, Any]) -> None:
        """Bring a video that the caller holds up to date."""
        self.renew(video, self.held(body))

    def renew(self, video: V, fresh: V) -> None:
        """Give `video` everything that `fresh` says. What was emulated only this client knows, and it stays."""
        if video.cutaway and video.cutaway.emulated and not fresh.cutaway:
            from cutaway.client.emulation import carried

            fresh = self.held(carried(fresh.model_dump(mode="json"), video))
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
        self, method: str, video_id: str, rest: str, call: Mapping[str, Any], *, repeatable: bool | None = None
    ) -> Answer:
        if not video_id:
            raise BadRequest("a video's id is wanted, not an empty text", code="invalid_request", param="video_id")
        return await self.session.call(method, below(video_id, rest), repeatable=repeatable, **sent(call))

    async def _decoded(self, body: Any) -> V:
        dialect = await self.session.dialect()
        return self.session.understood(body, "video", lambda: self._bound(self, dialect.decode_video(body)))


def _limits(asked: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The keywords of a wait, and all others."""
    others = {name: value for name, value in asked.items() if name not in Poll.__annotations__}
    limits = {
        "timeout": asked.get("wait_timeout"),
        "poll_interval_ms": asked.get("poll_interval_ms"),
        "cancel_on_interrupt": bool(asked.get("cancel_on_interrupt")),
    }
    return limits, others
