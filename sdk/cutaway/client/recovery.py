"""What was left behind: creates that were never answered, and jobs whose videos nobody has fetched.

the server honours keys     the request is sent again under its key where this client still has it,
                            and elsewhere the server is asked for the job of that key
it does not                 its newest jobs are compared with what was noted: prompt, model, size, time
"""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from cutaway.client.download import file_name
from cutaway.client.io import run
from cutaway.client.journal import digest_of_prompt
from cutaway.client.refusal import parsed
from cutaway.errors import APIError, JobError, NotFound, SubmitAmbiguous, SubmitNotFound, SubmitUnknown
from cutaway.wire import Status
from cutaway.wire import Video as WireVideo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cutaway.client.journal import Entry, Journal
    from cutaway.client.operations import VideoOperations
    from cutaway.client.submitting import Submitting
    from cutaway.client.video import AsyncVideo, Video

V = TypeVar("V", bound=WireVideo)

WINDOW: Final = (60.0, 900.0)
"""Seconds before and after it was noted within which a job may have been made: a server may be warming up."""
RESEND: Final = 20 * 3600.0
"""Seconds for which a request may be sent again under its key; servers know keys for a day."""
PAGES: Final = 5
"""Pages of a hundred jobs that are looked through."""


class Recovery(Generic[V]):
    """Finds, for one client, what was left behind."""

    def __init__(self, operations: VideoOperations[V], journal: Journal, submitting: Submitting) -> None:
        self._videos, self._journal, self._submitting = operations, journal, submitting
        self._session = operations.session

    def offer(self, unknown: SubmitUnknown) -> None:
        """Make `unknown.recover()` work."""
        unknown._recovering = lambda: self._session.finish(self.recover(unknown.key))  # noqa: SLF001 - its own client

    def entries(self) -> list[Entry]:
        """What the journal knows of this server, oldest first."""
        return self._journal.entries(self._session.server)

    def is_saved(self, video_id: str) -> bool:
        """Whether a process of this machine has saved a video, such as the one that asked for it and still lives."""
        return any(entry.video_id == video_id and entry.state == "saved" for entry in self.entries())

    def forget(self, key: str | None) -> str:
        """A create without an answer is not looked for any more; its key."""
        entry = self._entry(key)
        self._submitting.settled(entry.key)
        if entry.state in {"sending", "unknown"}:
            self._journal.refused(entry.key)
        return entry.key

    async def recover(self, key: str | None = None) -> V:
        """The job of a create that was never answered: of the one with this key, or of the newest one.

        Raises:
            SubmitNotFound, SubmitAmbiguous, SubmitUnknown: which job it is cannot be told, and why.
            APIError: sent again under its key, it was refused; so there is no job.
        """
        await self._session.address()
        entry = self._entry(key)
        if entry.video_id is not None:
            return await self._videos.retrieve(entry.video_id)
        try:
            body = await self._found(entry)
        except SubmitUnknown as unknown:
            unknown.digest = entry.digest
            self.offer(unknown)
            raise
        return self._videos.held(body)

    async def resume(self, *, save: bool = False) -> list[V]:
        """What was asked of this server and not saved yet, oldest first, creates without an answer included where
        their jobs can be told.
        """
        await self._session.address()
        for entry in self._journal.unanswered(self._session.server):
            try:
                await self.recover(entry.key)
            except (SubmitUnknown, APIError):
                continue
        videos: list[V] = []
        if not (await self._session.dialect()).traits.retrieves:
            return videos
        for entry in self._journal.unfinished(self._session.server):
            assert entry.video_id is not None
            try:
                video = await self._videos.retrieve(entry.video_id)
            except NotFound:
                if entry.account in {"", self._session.account}:
                    self._journal.ended(self._session.server, entry.video_id, "deleted")
                continue
            if save:
                await self._brought(video, entry)
                videos.append(video)
            elif video.status != Status.FAILED:
                videos.append(video)
        return videos

    async def _brought(self, video: V, entry: Entry) -> None:
        """Wait for a video and save it where it was meant to go, if that is known."""
        try:
            await self._videos.wait(video)
        except JobError:
            return
        if entry.path is not None and not self.is_saved(video.id):
            await self._videos.save(video, place_for(entry.path, video.id))

    def _entry(self, key: str | None) -> Entry:
        """The entry in question.

        Raises:
            SubmitNotFound: there is none.
        """
        server = self._session.server
        noted = {entry.key: entry for entry in self._journal.entries(server)}
        if key is None:
            waiting = [entry for entry in noted.values() if entry.state == "unknown"]
            entry = waiting[-1] if waiting else self._submitting.entry(None)
        else:
            entry = noted.get(key) or self._submitting.entry(key)
        if entry is None:
            what = "no create is without an answer" if key is None else f"no create with the key {key} is known"
            raise SubmitNotFound(f"{what}: the journal of this machine has none for {server}", key=key or "")
        return entry

    async def _found(self, entry: Entry) -> dict[str, Any]:
        """The body of the job that a create became, noted as accepted."""
        dialect = await self._session.dialect()
        if dialect.traits.honours_keys:
            fresh = time.time() - entry.created < RESEND
            sent = await self._submitting.again(entry.key) if fresh else None
            return sent if sent is not None else self._submitting.answered(entry.key, await self._by_key(entry))
        if not dialect.traits.lists or dialect.traits.listed_by is not None:
            raise SubmitUnknown(
                f"{self._session.server} ({dialect.traits.title}) neither honours keys nor lists its jobs, so nobody "
                f"here can tell whether the create with the key {entry.key} became one; look where it shows its jobs",
                key=entry.key,
            )
        return self._submitting.answered(entry.key, await self._by_likeness(entry))

    async def _by_key(self, entry: Entry) -> dict[str, Any]:
        answer = await self._session.call("GET", "/videos", query={"idempotency_key": entry.key})
        if answer.headers.get("idempotency-key") != entry.key:
            return await self._by_likeness(entry)
        body = parsed(answer)
        page = (await self._session.dialect()).decode_page(body, 1)
        if not page["data"]:
            if entry.account not in {"", self._session.account}:
                raise SubmitNotFound(
                    f"{self._session.server} shows this key no job of {entry.key}, which was sent with another key; "
                    "look with that one",
                    key=entry.key,
                )
            self._journal.refused(entry.key)
            raise SubmitNotFound(
                f"{self._session.server} has no job of the key {entry.key}: the create never arrived, or its job was "
                "deleted. It is safe to ask for the video again",
                key=entry.key,
            )
        return page["data"][0]  # type: ignore[no-any-return]

    async def _by_likeness(self, entry: Entry) -> dict[str, Any]:
        """The one job among the newest that can be it."""
        seen, behind = await self._newest(entry)
        others = {known.video_id for known in self._journal.entries(self._session.server)}
        near = [video for video in seen if video.id not in others and _fits(video, entry, behind)]
        sure = [video for video in near if entry.prompt and digest_of_prompt(video.prompt or "") == entry.prompt]
        asked = f"the create with the key {entry.key}, sent {_clock(entry.created)},"
        if len(sure) == 1:
            return sure[0].model_dump(mode="json")
        if not near:
            raise SubmitNotFound(
                f"none of the {len(seen)} newest jobs of {self._session.server} is {asked} by prompt, model, size and "
                "time, so most likely it never arrived. Ask for the video again, or look once more later: a server may "
                "be slow to list what it makes",
                key=entry.key,
            )
        candidates = tuple(sure or near)
        why = "several of its jobs" if len(candidates) > 1 else "prompts do not tell its jobs apart, and one of them"
        raise SubmitAmbiguous(
            f"{self._session.server} cannot tell which job {asked} became: {why} could be it "
            f"({', '.join(video.id for video in candidates)})",
            key=entry.key,
            candidates=candidates,
        )

    async def _newest(self, entry: Entry) -> tuple[list[V], float]:
        """Jobs from the newest back to before the create, and by how many seconds the server's clock is behind ours."""
        found: list[V] = []
        after, behind = None, 0.0
        for _ in range(PAGES):
            with self._session.hearing() as answers:
                videos, page = await self._videos.page(after=after, limit=100, order="desc")
            behind = _behind(answers[-1].headers)
            found += videos
            after = page.get("last_id")
            oldest = min((video.created_at for video in videos if video.created_at), default=0)
            if not page.get("has_more") or not after or oldest < entry.created - behind - WINDOW[0]:
                break
        return found, behind


def _fits(video: WireVideo, entry: Entry, behind: float) -> bool:
    """Whether nothing that the server says about a job speaks against its being the one."""
    before, after = WINDOW
    if not -before <= video.created_at + behind - entry.created <= after:
        return False
    if video.prompt and entry.prompt and digest_of_prompt(video.prompt) != entry.prompt:
        return False
    # Gateways put a provider before a model's name, or leave it out.
    models = [name.rsplit("/", 1)[-1] for name in (video.model or "", entry.model)]
    if all(models) and models[0] != models[1]:
        return False
    return not (video.size and entry.size and video.size != entry.size)


def _behind(headers: Mapping[str, str]) -> float:
    try:
        return time.time() - parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        return 0.0


def _clock(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def place_for(path: str, video_id: str) -> Path:
    """Where a video goes that was meant for `path`: there, or beside a file that has meanwhile taken the place."""
    place = Path(path)
    return place.with_name(f"{place.stem}-{file_name(video_id)}{place.suffix}") if place.is_file() else place


class VideoRecovery:
    """What was left behind, blocking."""

    _logic: VideoOperations[Video]

    def resume(self, *, save: bool = False) -> Sequence[Video]:
        """What this machine asked of this server and has not saved yet, oldest first, as it stands now.

        The journal in the home folder knows, also after a crash: wait for these videos, save them, or
        delete them. With `save` each is waited for, one that failed as well, and saved to the path it was
        asked with (`save_to`) or was being saved to; beside it, under its id, where another file is there now.
        A create that was never answered is looked for first; those that cannot be found stay in `journal()`.
        """
        return run(self._logic.recovery.resume(save=save))

    def recover(self, key: str | None = None) -> Video:
        """The job of a create that was never answered: of the one with this key, or of the newest one.

        A server that honours keys tells for certain. Elsewhere the newest jobs are compared by prompt,
        model, size and time, and only a single one that fits is it.

        Raises:
            SubmitNotFound: no job is it; the message says how sure that is.
            SubmitAmbiguous: more than one could be it; `candidates` are those.
            SubmitUnknown: this server can tell nothing.
        """
        return run(self._logic.recovery.recover(key))

    def forget(self, key: str | None = None) -> str:
        """Look no more for a create that was never answered: the one with this key, or the newest one; its key.

        Raises:
            SubmitNotFound: there is none.
        """
        return self._logic.recovery.forget(key)

    def journal(self) -> Sequence[Entry]:
        """What this machine has asked of this server, oldest first: its key, its job, its path and what became of it.

        In state "unknown" are creates that were sent and never answered; `recover` finds their jobs.
        """
        return self._logic.recovery.entries()


class AsyncVideoRecovery:
    """What was left behind, for asyncio."""

    _logic: VideoOperations[AsyncVideo]

    async def resume(self, *, save: bool = False) -> Sequence[AsyncVideo]:
        """What this machine asked of this server and has not saved yet, oldest first, as it stands now.

        The journal in the home folder knows, also after a crash: wait for these videos, save them, or
        delete them. With `save` each is waited for, one that failed as well, and saved to the path it was
        asked with (`save_to`) or was being saved to; beside it, under its id, where another file is there now.
        A create that was never answered is looked for first; those that cannot be found stay in `journal()`.
        """
        return await self._logic.recovery.resume(save=save)

    async def recover(self, key: str | None = None) -> AsyncVideo:
        """The job of a create that was never answered: of the one with this key, or of the newest one.

        A server that honours keys tells for certain. Elsewhere the newest jobs are compared by prompt,
        model, size and time, and only a single one that fits is it.

        Raises:
            SubmitNotFound: no job is it; the message says how sure that is.
            SubmitAmbiguous: more than one could be it; `candidates` are those.
            SubmitUnknown: this server can tell nothing.
        """
        return await self._logic.recovery.recover(key)

    async def forget(self, key: str | None = None) -> str:
        """Look no more for a create that was never answered: the one with this key, or the newest one; its key.

        Raises:
            SubmitNotFound: there is none.
        """
        return self._logic.recovery.forget(key)

    async def journal(self) -> Sequence[Entry]:
        """What this machine has asked of this server, oldest first: its key, its job, its path and what became of it.

        In state "unknown" are creates that were sent and never answered; `recover` finds their jobs.
        """
        return self._logic.recovery.entries()
