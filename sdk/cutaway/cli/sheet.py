"""A contact sheet: a clip at one glance, to look at or to paste into a note."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cutaway.cli import options as opt
from cutaway.cli.screen import Screen
from cutaway.cli.target import picture, writable


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel="Videos")(sheet)


def sheet(
    source: Annotated[str, typer.Argument(metavar="VIDEO", help="A video file.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.png", help="Where the picture goes.")],
    columns: Annotated[int, typer.Option("--columns", min=1, max=20, help="Frames beside each other.")] = 4,
    rows: Annotated[int, typer.Option("--rows", min=1, max=20, help="Frames below each other.")] = 2,
    width: Annotated[int, typer.Option("--width", min=200, max=8000, help="Of the picture, in pixels.")] = 1600,
    as_json: opt.AsJson = False,
) -> None:
    """Show frames of a video, evenly spaced, in one PNG.

    Example: cutaway sheet ball.mp4 -o ball.png
    """
    from cutaway.media.picture import contact_sheet

    screen = Screen(as_json=as_json)
    video = picture(source)
    if writable(output).suffix.lower() != ".png":
        raise typer.BadParameter(f"{output.name}: a contact sheet ends in .png")
    contact_sheet(video, output, columns=columns, rows=rows, width=width)
    screen.say(str(output))
    screen.emit({"path": str(output), "source": str(video), "columns": columns, "rows": rows})
