"""The reference host: a timeline file on disk, no application.

    host = FileHost("cut.otio")
    placed = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    host.remove(placed)                   # the file is the one before, to the byte

Every edit is written to the project's log with the text it took out, so that it can be undone in any
later run. The file is replaced whole; a reader sees the old cut or the new one.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cutaway._version import __version__
from cutaway.errors import TimelineChanged, UnreadableTimeline
from cutaway.hosts.base import Capability, HostInfo, Placed, PlacePlan, Selection, Snapshot
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.storyboard.places import card_id
from cutaway.storyboard.placing import placed as edit_for
from cutaway.storyboard.project import Project, digest_of
from cutaway.timebase import FrameRange
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.timeline.patch import Patch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from cutaway.storyboard.card import Card, Take
    from cutaway.storyboard.project import Logged
    from cutaway.timebase import RateLike


class FileHost:
    """A cut in an `.otio` file.

    Args:
        path: the file.
        rate: of its timeline, where the file is ambiguous.
        folders: searched for media that moved.
        project: where cards and takes are kept; beside the file if not given.
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
        self.project = project if project is not None else Project.beside(self.path)

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
        document = Document.open(self.path)
        return Snapshot(document, Index.of(document, rate=self.rate), document.digest)

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

    def place(self, plan: PlacePlan) -> Placed:
        snapshot = self.snapshot()
        if snapshot.digest != plan.digest:
            raise TimelineChanged(
                f"{self.path.name} has changed since this edit was planned; take a new snapshot and plan again",
                path=self.path,
            )
        document, patch = edit_for(plan.card, plan.take, snapshot.index, plan.media, url=self._url(plan.media))
        return self._written(snapshot, document, patch, plan.card, plan.take)

    def _url(self, media: Path) -> str | None:
        """How a take is named in the file; None for its absolute path."""
        if not self.relative:
            return None
        return Path(os.path.relpath(media.resolve(), self.path.parent.resolve())).as_posix()

    def select_take(self, card: Card, take: Take, media: Path) -> Placed:
        return self.place(PlacePlan(self.snapshot().digest, card, take, media))

    def remove(self, placed: Placed) -> None:
        """Undoes one edit. Those made after it stay, as long as they touch nothing of it."""
        edit = next((e for e in self.project.logged() if e.after == placed.handle and not e.undone), None)
        if edit is None:
            raise TimelineChanged("this edit is not in the project's log, or was undone already", path=self.path)
        self._undo([edit])

    def undo(self, steps: int = 1) -> list[Logged]:
        """Undoes the last edits, newest first, and returns them.

        Raises:
            TimelineChanged: there are not as many, or the file was changed by somebody else.
        """
        done = [edit for edit in self.project.logged() if not edit.undone]
        if len(done) < steps:
            raise TimelineChanged(f"{steps} edits were to be undone; the log has {len(done)}", path=self.path)
        edits = done[::-1][:steps]
        self._undo(edits)
        return edits

    def _undo(self, edits: Sequence[Logged]) -> None:
        document = Document.open(self.path)
        for edit in edits:
            document = Patch.from_json(edit.patch).undone(document)
        document.save(self.path)
        self.project.mark_undone(edits)

    def reveal(self, frame: int) -> None:
        """A file has no playhead."""

    def project_folder(self) -> Path:
        return self.project.folder

    def undo_step(self, label: str) -> AbstractContextManager[None]:
        """Each edit of a file is a step of its own."""
        del label
        return nullcontext()

    def _written(self, snapshot: Snapshot, document: Document, patch: Patch, card: Card, take: Take) -> Placed:
        """The new cut on disk, read back: where the take lies in it."""
        text = document.text()
        after = digest_of(text)
        if patch.changes:
            self.project.log(patch, before=snapshot.digest, after=after, card=card.id, take=take.id, run=self.run)
            replace(document, path=self.path).save(self.path)
        again = Document.open(self.path)
        if again.digest != after:
            raise UnreadableTimeline(f"{self.path.name} is not what was written to it", path=self.path)
        index = Index.of(again, rate=self.rate)
        for track in index.tracks:
            for item in track.items:
                if card_id(item) == card.id:
                    span = FrameRange(int(item.record.start), int(item.record.end))
                    return Placed(card.id, take.id, track.number, span, after, again.digest)
        raise UnreadableTimeline(f"the take is not in {self.path.name} after it was written", path=self.path)
