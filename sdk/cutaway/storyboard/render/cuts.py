"""A cut whose gaps are filled, through the same cache, ledger and lock as everything else.

    cut.otio -> cards -> takes (from the cache, or made) -> OUT/cut.otio and OUT/cut-media/*.mov

What a gap asks of the server depends on frames of its neighbours, so each card has a key of its own, of the
call and the pixels that go along: with one gap changed, one take is made.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Self

from cutaway import errors
from cutaway.storyboard.card import CardReference, Role, Told
from cutaway.storyboard.footage import Footage
from cutaway.storyboard.render import pictures
from cutaway.storyboard.render.cache import Slate
from cutaway.storyboard.render.hashes import write_atomically
from cutaway.storyboard.render.lock import Locked
from cutaway.storyboard.render.making import EXPECTED, outcome_of, slate_of
from cutaway.storyboard.render.outcome import Outcome, Result
from cutaway.storyboard.render.plan import Action
from cutaway.storyboard.render.unit import PICTURE, as_arguments, digest_of, key_of
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.wire import MAX_REFERENCES, ModelInfo, OutputFormat, Rank, Verb, Video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cutaway.client.client import Cutaway
    from cutaway.storyboard.card import Card
    from cutaway.storyboard.render.making import Workshop
    from cutaway.storyboard.render.plan import Step


def media_of(cut: Path, rate: str | None = None) -> list[Path]:
    """The files a cut shows, in its order, each once. Nothing of them is opened."""
    index = Index.of(Document.open(cut), rate=rate)
    with Footage(index, [cut.parent]) as footage:
        found = [footage.path(item) for track in index.video_tracks for item in track.items]
    return list(dict.fromkeys(path for path in found if path is not None))


def filled_cut(shop: Workshop, step: Step, client: Callable[[], Cutaway], work: Path) -> Outcome:
    """One cut with its gaps filled, in the output folder. `work` is where cards and takes of it are kept."""
    outcome = outcome_of(step)
    if step.action is Action.FRESH and step.known is not None:
        outcome.locked = step.known
        return _gated(shop, outcome)
    shop.say(f"make     {step.unit.id}: {step.why}, {step.pin.model}")
    try:
        _fill(shop, step, client, work / step.key[:32], outcome)
    except EXPECTED as error:
        outcome.result, outcome.error = Result.FAILED, str(error)
    outcome = _gated(shop, outcome)
    shop.say(f"{outcome.result:<8} {step.unit.id}: {outcome.error or outcome.output}")
    return outcome


def _fill(shop: Workshop, step: Step, client: Callable[[], Cutaway], work: Path, outcome: Outcome) -> None:
    from cutaway.storyboard.board import board_of
    from cutaway.storyboard.placing import placed
    from cutaway.storyboard.produce import Production, produce
    from cutaway.storyboard.project import Project

    cut = step.unit.inputs["cut"]
    assert isinstance(cut, Path)
    document = Document.open(cut)
    rate = step.unit.arguments.get("rate")
    index = Index.of(document, rate=rate)
    project = Project(work)
    if not any(card.job_id for card in project.cards):  # else an earlier run was killed on its way
        project.drop(project.cards)
        project.put(*(_asked(card, step, n) for n, card in enumerate(board_of(index).cards)))
    stock = Stock(shop, step, client, work / "keys.json")
    production = Production(project, index, stock, folders=(cut.parent,))
    seams: list[float] = []
    files: dict[str, str] = {}
    failures: list[str] = []
    with stock:
        for cards in _batches(project.cards, 1 if shop.budget.limit else shop.jobs):
            for card in produce(production, cards):
                take = card.take()
                if take is None or card.error:
                    failures.append(f"the gap at frame {card.placement.start}: {card.error}")
                    continue
                media = shop.out / PurePosixPath(step.unit.output).with_suffix("") / f"{card.placement.start:07}.mov"
                media.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(project.takes_folder / take.path, media)
                document, _patch = placed(card, take, Index.of(document, rate=rate), media)
                files[media.relative_to(shop.out).as_posix()] = shop.hashes.of(media)
                outcome.notes += card.notes
                if take.seams is not None and take.seams.score is not None:
                    seams.append(take.seams.score)
    outcome.made_jobs, outcome.seconds = stock.submitted, stock.seconds or None
    outcome.notes += stock.notes
    if failures:
        outcome.result = Result.SKIPPED if stock.refused else Result.FAILED
        outcome.error = "; ".join(failures)
        return
    target = shop.out / step.unit.output
    target.parent.mkdir(parents=True, exist_ok=True)
    document.save(target, backup=False)
    sha256 = shop.hashes.of(target)
    seam = min(seams, default=None)
    # The timeline under the cut's own key says that all of its takes are in the cache.
    shop.cache.store(Slate(step.key, sha256, target.stat().st_size, target.suffix, step.pin.model, seam=seam), target)
    outcome.result = Result.MADE if stock.submitted else Result.RESTORED
    outcome.locked = Locked(
        digest=step.digest,
        key=step.key,
        model=step.pin.model,
        provenance=step.pin.provenance,
        seed=step.unit.seed,
        files={step.unit.output: sha256, **files},
        seam=seam,
        preview=stock.preview,
    )


def _batches(cards: Sequence[Card], size: int) -> Iterator[Sequence[Card]]:
    for start in range(0, len(cards), size):
        yield cards[start : start + size]


def _asked(card: Card, step: Step, number: int) -> Card:
    """A card with what the manifest says, where the cut itself says nothing."""
    asked = step.unit.arguments
    card.prompt = card.prompt or asked.get("prompt", "")
    card.negative_prompt = card.negative_prompt or asked.get("negative_prompt", "")
    card.style = card.style or asked.get("style")
    card.seed = card.seed if card.seed is not None else asked["seed"] + number
    card.model = card.model or step.pin.model or None
    card.context_frames = asked.get("context_frames", card.context_frames)
    told = {name: asked[name] for name in Told.model_fields if name in asked and getattr(card, name) is None}
    card = card.model_copy(update=told)
    card.references += [
        CardReference(role=Role.SUBJECT, path=str(path.resolve()))
        for name, path in step.unit.inputs.items()
        if name.startswith(PICTURE) and isinstance(path, Path)
    ]
    # What is asked stays the same in every run, and so do the keys.
    card.id = digest_of([step.key, card.placement.track, card.placement.start, card.kind])[:32]
    return card


class Stock:
    """A client whose videos come out of the cache where they are there, and go into it where they are made."""

    def __init__(self, shop: Workshop, step: Step, client: Callable[[], Cutaway], notes: Path) -> None:
        self._shop, self._step, self._make_client, self._notes = shop, step, client, notes
        self._client: Cutaway | None = None
        self._slates: dict[str, Slate] = {}
        self._keys: dict[str, str] = json.loads(notes.read_text("utf-8")) if notes.is_file() else {}
        """Of jobs, also of those that an earlier run submitted."""
        self._reserved: dict[str, float | None] = {}
        self.refused = False
        """The budget did not reach for something."""
        self.submitted = 0
        self.seconds = 0.0
        self.preview = False
        self.notes: dict[str, None] = {}
        """What there is to say of its videos, each once."""

    @property
    def videos(self) -> Stock:
        return self

    @property
    def models(self) -> Stock:
        return self

    def list(self) -> Sequence[ModelInfo]:
        """The step's model, as one that takes any pictures: where it does not, the server refuses the request."""
        ranks = dict.fromkeys(Verb, Rank.NATIVE)
        return [ModelInfo(id=self._step.pin.model, verbs=ranks, references=MAX_REFERENCES)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close()

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method not in {"create", "fill", "extend"}:
            raise AttributeError(method)
        return lambda **asked: self._submitted(method, asked)

    def retrieve(self, job_id: str) -> Any:
        if job_id.startswith("kept-"):
            slate = self._slates.get(job_id) or self._shop.cache.slate(job_id.removeprefix("kept-"))
            if slate is None:
                raise errors.NotFound(f"{job_id} is not in the cache any more")
            return Kept(self, slate)
        return Paid(self, self._open().videos.retrieve(job_id), self._keys.get(job_id))

    def cancel(self, job_id: str) -> Any:
        return None if job_id.startswith("kept-") else self._open().videos.cancel(job_id)

    def _submitted(self, method: str, asked: dict[str, Any]) -> Any:
        plates = {name: value for name, value in asked.items() if isinstance(value, Path)}
        words = {name: _plain(value) for name, value in asked.items() if name not in plates and name != "references"}
        pixels = {name: pictures.digest(path) or "" for name, path in plates.items()}
        for number, picture in enumerate(asked.get("references", ())):
            plates[f"{PICTURE}{number}"] = Path(picture)
            pixels[f"{PICTURE}{number}"] = self._shop.hashes.of(Path(picture))
        key = key_of(digest_of(["card", method, words, pixels]), self._step.pin)
        slate = self._shop.cache.slate(key)
        if slate is not None and not self._shop.force:
            self._slates[f"kept-{key}"] = slate
            return Kept(self, slate)
        entry = self._shop.ledger.entry(key)
        if self._shop.force and not entry.open:
            entry = entry.next_attempt()
        client, files = self._open(), dict(entry.files)
        for name, path in plates.items():
            if pixels[name] not in files:
                files[pixels[name]] = client.files.create(file=path).id
        entry = self._shop.ledger.write(replace(entry, files=files, open=True))
        media = as_arguments({name: {"file_id": files[pixels[name]]} for name in plates})
        headers = {"Idempotency-Key": entry.idempotency_key}
        if entry.job is not None:
            video = client.videos.retrieve(entry.job)
        else:
            estimate = self._shop.pace.estimate(self._step.pin.model, "fill", None)
            if not self._shop.budget.reserve(estimate):
                self.refused = True
                raise errors.EditRefused(f"not begun: the budget of {self._shop.budget.limit} does not reach")
            self._reserved[key] = estimate
            video = getattr(client.videos, method)(**(asked | media), extra_headers=headers)
            self.submitted += 1
            self._shop.ledger.write(replace(entry, job=video.id))
        self._keys[video.id] = key
        write_atomically(self._notes, json.dumps(self._keys))
        return Paid(self, video, key)

    def _open(self) -> Cutaway:
        if self._client is None:
            self._client = self._make_client()
        return self._client

    def kept(self, key: str | None, video: Video, path: Path, seconds: float) -> None:
        """A video that was paid for goes into the cache."""
        took = video.cutaway.usage.wall_s if video.cutaway and video.cutaway.usage else None
        took = seconds if took is None else took
        self.seconds += took
        self.preview |= bool(video.cutaway and video.cutaway.preview)
        self._shop.budget.settle(self._reserved.pop(key or "", None), took)
        self._shop.pace.learn(self._step.pin.model, "fill", None, took)
        if key is not None:
            slate = slate_of(key, video, path, self._shop.hashes.of(path), seconds=took)
            self.notes |= dict.fromkeys(slate.notes)
            self._shop.cache.store(slate, path)
            self._shop.ledger.fetched(self._shop.ledger.entry(key))

    def fetched(self, slate: Slate, path: Path) -> Path:
        self.preview |= slate.preview
        self.notes |= dict.fromkeys(slate.notes)
        if not self._shop.cache.fetch(slate, path):
            raise errors.DownloadError(f"the entry {slate.key[:12]} of the cache is damaged; use --force", path=path)
        return path


class Kept:
    """A finished video in the cache, with the face of one on a server."""

    def __init__(self, stock: Stock, slate: Slate) -> None:
        self._stock, self._slate = stock, slate
        self._video = Video.model_validate(slate.video)
        self.id, self.model, self.cutaway = f"kept-{slate.key}", self._video.model, self._video.cutaway

    def wait(self, **_: Any) -> Kept:
        return self

    def save(self, path: Path) -> Path:
        return self._stock.fetched(self._slate, path)


class Paid:
    """A video on a server, which the cache keeps once it is fetched."""

    def __init__(self, stock: Stock, video: Any, key: str | None) -> None:
        self._stock, self._video, self._key = stock, video, key
        self._began = time.monotonic()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._video, name)

    def wait(self, **how: Any) -> Paid:
        self._video = self._video.wait(**how)
        return self

    def save(self, path: Path) -> Path:
        saved: Path = self._video.save(path)
        self._stock.kept(self._key, self._video, saved, time.monotonic() - self._began)
        return saved


def _plain(value: Any) -> Any:
    """An argument as JSON writes it."""
    if isinstance(value, OutputFormat) or value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def _gated(shop: Workshop, outcome: Outcome) -> Outcome:
    if shop.gate is not None and outcome.is_there and outcome.locked and outcome.locked.seam is not None:
        outcome.below_gate = outcome.locked.seam < shop.gate
        if outcome.below_gate:
            outcome.error = f"its worst seam is {outcome.locked.seam:.2f}, below the gate of {shop.gate:.2f}"
    return outcome
