"""The pictures and clips a request names, found: uploads, videos made here, data: URIs, and addresses where allowed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cutaway.wire import Details, MediaFacts, Reference, State, Verb
from cutaway_runtime.jobs.ledger import NoSuchJob
from cutaway_runtime.server.refusal import Refusal, not_found
from cutaway_runtime.server.remote import fetch
from cutaway_runtime.server.uploads import arrive, take_in
from cutaway_runtime.worker.protocol import JobSpec, Source, TakeSlate

if TYPE_CHECKING:
    from cutaway_runtime.server.body import Arrived
    from cutaway_runtime.server.desk import Desk


@dataclass(frozen=True)
class Footage:
    """A reference resolved: the file, what is in it, and what it was made from."""

    source: Source
    facts: MediaFacts
    parent: str | None = None


async def footage(desk: Desk, reference: Reference, role: str, taken: list[str]) -> Footage:
    """What a reference names. One by a URL becomes a file of ours, which `reference` names from then on.

    Args:
        desk: of this server.
        reference: as it came.
        role: what it is for, as the client calls it; it stands in refusals.
        taken: ids of files that came into being by this; added to.

    Raises:
        Refusal: there is no such thing, it is not finished, or it is nothing that can be used.
    """
    if reference.url is not None:
        stored = await take_in(desk, await bytes_behind(desk, reference.url, role), param=role)
        taken.append(stored.file.id)
        reference.url, reference.file_id = None, stored.file.id
    if reference.file_id is not None:
        return await _uploaded(desk, reference.file_id, role)
    assert reference.id is not None
    if reference.id.startswith("file"):
        return await _uploaded(desk, reference.id, role)
    return await _generated(desk, reference, role)


async def bytes_behind(desk: Desk, url: str, role: str) -> Arrived:
    """What a data: URI holds, or an address if that is allowed, on the shelf. Raises `Refusal`."""
    if url[:5].lower() == "data:":
        return await asyncio.to_thread(arrive, desk, url, role)
    return await fetch(desk, url, role)


async def _uploaded(desk: Desk, file_id: str, role: str) -> Footage:
    stored = desk.queue.ledger.file(file_id)
    if stored is None or stored.file.media is None or not desk.shelf.holds(desk.shelf.file(file_id)):
        raise not_found("file", file_id, param=role)
    name = desk.shelf.name(desk.shelf.file(file_id))
    return Footage(Source(path=name, container=stored.container), stored.file.media)


_CONTAINER: Final = {"mp4": "mp4", "prores": "mov", "dnxhr": "mov", "ffv1": "matroska"}


async def _generated(desk: Desk, reference: Reference, role: str) -> Footage:
    """A video that was made here; a whole take of ours brings along what it was painted from."""
    assert reference.id is not None
    try:
        job = desk.queue.job(reference.id)
    except NoSuchJob:
        raise not_found("video", reference.id, param=role) from None
    if job.state is not State.COMPLETED:
        raise Refusal(
            409, "video_not_ready", f"{role}: {job.id} is {job.state}; wait until it is completed", param=role
        )
    made = JobSpec.model_validate_json(job.spec)
    details = job.video().cutaway or Details()
    container = _CONTAINER.get(details.format)
    if container is None:
        raise Refusal(
            400,
            "invalid_media",
            f"{role}: {job.id} is a sequence of pictures; name a video in a film format",
            param=role,
        )
    facts = MediaFacts(
        kind="video",
        width=made.effective.width,
        height=made.effective.height,
        frames=details.num_frames or 0,
        fps=details.fps,
        duration_s=details.duration_s,
    )
    slate = None
    if details.verb is Verb.GENERATE and reference.frame is None and not made.effective.cards:
        e = made.effective
        slate = TakeSlate(engine=details.engine or e.model, prompt=made.request.prompt, seed=e.seed, style=e.style)
    name = desk.shelf.name(desk.shelf.video(job.id, details.format))
    return Footage(Source(path=name, container=container, slate=slate), facts, job.id)
