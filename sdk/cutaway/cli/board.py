"""Boards from nothing: new, render."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from cutaway.cli import cut as cuts
from cutaway.cli import options as opt
from cutaway.cli.cut_work import OTIO, Work, forgotten
from cutaway.cli.exits import Exit
from cutaway.cli.screen import Screen
from cutaway.cli.target import Target, writable
from cutaway.errors import UnreadableTimeline
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.card import BoardLook, Character, new_id
from cutaway.storyboard.project import Project
from cutaway.storyboard.sheet import SECONDS, SIZE, Sheet
from cutaway.timebase import FrameRange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.hosts.assembly import Outcome
    from cutaway.storyboard.card import Card
    from cutaway.timeline.index import Index

RENDERED = "board"
"""What a project of a rendered board says it was made from."""

BoardFile = Annotated[Path, typer.Argument(metavar="BOARD.json", help="A board: shots in order, and their look.")]


def add_to(app: typer.Typer) -> None:
    family = typer.Typer(help="Boards: shots with words, in order, rendered to a cut.", no_args_is_help=True)
    for verb in (new, render):
        family.command()(verb)
    app.add_typer(family, name="board", rich_help_panel="Cuts")


def new(
    board: BoardFile,
    shot: Annotated[
        list[str] | None, typer.Option("--shot", metavar="PROMPT", help="One more shot; as often as you like.")
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="CUT", help="Take the shots and lengths of this cut.")
    ] = None,
    recut: Annotated[
        Path | None,
        typer.Option("--recut", metavar="VIDEO", help="Start from a part of this take; the first shot continues it."),
    ] = None,
    part: Annotated[
        str | None, typer.Option("--range", metavar="IN:OUT", help="Which frames of it, OUT not included. [all]")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Of the board and its timeline.")] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.04, help="Of each shot.")] = SECONDS,
    rate: Annotated[
        str, typer.Option("--rate", metavar="FPS", help="Frames per second: 24, 23.976, 30000/1001.")
    ] = "24",
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help=f"Pixels. [that of the cut, else {SIZE}]")
    ] = None,
    style: opt.Style = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="The first of the board's seeds; each shot has the next one.")
    ] = None,
    character: Annotated[
        list[str] | None,
        typer.Option("--character", metavar="NAME=WORDS", help="Somebody of that name, and what to say of them."),
    ] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Write a board: from prompts, from the shots of a cut, or on from a part of a take.

    Example: cutaway board new sea.json --shot "waves at night" --shot "a lighthouse is lit" --style papercraft --seed 7
    """
    screen = Screen(as_json=as_json)
    if board.exists():
        raise typer.BadParameter(f"{board} exists; name a new file, or edit that one")
    writable(board)
    if (source is None) == (not shot):
        raise typer.BadParameter('say the shots with --shot "PROMPT", or take those of a cut with --from CUT')
    if recut is not None:
        sheet = _recut(recut, part, board.stem, shot or [], seconds, BoardLook(style=style, seed=seed))
    elif source is not None:
        index = cuts.opened(source)
        sheet = Sheet.of_cut(index, size=size or _size_of(index, source), style=style, seed=seed)
    else:
        sheet = Sheet.of_prompts(
            board.stem, shot or [], seconds=seconds, rate=rate, size=size or SIZE, style=style, seed=seed
        )
    sheet.name = name or sheet.name
    sheet.look.characters = [_character(text) for text in character or []]
    board.write_text(sheet.text(), encoding="utf-8")
    frames = sum(one.frames for one in sheet.shots)
    wordless = [number for number, one in enumerate(sheet.shots, start=1) if not one.prompt and one.media is None]
    screen.say(f"{board}  {len(sheet.shots)} shots  {frames} frames at {sheet.rate} fps")
    screen.emit({
        "path": str(board), "shots": len(sheet.shots), "frames": frames, "rate": str(sheet.rate), "wordless": wordless,
    })  # fmt: skip
    if wordless:
        screen.note(
            f"  without words: shots {', '.join(map(str, wordless))}. Give each a `prompt`, then render the board",
            style="yellow",
        )


def render(
    ctx: typer.Context,
    board: BoardFile,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="OUT.otio", help="The cut: one clip per shot. Its project keeps the takes."
        ),
    ],
    model: opt.Model = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, metavar="N", help="Submit so many shots at once; all when left out.")
    ] = None,
    relative: Annotated[bool, typer.Option("--relative", help="Name takes relative to the cut's folder.")] = False,
    thumbs: cuts.Thumbs = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print which shots would be made; write nothing.")] = False,
    as_json: opt.AsJson = False,
) -> None:
    """Render a board to a cut. Rendered again, only shots that changed are made.

    Example: cutaway board render sea.json -o sea.otio
    """
    from cutaway.timeline.index import Index

    screen = Screen(as_json=as_json)
    try:
        sheet = Sheet.parse(board.read_text("utf-8"), path=board)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableTimeline(f"{board} cannot be read: {error}", path=board) from error
    if writable(output).suffix.lower() != OTIO:
        raise typer.BadParameter(f"{output.name}: a board is rendered to an .otio file")
    if model is not None:
        sheet.look.model = model
    document = sheet.timeline(board.parent)
    index = Index.of(document)
    project = Project.beside(output)
    if output.exists() and project.contents.source != RENDERED:
        raise typer.BadParameter(f"{output} exists and was not rendered from a board; name another file")
    known = {card.id: card for card in project.cards if card.takes}
    cards = [known.get(card.id, card) for card in sheet.cards(index, board.parent)]
    kept = {card.id for card in cards if card.id in known}
    if dry_run:
        _tell(
            screen, board, output, index, [(card, "kept" if card.id in kept else "to be made", None) for card in cards]
        )
        return
    for card, place in zip(cards, sheet.cards(index), strict=True):
        card.placement = place.placement
    if project.cards or output.exists():
        forgotten(project)
    project.contents.look, project.contents.source = sheet.look_in(board.parent), RENDERED
    project.write()
    document.save(output)
    host = FileHost(output, project=project, run=f"render {new_id()[:8]}", relative=relative)
    work = Work(Target.of(ctx), screen, output, jobs=jobs, thumbs=thumbs)
    outcomes = work.run(host, cards)
    rows = [(o.card, o.refusal or ("kept" if o.card.id in kept else "made"), o) for o in outcomes]
    _tell(screen, board, output, index, rows, work.pictures(host, index, outcomes))
    if any(outcome.placed is None for outcome in outcomes):
        raise typer.Exit(Exit.JOB_FAILED)


def _tell(
    screen: Screen,
    board: Path,
    output: Path,
    index: Index,
    rows: Sequence[tuple[Card, str, Outcome | None]],
    pictures: dict[str, str] | None = None,
) -> None:
    table = cuts.table_of("shot", "at", "frames", "seed", "take", "result", "prompt")
    shown = []
    for number, (card, result, outcome) in enumerate(rows, start=1):
        take = outcome.take if outcome else card.take()
        about = cuts.about_card(card, index) | {"result": result, "take": cuts.about_take(take)}
        shown.append(about | ({"thumbnail": pictures[card.id]} if pictures else {}))
        place = card.placement
        seed = "" if card.seed is None else str(card.seed)
        table.add_row(
            str(number), cuts.shown_frame(index, place.start), str(place.frames), seed,
            cuts.short(take.id) if take else "\u2014", escape(result), escape(card.prompt),
        )  # fmt: skip
    made = sum(result in {"made", "to be made"} for _, result, _ in rows)
    kept = sum(result == "kept" for _, result, _ in rows)
    screen.emit({"board": str(board), "out": str(output), "made": made, "kept": kept, "shots": shown})
    screen.show(table)
    screen.say(f"{output}  {made} made, {kept} kept, {len(rows) - made - kept} failed")


def _recut(media: Path, part: str | None, name: str, prompts: list[str], seconds: float, look: BoardLook) -> Sheet:
    """A board that goes on from a part of a take, at the take's own size and rate."""
    from cutaway.media.probe import probe

    info = probe(media)
    if info.rate is None:
        raise typer.BadParameter(f"{media.name} is a still; a board is cut on from a video")
    start, _, end = (part or f"0:{info.frames}").partition(":")
    try:
        used = FrameRange(int(start or 0), int(end or info.frames))
    except ValueError as error:
        raise typer.BadParameter(f"{part}: a range is written IN:OUT, such as 12:60, in frames") from error
    if not used or not FrameRange(0, info.frames).covers(used):
        raise typer.BadParameter(f"{part}: {media.name} has frames 0 to {info.frames}")
    look = look.model_copy(update={"size": f"{info.width}x{info.height}", "rate": str(info.rate)})
    return Sheet.recut(name, media.resolve(), used, prompts, frames=max(1, info.rate.frames(seconds)), look=look)


def _size_of(index: Index, cut: Path) -> str:
    """The picture size of a cut; the usual one where no clip of it can be read."""
    from cutaway.storyboard.footage import Footage, Unavailable

    with Footage(index, [cut.parent]) as footage:
        try:
            width, height = footage.size()
        except Unavailable:
            return SIZE
    return f"{width}x{height}"


def _character(text: str) -> Character:
    name, equals, words = text.partition("=")
    if not equals or not name.strip():
        raise typer.BadParameter(
            f'{text}: a character is written NAME=WORDS, such as "Mia=a girl in a yellow raincoat"'
        )
    return Character(name=name.strip(), description=words.strip())
