"""The reference host: a timeline file on disk, no application.

    host = FileHost("cut.otio")
    (placed,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    host.remove(placed)                   # the file is the one before, to the byte

Every edit is written to the project's log with the text it took out, so that it can be undone in any
later run. The file is replaced whole, once for all takes that are placed together; a reader sees the old
cut or the new one. With every edit the timeline's mirror of the cards is brought up to date.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cutaway._version import __version__
from cutaway.errors import EditRefused, TimelineChanged, UnreadableTimeline
from cutaway.hosts.base import Capability, HostInfo, NotPlaced, Placed, PlacePlan, Selection, Snapshot
from cutaway.hosts.history import History
from cutaway.storyboard.card import CardState
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.storyboard.mirror import Mirror, obstacle, project_of
from cutaway.storyboard.places import shown_clips
from cutaway.storyboard.placing import Placing, placed_all
from cutaway.storyboard.project import Logged, Project, digest_of
from cutaway.timebase import FrameRange
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.timeline.patch import Patch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from cutaway.storyboard.card import Card, Take
    from cutaway.timebase import RateLike
    from cutaway.timeline.index import Item


class FileHost:
    """A cut in an `.otio` file.

    Args:
        path: the file.
        rate: of its timeline, where the file is ambiguous.
        folders: searched for media that moved.
        project: where cards and takes are kept; the one beside the file if not given, or the one that the
            timeline itself names. `notes` say where it was found, and what both do not agree about.
        run: the name under which edits are logged as one, to be undone together.
        relative: takes are named relative to the file's folder, not by their absolute path.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        rate: RateLike | None = None,
        folders: Sequence[Path] = (),
        project: Project | None = None,
        run: str = "",
        relative: bool = False,
    ) -> None:
        self.path = Path(path)
        self.rate = rate
        self.folders = tuple(folders)
        self.run = run
        self.relative = relative
        self.notes: tuple[str, ...] = ()
        self._last: Snapshot | None = None
        if project is None:
            project = Project.beside(self.path)
            if self.path.exists():
                project, self.notes = project_of(self.path, self.snapshot().index)
        self.project = project

    def info(self) -> HostInfo:
        index = self.snapshot().index
        return HostInfo(
            name="file",
            version=__version__,
            project=self.path.parent.name,
            timeline=index.name or self.path.stem,
            capabilities=frozenset(
                {
                    Capability.TAKES,
                    Capability.PROGRAM_FRAME,
                    Capability.CLIP_METADATA,
                    Capability.IN_PLACE,
                    Capability.RIPPLE,
                    Capability.BACKUP,
                    Capability.UNDO,
                }
            ),
        )

    def snapshot(self) -> Snapshot:
        """The cut as it is now. The file is read every time, and taken apart only where its bytes are others."""
        try:
            digest = sha256(self.path.read_bytes()).hexdigest()
        except OSError:
            digest = ""  # what is wrong is said by the document
        if self._last is None or self._last.digest != digest:
            document = Document.open(self.path)
            self._last = Snapshot(document, Index.of(document, rate=self.rate), document.digest)
        return self._last

    def selection(self) -> Selection:
        """A file has no selection."""
        return Selection()

    def frame_at(self, frame: int, path: Path) -> Path:
        """The picture of the topmost shot at a record frame, ungraded, as PNG."""
        from cutaway.media.extra import Image

        with Footage(self.snapshot().index, self.folders) as footage:
            item = footage.item_at(frame)
            if item is None:
                raise Unavailable(f"nothing is shown at frame {frame}", source=self.path)
            clip = footage.clip(item)
            shown = footage.frames(item, FrameRange.of(frame, 1), clip.info.width, clip.info.height)[0]
        Image.fromarray(shown).save(path, format="PNG")
        return path

    def place(self, *plans: PlacePlan) -> tuple[Placed | NotPlaced, ...]:
        if not plans:
            return ()
        snapshot = self.snapshot()
        if any(plan.digest != snapshot.digest for plan in plans):
            raise TimelineChanged(
                f"{self.path.name} has changed since this edit was planned; take a new snapshot and plan again",
                path=self.path,
            )
        placings = [Placing(plan.card, plan.take, plan.media, self._url(plan.media)) for plan in plans]
        document, results = placed_all(snapshot.index, placings)
        notes = self._disagreements(snapshot.index)
        mirrored, patches = self._mirrored(document, plans, results, set(shown_clips(snapshot.index)))
        text = mirrored.text()
        after = digest_of(text)
        edits = {
            n: Logged(
                label=patch.label, card=plan.card.id, take=plan.take.id, before=snapshot.digest, after=after,
                run=self.run, patch=patch.to_json(),
            )
            for n, (plan, patch) in enumerate(zip(plans, patches, strict=True))
            if isinstance(patch, Patch) and patch.changes
        }  # fmt: skip
        if edits:
            self._save(mirrored, list(edits.values()))
        again = self.snapshot()
        if again.digest != after:
            raise UnreadableTimeline(f"{self.path.name} is not what was written to it", path=self.path)
        there = shown_clips(again.index)
        return tuple(
            NotPlaced(plan.card.id, plan.take.id, patch)
            if not isinstance(patch, Patch)
            else self._placed(plan, there, edits.get(n), again.digest, notes)
            for n, (plan, patch) in enumerate(zip(plans, patches, strict=True))
        )

    def _url(self, media: Path) -> str | None:
        """How a take is named in the file; None for its absolute path."""
        if not self.relative:
            return None
        return Path(os.path.relpath(media.resolve(), self.path.parent.resolve())).as_posix()

    def select_take(self, card: Card, take: Take, media: Path) -> Placed:
        (there,) = self.place(PlacePlan(self.snapshot().digest, card, take, media))
        if isinstance(there, NotPlaced):
            raise there.error
        return there

    def placements(self) -> tuple[Placed, ...]:
        """Every edit that put a take in and lies in the cut; a card whose take was switched is there once for each."""
        snapshot = self.snapshot()
        clips = shown_clips(snapshot.index)
        return tuple(
            Placed(edit.card, edit.take, item.track, _span(item), edit.id, snapshot.digest)
            for edit in self.edits()
            if (item := clips.get(edit.card)) is not None
        )

    def remove(self, placed: Placed) -> None:
        """Undoes one edit. Those made after it stay, as long as they touch nothing of it."""
        edit = next((e for e in self.edits() if e.id == placed.handle), None)
        if edit is None:
            raise TimelineChanged("this edit is not in the project's log, or was undone already", path=self.path)
        self._undo([edit])

    def undo(self, steps: int = 1) -> list[Logged]:
        """Undoes the last edits, newest first, and returns them.

        Raises:
            TimelineChanged: there are not as many, or the file was changed by somebody else.
        """
        done = self.edits()
        if len(done) < steps:
            raise TimelineChanged(f"{steps} edits were to be undone; the log has {len(done)}", path=self.path)
        edits = done[::-1][:steps]
        self._undo(edits)
        return edits

    def edits(self) -> list[Logged]:
        """The edits that lie in the cut, oldest first.

        The log is written before the file. What a run logged and did not live to write is not among them: the
        file is still the one before.
        """
        live, digest = [edit for edit in self.project.logged() if not edit.undone], self.snapshot().digest
        while live and live[-1].before == digest != live[-1].after:
            live.pop()
        return live

    def _undo(self, edits: Sequence[Logged]) -> None:
        """Takes edits out of the cut, wherever they stand in its history."""
        history = History(self.edits())
        back = Patch("edit", ())
        for edit in edits:
            back = replace(back.then(history.taken(edit).inverse), label=edit.label)
        document = back.done(self.snapshot().document)
        gone = {edit.card for edit in self.project.logged()} - history.cards
        self._told_right(document, history, gone).save(self.path)
        self.project.mark_undone(edits, rewritten=history.rewritten())
        self._given_back()

    def _told_right(self, document: Document, history: History, gone: set[str]) -> Document:
        """The cut with a mirror that calls no card applied whose take is gone.

        It does where an edit in the middle was undone; setting it right is then the last edit's doing.
        """
        told = Mirror.read(document.timeline)
        if told is None or not history.cards or not told.applied & gone:
            return document
        back = [card for card in self.project.cards if card.id in gone and card.state is CardState.APPLIED]
        cards = [card.model_copy(update={"state": CardState.REVIEW}) for card in back]
        mirror = Mirror.of(self.project, cards, shown=history.cards, clips=self._clips(document), before=told)
        timeline, changes = mirror.written_to(document.timeline)
        history.amended(Patch("mirror", changes))
        return document.with_timeline(timeline)

    def _given_back(self) -> None:
        """Cards none of whose takes is in the cut any more are no longer applied."""
        shown = {edit.card for edit in self.edits()}
        back = [card for card in self.project.cards if card.state is CardState.APPLIED and card.id not in shown]
        for card in back:
            card.state, card.applied_take = CardState.REVIEW if card.takes else CardState.READY, None
        if back:
            self.project.put(*back)

    def reveal(self, frame: int) -> None:
        """A file has no playhead."""

    def undo_step(self, label: str) -> AbstractContextManager[None]:
        """Each edit of a file is a step of its own."""
        del label
        return nullcontext()

    def _mirrored(
        self,
        document: Document,
        plans: Sequence[PlacePlan],
        results: Sequence[Patch | EditRefused | TimelineChanged],
        shown: set[str],
    ) -> tuple[Document, tuple[Patch | EditRefused | TimelineChanged, ...]]:
        """The cut with its mirror brought up to date by each edit, and the patches that do both.

        `shown` are the cards whose takes lay in the cut before.
        """
        done = {n: patch for n, patch in enumerate(results) if isinstance(patch, Patch) and patch.changes}
        there = Mirror.read(document.timeline)
        placed = [plans[n].card for n in done]
        mirror = Mirror.of(self.project, placed, shown=shown, clips=self._clips(document), before=there)
        timeline, steps = mirror.applied_to(document.timeline, [plans[n].card.id for n in done])
        patches = list(results)
        for (n, patch), changes in zip(done.items(), steps, strict=True):
            patches[n] = patch.then(Patch(patch.label, changes))
        return document.with_timeline(timeline), tuple(patches)

    def _clips(self, document: Document) -> dict[str, Item]:
        """The clips of a cut that show takes, by their cards."""
        return shown_clips(Index.of(document, rate=self.rate))

    def _disagreements(self, index: Index) -> tuple[str, ...]:
        """What has to be said of the mirror before it is written again."""
        told, why = Mirror.read(index.timeline), obstacle(index.timeline)
        return (why,) if why else told.conflicts(self.project) if told is not None else ()

    def _save(self, document: Document, edits: Sequence[Logged]) -> None:
        """The new cut on disk, and its edits in the log before it: what is written can always be undone."""
        there = {edit.id for edit in self.edits()}
        if never := [edit for edit in self.project.logged() if not edit.undone and edit.id not in there]:
            self.project.mark_undone(never)
        self.project.log(edits)
        try:
            replace(document, path=self.path).save(self.path)
        except BaseException:
            self.project.mark_undone(edits)
            raise

    def _placed(
        self, plan: PlacePlan, there: dict[str, Item], edit: Logged | None, digest: str, notes: tuple[str, ...]
    ) -> Placed:
        """Where a take lies in the cut as it was read back."""
        item = there.get(plan.card.id)
        if item is None:
            raise UnreadableTimeline(f"the take is not in {self.path.name} after it was written", path=self.path)
        span = _span(item)
        handle = edit.id if edit is not None else self._handle(plan)
        return Placed(plan.card.id, plan.take.id, item.track, span, handle, digest, notes)

    def _handle(self, plan: PlacePlan) -> str:
        """The edit that a take was put in by which lies there already; "" where the log does not know."""
        of_it = (e.id for e in reversed(self.edits()) if (e.card, e.take) == (plan.card.id, plan.take.id))
        return next(of_it, "")


def _span(item: Item) -> FrameRange:
    return FrameRange(int(item.record.start), int(item.record.end))
