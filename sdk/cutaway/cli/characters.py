"""Characters: who the server has been shown, to be called by name in any prompt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cutaway.cli import options as opt
from cutaway.cli.screen import Screen, age
from cutaway.cli.target import Target, clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.wire import Character


def add_to(app: typer.Typer) -> None:
    family = typer.Typer(help="Characters: who can be called by name in any prompt.", invoke_without_command=True)
    family.callback()(_plain)
    family.command("list")(list_)
    family.command()(add)
    family.command()(rm)
    app.add_typer(family, name="characters", rich_help_panel="Videos")


def _plain(ctx: typer.Context, as_json: opt.AsJson = False) -> None:
    """`cutaway characters` alone lists."""
    if ctx.invoked_subcommand is None:
        list_(ctx, as_json)


def list_(ctx: typer.Context, as_json: opt.AsJson = False) -> None:
    """List the characters of the server, newest first."""
    screen = Screen(as_json=as_json)
    with Target.of(ctx).client() as client:
        found = client.videos.list_characters()
    screen.emit({"object": "list", "data": [one.model_dump(mode="json") for one in found]})
    screen.show(_table(found)) if found else screen.say("no characters yet: cutaway characters add NAME FILE")


def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What prompts call it.")],
    video: Annotated[
        str, typer.Argument(metavar="FILE", help="A clip of 2 to 4 seconds or a picture; or a video's id.")
    ],
    *,
    description: Annotated[str, typer.Option("--description", help="Words that go with it.")] = "",
    as_json: opt.AsJson = False,
) -> None:
    """Show the server somebody or something.

    Example: cutaway characters add Mia mia.png --description "a girl in a red coat"
    """
    screen = Screen(as_json=as_json)
    shown = clip(video)
    with Target.of(ctx).client() as client:
        made = client.videos.create_character(name=name, video=shown, description=description)
    screen.emit(made.model_dump(mode="json"))
    screen.say(f"{made.id}  {made.name}")


def rm(
    ctx: typer.Context,
    named: Annotated[list[str], typer.Argument(metavar="ID|NAME...", help="As `cutaway characters` lists them.")],
    as_json: opt.AsJson = False,
) -> None:
    """Forget characters. Videos that they are seen in stay."""
    screen = Screen(as_json=as_json)
    with Target.of(ctx).client() as client:
        ids = {one.name: one.id for one in client.videos.list_characters()}
        gone = [client.videos.delete_character(ids.get(one, one)) for one in named]
    screen.emit({"object": "list", "data": [answer.model_dump(mode="json") for answer in gone]})
    for answer in gone:
        screen.say(f"{answer.id}  {'deleted' if answer.deleted else 'not deleted'}")


def _table(found: Sequence[Character]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("name", "id", "description", "age"):
        table.add_column(column, no_wrap=column != "description")
    for one in found:
        description = one.cutaway.description if one.cutaway else ""
        table.add_row(escape(one.name), one.id, escape(description), age(time.time() - one.created_at))
    return table
