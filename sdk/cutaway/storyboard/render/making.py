"""Units become files: restored from the cache, or asked for, awaited, checked and kept.

    what it needs is there -> budget -> submit (the ledger first) -> wait -> save -> measure -> cache -> in place

At most `jobs` are under way at a time. One that fails does not stop the others; what needs it fails with it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cutaway import errors
from cutaway.storyboard.render import pictures
from cutaway.storyboard.render.budget import cost
from cutaway.storyboard.render.cache import Slate
from cutaway.storyboard.render.lock import Locked
from cutaway.storyboard.render.outcome import Outcome, Result
from cutaway.storyboard.render.pace import megapixel_frames
from cutaway.storyboard.render.plan import Action
from cutaway.storyboard.render.unit import Made, as_arguments
from cutaway.wire import Status, Video

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from cutaway.client.client import AsyncCutaway
    from cutaway.client.video import AsyncVideo
    from cutaway.storyboard.render.budget import Budget
    from cutaway.storyboard.render.cache import Cache
    from cutaway.storyboard.render.hashes import Hashes
    from cutaway.storyboard.render.ledger import Entry, Ledger
    from cutaway.storyboard.render.manifest import Prices
    from cutaway.storyboard.render.offer import Offer
    from cutaway.storyboard.render.pace import Pace
    from cutaway.storyboard.render.plan import Step

ATTEMPTS: Final = 3
"""Jobs of earlier runs that turned out failed or gone, before one gives up."""
SPOKEN: Final = 10.0
"""Seconds between two lines about one job."""
EXPECTED: Final = (errors.CutawayError, OSError, ValueError)
"""What may go wrong with one unit and leaves the others alone."""


@dataclass
class Workshop:
    """What all units of a run share."""

    client: Callable[[], AsyncCutaway]
    offer: Callable[[], Awaitable[Offer]]
    out: Path
    cache: Cache
    hashes: Hashes
    ledger: Ledger
    pace: Pace
    budget: Budget
    prices: Prices | None
    say: Callable[[str], None]
    jobs: int = 1
    force: bool = False
    strict: bool = False
    """The lock decides: a result that is not the locked one is a failure."""
    gate: float | None = None

    def estimate(self, step: Step) -> float | None:
        """What a step will take of the budget, in its unit; None where nothing is known."""
        if self.budget.limit is not None and self.budget.limit.currency:
            return cost(self.prices, step.pin.model, step.length)
        return self.pace.estimate(step.pin.model, step.unit.kind, step.weight)


class Making:
    """One run over the plan's units that are no cuts."""

    def __init__(self, workshop: Workshop, steps: Sequence[Step]) -> None:
        self.shop, self.steps = workshop, steps
        self._places = asyncio.Semaphore(workshop.jobs)
        self._alone = asyncio.Lock()
        self._ends: dict[str, asyncio.Task[Outcome]] = {}
        self._left = sum(step.action is not Action.FRESH for step in steps)
        self._of = self._left
        self._indent = " " * len(f"[{self._of}/{self._of}]")

    async def outcomes(self) -> list[Outcome]:
        """What came of each step, in their order. Cancelled, it leaves jobs alive and the ledger naming them."""
        async with asyncio.TaskGroup() as group:
            for step in self.steps:
                self._ends[step.unit.id] = group.create_task(self._end(step))
        return [task.result() for task in self._ends.values()]

    async def _end(self, step: Step) -> Outcome:
        outcome = outcome_of(step)
        try:
            for needed in step.unit.needs:
                before = await self._ends[needed]
                if not before.is_there and step.action is not Action.FRESH:
                    return self._told(step, _left_out(outcome, before))
            await self._brought(step, outcome)
        except EXPECTED as error:
            outcome.result, outcome.error = Result.FAILED, str(error)
        gate = self.shop.gate
        if gate is not None and outcome.is_there and outcome.locked and outcome.locked.seam is not None:
            outcome.below_gate = outcome.locked.seam < gate
            if outcome.below_gate:
                outcome.error = f"its worst seam is {outcome.locked.seam:.2f}, below the gate of {gate:.2f}"
        return self._told(step, outcome)

    async def _brought(self, step: Step, outcome: Outcome) -> None:
        path = self.shop.out / step.unit.output
        if step.action is Action.FRESH:
            outcome.locked = step.known or locked_of(step, step.slate)
            return
        if step.action is Action.RESTORE and step.slate is not None:
            if await asyncio.to_thread(self.shop.cache.fetch, step.slate, path):
                _describe(outcome, step, step.slate)
                self._check_locked(step, step.slate)
                outcome.result = Result.RESTORED
                return
            outcome.why = "its entry in the cache is damaged"
        async with self._turn(step) as estimate:
            if not self.shop.budget.reserve(estimate):
                outcome.result = Result.SKIPPED
                outcome.error = "" if estimate is None else f"about {_amount(estimate, self.shop.budget.limit)} more"
                outcome.error = (
                    f"not begun: the budget of {self.shop.budget.limit} does not reach ({outcome.error or 'spent'})"
                )
                return
            took = 0.0
            try:
                slate = await self._made(step, outcome, path)
                took = slate.seconds or 0.0
                _describe(outcome, step, slate)
                outcome.result, outcome.seconds = Result.MADE, slate.seconds
            finally:
                limit = self.shop.budget.limit
                paid = (estimate or 0.0) if limit is not None and limit.currency else took
                self.shop.budget.settle(estimate, paid)

    @asynccontextmanager
    async def _turn(self, step: Step) -> AsyncIterator[float | None]:
        """A place among those under way, and the estimate. With a budget, what has none goes one at a time."""
        budget = self.shop.budget
        if budget.limit is not None and self.shop.estimate(step) is None:
            async with self._alone, self._places:
                yield self.shop.estimate(step)
        else:
            async with self._places:
                yield self.shop.estimate(step)

    # -- a job ---------------------------------------------------------------------------------

    async def _made(self, step: Step, outcome: Outcome, path: Path) -> Slate:
        """A unit's file in its place, made on the server; and what there is to say of it."""
        entry = self.shop.ledger.entry(step.key)
        if self.shop.force and not entry.open:
            entry = entry.next_attempt()
        self.shop.say(f"{self._indent} make     {step.unit.id}: {_of_what(step)}")
        began = time.monotonic()
        part = self.shop.out / ".cutaway" / f"{step.key[:32]}{Path(step.unit.output).suffix}"
        part.parent.mkdir(parents=True, exist_ok=True)
        entry, video = await self._finished(step, entry, outcome, part)
        took = video.cutaway.usage.wall_s if video.cutaway and video.cutaway.usage else None
        seconds = took if took is not None else time.monotonic() - began
        slate = await asyncio.to_thread(self._kept, step, video, part, seconds)
        outcome.notes += slate.notes
        path.parent.mkdir(parents=True, exist_ok=True)
        part.replace(path)
        self.shop.ledger.fetched(entry)
        self._learn(step, slate)
        return slate

    async def _finished(self, step: Step, entry: Entry, outcome: Outcome, part: Path) -> tuple[Entry, AsyncVideo]:
        """The completed job of a unit, saved: the one that an earlier run submitted, or a new one."""
        watch = self._watch(step)
        for _ in range(ATTEMPTS):
            inherited = entry.known
            try:
                entry, video = await self._submitted(step, entry, outcome)
                video = await video.wait(on_progress=watch)
                await video.save(part)
                return entry, video
            except (errors.JobFailed, errors.JobCancelled):
                entry = self.shop.ledger.write(entry.next_attempt())
                if not inherited:
                    raise
            except (errors.NotFound, errors.Gone, errors.JobLost):
                if not inherited:
                    raise
                entry = self.shop.ledger.write(entry.next_attempt())  # the server has forgotten job or upload
        raise errors.SubmitUnknown(
            f"{ATTEMPTS} jobs of earlier runs ended without a video; see `cutaway jobs`", key=entry.idempotency_key
        )

    async def _submitted(self, step: Step, entry: Entry, outcome: Outcome) -> tuple[Entry, AsyncVideo]:
        """The job of an attempt: looked up where an earlier run submitted it, else submitted."""
        videos: Any = self.shop.client().videos
        if entry.job is not None:
            self.shop.say(f"{self._indent} goes on  {step.unit.id}: {entry.job}, from an earlier run")
            return entry, await videos.retrieve(entry.job)
        entry, media = await self._inputs(step, entry)
        entry = self.shop.ledger.write(replace(entry, open=True))
        arguments = {**step.unit.arguments, "model": step.pin.model or None}
        key = {"Idempotency-Key": entry.idempotency_key}
        video = await getattr(videos, step.unit.method)(**arguments, **media, extra_headers=key)
        outcome.made_jobs += 1
        return self.shop.ledger.write(replace(entry, job=video.id)), video

    async def _inputs(self, step: Step, entry: Entry) -> tuple[Entry, dict[str, Any]]:
        """A unit's media as the client takes them; uploads are noted, so that a repeat names the same ones."""
        paths = self._paths(step)
        if not paths or not (await self.shop.offer()).keeps_files:
            return entry, as_arguments(paths)
        files, media = dict(entry.files), {}
        for argument, path in paths.items():
            content = self.shop.hashes.of(path)
            if content not in files:
                files[content] = (await self.shop.client().files.create(file=path)).id
            media[argument] = {"file_id": files[content]}
        return self.shop.ledger.write(replace(entry, files=files)), as_arguments(media)

    def _paths(self, step: Step) -> dict[str, Path]:
        outputs = {other.unit.id: self.shop.out / other.unit.output for other in self.steps}
        return {
            argument: outputs[given.id] if isinstance(given, Made) else given
            for argument, given in step.unit.inputs.items()
        }

    def _kept(self, step: Step, video: Video, part: Path, seconds: float) -> Slate:
        """A downloaded result measured, compared with the lock and kept in the cache."""
        from cutaway.storyboard.render.joins import worst

        seam = worst(step.unit, self._paths(step), part)
        slate = slate_of(step.key, video, part, self.shop.hashes.of(part), seconds=seconds, seam=seam)
        slate = replace(slate, pictures=pictures.digest(part))
        self._check_locked(step, slate)
        self.shop.cache.store(slate, part)
        return slate

    def _check_locked(self, step: Step, slate: Slate) -> None:
        known = step.known
        if not self.shop.strict or known is None or known.files.get(step.unit.output) == slate.sha256:
            return
        if known.pictures is None or slate.pictures is None:
            raise ValueError(
                "whether the result is the locked one cannot be told without decoding it; "
                'pip install "cutaway[media]", and lock anew with it'
            )
        if known.pictures != slate.pictures:
            raise ValueError(
                f"the result (revision {slate.revision}) shows other pictures than the one of the lock "
                f"(revision {known.revision}); the server has changed: render without --locked to lock anew"
            )

    def _learn(self, step: Step, slate: Slate) -> None:
        if slate.seconds is None:
            return
        weight = megapixel_frames(slate.frames, slate.size) if slate.frames and slate.size else step.weight
        self.shop.pace.learn(step.pin.model, step.unit.kind, weight, slate.seconds)

    # -- what is said --------------------------------------------------------------------------

    def _watch(self, step: Step) -> Callable[[Video], None]:
        spoken = time.monotonic()

        def watch(video: Video) -> None:
            nonlocal spoken
            if time.monotonic() - spoken > SPOKEN:
                spoken = time.monotonic()
                phase = video.cutaway.phase if video.cutaway and video.cutaway.phase else video.status
                self.shop.say(f"{self._indent}          {step.unit.id}: {phase}, {video.progress} %")

        return watch

    def _count(self) -> str:
        return f"[{self._of - self._left + 1:>{len(str(self._of))}}/{self._of}]"

    def _told(self, step: Step, outcome: Outcome) -> Outcome:
        if outcome.result is not Result.FRESH or outcome.below_gate:
            took = f" in {outcome.seconds:.1f} s" if outcome.seconds is not None else ""
            said = outcome.error or f"{step.unit.output}{took}"
            word = "seam" if outcome.below_gate else str(outcome.result)
            self.shop.say(f"{self._count()} {word:<8} {step.unit.id}: {said}")
            self._left -= outcome.result is not Result.FRESH
        return outcome


def outcome_of(step: Step) -> Outcome:
    unit = step.unit
    prompt = str(unit.arguments.get("prompt", ""))
    return Outcome(unit.id, unit.asset, unit.kind, unit.output, Result.FRESH, step.why, prompt=prompt)


def slate_of(
    key: str, video: Video, file: Path, sha256: str, *, seconds: float | None = None, seam: float | None = None
) -> Slate:
    """What there is to say of a finished job's file."""
    about = video.cutaway
    notes = []
    if about is not None:
        notes = [f"{a.field}: asked for {a.requested}, got {a.effective}" for a in about.adjustments]
        notes += list(about.warnings)
        notes += [f"{video.model} does not read: {', '.join(about.ignored_params)}"] if about.ignored_params else []
    assert video.status == Status.COMPLETED
    return Slate(
        key=key,
        sha256=sha256,
        size_bytes=file.stat().st_size,
        suffix=file.suffix,
        model=video.model,
        revision=about.model_revision if about else None,
        seed=about.seed if about else None,
        preview=bool(about and about.preview),
        prompt=video.prompt or "",
        job=video.id,
        frames=about.num_frames if about else None,
        rate=about.fps if about else None,
        size=video.size,
        seconds=seconds,
        seam=seam,
        notes=notes,
        video=video.model_dump(mode="json"),
    )


def locked_of(step: Step, slate: Slate | None) -> Locked:
    """The lock's entry of a result."""
    assert slate is not None
    return Locked(
        digest=step.digest,
        key=step.key,
        model=step.pin.model,
        provenance=step.pin.provenance,
        seed=slate.seed,
        revision=slate.revision,
        files={step.unit.output: slate.sha256},
        frames=slate.frames,
        rate=slate.rate,
        seam=slate.seam,
        pictures=slate.pictures,
        preview=slate.preview,
    )


def _describe(outcome: Outcome, step: Step, slate: Slate) -> None:
    outcome.locked = locked_of(step, slate)
    outcome.job, outcome.size = slate.job, slate.size


def _left_out(outcome: Outcome, before: Outcome) -> Outcome:
    outcome.result = Result.SKIPPED if before.result is Result.SKIPPED else Result.FAILED
    outcome.error = f"it needs {before.id}, which was {'not begun' if before.result is Result.SKIPPED else 'not made'}"
    return outcome


def _of_what(step: Step) -> str:
    asked = step.unit.arguments
    length = f"{asked['num_frames']} frames" if "num_frames" in asked else ""
    length = f"{asked['seconds']:g} s" if "seconds" in asked else length
    parts = [step.why, step.pin.model, asked.get("size", ""), length]
    return ", ".join(str(part) for part in parts if part)


def _amount(estimate: float, limit: Any) -> str:
    return f"{estimate:.2f} {limit.currency}" if limit is not None and limit.currency else f"{estimate:.1f} s"
