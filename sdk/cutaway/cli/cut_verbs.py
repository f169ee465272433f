"""The verbs on a place in a cut: fill, extend, remix, blend, loop. Each makes cards, takes, and puts them in."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cutaway.cli import cut as cuts
from cutaway.cli import options as opt
from cutaway.cli.cut_edit import Edit, Look, Words
from cutaway.cli.option_sets import spread
from cutaway.timeline.edits import Room
from cutaway.wire import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card
    from cutaway.storyboard.project import Project
    from cutaway.timebase import FrameRange
    from cutaway.timeline.index import Index, Item

PLACE = "The place"


class EdgeName(StrEnum):
    """An end of a shot."""

    HEAD = "head"
    TAIL = "tail"


class RoomName(StrEnum):
    """Where the frames of an extension come from."""

    GAP = "gap"
    ROLL = "roll"
    RIPPLE = "ripple"
    RIPPLE_ALL = "ripple-all"


Prompt = Annotated[
    str | None, typer.Option("--prompt", help="What should be seen.", rich_help_panel=opt.MODEL, show_default=False)
]
MinSeam = Annotated[
    float | None,
    typer.Option(
        "--min-seam",
        min=0,
        max=1,
        help="The least score of both cuts; two more seeds are tried, and a take below it is not placed.",
        rich_help_panel=opt.RESULT,
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        min=1,
        metavar="N",
        help="Submit so many cards at once; all when left out.",
        rich_help_panel=opt.WAITING,
    ),
]
Track = Annotated[
    str | None,
    typer.Option(
        "--track",
        metavar="NAME",
        help="By its name, or its number as `info` lists it. Left out: the topmost with a shot there.",
        rich_help_panel=PLACE,
    ),
]
At = Annotated[
    str,
    typer.Option(
        "--at",
        metavar="FRAME",
        help="A frame inside the shot: counted from the start of the timeline, or a timecode.",
        rich_help_panel=PLACE,
    ),
]


def add_to(family: typer.Typer) -> None:
    for verb in (fill, extend, remix, blend, loop):
        family.command(rich_help_panel="Make")(spread(verb))


def fill(
    ctx: typer.Context,
    *,
    edit: Edit,
    card: Annotated[
        list[str] | None,
        typer.Option(
            "--card",
            metavar="ID",
            help="Only this one, as `cards` lists it; or one that `takes` lists, for another take of it.",
            rich_help_panel=PLACE,
        ),
    ] = None,
    every_gap: Annotated[
        bool, typer.Option("--every-gap", help="Also gaps where another track shows a picture.", rich_help_panel=PLACE)
    ] = False,
    min_frames: Annotated[
        int, typer.Option("--min-frames", min=1, help="Leave shorter holes alone.", rich_help_panel=PLACE)
    ] = 2,
    prompt: Prompt = None,
    look: Look,
    described: opt.Described,
    manner: opt.Manner,
    min_seam: MinSeam = None,
    jobs: Jobs = None,
) -> None:
    """Fill every hole in the picture with a take of exactly its length. Nothing else moves.

    Example: cutaway timeline fill cut.otio -o filled.otio
    """
    from cutaway.storyboard.plan import planned

    def holes(index: Index, project: Project) -> tuple[Sequence[Card], Sequence[str]]:
        board = planned(index, project, every_gap=every_gap, min_frames=min_frames)
        found = [there for there in board.cards if there.kind is Verb.FILL]
        return _chosen([*found, *_filled(index, project)], card) if card else found, board.notes

    words = Words.of(prompt, look, described, manner)
    edit.work(ctx, words, min_seam=min_seam, jobs=jobs).do("fill", holes)


def extend(
    ctx: typer.Context,
    *,
    edit: Edit,
    at: At,
    frames: Annotated[int, typer.Option("--frames", min=1, help="How many frames more.", rich_help_panel=PLACE)],
    track: Track = None,
    edge: Annotated[
        EdgeName, typer.Option("--edge", help="Which end of the shot grows.", rich_help_panel=PLACE)
    ] = EdgeName.TAIL,
    room: Annotated[
        RoomName,
        typer.Option(
            "--room",
            help="gap: the gap beside it shrinks; roll: its neighbour gives frames; ripple: what is behind moves, "
            "on this track or on all.",
            rich_help_panel=PLACE,
        ),
    ] = RoomName.GAP,
    prompt: Prompt = None,
    look: Look,
    described: opt.Described,
    manner: opt.Manner,
    min_seam: MinSeam = None,
) -> None:
    """Make one shot of a cut longer: a take beside it, and the shot itself untouched.

    Example: cutaway timeline extend cut.otio -o longer.otio --at 40 --frames 24 --room ripple
    """
    from cutaway.storyboard.asks import extension

    words = Words.of(prompt, look, described, manner)
    way = Room(room.value.replace("-", "_"))
    edit.work(ctx, words, min_seam=min_seam).do(
        "extend",
        lambda index, project: _one(
            project, extension(index, _shot(index, at, track), frames, edge=edge.value, room=way)
        ),
    )


def remix(
    ctx: typer.Context,
    *,
    edit: Edit,
    prompt: opt.Prompt,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="FRAME",
            help="The whole shot that lies at this frame or timecode.",
            rich_help_panel=PLACE,
        ),
    ] = None,
    span: Annotated[
        str | None,
        typer.Option(
            "--range",
            metavar="IN-OUT",
            help="Only this part of a shot: frames or timecodes, OUT no longer in it.",
            rich_help_panel=PLACE,
        ),
    ] = None,
    track: Track = None,
    overlay: Annotated[
        bool,
        typer.Option("--overlay", help="On a track of its own above; the shot stays.", rich_help_panel=PLACE),
    ] = False,
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength",
            min=0,
            max=1,
            help="How far from the source: 0 keeps it, 1 forgets it.",
            rich_help_panel=opt.MODEL,
        ),
    ] = None,
    look: Look,
    described: opt.Described,
    manner: opt.Manner,
    min_seam: MinSeam = None,
) -> None:
    """Make a shot of a cut, or a part of one, again with other words.

    Example: cutaway timeline remix cut.otio -o night.otio --range 24-48 --prompt "the same street at night"
    """
    from cutaway.storyboard.asks import remake

    if (at is None) == (span is None):
        raise typer.BadParameter("say which shot with --at FRAME, or which part of one with --range IN-OUT")

    def part(index: Index, project: Project) -> tuple[Sequence[Card], Sequence[str]]:
        asked = _span(index, span) if span else None
        shot = _shot(index, str(asked.start) if asked else str(at), track)
        card = remake(index, shot, asked)
        card.placement.mode = "overlay" if overlay else "in_place"
        return _one(project, card)

    words = Words.of(prompt, look, described, manner, strength=strength)
    edit.work(ctx, words, min_seam=min_seam).do("remix", part)


def blend(
    ctx: typer.Context,
    *,
    edit: Edit,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            metavar="FRAME",
            help="A frame inside the shot in front of the cut, or the cut itself.",
            rich_help_panel=PLACE,
        ),
    ],
    frames: Annotated[
        int, typer.Option("--frames", min=2, help="How many frames the blend lasts.", rich_help_panel=PLACE)
    ],
    track: Track = None,
    over_transition: Annotated[
        bool,
        typer.Option(
            "--over-transition",
            help="In the place of the transition that lies over the cut; else a blend there is refused.",
            rich_help_panel=PLACE,
        ),
    ] = False,
    prompt: Prompt = None,
    look: Look,
    described: opt.Described,
    manner: opt.Manner,
    min_seam: MinSeam = None,
) -> None:
    """Let one shot turn into the next over their cut.

    Example: cutaway timeline blend cut.otio -o morph.otio --at 48 --frames 16
    """
    from cutaway.storyboard.asks import blending

    def over_the_cut(index: Index, project: Project) -> tuple[Sequence[Card], Sequence[str]]:
        shot = _shot(index, at, track)
        if shot.record.start == cuts.frame_named(index, at):
            shot = index.before(shot) or shot
        asked = blending(index, shot, frames, over_transition=over_transition)
        (card,), notes = _one(project, asked)
        card.placement.over_transition = asked.placement.over_transition
        return [card], notes

    words = Words.of(prompt, look, described, manner)
    edit.work(ctx, words, min_seam=min_seam).do("blend", over_the_cut)


def loop(
    ctx: typer.Context,
    *,
    edit: Edit,
    at: At,
    track: Track = None,
    prompt: Prompt = None,
    look: Look,
    described: opt.Described,
    manner: opt.Manner,
) -> None:
    """Make a shot whose end runs into its start, of the same length.

    Example: cutaway timeline loop cut.otio -o endless.otio --at 40
    """
    from cutaway.storyboard.asks import remake

    edit.work(ctx, Words.of(prompt, look, described, manner)).do(
        "loop",
        lambda index, project: _one(project, remake(index, _shot(index, at, track), kind=Verb.LOOP)),
    )


def _shot(index: Index, at: str, track: str | None) -> Item:
    from cutaway.storyboard.asks import shot_at

    return shot_at(index, cuts.frame_named(index, at), cuts.track_named(index, track))


def _span(index: Index, text: str) -> FrameRange:
    """IN-OUT as record frames."""
    from cutaway.timebase import FrameRange

    first, dash, last = text.partition("-")
    if not dash:
        raise typer.BadParameter(f"{text}: a part of a shot is written IN-OUT, such as 24-48")
    return FrameRange(cuts.frame_named(index, first), cuts.frame_named(index, last))


def _one(project: Project, card: Card) -> tuple[Sequence[Card], Sequence[str]]:
    """The card under its own name; as the project knows it, where it was asked for before."""
    from cutaway.storyboard.plan import named_card

    named = named_card(card)
    return [next((known for known in project.cards if known.id == named.id), named)], ()


def _filled(index: Index, project: Project) -> list[Card]:
    """The fills whose takes lie in the cut, where they lie now."""
    from cutaway.storyboard.places import as_it_lies, shown_clips

    clips = shown_clips(index)
    return [as_it_lies(card, clips, index) for card in project.cards if card.kind is Verb.FILL and card.id in clips]


def _chosen(cards: Sequence[Card], wanted: Sequence[str]) -> list[Card]:
    """The cards with these ids, or beginnings of ids.

    Raises:
        typer.BadParameter: none or several have one.
    """
    chosen = []
    for name in wanted:
        found = [card for card in cards if card.id.startswith(name)]
        if len(found) != 1:
            known = ", ".join(cuts.short(card.id) for card in cards) or "none"
            raise typer.BadParameter(f"{len(found)} cards are called {name}; the cards: {known}")
        chosen += found
    return chosen
