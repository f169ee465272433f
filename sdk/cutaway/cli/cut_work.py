"""One command that puts takes into a cut: the copy it works on, the cards, the run, and what came of it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.markup import escape

from cutaway.cli import cut as cuts
from cutaway.cli.cut_edit import Words
from cutaway.cli.delivery import LeftAlive
from cutaway.cli.exits import Exit
from cutaway.cli.target import Target, writable
from cutaway.errors import UnsupportedCapability
from cutaway.hosts.assembly import Outcome, carried_out
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.card import Card, CardState, new_id
from cutaway.storyboard.mirror import project_of
from cutaway.storyboard.plan import Rehearsal, read_from, rehearsed
from cutaway.storyboard.produce import Gate
from cutaway.storyboard.project import Project
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Kind
from cutaway.timeline.references import active_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cutaway.cli.screen import Screen
    from cutaway.timeline.index import Index
    from cutaway.wire import Video

    Choose = Callable[[Index, Project], "tuple[Sequence[Card], Sequence[str]]"]
    """Cards for a cut, and notes about them."""

OTIO: Final = ".otio"


@dataclass(frozen=True)
class Work:
    """The cut, the file that is edited, and how takes are made and placed."""

    target: Target
    screen: Screen
    cut: Path
    output: Path | None = None
    rate: str | None = None
    format_name: str | None = None
    folders: tuple[Path, ...] = ()
    size: str | None = None
    words: Words = field(default_factory=Words)
    min_seam: float | None = None
    jobs: int | None = None
    relative: bool = False
    dry_run: bool = False
    thumbs: Path | None = None

    def do(self, label: str, choose: Choose) -> None:
        """Carries a command out, or says what it would do.

        Raises:
            typer.Exit: with `Exit.JOB_FAILED`, when a card came to nothing.
            typer.BadParameter: the output cannot be written, or is somebody else's.
        """
        if self.cut.suffix.lower() == ".otioz":
            raise typer.BadParameter(
                f"{self.cut.name} is packed; unpack it first: cutaway timeline convert {self.cut} -o FILE.otio"
            )
        index = cuts.opened(self.cut, self.rate, self.format_name)
        notes = cuts.reading_notes(index, self.cut, self.rate, self.format_name)
        out = self._out()
        if self.dry_run:
            self._rehearse(label, choose, index, out, notes)
            return
        project, found = self._copied(index, out)
        notes += found
        if self.size:
            project.look.size = self.size
        host = FileHost(
            out,
            rate=self.rate,
            folders=(*self.folders, self.cut.parent),
            project=project,
            run=f"{label} {new_id()[:8]}",
            relative=self.relative,
        )
        index = read_from(host.snapshot().index, self.cut)
        if out.parent.resolve() != self.cut.parent.resolve() and (named := _relative_media(index)):
            notes.append(
                f"{named} clips name their media relative to {self.cut.parent}; an editor will look for them "
                f"relative to {out.parent}, since they were left as they are"
            )
        cards, said = choose(index, project)
        outcomes = self.run(host, [self.words.on(card) for card in cards])
        self._tell(label, host, index, outcomes, [*notes, *said])

    def copied(self) -> Path:
        """The file to be edited, which is made if it is not there yet."""
        out = self._out()
        self._copied(cuts.opened(self.cut, self.rate, self.format_name), out)
        return out

    # -- the file that is edited -------------------------------------------------------------------

    def _out(self) -> Path:
        """The file that is edited: the cut itself, or a copy of it."""
        if self.output is None:
            if self.cut.suffix.lower() != OTIO:
                raise typer.BadParameter(f"{self.cut.name} is no .otio file; say where the new cut goes: -o FILE.otio")
            return self.cut
        if self.output.suffix.lower() != OTIO:
            raise typer.BadParameter(
                f"{self.output.name}: the new cut is an .otio file; `cutaway timeline convert` writes other formats"
            )
        return writable(self.output)

    def _project(self, index: Index, out: Path) -> tuple[Project, tuple[str, ...]]:
        """The project of the file that is edited, and what is to be said of it. A new copy has one of its own."""
        itself = out.exists() and out.samefile(self.cut)
        return project_of(out, index) if itself else (Project.beside(out), ())

    def _copied(self, index: Index, out: Path) -> tuple[Project, tuple[str, ...]]:
        """The same, of the output, which is made if it is not there yet. A copy of this very cut is gone on with."""
        project, notes = self._project(index, out)
        if out.exists():
            if out.samefile(self.cut):
                return project, notes
            if index.document.digest not in {project.contents.source, Document.open(out).digest}:
                raise typer.BadParameter(
                    f"{out} exists and was not made from {self.cut.name}; name another file, or work on it itself: "
                    f"leave -o out and give {out.name} as the cut"
                )
        else:
            forgotten(project)
            if self.cut.suffix.lower() == OTIO and self.cut.is_file():
                part = out.with_name(out.name + ".part")
                shutil.copyfile(self.cut, part)
                part.replace(out)
            else:
                index.document.save(out)
        project.contents.source = index.document.digest
        project.write()
        return project, notes

    # -- the run -----------------------------------------------------------------------------------

    def run(self, host: FileHost, cards: Sequence[Card]) -> list[Outcome]:
        """Makes a take for each card and places it; says so as it goes."""
        outcomes: list[Outcome] = []
        gate = Gate(self.min_seam) if self.min_seam is not None else None
        if not cards:
            return outcomes
        with self.target.client() as client, self.screen.progress() as watch:

            def moved(card: Card, video: Video | None) -> None:
                del card
                if video is not None:
                    watch(video)

            with suppress(UnsupportedCapability):
                client.capabilities()
            try:
                for outcome in carried_out(
                    host, client, cards, source=self.cut, gate=gate, at_once=self.jobs, on_progress=moved
                ):
                    outcomes.append(outcome)
                    done = f"{len(outcomes)} of {len(cards)}"
                    what = outcome.refusal or "placed"
                    self.screen.note(f"{done}: {outcome.card.kind} at frame {outcome.card.placement.start}: {what}")
            except KeyboardInterrupt as error:
                asked = next((card.job_id for card in cards if card.job_id), "")
                raise LeftAlive(error, job_id=asked, how="the same command again; what was made is kept") from error
        order = [card.id for card in cards]
        return sorted(outcomes, key=lambda outcome: order.index(outcome.card.id))

    def _tell(
        self, label: str, host: FileHost, index: Index, outcomes: Sequence[Outcome], notes: Sequence[str]
    ) -> None:
        rows = []
        pictures = self.pictures(host, index, outcomes)
        table = cuts.table_of(*cuts.CARD_COLUMNS, "take", "seams", "result")
        for outcome in outcomes:
            about = cuts.about_card(outcome.card, index)
            take = outcome.take
            about |= {"take": cuts.about_take(take), "placed": outcome.placed is not None, "error": outcome.refusal}
            about["notes"] = outcome.card.notes
            if take is not None:
                about["media"] = str((host.project.takes_folder / take.path).resolve())
            if pictures:
                about["thumbnail"] = pictures[outcome.card.id]
            rows.append(about)
            seams = take.seams if take else None
            table.add_row(
                *cuts.card_cells(outcome.card, index),
                cuts.short(take.id) if take else "—",
                f"{cuts.shown_seam(seams.head)} {cuts.shown_seam(seams.tail)}" if seams else "—",
                escape(outcome.refusal or "placed"),
            )
        placed = [note for outcome in outcomes if outcome.placed for note in outcome.placed.notes]
        told = cuts.said([*notes, *(note for outcome in outcomes for note in outcome.card.notes), *placed])
        failed = [outcome for outcome in outcomes if outcome.placed is None]
        self.screen.emit({
            "command": label,
            "cut": str(self.cut),
            "out": str(host.path),
            "dry_run": False,
            "cards": rows,
            "notes": told,
            "failed": len(failed),
        })  # fmt: skip
        if outcomes:
            self.screen.show(table)
        self.screen.say(f"{host.path}  {len(outcomes) - len(failed)} of {len(outcomes)} placed")
        for note in told:
            self.screen.note(f"  {note}", style="yellow")
        if failed:
            raise typer.Exit(Exit.JOB_FAILED)

    def pictures(self, host: FileHost, index: Index, outcomes: Sequence[Outcome]) -> dict[str, str]:
        """A strip of pictures for each card, by its id; none where no folder was named for them."""
        from cutaway.storyboard.footage import Footage
        from cutaway.storyboard.stills import film_strip, written

        if self.thumbs is None:
            return {}
        self.thumbs.mkdir(parents=True, exist_ok=True)
        with Footage(index, host.folders) as footage:
            return {
                outcome.card.id: str(
                    written(
                        self.thumbs / f"card-{cuts.short(outcome.card.id)}.png",
                        film_strip(footage, outcome.card, outcome.take, host.project.takes_folder),
                    )
                )
                for outcome in outcomes
            }

    # -- only looking ------------------------------------------------------------------------------

    def _rehearse(self, label: str, choose: Choose, index: Index, out: Path, notes: Sequence[str]) -> None:
        """Prints exactly what would change. Nothing is sent, and nothing written."""
        project, found = self._project(index, out)
        if self.size:
            project.look.size = self.size
        cards, said = choose(index, project)
        worded = [self.words.on(card) for card in cards]
        rehearsals = list(rehearsed(index, worded, project, (*self.folders, self.cut.parent)))
        table = cuts.table_of(*cuts.CARD_COLUMNS, "asks for", "goes", "comes")
        for one in rehearsals:
            asks = f"{one.asks['method']}, {one.asks['frames']} frames" if one.asks else "—"
            goes = "; ".join(_items(change.removed) for change in one.changes)
            comes = one.refusal or "; ".join(_items(change.inserted) for change in one.changes)
            table.add_row(*cuts.card_cells(one.card, index), escape(asks), escape(goes), escape(comes))
        told = cuts.said([*notes, *found, *said, *(note for one in rehearsals for note in one.notes)])
        self.screen.emit({
            "command": label,
            "cut": str(self.cut),
            "out": str(out),
            "dry_run": True,
            "cards": [_about_rehearsal(one, index) for one in rehearsals],
            "notes": told,
        })  # fmt: skip
        self.screen.show(table) if rehearsals else self.screen.say("nothing would change")
        for note in told:
            self.screen.note(f"  {note}", style="yellow")


def _relative_media(index: Index) -> int:
    """How many clips name their media by a path that starts at the cut's own folder."""
    urls = [
        (active_reference(item.node) or {}).get("target_url")
        for track in index.tracks
        for item in track.items
        if item.kind is Kind.CLIP
    ]
    named = [url for url in urls if isinstance(url, str) and url and "://" not in url]
    return sum(not Path(url).is_absolute() and not PureWindowsPath(url).is_absolute() for url in named)


def forgotten(project: Project) -> None:
    """A project whose cut is gone: its edits are no longer there; its takes are, and can be placed again."""
    if edits := [edit for edit in project.logged() if not edit.undone]:
        project.mark_undone(edits)
    for card in project.cards:
        if card.state is CardState.APPLIED:
            card.state, card.applied_take = CardState.REVIEW, None


def _about_rehearsal(one: Rehearsal, index: Index) -> dict[str, Any]:
    keys = ("kind", "name", "frames")
    changes = [
        {
            "track": change.track,
            "removed": [dict(zip(keys, item, strict=True)) for item in change.removed],
            "inserted": [dict(zip(keys, item, strict=True)) for item in change.inserted],
        }
        for change in one.changes
    ]
    return cuts.about_card(one.card, index) | {
        "asks": one.asks, "changes": changes, "notes": list(one.notes), "error": one.refusal,
    }  # fmt: skip


def _items(listed: Sequence[tuple[str, str, int | str]]) -> str:
    return ", ".join(" ".join(str(part) for part in item if part != "") for item in listed) or "nothing"
