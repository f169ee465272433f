"""Which file has which command. A file is loaded when one of its commands is run, or all of them are listed.

Commands of other packages (the panel, the plugins) join by an entry point of the group `cutaway.commands`: the
command's name, and `module:function`, where the function adds it to a `typer.Typer` as `add_to` does here. They are
looked for only when a name is asked for that is none of ours, or all are listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Final, cast

import typer
from typer.core import TyperGroup
from typer.main import get_group

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

FAMILY_OF: Final[dict[str, str]] = {
    **dict.fromkeys(("create", "extend", "fill", "remix", "blend", "loop"), "videos"),
    "characters": "characters",
    "render": "render",
    **dict.fromkeys(("jobs", "wait", "save", "cancel", "rm"), "jobs"),
    **dict.fromkeys(("resume", "recover"), "recovery"),
    **dict.fromkeys(("serve", "stop", "doctor"), "runtime"),
    "sheet": "sheet",
    "timeline": "timeline",
    "board": "board",
    "models": "models",
    **dict.fromkeys(("keys", "plans", "backup", "restore"), "operating"),
}
"""The file of each command, in the order of the help."""


JOINED: Final = "cutaway.commands"


class Commands(Mapping[str, Any]):
    """Every command by its name; what is not asked for is not loaded."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    @cached_property
    def joined(self) -> dict[str, EntryPoint]:
        """Commands that other packages bring."""
        return {point.name: point for point in entry_points(group=JOINED) if point.name not in FAMILY_OF}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            family = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False)
            if name in FAMILY_OF:
                import_module(f"cutaway.cli.{FAMILY_OF[name]}").add_to(family)
            else:
                self.joined[name].load()(family)
            self._loaded |= get_group(family).commands
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in FAMILY_OF or name in self.joined

    def __iter__(self) -> Iterator[str]:
        return iter((*FAMILY_OF, *self.joined))

    def __len__(self) -> int:
        return len(FAMILY_OF) + len(self.joined)


class Families(TyperGroup):
    """The app's commands, from their files."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.commands = cast("MutableMapping[str, Any]", Commands())

    def list_commands(self, ctx: Any) -> list[str]:
        """Every name, with nothing loaded for it."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: Any) -> Any:
        """Run a command. Typer would end it at Ctrl-C without a word."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stopped:
            raise typer.Abort from stopped
