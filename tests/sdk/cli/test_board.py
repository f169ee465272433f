"""Boards on the command line, rendered by a real runtime; the cut is checked by opentimelineio."""

import json
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from cutaway.cli.app import run
from cutaway.client import local
from cutaway.errors import UnreadableTimeline
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.storyboard.card import Character
from cutaway.storyboard.sheet import Sheet, Shot
from cutaway.timebase import Rate
from cutaway.timeline.index import Index
from cutaway.wire import OutputFormat


def cli(*words):
    with redirect_stdout(StringIO()) as stdout, redirect_stderr(StringIO()) as stderr:
        code = run(["board", *map(str, words)])
    return int(code), stdout.getvalue(), stderr.getvalue()


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_HOME", str(tmp_path_factory.mktemp("home")))
        for name in ("CUTAWAY_BASE_URL", "CUTAWAY_API_KEY", "CUTAWAY_DIALECT"):
            patch.delenv(name, raising=False)
        yield
        local.stop()


SHOTS = ["--shot", "waves at night", "--shot", "a lighthouse", "--shot", "a boat sails left"]
LOOK = ["--seconds", "0.5", "--rate", "23.976", "--size", "96x64", "--seed", "7"]


def clips_of(path):
    return list(otio.adapters.read_from_file(str(path)).tracks[0])


def test_a_take_is_trimmed_and_goes_on_as_a_new_board(tmp_path):
    take = tmp_path / "take.mkv"
    with Writer(take, width=96, height=64, rate=Rate.parse(25), format=OutputFormat.FFV1) as writer:
        writer.write(np.stack([np.full((64, 96, 3), 20 + n, np.uint8) for n in range(60)]))
        writer.finish()
    board, out = tmp_path / "on.json", tmp_path / "on.otio"
    words = ["--shot", "it goes on", "--shot", "somewhere else", "--seconds", "0.4", "--seed", "3"]
    code, _, errors = cli("new", board, "--recut", take, "--range", "12:40", *words)
    assert code == 0, errors
    code, said, errors = cli("render", board, "-o", out, "--model", "bars", "--json")
    assert code == 0, errors
    assert (json.loads(said)["made"], len(json.loads(said)["shots"])) == (2, 2)
    start, goes_on, other = clips_of(out)
    assert (start.source_range.start_time.value, start.source_range.duration.value) == (12, 28)
    assert Path(start.media_reference.target_url) == take
    assert [clip.source_range.duration.value for clip in (goes_on, other)] == [10, 10]
    kinds = [shot["kind"] for shot in json.loads(said)["shots"]]
    assert kinds == ["extend", "generate"]
    with Clip(next((tmp_path / ".cutaway" / "on.otio" / "frames").glob("*-video.mkv"))) as shown:
        assert shown.read(0, len(shown))[:, 0, 0, 0].tolist() == [20 + n for n in range(32, 40)]


@pytest.mark.parametrize("part", ["40:12", "0:61", "a:b"])
def test_a_part_that_is_not_in_the_take_is_refused(part, tmp_path):
    take = tmp_path / "take.mkv"
    with Writer(take, width=96, height=64, rate=Rate.parse(25), format=OutputFormat.FFV1) as writer:
        writer.write(np.zeros((60, 64, 96, 3), np.uint8))
        writer.finish()
    code, _, errors = cli("new", tmp_path / "b.json", "--recut", take, "--range", part, "--shot", "x")
    assert code == 2
    assert part in errors


def test_a_board_is_rendered_and_then_only_what_changed(tmp_path):
    board, out = tmp_path / "sea.json", tmp_path / "sea.otio"
    assert cli("new", board, *SHOTS, *LOOK)[0] == 0

    code, said, errors = cli("render", board, "-o", out, "--model", "bars", "--json")
    assert code == 0, errors
    made = json.loads(said)
    assert (made["made"], made["kept"]) == (3, 0)
    assert [shot["take"]["seed"] for shot in made["shots"]] == [7, 8, 9]
    for clip in clips_of(out):
        assert (clip.source_range.duration.value, round(clip.source_range.duration.rate, 3)) == (12, 23.976)
        with Clip(clip.media_reference.target_url) as take:
            assert len(take) == 12

    sheet = Sheet.parse(board.read_text("utf-8"))
    sheet.shots.reverse()
    for n, shot in enumerate(sheet.shots):
        shot.seed = 9 - n
    sheet.shots[1].prompt = "a lighthouse in the rain"
    board.write_text(sheet.text(), encoding="utf-8")
    planned = json.loads(cli("render", board, "-o", out, "--model", "bars", "--dry-run", "--json")[1])
    assert [shot["result"] for shot in planned["shots"]] == ["kept", "to be made", "kept"]
    again = json.loads(cli("render", board, "-o", out, "--model", "bars", "--json")[1])
    assert [shot["result"] for shot in again["shots"]] == ["kept", "made", "kept"]
    assert again["shots"][0]["take"]["id"] == made["shots"][2]["take"]["id"]
    assert [Path(clip.media_reference.target_url).is_file() for clip in clips_of(out)] == [True] * 3


def test_a_cut_that_is_no_board_is_not_written_over(tmp_path):
    board, out = tmp_path / "sea.json", tmp_path / "mine.otio"
    cli("new", board, *SHOTS, *LOOK)
    out.write_text("mine", encoding="utf-8")
    code, said, _ = cli("render", board, "-o", out, "--json")
    assert code == 2
    assert "was not rendered from a board" in json.loads(said)["error"]["message"]
    assert out.read_text("utf-8") == "mine"


def test_a_board_can_start_from_a_cut(tmp_path):
    first, cut, second = tmp_path / "one.json", tmp_path / "one.otio", tmp_path / "two.json"
    cli("new", first, *SHOTS, *LOOK)
    Sheet.parse(first.read_text("utf-8")).timeline().save(cut)
    assert cli("new", second, "--from", cut, "--style", "pixel")[0] == 0
    sheet = Sheet.parse(second.read_text("utf-8"))
    assert [shot.prompt for shot in sheet.shots] == ["waves at night", "a lighthouse", "a boat sails left"]
    assert [shot.frames for shot in sheet.shots] == [12, 12, 12]
    assert sheet.look.style == "pixel"


def test_a_board_of_a_cut_has_its_size_and_names_the_shots_that_want_words(tmp_path):
    with Writer(tmp_path / "a.mkv", width=96, height=64, rate=Rate.parse(24), format=OutputFormat.FFV1) as writer:
        writer.write(np.zeros((12, 64, 96, 3), np.uint8))
        writer.finish()
    sheet = Sheet(shots=[Shot(prompt="", media="a.mkv", frames=12), Shot(prompt="", frames=8)])
    document = sheet.timeline(tmp_path).text()
    (tmp_path / "cut.otio").write_text(document.replace('"name": "02"', '"name": ""'), encoding="utf-8")
    board = tmp_path / "board.json"
    code, said, _ = cli("new", board, "--from", tmp_path / "cut.otio", "--json")
    assert (code, json.loads(said)["wordless"]) == (0, [2])
    assert json.loads(board.read_text("utf-8"))["look"]["size"] == "96x64"
    code, said, _ = cli("render", board, "-o", tmp_path / "new.otio", "--json")
    assert code == 2
    assert "shot 2 (shots.1)" in json.loads(said)["error"]["message"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["new", "there.json", *SHOTS], "exists"),
        (["new", "b.json"], "say the shots"),
        (["new", "b.json", *SHOTS, "--character", "Mia"], "NAME=WORDS"),
        (["render", "none.json", "-o", "x.otio"], "cannot be read"),
        (["render", "there.json", "-o", "x.otio"], "is no board"),
        (["render", "there.json", "-o", "x.mp4"], ""),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_what_is_no_board_is_refused(words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("there.json").write_text('{"shots": []}', encoding="utf-8")
    code, said, _ = cli(*words, "--json")
    assert code == 2
    assert message in json.loads(said)["error"]["message"]
    assert Path("there.json").read_text("utf-8") == '{"shots": []}'


def test_a_character_is_described_in_the_shots_that_name_it():
    sheet = Sheet.of_prompts(
        "x", ["Mia runs", "rain"], characters=[Character(name="Mia", description="a girl in yellow")]
    )
    first = [card.id for card in sheet.cards(Index.of(sheet.timeline()))]
    sheet.look.characters[0].description = "a girl in red"
    then = [card.id for card in sheet.cards(Index.of(sheet.timeline()))]
    assert first[0] != then[0], "Mia looks different, so her shot is another one"
    assert first[1] == then[1]


def test_the_same_shot_twice_is_two_cards():
    sheet = Sheet(shots=[Shot(prompt="rain", frames=10), Shot(prompt="rain", frames=10)])
    one, two = sheet.cards(Index.of(sheet.timeline()))
    assert one.id != two.id
    assert (one.placement.start, two.placement.start) == (0, 10)


def test_a_sheet_keeps_what_it_does_not_know():
    text = '{"schema": 1, "mood": "blue", "shots": [{"prompt": "rain", "frames": 10, "lens": 35}]}'
    again = json.loads(Sheet.parse(text).text())
    assert again["mood"] == "blue"
    assert again["shots"][0]["lens"] == 35
    with pytest.raises(UnreadableTimeline, match=r"shots\.0\.frames"):
        Sheet.parse('{"shots": [{"prompt": "rain", "frames": 0}]}')
