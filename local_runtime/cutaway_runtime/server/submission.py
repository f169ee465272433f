"""A request on its way to being a job: parsed, resolved, stored, queued; or refused before anything was promised."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cutaway.wire import (
    MEDIA_TYPE,
    Adjustment,
    Details,
    Estimate,
    ModelInfo,
    Profile,
    Reference,
    Verb,
    Video,
    VideoCreate,
)
from cutaway_runtime.jobs.intake import NewJob, QueueFull
from cutaway_runtime.jobs.job import seconds_text
from cutaway_runtime.jobs.keyring import QuotaSpent, scoped
from cutaway_runtime.jobs.keys import KeyReused
from cutaway_runtime.jobs.shelf import new_video_id
from cutaway_runtime.plan.effective import Effective, resolve
from cutaway_runtime.plan.request import Operation, field_of, references, verb_of
from cutaway_runtime.server.body import Arrived, Body, read_body
from cutaway_runtime.server.casting import cast_of
from cutaway_runtime.server.choosing import chosen
from cutaway_runtime.server.desk import Desk, desk_of, models
from cutaway_runtime.server.estimate import estimate_of, pause_of
from cutaway_runtime.server.fields import digest_text, request_of, values_of
from cutaway_runtime.server.footage import footage
from cutaway_runtime.server.refusal import Refusal
from cutaway_runtime.server.uploads import take_in
from cutaway_runtime.worker.protocol import JobSpec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from fastapi import Request
    from pydantic import BaseModel

    from cutaway_runtime.jobs.job import Job

SEEDS: Final = 2**63
"""How many seeds there are."""
_KEY: Final = re.compile(r"^[\x21-\x7e]{1,255}\Z")


@dataclass
class Sent:
    """A request that was understood. `files` are those it brought, by the names of their fields."""

    operation: Operation
    wanted: VideoCreate
    verb: Verb
    digest: str
    """Equal for equal requests, however they were written."""
    files: list[tuple[str, Arrived]]
    sent_as: dict[str, str] = field(default_factory=dict)
    """Names of other servers that were used, by the fields they mean."""
    overruled: list[str] = field(default_factory=list)
    """What was sent beside something of the same name that counts for more."""
    taken: list[str] = field(default_factory=list)
    """Ids of the files that came into being while its references were resolved."""
    kept: bool = False
    """A job was made of it, so its files stay."""


async def submit(request: Request, operation: Operation, *, video_id: str | None = None) -> tuple[Job | Estimate, bool]:
    """The job that a POST becomes, and whether an earlier one answers it; of a dry run, what it would come to.

    Raises:
        Refusal, PlanError: why it does not become one.
    """
    desk = desk_of(request)
    desk.accept()
    key = scoped(desk.caller, key_of(request))
    repeat = key is None and request.headers.get("x-stainless-retry-count", "0") not in {"", "0"}
    try:
        async with received(request, operation, video_id=video_id) as sent:
            if key is not None or repeat:
                earlier = await desk.queue.run(desk.queue.store.earlier, sent.digest, key, repeat=repeat)
                if earlier is not None:
                    return earlier, True
            desk.admit()
            video, spec = await planned(desk, sent)
            if sent.wanted.cutaway.dry_run:
                return estimate_of(desk, video, sent.wanted.n), False
            first, *others = takes(desk, video, spec, sent.wanted.n)
            job, replayed = await desk.queue.submit(NewJob(*first, sent.digest, key, repeat, desk.caller, others))
            sent.kept = not replayed  # the same request, sent twice at once
            return job, replayed
    except QueueFull as full:
        raise Refusal(429, "queue_full", str(full), headers={"retry-after": str(pause_of(desk))}) from None
    except QuotaSpent as spent:
        wait = str(max(1, round(spent.resets_at - time.time())))
        headers = {"retry-after": wait, "x-should-retry": "false"}
        raise Refusal(429, "quota_exceeded", str(spent), headers=headers) from None
    except KeyReused:
        raise key_reused() from None


@asynccontextmanager
async def received(request: Request, operation: Operation, *, video_id: str | None = None) -> AsyncIterator[Sent]:
    """A request as it came. Its files are gone at the end of the block, unless `kept` was set in it.

    Raises:
        Refusal: nothing that can be meant.
    """
    desk = desk_of(request)
    settings = desk.settings
    if request.headers.get("content-type", "").startswith("multipart/"):
        desk.admit(request)
    body = await read_body(
        request, desk.shelf, desk.reserve, json_bytes=settings.json_bytes, upload_bytes=settings.upload_bytes
    )
    sent = None
    try:
        values, overruled = values_of(body, desk.shelf)
        wanted, sent_as = request_of(values)
        if video_id is not None:
            wanted.video = Reference(id=video_id)
        verb = verb_of(wanted, operation)
        named = references(wanted, verb).values()
        digest = digest_of(desk, f"{operation} {video_id or ''}", wanted, named, body)
        sent = Sent(operation, wanted, verb, digest, body.files, sent_as, overruled)
        yield sent
    finally:
        if sent is None or not sent.kept:
            for file_id in [*(file.id for _name, file in body.files), *(sent.taken if sent else [])]:
                await desk.queue.run(desk.queue.store.files.bury, file_id)
                await asyncio.to_thread(desk.shelf.remove_file, file_id)


def key_reused() -> Refusal:
    """422: one key, two requests."""
    message = "this Idempotency-Key was sent with another request; a new request needs a new key"
    return Refusal(422, "idempotency_key_reuse", message)


def key_of(request: Request) -> str | None:
    """The request's idempotency key, where it has one."""
    key = request.headers.get("idempotency-key")
    return None if key is None else checked_key(key)


def checked_key(key: str) -> str:
    """An idempotency key that can be one.

    Raises:
        Refusal: 400, it cannot.
    """
    if not _KEY.match(key):
        raise Refusal(400, "invalid_request", "an Idempotency-Key has 1 to 255 printable characters, and no spaces")
    return key


def digest_of(desk: Desk, where: str, wanted: BaseModel, named: Iterable[Reference], body: Body) -> str:
    """Equal for equal requests of one caller. Of an upload its bytes count, not its id: that is new every time."""
    contents = {file.id: file.sha256 for _name, file in body.files}
    for reference in named:
        stored = desk.queue.ledger.file(reference.file_id or reference.id or "")
        if stored is not None and stored.file.sha256:
            contents[stored.file.id] = stored.file.sha256
    text = digest_text(wanted)
    for file_id, sha256 in contents.items():
        text = text.replace(file_id, f"sha256:{sha256}")
    whose = "" if desk.caller.is_operator else f"{desk.caller.owner}\n"
    return hashlib.sha256(f"{whose}{where}\n{text}".encode()).hexdigest()


def takes(desk: Desk, video: Video, spec: JobSpec, n: int) -> list[tuple[Video, str]]:
    """The takes of one request, each a video of its own: as planned, then with the seeds that follow."""
    ids = [video.id, *(new_video_id() for _ in range(n - 1))]
    assert video.cutaway is not None
    made = []
    for number, take_id in enumerate(ids):
        siblings = [other for other in ids if other != take_id]
        seed = (spec.effective.seed + number) % SEEDS
        output = desk.shelf.name(desk.shelf.video(take_id, spec.effective.format))
        details = video.cutaway.model_copy(update={"seed": seed, "siblings": siblings})
        effective = spec.effective.model_copy(update={"seed": seed})
        take = spec.model_copy(update={"job_id": take_id, "effective": effective, "output": output})
        shown = video.model_copy(update={"id": take_id, "cutaway": details})
        made.append((shown, take.model_dump_json(by_alias=True)))
    return made


async def planned(desk: Desk, sent: Sent) -> tuple[Video, JobSpec]:
    """The video as it will be shown, and what the worker is told.

    Raises:
        Refusal, PlanError: why it cannot be made.
    """
    wanted, verb = sent.wanted, sent.verb
    named = {reference.file_id for reference in references(wanted, verb).values()}
    for name, file in sent.files:
        if file.id in named:
            await take_in(desk, file, param=name)
        else:
            desk.shelf.remove_file(file.id)
    cast = cast_of(desk.queue.ledger, desk.shelf, wanted, verb)
    model, adjustments = chosen(wanted, verb, len(cast.people), desk.settings.aliases)
    found = {
        role: await footage(desk, ref, field_of(role), sent.taken) for role, ref in references(wanted, verb).items()
    }
    facts = {role: one.facts for role, one in found.items()}
    effective = resolve(wanted, verb, facts, model, secrets.randbelow(2**31), models().values(), cast.people)
    effective.ignored_params = _unread(sent, effective.ignored_params)
    video_id = new_video_id()
    parents = list(dict.fromkeys(one.parent for one in found.values() if one.parent))
    spec = JobSpec(
        job_id=video_id,
        effective=effective,
        request=wanted,
        sources={role: one.source for role, one in found.items()} | cast.sources,
        output=desk.shelf.name(desk.shelf.video(video_id, effective.format)),
    )
    video = Video(
        id=video_id,
        prompt=wanted.prompt,
        model=model.id,
        seconds=seconds_text(effective.num_frames, effective.rate) if effective.num_frames is not None else "",
        size=effective.size,
        remixed_from_video_id=parents[0] if sent.operation in {"edit", "remix"} and parents else None,
        cutaway=_details(wanted, effective, model, parents, [*adjustments, *cast.adjustments, *effective.adjustments]),
    )
    return video, spec


def _unread(sent: Sent, ignored: list[str]) -> list[str]:
    """What was sent and is not used, by the names it was sent under.

    Raises:
        Refusal: 400, there is some, and the request is strict.
    """
    as_sent = [sent.sent_as.get(name, sent.sent_as.get(f"cutaway.{name}", name)) for name in ignored]
    unread = [*as_sent, *sent.overruled]
    if unread and sent.wanted.strict:
        why = f"this would be ignored, and the request is strict: {', '.join(unread)}"
        raise Refusal(400, "unknown_parameter", why, param=unread[0].partition(" ")[0])
    return unread


def _details(
    wanted: VideoCreate, effective: Effective, model: ModelInfo, parents: list[str], adjustments: list[Adjustment]
) -> Details:
    count = effective.num_frames
    return Details(
        verb=effective.verb,
        engine=model.id,
        preview=model.preview,
        rank=effective.rank,
        profile=None if model.preview else wanted.cutaway.profile or Profile.EXACT,
        num_frames=count,
        fps=effective.fps,
        duration_s=effective.rate.seconds(count) if count is not None else None,
        seed=effective.seed,
        style=effective.style or None,
        priority=wanted.cutaway.priority,
        deadline_at=None if wanted.cutaway.deadline_s is None else round(time.time() + wanted.cutaway.deadline_s, 3),
        format=effective.format,
        media_type=MEDIA_TYPE[effective.format][0],
        adjustments=adjustments,
        ignored_params=effective.ignored_params,
        characters=[person.id for person in effective.cast],
        parent_ids=parents,
    )
