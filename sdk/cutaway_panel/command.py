"""`cutaway panel`: the storyboard of a cut, in a window. It joins the command line by `cutaway.commands`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - read by Typer
from typing import Annotated, Any

import typer

from cutaway_panel.toolkit import no_display, problem


def add_to(app: typer.Typer) -> None:
    """Adds the command, as the files of `cutaway.cli` add theirs."""
    app.command("panel", rich_help_panel="Cuts")(panel)


def panel(
    ctx: typer.Context,
    cut: Annotated[
        Path | None,
        typer.Argument(metavar="[CUT]", help="An .otio file; of another format a copy is made. None: how to get one."),
    ] = None,
    theme: Annotated[
        str | None, typer.Option("--theme", metavar="NAME", help="dark, light or contrast; else as last time.")
    ] = None,
    mode: Annotated[
        str, typer.Option("--mode", help="files; an application is reached through its plugin.", metavar="files")
    ] = "files",
) -> None:
    """Open the storyboard of a cut in a window: gaps, cards, takes, and what goes into the cut.

    Example: cutaway panel cut.otio
    """
    if mode != "files":
        raise typer.BadParameter(
            f"--mode {mode}: this command works on files; for DaVinci Resolve: cutaway davinci panel --mode {mode}"
        )
    if cut is not None and not cut.is_file():
        what = "is a folder" if cut.is_dir() else "does not exist"
        raise typer.BadParameter(f"{cut} {what}; name an .otio file, or none at all to see how to get one")
    if found := problem() or no_display():
        raise typer.BadParameter(found)
    from cutaway import AsyncCutaway
    from cutaway_panel import app as window
    from cutaway_panel.desk import Desk
    from cutaway_panel.opening import open_file
    from cutaway_panel.theme import Theme

    if theme is not None and theme not in list(Theme):
        raise typer.BadParameter(f"--theme {theme}: there are {', '.join(Theme)}")
    look = Theme(theme) if theme is not None else None
    target: Any = ctx.obj
    server: dict[str, Any] = {name: getattr(target, name, None) for name in ("base_url", "api_key", "dialect")}

    def client() -> AsyncCutaway:
        return AsyncCutaway(**server)

    def desk(path: Path) -> Desk:
        return Desk(lambda: open_file(path), client)

    if cut is None:
        raise typer.Exit(window.start(desk, theme=look))
    raise typer.Exit(window.run(lambda: open_file(cut), client, theme=look, cut=cut, open_cut=desk))
