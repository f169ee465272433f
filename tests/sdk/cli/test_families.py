"""Commands come from their files when they are called for: the table says which, and little is loaded for others."""

import os
import subprocess
import sys
from importlib import import_module
from importlib.metadata import entry_points

import pytest
import typer

from cutaway.cli.app import app, run
from cutaway.cli.families import FAMILY_OF, JOINED, Commands

HEAVY = {"pydantic", "rich.progress", "asyncio", "cutaway.storyboard", "cutaway.timeline", "numpy", "av", "httpx"}


def loaded(*words):
    """What a process has in memory after one command."""
    script = "import sys; from cutaway.cli.app import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    return set(ended.stderr.split())


@pytest.mark.parametrize("family", dict.fromkeys(FAMILY_OF.values()))
def test_the_table_names_exactly_the_commands_of_each_file(family):
    brought = typer.Typer()
    import_module(f"cutaway.cli.{family}").add_to(brought)
    names = typer.main.get_group(brought).commands
    assert set(names) == {name for name, of in FAMILY_OF.items() if of == family}


def test_every_command_can_be_listed_found_and_completed():
    group = typer.main.get_command(app)
    context = group.make_context("cutaway", ["jobs"])
    joined = [point.name for point in entry_points(group=JOINED)]
    assert group.list_commands(context) == [*FAMILY_OF, *joined] == list(group.commands)
    assert len(group.commands) == len(FAMILY_OF) + len(joined)
    assert all(command.name == name for name, command in group.commands.items())
    assert [found.value for found in group.shell_complete(context, "ti")] == ["timeline"]
    family = group.get_command(context, "timeline")
    assert "fill" in [found.value for found in family.shell_complete(family.make_context("timeline", ["fill"]), "")]


def test_another_package_joins_a_command_by_its_entry_point(tmp_path):
    (tmp_path / "guest.py").write_text(
        "def add_to(app):\n"
        "    @app.command()\n"
        "    def greet(name: str) -> None:\n"
        "        'Say hello.'\n"
        "        print('hello', name)\n"
        "    @app.command()\n"
        "    def part() -> None: ...\n"
    )
    told = tmp_path / "guest-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: guest\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[cutaway.commands]\ngreet = guest:add_to\nserve = guest:add_to\n")
    command = [sys.executable, "-c", "from cutaway.cli.app import run; import sys; sys.exit(run(sys.argv[1:]))"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    greeted = subprocess.run([*command, "greet", "you"], capture_output=True, text=True, env=environment, check=True)
    assert greeted.stdout == "hello you\n"
    helped = subprocess.run([*command, "--help"], capture_output=True, text=True, env=environment, check=True)
    assert "Say hello." in helped.stdout
    own = subprocess.run([*command, "serve", "--help"], capture_output=True, text=True, env=environment, check=True)
    assert "Run the server" in own.stdout


def test_an_unknown_command_is_none_and_a_near_one_is_named(capsys):
    commands = Commands()
    assert "film" not in commands
    assert commands.get("film") is None
    assert run(["timelin"]) == 2
    assert "timeline" in capsys.readouterr().err


def test_the_help_shows_every_command_with_its_sentence(capsys):
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in FAMILY_OF)
    assert "Fill the gap between two shots" in shown


def test_the_version_needs_nothing_but_the_parser():
    assert not loaded("--version") & HEAVY


def test_one_family_does_not_load_another():
    modules = loaded("render", "--help")
    assert "cutaway.cli.render" in modules
    assert not modules & {"cutaway.cli.timeline", "cutaway.cli.videos", "cutaway.timeline", "cutaway.storyboard.card"}


def test_looking_at_a_cut_loads_nothing_that_edits_one():
    modules = loaded("timeline", "info", "there-is-no-such.otio")
    assert "cutaway.timeline.index" in modules
    assert not modules & {"cutaway.hosts", "cutaway.storyboard.card", "cutaway.client", "av", "numpy"}
