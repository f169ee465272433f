"""A whole run: read, plan, make, report.

run = Run(manifest, out, Wishes(...), client=AsyncCutaway, blocking=Cutaway)
await run.plan()  ->  run.steps
run.render()      ->  run.outcomes, files, lock, reports
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway.errors import EditRefused
from cutaway.home import Home
from cutaway.storyboard.render import boards, page, reports
from cutaway.storyboard.render.budget import Budget, Limit, cost
from cutaway.storyboard.render.cache import Cache, opened
from cutaway.storyboard.render.expansion import Board, Expanded, expanded
from cutaway.storyboard.render.hashes import Hashes, write_atomically
from cutaway.storyboard.render.ledger import Ledger
from cutaway.storyboard.render.lock import Lock
from cutaway.storyboard.render.offer import Offer, offer_of, server_name
from cutaway.storyboard.render.outcome import Outcome, Result
from cutaway.storyboard.render.pace import Pace
from cutaway.storyboard.render.plan import Action, Choice, LockDrift, Planner, Step
from cutaway.storyboard.render.yaml_source import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.client.client import AsyncCutaway, Cutaway


@dataclass(frozen=True)
class Wishes:
    """How a run goes. `cache` is a folder or a URL, `gate` the least seam score."""

    choice: Choice = field(default_factory=Choice)
    cache: str | None = None
    jobs: int = 2
    budget: Limit | None = None
    gate: float | None = None


@dataclass(frozen=True)
class Estimate:
    """What is to be made, and what it takes as far as anything is known."""

    units: int
    seconds: float | None
    unknown: int
    money: float | None = None
    currency: str | None = None
    """Of `units`, so many have no measured ground."""


class Run:
    """One run of one manifest. `client` and `blocking` make clients of the server; neither is made in vain."""

    def __init__(
        self,
        manifest: Path,
        out: Path,
        wishes: Wishes,
        *,
        client: Callable[[], AsyncCutaway],
        blocking: Callable[[], Cutaway],
        base_url: str | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.home = Home.find().folder / "render"
        self.manifest, self.out, self.wishes, self.say = manifest, out, wishes, say
        self.expanded: Expanded = expanded(read(manifest))
        self.lock = Lock(manifest)
        self.cache: Cache = opened(wishes.cache, self.home / "cache")
        self.hashes = Hashes(self.home / "hashes.json")
        self.server = server_name(base_url, self.home)
        self.pace = Pace(self.home / "pace.json", self.server)
        self.budget = Budget(wishes.budget)
        self._make_client, self._make_blocking = client, blocking
        self._client: AsyncCutaway | None = None
        self._offer: Offer | None = None
        self.planner = Planner(self.expanded, out, self.lock.entries, self.cache, self.hashes, self.offer)
        self.steps: list[Step] = []
        self.outcomes: list[Outcome] = []
        self.asked_server = False

    # -- the plan ------------------------------------------------------------------------------

    def plan(self) -> list[Step]:
        """What would be done about each unit. Nothing is written.

        Raises:
            LockDrift: the lock decides, and the manifest asks otherwise or the server has changed.
        """
        if self.wishes.choice.locked and (drift := self.planner.drift()):
            raise LockDrift(f"{'; '.join(drift)}: render without --locked, and commit {self.lock.path.name}")

        async def planned() -> list[Step]:
            try:
                return await self.planner.steps(self.wishes.choice)
            finally:
                await self._closed()

        self.steps = asyncio.run(planned())
        return self.steps

    def estimate(self) -> Estimate:
        """What the plan takes, from measured pace and from the manifest's prices."""
        to_make = [step for step in self.steps if step.action is Action.MAKE]
        times = [self.pace.estimate(step.pin.model, step.unit.kind, step.weight) for step in to_make]
        known = [time for time in times if time is not None]
        prices = self.expanded.prices
        costs = [cost(prices, step.pin.model, step.length) for step in to_make]
        money = None if not prices or any(part is None for part in costs) else sum(part or 0.0 for part in costs)
        return Estimate(
            len(to_make),
            sum(known) if known or not to_make else None,
            len(times) - len(known),
            money,
            prices.currency if prices else None,
        )

    async def offer(self) -> Offer:
        """What the server offers; asked at most once, and only by what needs it."""
        if self._offer is None:
            self._offer = await offer_of(self.client(), self.server)
            self.asked_server = True
        return self._offer

    def client(self) -> AsyncCutaway:
        if self._client is None:
            self._client = self._make_client()
        return self._client

    async def _closed(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    # -- the work ------------------------------------------------------------------------------

    def check_budget(self) -> None:
        """Raises `ValueError` where a budget in money cannot be kept, because something has no price."""
        limit = self.wishes.budget
        if limit is None or limit.currency is None:
            return
        prices = self.expanded.prices
        if prices is None or prices.currency != limit.currency:
            raise ValueError(f"a budget in {limit.currency} needs `prices:` in {limit.currency} in the manifest")
        for step in self.steps:
            if step.action is Action.MAKE and cost(prices, step.pin.model, step.length) is None:
                raise ValueError(
                    f"{step.unit.id}: what it costs is not known; give {step.pin.model or 'its model'} a price under "
                    "prices.per_second, and the asset a length"
                )

    def render(self) -> list[Outcome]:
        """Everything the plan says, and the lock. Reports are written by `report`.

        What failed stands in its outcome and nothing is raised for it. On Ctrl-C jobs stay alive and known.
        """
        try:
            plain = [step for step in self.steps if step.unit.kind != "cut"]
            made = {outcome.id: outcome for outcome in asyncio.run(self._made(plain))}
            for step in self.steps:
                if step.unit.kind == "cut":
                    made[step.unit.id] = self._cut(step)
            self.outcomes = [made[step.unit.id] for step in self.steps]
            self._write_boards()
            self._write_lock()
        finally:
            self.hashes.remember()
            if any(outcome.seconds is not None for outcome in self.outcomes):
                self.pace.remember()
        return self.outcomes

    async def _made(self, steps: list[Step]) -> list[Outcome]:
        from cutaway.storyboard.render.making import Making

        try:
            return await Making(self._workshop(), steps).outcomes()
        finally:
            await self._closed()

    def _cut(self, step: Step) -> Outcome:
        from cutaway.storyboard.render.cuts import filled_cut

        return filled_cut(self._workshop(), step, self._make_blocking, self.home / "cuts")

    def _workshop(self) -> Any:
        from cutaway.storyboard.render.making import Workshop

        return Workshop(
            client=self.client,
            offer=self.offer,
            out=self.out,
            cache=self.cache,
            hashes=self.hashes,
            ledger=Ledger(self.home / "jobs", self.server),
            pace=self.pace,
            budget=self.budget,
            prices=self.expanded.prices,
            say=self.say,
            jobs=self.wishes.jobs,
            force=self.wishes.choice.force,
            strict=self.wishes.choice.locked,
            gate=self.wishes.gate,
        )

    def _write_boards(self) -> None:
        there = {outcome.id: outcome for outcome in self.outcomes}
        for board in self.expanded.boards:
            shots = [there[shot] for shot in board.shots if shot in there]
            if len(shots) == len(board.shots) and all(shot.is_there for shot in shots):
                try:
                    boards.written(board, shots, self.out)
                except EditRefused as error:
                    shots[0].result, shots[0].error = Result.FAILED, str(error)

    def _write_lock(self) -> None:
        if self.wishes.choice.locked:
            return
        units = {unit.id for unit in self.expanded.units}
        entries = {name: entry for name, entry in self.lock.entries.items() if name in units}
        entries |= {outcome.id: outcome.locked for outcome in self.outcomes if outcome.is_there and outcome.locked}
        self.lock.write(entries)

    # -- the reports ---------------------------------------------------------------------------

    @property
    def written_boards(self) -> list[Board]:
        return [board for board in self.expanded.boards if (self.out / board.output).is_file()]

    def report(self) -> dict[str, Any]:
        """Writes report.json, report.xml, index.html and contact.png; the first of them is returned."""
        name = self.expanded.name
        told = self._told(self.outcomes)
        write_atomically(self.out / "report.json", reports.json_text(told))
        write_atomically(self.out / "report.xml", reports.junit(name, self.outcomes))
        pictures = page.posters(self.outcomes, self.out)
        outputs = [board.output for board in self.written_boards]
        html = page.index_html(name, self.outcomes, pictures, outputs)
        write_atomically(self.out / "index.html", html)
        page.contact_sheet(name, self.outcomes, pictures, self.out)
        return told

    def _told(self, outcomes: list[Outcome]) -> dict[str, Any]:
        timelines = {board.id: board.output for board in self.written_boards}
        return reports.report(self.expanded.name, outcomes, manifest=self.manifest.name, boards=timelines)

    def idle_reports(self) -> tuple[dict[str, str], dict[str, Any]]:
        """The texts of both reports for a run that finds everything as this one left it."""
        from dataclasses import replace

        fresh = [
            replace(o, result=Result.FRESH, why="", error="", seconds=None, job="", notes=[], made_jobs=0)
            for o in self.outcomes
        ]
        told = self._told(fresh)
        texts = {"report.json": reports.json_text(told), "report.xml": reports.junit(self.expanded.name, fresh)}
        return texts, told

    def files(self) -> list[Path]:
        """Every file on which it depends whether this run has anything to do."""
        read_ = [self.manifest, self.lock.path]
        written = [self.out / "index.html", self.out / "contact.png"]
        for unit in self.expanded.units:
            read_ += [given for given in unit.inputs.values() if isinstance(given, Path)]
            if unit.kind == "cut":
                from cutaway.storyboard.render.cuts import media_of

                cut = unit.inputs["cut"]
                assert isinstance(cut, Path)
                read_ += media_of(cut, unit.arguments.get("rate"))
        for outcome in self.outcomes:
            written += [self.out / name for name in (outcome.locked.files if outcome.locked else {})]
        return read_ + written + [self.out / board.output for board in self.expanded.boards]
