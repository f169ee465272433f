"""The reference pages say what the code says: drawn from it, or compared with it."""

import importlib.util
import re
from pathlib import Path

import typer

from cutaway import errors
from cutaway.cli.app import app
from cutaway.wire import State

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs/reference"
TOP = typer.main.get_command(app).commands
FAMILIES = {name: command.commands for name, command in TOP.items() if hasattr(command, "commands")}
COMMANDS = {name: command for name, command in TOP.items() if name not in FAMILIES} | {
    f"{family} {name}": command for family, commands in FAMILIES.items() for name, command in commands.items()
}
"""Every command; those of a family by both words."""


def page(name):
    return (REFERENCE / name).read_text("utf-8")


def synopses():
    """What cli.md shows of each command: its options, by command."""
    found = {}
    for block in re.findall(r"^```text\n(.*?)^```", page("cli.md"), re.MULTILINE | re.DOTALL):
        for synopsis in re.split(r"^cutaway ", block, flags=re.MULTILINE)[1:]:
            words = synopsis.split()
            name = " ".join(words[:2]) if words[0] in FAMILIES else words[0]
            found[name] = set(re.findall(r"(?<![\w.])--?[a-z][a-z-]*", synopsis))
    return found


def options(command):
    """The options of a command; of a short and a long form the page shows one."""
    return {opt for p in command.params if p.param_type_name == "option" for opt in p.opts} - {"--help", "--output"}


def test_the_command_line_reference_shows_every_command_with_exactly_its_options():
    shown = synopses()
    shown.pop("[--base-url")
    assert set(shown) == set(COMMANDS)
    for name, command in COMMANDS.items():
        assert shown[name] == options(command), name


def test_the_command_line_reference_shows_the_global_options():
    for opt in options(typer.main.get_command(app)) - {"-h"}:
        assert opt in synopses()["[--base-url"], opt


def test_what_is_drawn_from_code_is_drawn_anew(capsys):
    """If this fails: `python docs/refresh.py`."""
    spec = importlib.util.spec_from_file_location("refresh", ROOT / "docs/refresh.py")
    refresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(refresh)
    assert refresh.main(check=True) == 0, capsys.readouterr().out
    drawn = {name for file in refresh.PAGES for name in re.findall("<!-- drawn: ([\\w-]+)", file.read_text("utf-8"))}
    assert drawn == set(refresh.DRAWN)


def test_every_state_is_explained():
    for state in State:
        assert f"| `{state}` |" in page("job-states.md")


def test_every_error_stands_in_the_tree():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    for kind in kinds:
        assert re.search(rf"\b{kind.__name__}\b", page("errors.md")), kind


def test_every_environment_variable_is_documented_and_none_is_invented():
    sources = [*ROOT.glob("sdk/**/*.py"), *ROOT.glob("local_runtime/**/*.py")]
    sources += ROOT.glob("plugins/davinci/cutaway_davinci/*.py")
    read = {name for file in sources for name in re.findall(r"\bCUTAWAY_[A-Z][A-Z_]*\b", file.read_text("utf-8"))}
    assert set(re.findall(r"\bCUTAWAY_[A-Z][A-Z_]*\b", page("environment.md"))) == read
