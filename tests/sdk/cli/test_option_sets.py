"""Several options as one argument: Typer sees the options, the command one object."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer

from cutaway.cli.option_sets import spread

Steps = Annotated[int | None, typer.Option("--steps", min=1)]


@dataclass(frozen=True)
class Place:
    at: Annotated[str, typer.Option("--at")]
    track: Annotated[str | None, typer.Option("--track")] = None


@dataclass(frozen=True)
class Manner:
    steps: Steps = None
    fast: Annotated[bool, typer.Option("--fast")] = False


def called(*words):
    """What a command was given for these words."""
    got = []

    def move(
        name: str, *, place: Place, seed: Annotated[int, typer.Option("--seed")] = 7, manner: Manner
    ) -> tuple[str, Place, int, Manner]:
        """Move a thing."""
        got.append((name, place, seed, manner))

    app = typer.Typer(add_completion=False)
    app.command()(spread(move))
    app(list(words), standalone_mode=False)
    return got[0]


def test_a_command_is_given_its_sets_whole():
    expected = ("ball", Place("12", "V2"), 3, Manner(4, fast=True))
    assert called("ball", "--at", "12", "--track", "V2", "--seed", "3", "--steps", "4", "--fast") == expected


def test_what_is_left_out_is_as_the_fields_say():
    assert called("ball", "--at", "12") == ("ball", Place("12"), 7, Manner())


def test_a_field_without_a_default_is_a_required_option():
    with pytest.raises(typer.TyperException) as missing:
        called("ball")
    assert "--at" in missing.value.format_message()


def test_options_stand_where_the_set_stood_with_the_name_and_the_words_of_the_command():
    def move(name: str, *, place: Place, manner: Manner) -> None:
        """Move a thing."""

    spread_out = spread(move)
    command = typer.main.get_command_from_info(
        typer.models.CommandInfo(callback=spread_out), pretty_exceptions_short=False, rich_markup_mode=None
    )
    assert [parameter.name for parameter in command.params] == ["name", "at", "track", "steps", "fast"]
    assert (command.name, command.help) == ("move", "Move a thing.")
