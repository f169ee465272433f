"""Takes of a cut, and what was done to it: takes, apply, undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cutaway.cli import cut as cuts
from cutaway.cli import options as opt
from cutaway.cli.exits import Exit
from cutaway.cli.screen import Screen
from cutaway.cli.target import Target
from cutaway.errors import TimelineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.hosts.otio_file import FileHost
    from cutaway.storyboard.card import Card, Take
    from cutaway.timeline.index import Index

Edited = Annotated[Path, typer.Argument(metavar="CUT", help="An .otio file that takes were put into.")]


def add_to(family: typer.Typer) -> None:
    for verb in (takes, apply, undo):
        family.command(rich_help_panel="Takes")(verb)


def takes(
    cut: Edited,
    use: Annotated[
        str | None, typer.Option("--use", metavar="TAKE", help="Show this take in its place, by the start of its id.")
    ] = None,
    rate: cuts.CutRate = None,
    media_dir: cuts.MediaDirs = None,
    relative: Annotated[bool, typer.Option("--relative", help="Name the take relative to the cut's folder.")] = False,
    thumbs: cuts.Thumbs = None,
    as_json: opt.AsJson = False,
) -> None:
    """List the takes of a cut with how well they meet their neighbours; with --use, show another one.

    Example: cutaway timeline takes filled.otio
    """
    from cutaway.hosts.assembly import put_take
    from cutaway.storyboard.places import as_it_lies, shown_clips

    screen = Screen(as_json=as_json)
    host = _host(cut, rate, media_dir, "take", relative=relative)
    notes, refusal = list(host.notes), ""
    if use is not None:
        outcome = put_take(host, *_take(host.project.cards, use))
        refusal = outcome.refusal
        notes += outcome.placed.notes if outcome.placed else ()
    index = host.snapshot().index
    cards = [as_it_lies(card, shown_clips(index), index) for card in host.project.cards]
    there = [(card, take) for card in cards for take in card.takes]
    rows = [_about(card, take, index) for card, take in there]
    if thumbs is not None:
        _pictures(host, index, thumbs, there, rows)
    notes = cuts.said(notes)
    screen.emit({"cut": str(cut), "takes": rows, "notes": notes, "error": refusal})
    table = cuts.table_of("take", "", *cuts.CARD_COLUMNS[:5], "seed", "head", "tail", "made by")
    for (card, take), row in zip(there, rows, strict=True):
        seams = take.seams
        table.add_row(
            cuts.short(take.id),
            "●" if row["active"] else "",
            *cuts.card_cells(card, index)[:5],
            str(take.seed if take.seed is not None else ""),
            cuts.shown_seam(seams.head if seams else None),
            cuts.shown_seam(seams.tail if seams else None),
            escape(f"{take.slate.get('model') or ''}{' (preview)' if take.preview else ''}"),
        )
    screen.show(table) if rows else screen.say("no takes yet")
    for note in notes:
        screen.note(f"  {note}", style="yellow")
    if refusal:
        screen.note(refusal, style="red")
        raise typer.Exit(Exit.REFUSED)


def apply(
    ctx: typer.Context,
    cut: Edited,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT.otio", help="A copy. Left out: the cut itself is edited."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="CUT", help="The cut whose takes are put in, where it is another one."),
    ] = None,
    card: Annotated[list[str] | None, typer.Option("--card", metavar="ID", help="Only this card.")] = None,
    rate: cuts.CutRate = None,
    media_dir: cuts.MediaDirs = None,
    as_json: opt.AsJson = False,
) -> None:
    """Put the takes there are into a cut, such as a newer export of it: each card finds its place again.

    Example: cutaway timeline apply newer.otio --from filled.otio -o newer-filled.otio
    """
    from cutaway.cli.cut_work import Work
    from cutaway.hosts.assembly import adopted, put
    from cutaway.storyboard.mirror import project_of
    from cutaway.storyboard.places import as_it_lies, shown_clips

    screen = Screen(as_json=as_json)
    out = Work(Target.of(ctx), screen, cut, output, rate).copied()
    host = _host(out, rate, media_dir, "apply")
    said: tuple[str, ...] = ()
    if source is not None:
        other, said = project_of(source, cuts.opened(source, rate))
        adopted(host.project, other)
    known = [one for one in host.project.cards if one.takes]
    chosen = [one for one in known if not card or any(one.id.startswith(name) for name in card)]
    outcomes = put(host, *chosen)
    for outcome in outcomes:
        at = outcome.placed.span.start if outcome.placed else outcome.card.placement.start
        screen.note(f"{outcome.card.kind} at frame {at}: {outcome.refusal or 'placed'}")
    notes = cuts.said([*host.notes, *said, *(note for o in outcomes if o.placed for note in o.placed.notes)])
    failed = sum(outcome.placed is None for outcome in outcomes)
    index = host.snapshot().index
    clips = shown_clips(index)
    screen.emit({
        "cut": str(cut),
        "out": str(out),
        "cards": [
            cuts.about_card(as_it_lies(outcome.card, clips, index), index)
            | {"placed": outcome.placed is not None, "error": outcome.refusal}
            for outcome in outcomes
        ],
        "notes": notes,
        "failed": failed,
    })  # fmt: skip
    for note in notes:
        screen.note(f"  {note}", style="yellow")
    screen.say(f"{out}  {len(outcomes) - failed} of {len(outcomes)} placed")
    if failed:
        raise typer.Exit(Exit.JOB_FAILED)


def undo(
    cut: Edited,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, metavar="N", help="So many single edits, newest first.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every edit there was.")] = False,
    rate: cuts.CutRate = None,
    as_json: opt.AsJson = False,
) -> None:
    """Take back the last command on a cut, to the byte.

    Example: cutaway timeline undo filled.otio
    """
    from cutaway.hosts.assembly import undone_run

    if steps is not None and everything:
        raise typer.BadParameter("say --steps N or --all, not both")
    screen = Screen(as_json=as_json)
    host = _host(cut, rate, None, "")
    edits = undone_run(host, steps=steps, everything=everything)
    left = len(host.edits())
    screen.emit({
        "cut": str(cut),
        "undone": [{"label": edit.label, "card": edit.card, "take": edit.take, "at": edit.at} for edit in edits],
        "left": left,
        "notes": list(host.notes),
        "digest": host.snapshot().digest,
    })  # fmt: skip
    names: dict[str, int] = {}
    for edit in edits:
        names[edit.label] = names.get(edit.label, 0) + 1
    screen.say(f"{cut}  undone: {', '.join(f'{times} x {name}' for name, times in names.items())}; {left} edits left")
    for note in host.notes:
        screen.note(f"  {note}", style="yellow")


def _host(
    cut: Path, rate: str | None, media_dir: Sequence[Path] | None, label: str, *, relative: bool = False
) -> FileHost:
    from cutaway.cli.cut_work import OTIO
    from cutaway.hosts.otio_file import FileHost
    from cutaway.storyboard.card import new_id

    if cut.suffix.lower() != OTIO:
        raise typer.BadParameter(f"{cut.name}: takes are put into .otio files")
    cuts.opened(cut, rate)
    run = f"{label} {new_id()[:8]}"
    return FileHost(cut, rate=rate, folders=tuple(media_dir or ()), run=run, relative=relative)


def _pictures(
    host: FileHost, index: Index, folder: Path, there: Sequence[tuple[Card, Take]], rows: list[dict[str, Any]]
) -> None:
    """A strip for each take: the shot before it, the take, the shot behind it."""
    from cutaway.storyboard.footage import Footage
    from cutaway.storyboard.stills import film_strip, written

    folder.mkdir(parents=True, exist_ok=True)
    with Footage(index, host.folders) as footage:
        for (card, take), row in zip(there, rows, strict=True):
            path = folder / f"take-{cuts.short(take.id)}.png"
            row["thumbnail"] = str(written(path, film_strip(footage, card, take, host.project.takes_folder)))


def _take(cards: Sequence[Card], name: str) -> tuple[Card, Take]:
    """A take by its id, or the start of it.

    Raises:
        TimelineError: none or several have it.
    """
    found = [(card, take) for card in cards for take in card.takes if take.id.startswith(name)]
    if len(found) != 1:
        known = ", ".join(cuts.short(take.id) for card in cards for take in card.takes) or "none"
        raise TimelineError(f"{len(found)} takes are called {name}; the takes: {known}")
    return found[0]


def _about(card: Card, take: Take, index: Index) -> dict[str, Any]:
    from cutaway.storyboard.places import card_id

    ours = [item.metadata["cutaway"] for t in index.tracks for item in t.items if card_id(item) == card.id]
    return {
        **take.model_dump(mode="json"),
        "card": card.id,
        "kind": str(card.kind),
        "track": card.placement.track,
        "start": card.placement.start,
        "frames": card.placement.frames,
        "active": any(shown.get("take") == take.id for shown in ours),
        "score": take.seams.score if take.seams else None,
    }
