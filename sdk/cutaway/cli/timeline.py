"""Cuts: what is in one, what is missing, other formats, and a picture of it. The verbs are in `cut_verbs`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cutaway.cli import cut as cuts
from cutaway.cli import cut_takes, cut_verbs
from cutaway.cli import options as opt
from cutaway.cli.screen import Screen
from cutaway.cli.target import writable
from cutaway.timeline.adapters import BUNDLES, FORMATS, NATIVE, format_of, write_other
from cutaway.timeline.bundles import bundle, extract, with_urls
from cutaway.timeline.doc import Document

if TYPE_CHECKING:
    from cutaway.storyboard.board import Board
    from cutaway.timeline.index import Index

EveryGap = Annotated[
    bool, typer.Option("--every-gap", help="Also gaps where another track shows a picture.", rich_help_panel="Cards")
]
MinFrames = Annotated[
    int, typer.Option("--min-frames", min=1, help="Leave shorter holes alone.", rich_help_panel="Cards")
]


def add_to(app: typer.Typer) -> None:
    family = typer.Typer(
        help="Cuts from an editor: find what is missing, fill it, and hand back a cut in which nothing else moved.",
        no_args_is_help=True,
    )
    for verb in (info, cards, draw, convert):
        family.command(rich_help_panel="Look")(verb)
    cut_verbs.add_to(family)
    cut_takes.add_to(family)
    app.add_typer(family, name="timeline", rich_help_panel="Cuts")


def info(
    cut: cuts.Cut, rate: cuts.CutRate = None, format_name: cuts.CutFormat = None, as_json: opt.AsJson = False
) -> None:
    """Show what is in a cut: its rate, start and length, and the items of each track.

    Example: cutaway timeline info cut.otio
    """
    screen = Screen(as_json=as_json)
    index = cuts.opened(cut, rate, format_name)
    about = cuts.about_cut(index, cuts.reading_notes(index, cut, rate, format_name))
    screen.emit(about)
    length = "of unknown length" if about["duration"] is None else f"{about['duration']} frames"
    screen.say(
        f"{index.name or cut.name}  {cuts.shown_rate(index.rate)} fps  starts {about['start']}  {length}  "
        f"written by {index.dialect.name}"
    )
    table = cuts.table_of("track", "kind", "name", "clips", "gaps", "transitions", "frames")
    for track in about["tracks"]:
        keys = ("number", "kind", "name", "clips", "gaps", "transitions", "duration")
        table.add_row(*(escape("?" if track[key] is None else str(track[key])) for key in keys))
    screen.show(table)
    for note in about["notes"]:
        screen.note(f"  {note}", style="yellow")


def cards(
    cut: cuts.Cut,
    every_gap: EveryGap = False,
    min_frames: MinFrames = 2,
    rate: cuts.CutRate = None,
    format_name: cuts.CutFormat = None,
    media_dir: cuts.MediaDirs = None,
    thumbs: cuts.Thumbs = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the cards in the project beside the cut; else nothing is written.")
    ] = False,
    as_json: opt.AsJson = False,
) -> None:
    """List the places where something is missing: holes, shots longer than their media, clips only described.

    Example: cutaway timeline cards cut.otio
    """
    from cutaway.storyboard.mirror import project_of
    from cutaway.storyboard.plan import planned

    screen = Screen(as_json=as_json)
    index = cuts.opened(cut, rate, format_name)
    project, found = project_of(cut, index)
    board = planned(index, project, every_gap=every_gap, min_frames=min_frames)
    notes = [*cuts.reading_notes(index, cut, rate, format_name), *found, *board.notes]
    if save:
        project.put(*board.cards)
    shown = [cuts.about_card(card, index) for card in board.cards]
    if thumbs is not None:
        _pictures(index, board, thumbs, shown, [*(media_dir or []), cut.parent])
    screen.emit({"cards": shown, "notes": notes} | ({"project": str(project.folder)} if save else {}))
    table = cuts.table_of(*cuts.CARD_COLUMNS, "picture")
    for card, about in zip(board.cards, shown, strict=True):
        table.add_row(*cuts.card_cells(card, index), escape(str(about.get("thumbnail", ""))))
    screen.show(table) if board.cards else screen.say("nothing is missing")
    for note in notes:
        screen.note(f"  {note}", style="yellow")


def _pictures(index: Index, board: Board, folder: Path, shown: list[dict[str, Any]], folders: list[Path]) -> None:
    """A strip for each card: what lies on both sides of its place."""
    from cutaway.storyboard.footage import Footage
    from cutaway.storyboard.stills import film_strip, written

    folder.mkdir(parents=True, exist_ok=True)
    with Footage(index, folders) as footage:
        for card, about in zip(board.cards, shown, strict=True):
            path = folder / f"card-{cuts.short(card.id)}.png"
            about["thumbnail"] = str(written(path, film_strip(footage, card, None, folder)))


def draw(
    cut: cuts.Cut,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The picture: .png or .svg.")],
    after: Annotated[
        Path | None, typer.Option("--after", metavar="CUT", help="The same cut later, drawn below it.")
    ] = None,
    width: Annotated[int, typer.Option("--width", min=400, max=8000, help="Of the picture, in pixels.")] = 1600,
    plain: Annotated[bool, typer.Option("--plain", help="Without frames of the media.")] = False,
    every_gap: EveryGap = False,
    rate: cuts.CutRate = None,
    format_name: cuts.CutFormat = None,
    media_dir: cuts.MediaDirs = None,
    as_json: opt.AsJson = False,
) -> None:
    """Draw the tracks of a cut with its gaps and cards; with --after, before and after.

    Example: cutaway timeline draw cut.otio -o strip.png --after filled.otio
    """
    from cutaway.storyboard.strip import Panel, draw_strip

    screen = Screen(as_json=as_json)
    if writable(output).suffix.lower() not in {".png", ".svg"}:
        raise typer.BadParameter(f"{output.name}: a strip ends in .png or .svg")
    panels = []
    for path in [cut] if after is None else [cut, after]:
        index = cuts.opened(path, rate, format_name if path == cut else None)
        panels.append(Panel.of(index, title=path.name, folders=(*(media_dir or ()), cut.parent), every_gap=every_gap))
    draw_strip(panels, output, width=width, pictures=not plain)
    screen.say(str(output))
    screen.emit({"path": str(output), "cut": str(cut), "after": str(after) if after else None})


def convert(
    cut: cuts.Cut,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="The new file: .otio, .otioz, .otiod, or another format."),
    ],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="NAME",
            help=f"Its format: otio, resolve (OTIO as it imports it), {', '.join(FORMATS)}. Left out: by suffix.",
        ),
    ] = None,
    rate: cuts.CutRate = None,
    format_name: cuts.CutFormat = None,
    media_dir: cuts.MediaDirs = None,
    as_json: opt.AsJson = False,
) -> None:
    """Write a cut in another format, or with its media as a bundle, and say what was lost on the way.

    Example: cutaway timeline convert filled.otio -o filled.otioz
    """
    screen = Screen(as_json=as_json)
    if output.exists():
        raise typer.BadParameter(f"{output} exists; name a new file")
    writable(output)
    index = cuts.opened(cut, rate, format_name)
    notes = cuts.reading_notes(index, cut, rate, format_name)
    folders = [*(media_dir or []), cut.parent]
    document = index.document
    with tempfile.TemporaryDirectory() as temporary:
        if cut.suffix.lower() in BUNDLES:
            keeps = output.suffix.lower() in BUNDLES
            folder = Path(temporary) / "media" if keeps else output.with_name(f"{output.stem}_media")
            extract(cut, folder)
            document = with_urls(document, lambda url: _unpacked(url, folder))
            notes += [] if keeps else [f"the media of the bundle were unpacked to {folder}"]
        lost = _written(document, output, to, index, folders)
    screen.say(str(output))
    screen.emit({"path": str(output), "cut": str(cut), "lost": lost, "notes": notes})
    for note in notes:
        screen.note(f"  {note}", style="yellow")
    for what in lost:
        screen.note(f"  lost: {what}", style="yellow")


def _unpacked(url: str, folder: Path) -> str:
    """Where a medium of a bundle lies once it was unpacked."""
    path = (folder / url).resolve()
    return str(path) if path.is_relative_to(folder.resolve()) and path.is_file() else url


def _written(document: Document, output: Path, to: str | None, index: Index, folders: list[Path]) -> list[str]:
    """Writes a document in the format asked for; what did not fit."""
    from cutaway.storyboard.footage import located
    from cutaway.timeline.resolve_shape import resolve_shaped

    suffix = output.suffix.lower()
    if to in {None, "otio"} and suffix in BUNDLES:
        missing = bundle(document, output, lambda url: located(url, folders[-1], folders))
        return [f"{url} was not found, or is no media file, and is only named" for url in missing]
    if to == "resolve":
        shaped, changed = resolve_shaped(
            document, lambda url: str(found.resolve()) if (found := located(url, folders[-1], folders)) else None
        )
        shaped.save(output)
        return list(changed)
    if to == "otio" or (to is None and suffix in NATIVE):
        document.save(output)
        return []
    found = format_of(output, to)
    return list(write_other(document, output, format_name=found.name, rate=index.rate))
