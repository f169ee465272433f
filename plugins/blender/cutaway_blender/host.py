# SPDX-License-Identifier: GPL-3.0-or-later
"""The sequence of a scene in the Blender that runs this.

    host = BlenderHost(scene)
    (placed,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    host.remove(placed)

Every call belongs to Blender's main thread and to a moment at which it neither renders nor saves (`busy`). A call
that changes something is one step of Blender's undo; several are one inside `undo_step`. Operators that use a host
leave 'UNDO' out of their bl_options, else their step is there twice.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from cutaway.errors import CutawayError, EditRefused, HostUnavailable, TimelineChanged
from cutaway.hosts.base import Capability, HostInfo, NotPlaced, Placed, PlacePlan, Selection, Snapshot
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.timebase import FrameRange

from . import busy, compat, cutting, frames, home, identity, journal, timeline
from .carrying import move_for
from .journal import Shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway.storyboard.card import Card, Take
    from cutaway.storyboard.project import Project

    from .carrying import Move
    from .timeline import Listing

_CAPABILITIES = frozenset(
    {
        Capability.LIVE,
        Capability.SELECTION,
        Capability.PLAYHEAD,
        Capability.TAKES,
        Capability.PROGRAM_FRAME,
        Capability.MARKERS,
        Capability.CLIP_METADATA,
        Capability.IN_PLACE,
        Capability.RIPPLE,
        Capability.UNDO,
    }
)


class BlenderHost:
    """A scene's sequence. The scene is known by its session id, so renaming it and undo do no harm.

    Args:
        scene: whose sequence; the one that the editor sees, if not said.
        folder: for cards and takes; `//cutaway/<scene>/` if not said (`home`).
        steps: whether changes become steps of Blender's undo.
    """

    def __init__(self, scene: Any = None, *, folder: Path | None = None, steps: bool = True) -> None:
        busy.ready()
        scene = scene if scene is not None else compat.edit_scene(bpy.context)
        self._uid = int(scene.session_uid)
        self._folder = folder
        self._steps = steps
        self._open_step = 0
        self._changed = False
        self._moved: list[Move] = []
        self.folders: tuple[Path, ...] = ()

    @property
    def scene(self) -> Any:
        """The scene, looked up anew: undo makes another object of it.

        Raises:
            HostUnavailable: it was removed, or another file was opened.
        """
        busy.ready()
        for scene in bpy.data.scenes:
            if scene.session_uid == self._uid:
                return scene
        raise HostUnavailable("the scene is no longer in this file; open its sequence again")

    @property
    def project(self) -> Project:
        """Cards and takes of the scene; one object for as long as they lie in the same folder."""
        return home.project_of(self.scene, self._folder)

    def info(self) -> HostInfo:
        scene = self.scene
        notes = () if compat.can_sound() else ("this Blender is built without audio: takes come without their sound",)
        return HostInfo(
            name="Blender",
            version=compat.VERSION_STRING,
            project=Path(bpy.data.filepath).stem or "not saved yet",
            timeline=scene.name,
            capabilities=_CAPABILITIES,
            notes=notes,
        )

    def listing(self) -> Listing:
        """The sequence as it is now, with what Blender alone knows of it."""
        return timeline.read(self.scene)

    def snapshot(self) -> Snapshot:
        listing = self.listing()
        return Snapshot(listing.index.document, listing.index, listing.digest)

    def selection(self) -> Selection:
        """The selected strips, the playhead, and in to out where a preview range is set."""
        scene = self.scene
        listing = timeline.read(scene)
        editor = compat.editor(scene)
        chosen = {strip.name for strip in compat.strips(editor) if strip.select} if editor is not None else set()
        spans = tuple(
            (track.number, FrameRange(int(item.record.start), int(item.record.end)))
            for track in listing.index.tracks
            for item in track.items
            if timeline.strip_name(item) in chosen
        )
        marks = timeline.marked(scene)
        marked = FrameRange(*(max(0, frame - listing.origin) for frame in marks)) if marks else None
        return Selection(spans=spans, playhead=scene.frame_current - listing.origin, marked=marked)

    def frame_at(self, frame: int, path: Path) -> Path:
        """The composited picture at a record frame, by a temporary scene; the scene's own settings stay as they are."""
        scene = self.scene
        listing = timeline.read(scene)
        with Footage(listing.index) as footage:
            if footage.item_at(frame) is None:
                raise Unavailable(f"nothing is shown at frame {frame} of {scene.name}", source=scene.name)
        return frames.picture_at(scene, frame + listing.origin, path)

    def place(self, *plans: PlacePlan) -> tuple[Placed | NotPlaced, ...]:
        if not plans:
            return ()
        scene = self.scene
        listing = timeline.read(scene)
        if any(plan.digest != listing.digest for plan in plans):
            raise TimelineChanged(
                f"{scene.name} has changed since this was planned; take a new snapshot and plan again"
            )
        results: list[tuple[str, tuple[str, ...]] | CutawayError] = []
        with self.undo_step(_label(plans)):
            self._moved = []
            identity.settled(compat.all_strips(compat.editor(scene, create=True)))
            for plan in plans:
                try:
                    if not self._is_fresh(plan):
                        listing = self._read(scene)
                    results.append(self._put(scene, plan, listing))
                except CutawayError as error:
                    results.append(error)
        listing = self._read(scene)
        there = {placed.card_id: placed for placed in _placements(scene, listing)}
        return tuple(
            NotPlaced(plan.card.id, plan.take.id, result)
            if isinstance(result, CutawayError)
            else replace(there[plan.card.id], take_id=plan.take.id, handle=result[0], notes=result[1])
            for plan, result in zip(plans, results, strict=True)
        )

    def select_take(self, card: Card, take: Take, media: Path) -> Placed:
        if cutting.shown_of(self.scene, card.id) is None:
            raise TimelineChanged("no take of this card lies in the cut; place one first")
        (there,) = self.place(PlacePlan(self.snapshot().digest, card, take, media))
        if isinstance(there, NotPlaced):
            raise there.error
        return there

    def placements(self) -> tuple[Placed, ...]:
        """The take of each card that lies in the cut, by the journal in the scene; one that lies under another one of
        its card comes back with `remove`.
        """
        return _placements(self.scene, self.listing())

    def remove(self, placed: Placed) -> None:
        """Takes out one take; where it took the place of another one of its card, that one is shown again."""
        scene = self.scene
        entry = journal.last_of(scene, placed.card_id)
        if entry is None or entry.handle != placed.handle:
            raise TimelineChanged(
                "this take was taken out already, or another take of its card was put there since; nothing was done"
            )
        with self.undo_step("Remove take"):
            cutting.undo(scene, entry)
            self._changed = True

    def reveal(self, frame: int) -> None:
        scene = self.scene
        scene.frame_set(frame + scene.frame_start)

    @contextmanager
    def undo_step(self, label: str) -> Iterator[None]:
        """Everything inside is one step of Blender's undo; no step where nothing was changed."""
        self._open_step += 1
        try:
            yield
        finally:
            self._open_step -= 1
            if self._open_step == 0 and self._changed:
                self._changed = False
                if self._steps:
                    bpy.ops.ed.undo_push(message=label)

    def touched(self) -> None:
        """Something of the scene was changed beside the calls above: the open step is one of undo."""
        self._changed = True

    def _put(self, scene: Any, plan: PlacePlan, listing: Listing) -> tuple[str, tuple[str, ...]]:
        """One take put in; the handle of it and what is to be said.

        Raises:
            CutawayError: it is not there.
        """
        there = cutting.shown_of(scene, plan.card.id)
        if there is None:
            if any(who.card == plan.card.id and who.role == identity.TAKE for who in listing.who.values()):
                raise EditRefused("a take of this card lies there that was changed by hand; delete it first")
            move = move_for(plan, listing)
            entry, notes = cutting.carry_out(scene, plan, move, listing, sound=_wants_sound(plan))
            self._moved.append(move)
            self._changed = True
            return entry.handle, tuple(notes)
        entry, strip = there
        if entry.shown.take == plan.take.id:
            return entry.handle, ()
        left, right = compat.span(strip)
        if plan.take.used_frames != right - left:
            raise EditRefused(f"the take uses {plan.take.used_frames} frames; its strip shows {right - left}")
        media = str(plan.media.resolve())
        shown = Shown(
            plan.take.id, media, identity.title(plan.card, plan.media.stem), plan.take.used_start, right - left
        )
        entry = cutting.switch(scene, entry, shown)
        self._changed = True
        return entry.handle, ()

    def _is_fresh(self, plan: PlacePlan) -> bool:
        """Whether what was listed still holds where a take goes: since then takes only went into holes elsewhere."""
        place = plan.card.placement.span
        return all(
            move.is_simple and not place.overlaps(FrameRange.of(move.start, move.frames)) for move in self._moved
        )

    def _read(self, scene: Any) -> Listing:
        self._moved = []
        return timeline.read(scene)


def _placements(scene: Any, listing: Listing) -> tuple[Placed, ...]:
    items = {timeline.strip_name(item): item for track in listing.index.tracks for item in track.items}
    found = []
    for card, (entry, strip) in cutting.shown_by(scene).items():
        item = items.get(strip.name)
        if item is not None:
            span = FrameRange(int(item.record.start), int(item.record.end))
            found.append(Placed(card, entry.shown.take, item.track, span, entry.handle, listing.digest))
    return tuple(found)


def _label(plans: tuple[PlacePlan, ...]) -> str:
    """What Blender's undo history shows."""
    if len(plans) > 1:
        return f"Cutaway: {len(plans)} takes"
    return plans[0].label or f"Cutaway: {plans[0].card.kind}"


def _wants_sound(plan: PlacePlan) -> bool:
    """Whether the card asks for sound and its take has any."""
    if plan.card.sound == "none":
        return False
    from cutaway.media.probe import probe

    return probe(plan.media).has_audio
