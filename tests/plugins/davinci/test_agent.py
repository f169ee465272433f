"""The agent: what it needs, where it looks, what it says to what it does not understand."""

import ast
import io
import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import cut_in

import cutaway_davinci.agent
from cutaway_davinci.agent.__main__ import serve
from cutaway_davinci.agent.connect import module_folder, usual_places
from cutaway_davinci.agent.journal import Journal
from cutaway_davinci.agent.operations import MOST, Operations, replied
from cutaway_davinci.agent.trouble import Trouble
from cutaway_davinci.testing.resolve import ResolveDouble

SOURCES = sorted(Path(cutaway_davinci.agent.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_it_is_written_for_python_3_8_and_the_standard_library(source):
    tree = ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 8))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    foreign = {name for name in named if name.partition(".")[0] not in sys.stdlib_module_names}
    assert all(name.startswith("cutaway_davinci.agent") for name in foreign)


@pytest.mark.parametrize(
    ("system", "api", "library"),
    [
        (
            "win32",
            "D:/Data/Blackmagic Design/DaVinci Resolve/Support/Developer/Scripting",
            "E:/Programs/Blackmagic Design/DaVinci Resolve/fusionscript.dll",
        ),
        (
            "darwin",
            "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Developer/Scripting",
            "/Applications/DaVinci Resolve/DaVinci Resolve.app/Contents/Libraries/Fusion/fusionscript.so",
        ),
        ("linux", "/opt/resolve/Developer/Scripting", "/opt/resolve/libs/Fusion/fusionscript.so"),
    ],
)
def test_it_looks_where_each_system_keeps_the_module(system, api, library):
    folders, libraries = usual_places(system, {"PROGRAMDATA": "D:/Data", "PROGRAMFILES": "E:/Programs"})
    assert (folders[0].as_posix(), libraries[0].as_posix()) == (api, library)


def test_the_environment_says_where_the_module_is_and_a_wrong_place_is_named(tmp_path):
    with pytest.raises(Trouble, match=str(tmp_path)):
        module_folder("linux", {"RESOLVE_SCRIPT_API": str(tmp_path)})
    (tmp_path / "Modules").mkdir()
    (tmp_path / "Modules" / "DaVinciResolveScript.py").touch()
    assert module_folder("linux", {"RESOLVE_SCRIPT_API": str(tmp_path)}) == tmp_path / "Modules"


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "null", '{"id": 1}', '{"id": 1, "do": "format", "with": {}}', '{"id": 1, "do": [], "with": {}}'],
)
def test_what_it_does_not_understand_is_answered_and_does_not_end_it(line, tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    operations = Operations(world.in_app())
    assert "trouble" in replied(operations, line)
    asked = json.dumps({"id": 2, "do": "snapshot", "with": {"folder": str(tmp_path), "journal": str(tmp_path / "j")}})
    assert replied(operations, asked)["answer"]["timeline"]["name"] == "cut"


def test_a_line_without_an_end_is_refused():
    assert replied(Operations(), json.dumps({"id": 1, "do": "x" * MOST, "with": {}}))["trouble"]["code"] == "request"


def test_it_ends_with_its_input():
    answers = io.StringIO()
    serve(io.StringIO('{"id": 7, "do": "fly", "with": {}}\n'), answers)
    assert json.loads(answers.getvalue())["id"] == 7


def test_a_journal_that_a_crash_cut_short_is_read_up_to_there(tmp_path):
    journal = Journal(str(tmp_path / "sub" / "placed.jsonl"))
    journal.write("a", "begun", timeline="t", frames=24)
    journal.write("a", "done", item="i")
    journal.write("b", "begun", timeline="t")
    with journal.path.open("a") as file:
        file.write('{"entry": "b", "sta')
    assert journal.entries("t")["a"] == {"entry": "a", "state": "done", "timeline": "t", "frames": 24, "item": "i"}
    assert [entry["entry"] for entry in journal.open_ones("t")] == ["b"]
    assert journal.entries("another") == {}
