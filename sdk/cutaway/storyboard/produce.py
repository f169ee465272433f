"""From cards to takes: asks for them, waits, conforms what comes, measures the seams.

    for card in produce(production, cards): ...
    for together in arrivals(production, cards): ...       # those that are there at once

    submit all   card.job_id is written before anything else happens, so that a crash loses nothing paid for
    wait         in order; progress of each card; a failed card does not stop the others
    conform      to the rate, size and exact length of its place, handles included; never stretched in time
    measure      both cuts against the neighbours; below the gate, the next seed is tried

Takes are files in the project and entries on their card. Putting one into the cut is the host's business.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from cutaway.errors import CutawayError, JobCancelled, MediaError
from cutaway.storyboard.card import Card, CardState, Seam, SeamReport, Take, new_id
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.storyboard.request import CardRequest, request_for, shows_pictures
from cutaway.timebase import FrameRange
from cutaway.wire import ModelInfo, OutputFormat, Status, Verb, Video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from cutaway.storyboard.project import Project
    from cutaway.timeline.index import Index, Item

SEAM_FRAMES: Final = 4
CHUNK: Final = 8


class Progress(Protocol):
    """Told whenever a card moves: the card, and its job where one runs."""

    def __call__(self, card: Card, video: Video | None) -> object: ...


@dataclass(frozen=True)
class Gate:
    """The least seam score a take may have, and how many more seeds are tried to reach it."""

    min_score: float
    retries: int = 2


@dataclass(frozen=True)
class Production:
    """What all cards of a run share.

    `client` is a `Cutaway`. `folders` are searched for media that moved. `take_format` is the codec of the
    takes on disk: ProRes cuts well everywhere.
    """

    project: Project
    index: Index
    client: Any
    folders: Sequence[Path] = ()
    take_format: OutputFormat = OutputFormat.PRORES
    gate: Gate | None = None
    on_progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None
    plates: dict[str, Path] = field(default_factory=dict, repr=False)
    """Footage that was written in this run, by its frames: what is asked for again is not sent again."""

    @cached_property
    def models(self) -> Sequence[ModelInfo]:
        """What the server can do, asked once; empty where it does not say."""
        try:
            return tuple(self.client.models.list())
        except CutawayError:
            return ()


def produce(production: Production, cards: Iterable[Card]) -> Iterator[Card]:
    """Each card, when it has a new take or has failed; in the order they were given.

    A card that was submitted by a run that died goes on where that run was: its job is looked up, not sent
    again. When `cancelled` says so, jobs under way are cancelled and their cards say it.
    """
    with Footage(production.index, production.folders) as footage:
        waiting = [(card, _submitted(production, footage, card)) for card in cards]
        for card, request in waiting:
            if request is not None:
                _finish(production, footage, card, request)
            yield card


def arrivals(production: Production, cards: Iterable[Card]) -> Iterator[tuple[Card, ...]]:
    """As `produce`, but cards whose jobs have ended already come together, and before any wait those there are.

    So takes that are ready can be placed in one step, and none waits for a job that still runs.
    """
    with Footage(production.index, production.folders) as footage:
        together: list[Card] = []
        waiting = [(card, _submitted(production, footage, card)) for card in cards]
        for card, request in waiting:
            if together and request is not None and not _has_ended(production, card):
                yield tuple(together)
                together = []
            if request is not None:
                _finish(production, footage, card, request)
            together.append(card)
        if together:
            yield tuple(together)


def _has_ended(p: Production, card: Card) -> bool:
    """Whether a card's job runs no longer; a server that cannot be asked now is left to the wait."""
    assert card.job_id is not None
    try:
        return p.client.videos.retrieve(card.job_id).status in {Status.COMPLETED, Status.FAILED}
    except CutawayError:
        return False


def _submitted(p: Production, footage: Footage, card: Card, *, seed: int | None = None) -> CardRequest | None:
    """Sends a card's request and remembers the job, or says on the card why not."""
    try:
        look = p.project.look
        asked = card if seed is None else card.model_copy(update={"seed": seed})
        request = request_for(asked, footage, look, p.models if shows_pictures(card, look) else ())
        if card.job_id is not None and seed is None and card.state in {CardState.QUEUED, CardState.RUNNING}:
            return request
        plates = {name: _written_plate(p, card, name, frames) for name, frames in request.plates.items()}
        video = getattr(p.client.videos, request.method)(
            **request.arguments, **plates, format=p.take_format, sound="silent" if card.sound == "none" else "keep"
        )
    except (CutawayError, OSError) as error:
        _failed(p, card, error)
        return None
    card.job_id, card.state, card.error = video.id, CardState.QUEUED, ""
    card.notes = list(request.notes)
    _told(p, card, video)
    return request


def _written_plate(p: Production, card: Card, name: str, frames: Any) -> Path:
    """A neighbour's frames as a lossless clip at the rate of the cut."""
    from cutaway.media.encode import Writer

    height, width = frames.shape[1:3]
    shown = hashlib.sha256(f"{width} ".encode() + frames.tobytes()).hexdigest()
    if shown in p.plates:
        return p.plates[shown]
    path = p.project.frames_folder / f"{card.id[:12]}-{name}.mkv"
    with Writer(path, width=width, height=height, rate=p.index.rate, format=OutputFormat.FFV1) as writer:
        writer.write(frames)
        writer.finish()
    p.plates[shown] = path
    return path


def _finish(p: Production, footage: Footage, card: Card, request: CardRequest) -> None:
    """Waits for a card's job and makes a take of it; below the gate, tries the next seed."""
    tries, made = p.gate.retries if p.gate else 0, list[Take]()
    while True:
        try:
            take = _take(p, footage, card, request)
        except (CutawayError, OSError) as error:
            _failed(p, card, error)
            return
        card.takes.append(take)
        made.append(take)  # takes of an earlier run may have been made of other words
        best = _best(made)
        card.active_take, card.state, card.job_id = best.id, CardState.REVIEW, None
        _told(p, card, None)
        score = take.seams.score if take.seams else None
        if p.gate is None or score is None or score >= p.gate.min_score:
            return
        if tries == 0:
            card.notes.append(f"no take reached a seam of {p.gate.min_score:.2f}; the best has {_score(best):.2f}")
            p.project.put(card)
            return
        tries -= 1
        again = _submitted(p, footage, card, seed=(take.seed or 0) + 1)
        if again is None:
            return
        request = again


def _best(takes: Sequence[Take]) -> Take:
    """The take whose worse seam is best; the newest where none was measured."""
    return max(reversed(takes), key=_score)


def _score(take: Take) -> float:
    score = take.seams.score if take.seams else None
    return -1.0 if score is None else score


def _take(p: Production, footage: Footage, card: Card, request: CardRequest) -> Take:
    """The finished job of a card as a conformed file, with its slate and its seams."""
    assert card.job_id is not None
    video = p.client.videos.retrieve(card.job_id)

    def moved(now: Video) -> None:
        if p.cancelled is not None and p.cancelled():
            p.client.videos.cancel(now.id)
        card.state = CardState.RUNNING
        _told(p, card, now, written=False)

    video = video.wait(on_progress=moved)
    take_id = new_id()
    raw = video.save(p.project.takes_folder / f"{card.id[:12]}-{take_id[:12]}.raw")
    path = p.project.takes_folder / f"{card.id[:12]}-{take_id[:12]}{_suffix(p.take_format)}"
    notes = _conformed(raw, path, footage, p, request)
    details = video.cutaway
    take = Take(
        id=take_id,
        path=path.name,
        available_frames=request.frames,
        used_start=request.head,
        used_frames=card.placement.frames,
        seed=details.seed if details else card.seed,
        job_id=video.id,
        sha256=details.sha256 if details else None,
        preview=bool(details and details.preview),
        slate=_slate(card, request, video, notes + list(request.notes)),
    )
    take.seams = _seams(footage, card, take, path)
    return take


def _suffix(format_: OutputFormat) -> str:
    from cutaway.wire import MEDIA_TYPE

    return MEDIA_TYPE[format_][1]


def _conformed(raw: Path, path: Path, footage: Footage, p: Production, request: CardRequest) -> list[str]:
    """Puts a downloaded result at its place in the project, at the rate, size and length asked for.

    What is right already is only renamed. Another size or rate is conformed and noted; too few frames are an
    error, since a take is never slowed down to fit.
    """
    from cutaway.media.conform import ConformedPlate
    from cutaway.media.decode import Clip
    from cutaway.media.encode import Writer

    notes: list[str] = []
    with Clip(raw) as clip:
        info = clip.info
        width, height = _wanted_size(footage, request)
        right = (info.width, info.height, info.rate) == (width, height, p.index.rate) and len(clip) == request.frames
        if not right:
            plate = ConformedPlate(clip, width, height, p.index.rate)
            if len(plate) < request.frames:
                raise MediaError(
                    f"{request.frames} frames were asked for; the result has {len(plate)} at {p.index.rate}", source=raw
                )
            notes.append(
                f"conformed from {len(clip)} frames of {info.width}x{info.height} at {info.rate} "
                f"to {request.frames} of {width}x{height} at {p.index.rate}"
            )
            with Writer(path, width=width, height=height, rate=p.index.rate, format=p.take_format) as writer:
                for at in range(0, request.frames, CHUNK):
                    writer.write(plate.read(at, min(at + CHUNK, request.frames)))
                writer.finish()
    if right:
        raw.replace(path)
    else:
        raw.unlink()
    return notes


def _wanted_size(footage: Footage, request: CardRequest) -> tuple[int, int]:
    if "size" in request.arguments:
        width, height = request.arguments["size"].split("x")
        return int(width), int(height)
    plate = next(iter(request.plates.values()))
    return int(plate.shape[2]), int(plate.shape[1]) if len(plate) else footage.size()[1]


def _slate(card: Card, request: CardRequest, video: Video, notes: list[str]) -> dict[str, Any]:
    """Where a take came from."""
    details = video.cutaway
    return {
        "card": card.id,
        "kind": str(card.kind),
        "prompt": card.prompt,
        "job": video.id,
        "model": video.model,
        "revision": details.model_revision if details else None,
        "seed": details.seed if details else card.seed,
        "preview": bool(details and details.preview),
        "expanded_prompt": details.expanded_prompt if details else None,
        "rank": str(details.rank) if details and details.rank else None,
        "path": details.path if details else None,
        "profile": str(details.profile) if details and details.profile else None,
        "steps": request.arguments.get("steps"),
        "guidance": request.arguments.get("guidance"),
        "adjustments": [a.model_dump() for a in details.adjustments] if details else [],
        "segments": [s.model_dump() for s in details.segments] if details else [],
        "notes": notes,
    }


def _seams(footage: Footage, card: Card, take: Take, path: Path) -> SeamReport:
    """Both cuts of a take, measured against the shots beside its place."""
    from cutaway.media.decode import Clip

    place = card.placement.span
    with Clip(path) as clip:
        used, width, height = take.used, clip.info.width, clip.info.height
        head = clip.read(used.start, min(used.start + SEAM_FRAMES, used.end))
        tail = clip.read(max(used.start, used.end - SEAM_FRAMES), used.end)
    before = FrameRange(max(0, place.start - SEAM_FRAMES), place.start)
    after = FrameRange.of(card.placement.behind, SEAM_FRAMES)
    size, notes, report = (width, height), take.slate["notes"], SeamReport()
    at_head, at_tail = _continued(footage, card)
    if at_head:
        report.head = _seam(footage, card, before, place.start - 1, size, notes, lambda frames: (frames, head))
    if at_tail:
        report.tail = _seam(footage, card, after, card.placement.behind, size, notes, lambda frames: (tail, frames))
    return report


def _continued(footage: Footage, card: Card) -> tuple[bool, bool]:
    """At which of its two cuts a take goes on with what lies beside it; at the others the editor wants a cut."""
    place = card.placement
    if card.kind is Verb.GENERATE:
        return False, False
    if card.kind is Verb.EXTEND:
        return place.edge != "head", place.edge != "tail"
    if card.kind in {Verb.REMIX, Verb.LOOP}:  # inside a shot it goes on; at the ends of the shot there was a cut
        shot = _touching(footage, card, place.start)
        return (shot is None or shot.record.start < place.start, shot is None or shot.record.end > place.span.end)
    return True, True


def _seam(
    footage: Footage,
    card: Card,
    span: FrameRange,
    edge: int,
    size: tuple[int, int],
    notes: list[str],
    sides: Callable[[Any], tuple[Any, Any]],
) -> Seam | None:
    """The cut before or behind record frame `edge`; None where no shot is there or, with a note, no frames of it."""
    from cutaway.storyboard.seams import measured

    if not span:
        return None
    item = _touching(footage, card, edge)
    if item is None:
        return None
    common = FrameRange(max(span.start, int(item.record.start)), min(span.end, int(item.record.end)))
    try:
        return measured(*sides(footage.frames(item, common, *size)))
    except Unavailable as error:
        notes.append(f"a seam was not measured: {error}")
        return None


def _touching(footage: Footage, card: Card, edge: int) -> Item | None:
    """The shot beside the place on its track."""
    track = footage.index.tracks[card.placement.track]
    return next(
        (i for i in track.items if i.kind in {"clip", "nested"} and i.record.start <= edge < i.record.end), None
    )


def _failed(p: Production, card: Card, error: Exception) -> None:
    card.state = CardState.CANCELLED if isinstance(error, JobCancelled) else CardState.FAILED
    card.error, card.job_id = str(error), None
    _told(p, card, None)


def _told(p: Production, card: Card, video: Video | None, *, written: bool = True) -> None:
    if written:
        p.project.put(card)
    if p.on_progress is not None:
        p.on_progress(card, video)
