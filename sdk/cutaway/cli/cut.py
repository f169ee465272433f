"""A cut on the command line: how one is named, opened and shown."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cutaway.errors import AmbiguousRate
from cutaway.timebase import Rate, TimebaseError, frame_of_timecode, round_half_up, timecode
from cutaway.timeline.adapters import FORMATS, format_of, open_any
from cutaway.timeline.doc import children, schema_of
from cutaway.timeline.index import Index

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cutaway.storyboard.card import Card, Seam, Take
    from cutaway.timeline.index import TrackIndex
    from cutaway.timeline.rationals import FrameCount

THE_CUT = "The cut"
ID_SHOWN = 6
"""Hexadecimal digits of an id that are shown; any beginning that only one has will do."""

Cut = Annotated[
    Path, typer.Argument(metavar="CUT", help="A timeline: .otio, .otioz, .otiod, EDL, FCP7 XML, FCPXML or AAF.")
]
CutRate = Annotated[
    str | None,
    typer.Option(
        "--rate", metavar="FPS", help="The timeline's rate, where the file does not say it.", rich_help_panel=THE_CUT
    ),
]
CutFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help=f"How the file is written: otio, {', '.join(FORMATS)}. Left out: by its suffix.",
        rich_help_panel=THE_CUT,
    ),
]
MediaDirs = Annotated[
    list[Path] | None,
    typer.Option(
        "--media-dir", metavar="FOLDER", help="Where media that moved are looked for.", rich_help_panel=THE_CUT
    ),
]
Thumbs = Annotated[
    Path | None,
    typer.Option("--thumbs", metavar="FOLDER", help="Write a strip of pictures for each row of the table there."),
]


def opened(path: Path, rate: str | None = None, format_name: str | None = None) -> Index:
    """The index of the timeline in a file of any format.

    Raises:
        TimelineError: it cannot be read, or does not say its rate.
    """
    try:
        document = open_any(path, rate=rate, format_name=None if format_name == "otio" else format_name)
        return Index.of(document, rate=rate)
    except AmbiguousRate as error:
        tries = " or ".join(f"--rate {candidate}" for candidate in error.candidates) or "--rate 25, for example"
        raise AmbiguousRate(
            f"{path.name}: {str(error).partition(' Say ')[0]} Try {tries}", candidates=error.candidates, path=path
        ) from error


def reading_notes(index: Index, path: Path, rate: str | None, format_name: str | None) -> list[str]:
    """What a reader of the file should know of how it was read."""
    notes = list(index.notes)
    if path.suffix.lower() in {s for f in FORMATS.values() for s in f.suffixes} or format_name in FORMATS:
        found = format_of(path, None if format_name == "otio" else format_name)
        if found.wants_rate and rate is None:
            notes.append(f"an {found.name} file does not say its rate; 24 was taken. Say another one with --rate")
        notes += [f"{found.name} files do not hold {what}" for what in found.loses]
    return notes


def count(value: FrameCount) -> int | str:
    """A number of frames as JSON has it: a number where it is whole, else an exact fraction as text."""
    return value if isinstance(value, int) else str(value)


def about_cut(index: Index, notes: Sequence[str]) -> dict[str, Any]:
    """A timeline as one object. The length of a track that cannot be read to its end is null."""
    stack = index.timeline.get("tracks")
    nodes = [element.node for element in children(stack)] if stack is not None else []
    tracks: list[dict[str, Any]] = []
    for track, node in zip(index.tracks, nodes, strict=True):
        schemas = [schema_of(element.node) for element in children(node)]
        known = len(schemas) == len(track.items)
        about: dict[str, Any] = {
            "number": track.number,
            "kind": track.kind,
            "name": track.name,
            "clips": schemas.count("Clip"),
            "gaps": schemas.count("Gap"),
            "transitions": schemas.count("Transition"),
            "duration": count(track.duration) if known else None,
        }
        tracks.append(about | ({"problem": track.problem} if track.problem else {}))
    whole = all(track["duration"] is not None for track in tracks)
    return {
        "name": index.name,
        "rate": str(index.rate),
        "start": shown_frame(index, 0),
        "duration": count(index.duration) if whole else None,
        "tracks": tracks,
        "notes": list(notes),
    }


def shown_frame(index: Index, frame: FrameCount) -> str:
    """A record frame as the editor sees it: the timecode of the timeline."""
    return timecode(round_half_up(Fraction(index.start) + frame), index.rate)


def shown_rate(rate: Rate) -> str:
    """23.976 (24000/1001)"""
    return str(rate) if rate.fraction.denominator == 1 else f"{rate.fps:.3f} ({rate})"


def frame_named(index: Index, text: str) -> int:
    """A record frame as a person names it: a number of frames from the start, or a timecode of the timeline.

    Raises:
        typer.BadParameter: neither.
    """
    if text.isdigit():
        return int(text)
    try:
        return frame_of_timecode(text, index.rate) - round_half_up(Fraction(index.start))
    except TimebaseError as error:
        raise typer.BadParameter(f"{text}: a place is a number of frames or a timecode; {error}") from None


def track_named(index: Index, text: str | None) -> int | None:
    """A track by its name or its number from 0, as `timeline info` lists them.

    Raises:
        typer.BadParameter: no such track, or several of that name.
    """
    if text is None:
        return None
    same: list[TrackIndex] = [track for track in index.tracks if track.name == text]
    if not same and text.isdigit():
        same = [track for track in index.tracks if track.number == int(text)]
    if len(same) == 1:
        return same[0].number
    known = ", ".join(f"{track.number} ({track.name or track.kind})" for track in index.tracks)
    raise typer.BadParameter(f"{'no' if not same else 'more than one'} track is called {text}; the tracks: {known}")


def short(name: str) -> str:
    """The beginning of an id."""
    return name[:ID_SHOWN]


def about_card(card: Card, index: Index) -> dict[str, Any]:
    """A card as JSON: what it asks for and where."""
    place = card.placement
    return {
        "id": card.id,
        "kind": str(card.kind),
        "track": place.track,
        "track_name": place.track_name,
        "start": place.start,
        "frames": place.frames,
        "timecode": shown_frame(index, place.start),
        "edge": place.edge,
        "head_handle": card.head_handle,
        "tail_handle": card.tail_handle,
        "before": place.before.name if place.before else None,
        "after": place.after.name if place.after else None,
        "prompt": card.prompt,
        "state": str(card.state),
    }


def about_take(take: Take | None) -> dict[str, Any] | None:
    """A take as JSON, with its seams."""
    return take.model_dump(mode="json") if take is not None else None


def table_of(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def card_cells(card: Card, index: Index) -> list[str]:
    """id, kind, track, at, frames, between."""
    place = card.placement
    between = " | ".join(spot.name or "·" if spot else "—" for spot in (place.before, place.after))
    return [
        short(card.id),
        str(card.kind),
        escape(place.track_name or str(place.track)),
        shown_frame(index, place.start),
        str(place.frames),
        escape(between),
    ]


CARD_COLUMNS = ("card", "kind", "track", "at", "frames", "between")


def shown_seam(seam: Seam | None) -> str:
    """The score of one cut; a dash where no shot meets the take."""
    return "—" if seam is None else f"{seam.score:.2f}"


def said(lines: Iterable[str]) -> list[str]:
    """The same lines, each once."""
    return list(dict.fromkeys(lines))
