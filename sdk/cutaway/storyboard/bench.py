"""The bench on which cards become orders and results become takes; whoever waits for the server is elsewhere.

    bench = Bench(project, footage)
    order = bench.order(card, request)              # a method of the client, and its keywords
    video = client.videos.fill(**order.keywords)    # or awaited: `produce` and `queue` differ only here
    take = bench.take(card, request, video, raw)    # conformed, with its slate and its seams

    order        plates are cut from the neighbours and written as lossless clips, each once
    conform      to the rate, size and exact length of its place, handles included; never stretched in time
    measure      both cuts against the neighbours

What a card becomes when it is sent, has come back or has failed is said here too, for both of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import CutawayError, JobCancelled, MediaError
from cutaway.storyboard.card import Card, CardState, Seam, SeamReport, Take
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.storyboard.request import CardRequest, request_for, shows_pictures
from cutaway.timebase import FrameRange
from cutaway.wire import MEDIA_TYPE, OutputFormat, Verb, Video

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cutaway.storyboard.project import Project
    from cutaway.timeline.index import Item
    from cutaway.wire import ModelInfo

SEAM_FRAMES: Final = 4
CHUNK: Final = 8


class Stopped(CutawayError):
    """Whoever wanted it has left; nothing was finished, and the job at the server goes on."""


class Unwanted(CutawayError):
    """It was cancelled here before a server had heard of it."""


@dataclass(frozen=True)
class Order:
    """One call of the client: its method and all its keywords. `request` is what they were made from."""

    request: CardRequest
    keywords: dict[str, Any]

    @property
    def method(self) -> str:
        return self.request.method


@dataclass(frozen=True)
class Bench:
    """What all cards of a cut are made with; of one thread at a time.

    `take_format` is the codec of the takes on disk: ProRes cuts well everywhere. `plates` is footage that was
    written already, by its frames: what is asked for again is not sent again. `stopped` is asked between frames.
    """

    project: Project
    footage: Footage
    take_format: OutputFormat = OutputFormat.PRORES
    plates: dict[str, Path] = field(default_factory=dict, repr=False)
    stopped: Callable[[], bool] = lambda: False

    def request(self, card: Card, models: Callable[[], Sequence[ModelInfo]], *, seed: int | None = None) -> CardRequest:
        """What a card asks for; with another seed than its own, where one is given.

        `models` are asked for only where pictures of characters go along.

        Raises:
            EditRefused, MediaError: it has nothing to start from.
        """
        look = self.project.look
        asked = card if seed is None else card.model_copy(update={"seed": seed})
        return request_for(asked, self.footage, look, models() if shows_pictures(card, look) else ())

    def order(self, card: Card, request: CardRequest) -> Order:
        """The request as a call, with its plates as files."""
        plates = {name: self._plate(card, name, frames) for name, frames in request.plates.items()}
        sound = "silent" if card.sound == "none" else "keep"
        return Order(request, {**request.arguments, **plates, "format": self.take_format, "sound": sound})

    def take(self, card: Card, request: CardRequest, video: Video, raw: Path) -> Take:
        """A fetched result as a take of a card, which may have been edited since: `card` is as it was asked.

        Raises:
            MediaError: it cannot be read, or is shorter than its place.
            Stopped: half way.
        """
        path = raw.with_suffix(MEDIA_TYPE[self.take_format][1])
        notes = self._conformed(raw, path, request)
        details = video.cutaway
        take = Take(
            id=_take_id(card, video),
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
        take.seams = _seams(self.footage, card, take, path)
        return take

    def _plate(self, card: Card, name: str, frames: Any) -> Path:
        """A neighbour's frames as a lossless clip at the rate of the cut."""
        from cutaway.media.encode import Writer

        height, width = frames.shape[1:3]
        shown = hashlib.sha256(f"{width} ".encode() + frames.tobytes()).hexdigest()
        if shown in self.plates:
            return self.plates[shown]
        path = self.project.frames_folder / f"{card.id[:12]}-{name}.mkv"
        with Writer(path, width=width, height=height, rate=self.footage.index.rate, format=OutputFormat.FFV1) as writer:
            self._go_on()
            writer.write(frames)
            writer.finish()
        self.plates[shown] = path
        return path

    def _conformed(self, raw: Path, path: Path, request: CardRequest) -> list[str]:
        """Puts a downloaded result at its place in the project, at the rate, size and length asked for.

        What is right already is only renamed. Another size or rate is conformed and noted; too few frames are an
        error, since a take is never slowed down to fit.
        """
        from cutaway.media.conform import ConformedPlate
        from cutaway.media.decode import Clip
        from cutaway.media.encode import Writer

        notes: list[str] = []
        rate = self.footage.index.rate
        with Clip(raw) as clip:
            info = clip.info
            width, height = _wanted_size(self.footage, request)
            right = (info.width, info.height, info.rate) == (width, height, rate) and len(clip) == request.frames
            if not right:
                plate = ConformedPlate(clip, width, height, rate)
                if len(plate) < request.frames:
                    raise MediaError(
                        f"{request.frames} frames were asked for; the result has {len(plate)} at {rate}", source=raw
                    )
                notes.append(
                    f"conformed from {len(clip)} frames of {info.width}x{info.height} at {info.rate} "
                    f"to {request.frames} of {width}x{height} at {rate}"
                )
                with Writer(path, width=width, height=height, rate=rate, format=self.take_format) as writer:
                    for at in range(0, request.frames, CHUNK):
                        self._go_on()
                        writer.write(plate.read(at, min(at + CHUNK, request.frames)))
                    writer.finish()
        if right:
            raw.replace(path)
        else:
            raw.unlink()
        return notes

    def _go_on(self) -> None:
        if self.stopped():
            raise Stopped("the queue was closed")


def raw_path(project: Project, card: Card, video: Video) -> Path:
    """Where a result is fetched to before it is conformed; the same place again for the same job."""
    return project.takes_folder / f"{card.id[:12]}-{_take_id(card, video)[:12]}.raw"


def _take_id(card: Card, video: Video) -> str:
    """The id of the take that a job becomes, however often it is fetched."""
    return hashlib.sha256(f"{card.id} {video.id}".encode()).hexdigest()[:32]


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
    if card.kind is Verb.GENERATE or card.camera is not None:  # a plate lies in no cut
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


# -- what becomes of a card ------------------------------------------------------------------------


def sent(video: Video, request: CardRequest) -> dict[str, Any]:
    """The fields of a card whose job the server has accepted."""
    return {"job_id": video.id, "state": CardState.QUEUED, "error": "", "notes": list(request.notes)}


def received(card: Card, take: Take, made: Sequence[Take]) -> dict[str, Any]:
    """The fields of a card with one more take; of those made together the one with the best seams is shown."""
    return {
        "takes": [*card.takes, take],
        "active_take": best(made).id,
        "state": CardState.REVIEW,
        "job_id": None,
        "error": "",
    }


def broken(error: Exception) -> dict[str, Any]:
    """The fields of a card whose job is over without a take."""
    state = CardState.CANCELLED if isinstance(error, (JobCancelled, Unwanted)) else CardState.FAILED
    return {"state": state, "error": str(error), "job_id": None}


def best(takes: Sequence[Take]) -> Take:
    """The take whose worse seam is best; the newest where none was measured."""
    return max(reversed(takes), key=score)


def score(take: Take) -> float:
    found = take.seams.score if take.seams else None
    return -1.0 if found is None else found
