"""The timeline that is open in DaVinci Resolve.

    host = LiveHost(AgentProcess(), folder=Path("~/Movies/cutaway").expanduser())
    (placed,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    host.remove(placed)

Studio from 18.5 on lets a process outside in; the free edition lets scripts in that Resolve itself starts, up to
21.0.x. Where nobody is let in, every call says so and names the way by files.

Nothing of the editor's is moved, trimmed or deleted. Before the first take of a session the timeline is duplicated;
each take is journalled before it is placed, and read back after the project was saved.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from cutaway.errors import CutawayError, EditRefused, HostUnavailable, TimelineChanged
from cutaway.hosts.base import Capability, HostInfo, NotPlaced, Placed, PlacePlan, Selection, Snapshot
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.storyboard.project import Project
from cutaway.timebase import FrameRange, TimebaseError, frame_of_timecode, timecode
from cutaway_davinci.agent.listing import SPEED_SINCE
from cutaway_davinci.agent.looking import SELECTION_SINCE
from cutaway_davinci.agent.placing import METADATA_SINCE
from cutaway_davinci.carrying import move_for
from cutaway_davinci.codecs import take_format
from cutaway_davinci.shape import Listed
from cutaway_davinci.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from cutaway.storyboard.card import Card, Take
    from cutaway.wire import OutputFormat
    from cutaway_davinci.link import Link

DEADLINE: Final = 30.0
"""Seconds for a look at the timeline."""
FOLLOWING: Final = 0.9
"""Seconds between two looks which timeline is open; another one is told of after two."""
_NO_SPEED: Final = "before 21.1 Resolve does not tell the speed of a clip: retimed shots are read as if at 100 %"
_NOT_AS_TAKE: Final = "it took the place of the one before: whether sound follows in the take selector is not known"
PLACING: Final = 4
"""How many times as long a take may need: Resolve imports, and saves the project."""


class LiveHost:
    """The timeline that is open in a running Resolve.

    Args:
        link: the way to the agent.
        folder: where cards, takes and the journal of each timeline are kept, each in a folder named by Resolve's id
            of it, which stays when the timeline is renamed.
        deadline: seconds after which Resolve counts as hanging.
        wanted: the codec of takes; the platform's if not given.
        take_selector: another take of a card goes into Resolve's own take selector, on the item of the first, and not
            in its place. Only with items of ours.
        notes: what there is to know about how Resolve was reached.
    """

    def __init__(
        self,
        link: Link,
        *,
        folder: Path,
        deadline: float = DEADLINE,
        wanted: OutputFormat | None = None,
        take_selector: bool = False,
        notes: Sequence[str] = (),
    ) -> None:
        self.link = link
        self.folder = folder
        self.deadline = deadline
        self.wanted = wanted
        self.take_selector = take_selector
        self.notes = tuple(notes)
        self._watches: list[Watch] = []
        self._open: tuple[str, str] | None = None
        self.folders: tuple[Path, ...] = ()
        self._has_backup: set[str] = set()
        self._project: Project | None = None

    @property
    def project(self) -> Project:
        """Of the timeline that was open when Resolve was asked last."""
        if self._project is None:
            self._listed()
        assert self._project is not None
        return self._project

    def info(self) -> HostInfo:
        data = self._listed().data
        about = data["application"]
        version = tuple(int(part) for part in about["version"].split("."))
        can = {
            Capability.LIVE,
            Capability.PLAYHEAD,
            Capability.TAKES,
            Capability.PROGRAM_FRAME,
            Capability.MARKERS,
            Capability.BACKUP,
            Capability.UNDO,
        }
        can |= {Capability.SELECTION} if version >= SELECTION_SINCE else set()
        can |= {Capability.CLIP_METADATA} if version >= METADATA_SINCE else set()
        return HostInfo(
            name=about["product"],
            version=about["version"],
            project=data["project"]["name"],
            timeline=data["timeline"]["name"],
            capabilities=frozenset(can),
            take_format=take_format(wanted=self.wanted, studio=about["studio"]),
            notes=self.notes if version >= SPEED_SINCE else (*self.notes, _NO_SPEED),
        )

    def snapshot(self) -> Snapshot:
        return _snapshot(self._listed())

    def selection(self) -> Selection:
        """The selected items (from 21.0.4 on), the playhead (on pages that have one), and in to out (from 19.1 on).

        The frame of the out mark counts as within, as it does on Resolve's screen.
        """
        listed = self._listed()
        found = self._ask("selection", {})
        spans = tuple(
            (number, FrameRange.of(item["start"], item["frames"]))
            for number, track in enumerate(listed.data["tracks"])
            for item in track["items"]
            if item["id"] in found["items"]
        )
        marks = found["marks"]
        marked = FrameRange(marks["in"], marks["out"] + 1) if marks else None
        return Selection(spans=spans, playhead=_frame(found["timecode"], listed), marked=marked)

    def frame_at(self, frame: int, path: Path) -> Path:
        """The graded picture at a record frame. Resolve's playhead goes there and back."""
        listed = self._listed()
        with Footage(listed.index()) as footage:
            if footage.item_at(frame) is None:
                raise Unavailable(f"nothing is shown at frame {frame} of {listed.data['timeline']['name']}")
        self._ask("grab", {"timecode": _timecode(frame, listed), "path": str(path.resolve())})
        return path

    def place(self, *plans: PlacePlan) -> tuple[Placed | NotPlaced, ...]:
        if not plans:
            return ()
        listed = self._listed()
        if any(plan.digest != listed.data["digest"] for plan in plans):
            raise TimelineChanged(
                f"{listed.data['timeline']['name']} has changed since this was planned; take a new snapshot"
            )
        results: list[Placed | NotPlaced] = []
        gone: HostUnavailable | None = None
        digest = listed.data["digest"]
        for plan in plans:
            try:
                if gone is not None:
                    raise gone
                there = self._placed(plan, listed if listed.data["digest"] == digest else self._listed())
            except HostUnavailable as error:
                gone = error
                results.append(NotPlaced(plan.card.id, plan.take.id, error))
            except (EditRefused, TimelineChanged) as error:
                results.append(NotPlaced(plan.card.id, plan.take.id, error))
            else:
                digest = there.digest
                results.append(there)
        return tuple(replace(one, digest=digest) if isinstance(one, Placed) else one for one in results)

    def select_take(self, card: Card, take: Take, media: Path) -> Placed:
        (there,) = self.place(PlacePlan(self.snapshot().digest, card, take, media))
        if isinstance(there, NotPlaced):
            raise there.error
        return there

    def placements(self) -> tuple[Placed, ...]:
        """By the journal, as far as Resolve still lists it; not a take that lies below another one of its card."""
        listed = self._listed()
        there = {
            item["id"]: (number, FrameRange.of(item["start"], item["frames"]))
            for number, track in enumerate(listed.data["tracks"])
            for item in track["items"]
        }
        return tuple(
            Placed(entry["card"], entry["take"], *there[entry["item"]], entry["entry"], listed.data["digest"])
            for entry in listed.data["placed"]
            if entry["item"] in there
        )

    def remove(self, placed: Placed) -> None:
        """Takes out one take; where it lay over another one of its card, that one is put back."""
        journal = self._listed().data["journal"]
        self._ask("remove", {"journal": journal, "entry": placed.handle}, times=PLACING)

    def reveal(self, frame: int) -> None:
        self._ask("reveal", {"timecode": _timecode(frame, self._listed())})

    def undo_step(self, label: str) -> AbstractContextManager[None]:
        """Resolve's scripting has no undo: each take is taken out by itself."""
        del label
        return nullcontext()

    def listen(self, told: Callable[[], object], *, seconds: float = FOLLOWING) -> Callable[[], None]:
        """Has `told` called, in a thread of its own, when another timeline is open; returns what ends that."""
        watch = Watch(self._opened, told, seconds=seconds)
        self._watches.append(watch)
        return watch.stop

    def close(self) -> None:
        """Ends the agent, and the watching."""
        for watch in self._watches:
            watch.end()
        self.link.close()  # which answers a look that is under way
        while self._watches:
            self._watches.pop().stop()
        self.link.close()

    def _opened(self) -> tuple[str, str] | None:
        """Which timeline of which project is open; the one before, where Resolve does not say."""
        with suppress(CutawayError):
            found = self._ask("opened", {})
            self._open = (found["project"], found["timeline"])
        return self._open

    def _listed(self) -> Listed:
        journal = self.folder.resolve() / "{timeline}" / "placed.jsonl"
        listed = Listed.of(self._ask("snapshot", {"journal": str(journal)}))
        folder = Path(listed.data["journal"]).parent
        if self._project is None or self._project.folder != folder:
            self._project = Project(folder)
            self._project.contents.timeline = listed.data["timeline"]["name"]
        return listed

    def _ask(self, operation: str, asked: Mapping[str, Any], *, times: int = 1) -> dict[str, Any]:
        return self.link.ask(operation, {"folder": str(self.folder.resolve()), **asked}, deadline=self.deadline * times)

    def _placed(self, plan: PlacePlan, listed: Listed) -> Placed:
        """One take on the timeline as it was just listed.

        Raises:
            CutawayError: it is not there.
        """
        index, data = listed.index(), listed.data
        entry = next((e for e in reversed(data["placed"]) if e["card"] == plan.card.id), None)
        for number, track in enumerate(data["tracks"]):
            for item in track["items"]:
                if listed.ours.get(item["id"]) == (plan.card.id, plan.take.id):
                    handle = entry["entry"] if entry and entry["item"] == item["id"] else ""
                    span = FrameRange.of(item["start"], item["frames"])
                    return Placed(plan.card.id, plan.take.id, number, span, handle, data["digest"])
        shown = plan.card.id in {card for card, _ in listed.ours.values()}
        if shown and entry is None:
            raise EditRefused("a take of this card lies there that is not in the journal; delete it by hand first")
        covers = entry["entry"] if entry and shown else ""
        move = move_for(plan, index)
        kept = self._backed_up(data)
        sound = _sound(plan)
        as_take = bool(self.take_selector and entry and covers and not sound and not entry.get("sound"))
        answer = self._ask(
            "place",
            {
                "journal": data["journal"],
                "entry": uuid4().hex,
                "digest": data["digest"],
                "card": plan.card.id,
                "take": plan.take.id,
                "media": str(plan.media.resolve()),
                "first": move.first,
                "frames": move.frames,
                "record": move.record,
                "track": move.track,
                "track_name": move.track_name,
                "label": plan.label or f"Cutaway {plan.card.kind}",
                "covers": covers,
                "sound": sound,
                "as_take": as_take,
            },
            times=PLACING,
        )
        aside = self.take_selector and covers and not as_take
        notes = (*kept, *answer["notes"], *([_NOT_AS_TAKE] if aside else ()))
        track = (move.track or len(index.video_tracks) + 1) - 1
        span = FrameRange.of(move.record, move.frames)
        return Placed(plan.card.id, plan.take.id, track, span, answer["entry"], answer["digest"], notes)

    def _backed_up(self, data: Mapping[str, Any]) -> tuple[str, ...]:
        """A copy of the timeline, once in the life of this host, and what is to be said of it."""
        key = data["timeline"]["key"]
        if key in self._has_backup:
            return ()
        asked = {"journal": data["journal"], "digest": data["digest"]}
        copy = self._ask("backup", asked, times=PLACING)["copy"]
        self._has_backup.add(key)
        return (f"the timeline as it was before is kept as {copy!r}",)


def _snapshot(listed: Listed) -> Snapshot:
    index = listed.index()
    return Snapshot(index.document, index, listed.data["digest"])


def _sound(plan: PlacePlan) -> str:
    """The format of the track that the sound of a take needs, as takes are written in stereo; "" for no sound."""
    from cutaway.media.probe import probe

    if plan.card.sound == "none":
        return ""
    return "stereo" if probe(plan.media).has_audio else ""


def _timecode(frame: int, listed: Listed) -> str:
    """How Resolve is told a record frame."""
    return timecode(listed.start + frame, listed.rate, drop=listed.drops)


def _frame(text: str, listed: Listed) -> int | None:
    """The record frame of a timecode that Resolve says; drop-frame ones may come with colons only."""
    if not text:
        return None
    if listed.drops:
        text = ";".join(text.replace(";", ":").rsplit(":", 1))
    try:
        return frame_of_timecode(text, listed.rate) - listed.start
    except TimebaseError as error:
        raise CutawayError(f"Resolve says that the playhead is at {text!r}: {error}") from error
