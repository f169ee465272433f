"""Resolve by files, for every edition: it exports a timeline, takes are put into a copy, and it imports that.

    host = HandoffHost(Path("~/Movies/Cutaway").expanduser())
    (placed,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    host.output                                    # what Resolve is to import

    <folder>/cut.otio                              what Resolve wrote: never changed
    <folder>/to Resolve/cut.otio, cut.xml          what it is to import, written anew after every take
    <folder>/projects/cut/                         cards, takes, and the cut with all that Resolve would not keep

The newest export is the cut. When there is another one the cards find their places in it again, and takes that came
back from Resolve are known by their files.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cutaway.errors import CutawayError, HostUnavailable, TimelineError
from cutaway.hosts.base import NotPlaced, Placed
from cutaway.hosts.otio_file import FileHost
from cutaway.media.probe import probe
from cutaway.storyboard.footage import located
from cutaway.storyboard.project import Project
from cutaway.timeline.adapters import write_other
from cutaway.timeline.bundles import with_urls
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.timeline.resolve_shape import resolve_shaped
from cutaway_davinci.codecs import take_format
from cutaway_davinci.delivery import delivered
from cutaway_davinci.errors import NotExported
from cutaway_davinci.exported import file_name, first_name, recognised, settled, taken_from
from cutaway_davinci.watching import Watch, newest, seen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from cutaway.hosts.base import HostInfo, PlacePlan, Selection, Snapshot
    from cutaway.storyboard.card import Card, Take
    from cutaway.wire import OutputFormat
    from cutaway_davinci.watching import Export

NAME: Final = "DaVinci Resolve"
VERSION: Final = "by files"
OUTPUT: Final = "to Resolve"
PROJECTS: Final = "projects"
WORKING: Final = "cut.otio"
_SAID: Final = 5
"""How many things that did not fit are named one by one."""


def how_to(folder: Path) -> tuple[str, ...]:
    """What to click in Resolve, in order."""
    return (
        f"In Resolve, with the timeline open: File > Export > Timeline, type OTIO, into {folder}",
        "Here: the cards of the timeline come up by themselves; make takes and apply them",
        f"In Resolve: File > Import > Timeline, the .otio file in {folder / OUTPUT}; it comes in as a new timeline",
        "Where its media stay offline, import the .xml file beside it instead, which has no speed changes",
        "Go on there. Export it again whenever you want more: the cards find their places",
    )


class HandoffHost:
    """The timeline that was exported last.

    Args:
        folder: where Resolve exports to, and where everything of ours lies.
        export: the only file to follow, wherever it lies; else the newest `.otio` in the folder.
        wanted: the codec of takes; the platform's if not given.
        notes: what there is to know about how it came to files.
    """

    def __init__(
        self,
        folder: Path,
        export: Path | None = None,
        *,
        wanted: OutputFormat | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.export = export
        self.take_format = take_format(wanted=wanted)
        self.notes = tuple(notes)
        self._read: Export | None = None
        self._host: FileHost | None = None
        self._notes: tuple[str, ...] = ()
        self._watches: list[Watch] = []

    @property
    def project(self) -> Project:
        return self._current().project

    @property
    def folders(self) -> tuple[Path, ...]:
        return self._current().folders

    @property
    def output(self) -> Path:
        """What Resolve is to import; there from the first take on."""
        return self._output_of(self._current())

    def info(self) -> HostInfo:
        host = self._current()
        about, output = host.info(), self._output_of(host)
        ready = (f"import {output} in Resolve: File > Import > Timeline",) if output.is_file() else ()
        said = (*self.notes, *self._notes, *ready)
        return replace(
            about, name=NAME, version=VERSION, project=self.folder.name, take_format=self.take_format, notes=said
        )

    def snapshot(self) -> Snapshot:
        """The cut of the newest export with the takes that were put into it since."""
        return self._current().snapshot()

    def selection(self) -> Selection:
        """A file has no selection."""
        return self._current().selection()

    def frame_at(self, frame: int, path: Path) -> Path:
        """The picture of the topmost shot at a record frame, ungraded."""
        return self._current().frame_at(frame, path)

    def place(self, *plans: PlacePlan) -> tuple[Placed | NotPlaced, ...]:
        host = self._current()
        results = host.place(*plans)
        if not any(isinstance(one, Placed) for one in results):
            return results
        said = self._written(host)
        return tuple(replace(one, notes=(*one.notes, *said)) if isinstance(one, Placed) else one for one in results)

    def select_take(self, card: Card, take: Take, media: Path) -> Placed:
        host = self._current()
        placed = host.select_take(card, take, media)
        return replace(placed, notes=(*placed.notes, *self._written(host)))

    def placements(self) -> tuple[Placed, ...]:
        """What was put in since the export; what came back with it is the editor's now."""
        return self._current().placements()

    def remove(self, placed: Placed) -> None:
        host = self._current()
        host.remove(placed)
        self._written(host)

    def reveal(self, frame: int) -> None:
        """A file has no playhead."""

    def undo_step(self, label: str) -> AbstractContextManager[None]:
        return self._current().undo_step(label)

    def listen(self, told: Callable[[], object], *, seconds: float = 1.0) -> Callable[[], None]:
        """Has `told` called, in a thread of its own, whenever there is another export; returns what ends that."""
        watch = Watch(self._newest, told, seconds=seconds)
        self._watches.append(watch)
        return watch.stop

    def close(self) -> None:
        """Stops watching."""
        while self._watches:
            self._watches.pop().stop()

    # -- exports -----------------------------------------------------------------------------------------

    def _newest(self) -> Export | None:
        return seen(self.export) if self.export is not None else newest(self.folder)

    def _current(self) -> FileHost:
        """The host of the newest export. One that cannot be read does not take the place of one that could.

        Raises:
            NotExported: there is none.
            TimelineError: the only one there is cannot be read.
            HostUnavailable: the folder cannot be written.
        """
        export = self._newest()
        if export is not None and export != self._read:
            self._read = export
            try:
                self._host = self._opened(export.path)
            except TimelineError as error:
                self._notes = (f"the newest export cannot be read, so the one before is shown: {error}",)
                if self._host is None:
                    self._read = None
                    raise
            except OSError as error:
                self._read = None
                raise HostUnavailable(f"{self.folder} cannot be written: {error}; name another folder") from error
        if self._host is None:
            where = self.export or self.folder
            raise NotExported(f"no timeline was exported yet to {where}. {how_to(self.folder)[0]}")
        return self._host

    def _opened(self, path: Path) -> FileHost:
        document = Document.open(path).checked()
        index = Index.of(document)
        name = first_name(index.name or path.stem)
        projects = self.folder / PROJECTS
        project = Project(taken_from(index, projects) or projects / file_name(name))
        working = project.folder / WORKING
        folders = (path.parent,)
        self._notes = ()
        if project.contents.source == document.digest and working.is_file():
            return FileHost(working, project=project, folders=folders)
        project.folder.mkdir(parents=True, exist_ok=True)
        replace(recognised(document, project), path=working).save()
        host = FileHost(working, project=project, folders=folders)
        project.mark_undone([edit for edit in project.logged() if not edit.undone])
        project.contents.source, project.contents.timeline = document.digest, name
        project.write()
        if gone := settled(project, host.snapshot().index):
            self._notes = (f"{gone} takes that were applied before are not in this export; apply them again",)
        return host

    # -- what Resolve imports ----------------------------------------------------------------------------

    def _output_of(self, host: FileHost) -> Path:
        return self.folder / OUTPUT / f"{host.project.folder.name}.otio"

    def _written(self, host: FileHost) -> tuple[str, ...]:
        """Writes the cut as Resolve imports it, under a name that no timeline has yet; what there is to know."""
        output, document = self._output_of(host), host.snapshot().document
        home = document.path.parent if document.path else None
        number = sum(2 if edit.undone else 1 for edit in host.project.logged())

        def path_of(url: str) -> str | None:
            found = located(url, home, host.folders)
            return str(found.resolve()) if found else None

        def is_heard(card_id: str, url: str) -> bool:
            wanted = any(card.sound != "none" for card in host.project.cards if card.id == card_id)
            path = path_of(url) if wanted else None
            return path is not None and probe(path).has_audio

        try:
            named = delivered(document, f"{host.project.contents.timeline} Cutaway {number}", is_heard)
            shaped, lost = resolve_shaped(named, path_of)
            output.parent.mkdir(parents=True, exist_ok=True)
            shaped.save(output, backup=False)
        except (CutawayError, OSError) as error:
            return (f"the take is in the cut, but {output} could not be written: {error}",)
        said = [note for note in lost if "more takes" not in note]
        said = [*said[:_SAID], f"and {len(said) - _SAID} more"] if len(said) > _SAID else said
        return (f"import {output} in Resolve: File > Import > Timeline", *said, *_xml(shaped, output))


def _xml(shaped: Document, output: Path) -> tuple[str, ...]:
    """The same as FCP7 XML, which links media from the pool where OTIO imports them anew; best effort."""

    def as_url(url: str) -> str:
        return Path(url).as_uri() if Path(url).is_absolute() else url

    path = output.with_suffix(".xml")
    try:
        write_other(with_urls(shaped, as_url), path, format_name="fcp7xml")
    except CutawayError as error:
        path.unlink(missing_ok=True)
        return (f"no FCP7 XML was written beside it: {error}",)
    return ()
