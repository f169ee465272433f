"""Transcripts: what is written down, and that the double is held to every one that somebody sends.

A transcript of a real Resolve is put into `transcripts/` under a name such as `resolve-21.1.1-studio-windows.jsonl`;
what the double answers otherwise fails here, call by call. None was recorded yet. `double-*.jsonl` were recorded from
the double itself, so that a change of its rules, or of the format, is seen.
"""

import ast
import json
import re
import sys
from pathlib import Path

import pytest

import cutaway_davinci.transcripts
from cutaway_davinci.record import compared, record
from cutaway_davinci.testing.editions import STUDIO, WITH_PYTHON
from cutaway_davinci.testing.resolve import UNTITLED, ResolveDouble
from cutaway_davinci.transcripts.recorder import Neutral
from cutaway_davinci.transcripts.replay import NotATranscript, header
from cutaway_davinci.transcripts.script import PROJECT, NotRecorded

FOLDER = Path(__file__).parent / "transcripts"
KEPT = sorted(FOLDER.glob("*.jsonl"))
DOUBLE = "the double of Resolve"


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    """Clips are made once."""
    return tmp_path_factory.mktemp("footage")


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_double_answers_as_the_resolve_that_was_recorded(path, footage):
    assert [str(one) for one in compared(path, footage=footage)] == []


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_transcript_says_what_it_is_of_and_nothing_of_whose_machine(path):
    facts = header(path)
    assert path.stem.startswith("double-") == (facts["source"] == DOUBLE)
    text = path.read_text(encoding="utf-8")
    assert not [word for word in ("/home/", "/Users/", "/tmp/", "C:\\\\", "\\\\Users") if word in text]


@pytest.fixture(scope="module")
def said(tmp_path_factory, footage):
    """A transcript of the double, its lines as values."""
    path = tmp_path_factory.mktemp("said") / "double.jsonl"
    world = ResolveDouble("21.1.1")
    record(world.in_app(), path, source=DOUBLE, footage=footage)
    assert world.misuses == []
    assert ([project.name for project in world.projects], world.project.name) == (["Film"], "Film")
    return path, [json.loads(line) for line in path.read_text().splitlines()]


def test_every_call_is_written_with_its_answer_and_without_paths_or_ids(said):
    _, lines = said
    assert lines[0] | {"date": ""} == {
        "transcript": 1, "source": DOUBLE, "version": "21.1.1", "studio": True, "system": lines[0]["system"], "date": "",
    }  # fmt: skip
    assert [line["n"] for line in lines[1:]] == list(range(1, len(lines)))
    made = next(line for line in lines if line.get("call") == "ImportMedia")
    assert made["with"] == [[{"pairs": [["FilePath", "<media>/a.mov"]]}]]
    ids = {line["is"] for line in lines if line.get("call") == "GetUniqueId" and line["is"]}
    assert ids
    assert all(one.startswith("<id ") for one in ids)
    export = next(line for line in lines if line.get("call") == "Export")
    assert export["with"][:2] == ["<out>/cut.otio", {"constant": "EXPORT_OTIO"}]


def altered(said, tmp_path, choose, change):
    lines = [dict(one) for one in said[1]]
    line = next(n for n, one in enumerate(lines) if choose(one))
    change(lines[line])
    other = tmp_path / "other.jsonl"
    other.write_text("\n".join(json.dumps(one) for one in lines) + "\n")
    return other, lines[line]["n"]


@pytest.mark.parametrize(
    ("choose", "change", "words"),
    [
        (
            lambda line: line.get("call") == "GetEnd",
            lambda line: line.update({"is": 5}),
            r"GetEnd\(\): recorded 5, the double 86448",
        ),
        (
            lambda line: line.get("call") == "GetMarkers",
            lambda line: line.update({"is": {"pairs": []}}),
            r"GetMarkers\(\): recorded {}, the double {48.0: {color: 'Mint'",
        ),
        (
            lambda line: line.get("call") == "CreateEmptyTimeline",
            lambda line: line.update({"call": "CreateTimeline"}),
            r"the double refuses it: MediaPool has no CreateTimeline",
        ),
        (
            lambda line: line.get("call") == "SaveProject",
            lambda line: line.update({"lacks": True}),
            r"SaveProject\(\): recorded no such call, the double True",
        ),
        (
            lambda line: "look" in line,
            lambda line: line.update({"is": {"there": False, "holds": []}}),
            r"the file <out>/still.png: recorded",
        ),
    ],
    ids=["value", "dict", "name", "lacking", "file"],
)
def test_what_the_double_answers_otherwise_is_told_in_words(choose, change, words, said, footage, tmp_path):
    path, number = altered(said, tmp_path, choose, change)
    found = compared(path, footage=footage)
    first = str(found[0])
    assert first.startswith(f"call {number}, ")
    assert re.search(words, first), first


def test_what_hangs_on_an_object_that_the_double_does_not_give_is_told_once(said, footage, tmp_path):
    path, number = altered(
        said,
        tmp_path,
        lambda line: line.get("call") == "DuplicateTimeline",
        lambda line: line.update({"is": {"@": str(line["n"])}}),
    )
    (only,) = compared(path, footage=footage)
    assert (
        str(only) == f"call {number}, DuplicateTimeline('cut'): recorded the object of call {number}, the double None"
    )


@pytest.mark.parametrize("edition", [*STUDIO[:-1], WITH_PYTHON[-1]], ids=str)
def test_the_script_asks_no_version_for_what_it_lacks(edition, footage, tmp_path):
    world = edition.world()
    path = record(world.in_app(), tmp_path / "said.jsonl", source=DOUBLE, footage=footage)
    assert world.misuses == []
    assert compared(path, footage=footage) == []


def test_the_project_that_was_open_is_saved_before_and_open_afterwards(footage, tmp_path):
    world = ResolveDouble("21.1.1")
    world.project.name = UNTITLED
    path = tmp_path / "said.jsonl"
    path.write_text("older\n")
    with pytest.raises(NotRecorded, match="never saved"):
        record(world.in_app(), path, footage=footage)
    world.project.name = "Film"
    world.faults.fail_once("ProjectManager.SaveProject")
    with pytest.raises(NotRecorded, match="does not save"):
        record(world.in_app(), path, footage=footage)
    world.faults.fail_once("ProjectManager.CreateProject", None)
    with pytest.raises(NotRecorded, match=PROJECT):
        record(world.in_app(), path, footage=footage)
    assert (path.read_text(), world.project.name) == ("older\n", "Film")
    assert [one.name for one in tmp_path.iterdir()] == ["said.jsonl"]


def test_paths_that_are_somebodys_are_not_told(tmp_path):
    neutral = Neutral({"media": tmp_path})
    assert neutral.text(str(tmp_path / "a b.mov")) == "<media>/a b.mov"
    assert neutral.real("<media>/a b.mov") == str(tmp_path / "a b.mov")
    for path in ("/Users/me/film.mov", "C:\\me\\film.mov", "D:/me/film.mov", "\\\\server\\film.mov"):
        assert neutral.text(path) == "<path>"
    assert neutral.text("01:00:00:00") == "01:00:00:00"


@pytest.mark.parametrize("text", ["", "{}", "nothing", '{"transcript": 99}'])
def test_another_file_is_no_transcript(text, tmp_path):
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(NotATranscript, match=r"x\.jsonl"):
        compared(tmp_path / "x.jsonl")


def test_what_runs_inside_resolve_needs_the_standard_library_only():
    for name in ("__init__", "recorder", "script"):
        source = Path(cutaway_davinci.transcripts.__file__).with_name(f"{name}.py")
        tree = ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 8))
        named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        named |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        foreign = {one for one in named if one.partition(".")[0] not in sys.stdlib_module_names}
        assert all(one.startswith("cutaway_davinci.transcripts") for one in foreign)
