"""Cuts of real clips on the command line, with a real runtime; what came of them is checked by opentimelineio."""

import gc
import json
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import by_library, clip, cut, dissolve, gap, span, text_of, track

from cutaway import Cutaway
from cutaway.cli import cut as cuts
from cutaway.cli import options as opt
from cutaway.cli.app import run
from cutaway.cli.cut_edit import Look, Words
from cutaway.client import local
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.storyboard.card import BoardLook, Card, CardReference, CardState, Placement, Role
from cutaway.storyboard.mirror import project_of
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat

FILMED = 96
HOURS = {23.976: 86400, 25.0: 90000, 29.97: 107892}
"""The frame at 01:00:00:00, at 29.97 in drop-frame."""


@dataclass
class Ended:
    code: int
    stdout: str
    stderr: str

    @property
    def object(self):
        """The one object of `--json`."""
        assert self.stdout.count("\n") == 1, self.stdout + self.stderr
        return json.loads(self.stdout)


def cli(*words):
    with redirect_stdout(StringIO()) as stdout, redirect_stderr(StringIO()) as stderr:
        code = run([str(word) for word in words])
    return Ended(int(code), stdout.getvalue(), stderr.getvalue())


def timeline(*words):
    return cli("timeline", *words)


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory):
    """A runtime of this module's own, started by the first command that needs one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("COLUMNS", "200")
        for name in ("CUTAWAY_BASE_URL", "CUTAWAY_API_KEY", "CUTAWAY_DIALECT"):
            patch.delenv(name, raising=False)
        yield
        local.stop()


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """A real clip at each rate: a bar that moves to the right, 96 frames of 96x64."""
    folder, made = tmp_path_factory.mktemp("films"), {}
    for rate in HOURS:
        made[rate] = folder / f"film {rate}.mkv"
        with Writer(made[rate], width=96, height=64, rate=Rate.parse(rate), format=OutputFormat.FFV1) as writer:
            for n in range(FILMED):
                frame = np.full((1, 64, 96, 3), 60, np.uint8)
                frame[:, 20:40, n % 80 : n % 80 + 12] = 220
                writer.write(frame)
            writer.finish()
    return made


@pytest.fixture
def make(films, tmp_path):
    """A cut on disk: items by name and length, "gap", or a dissolve; clips show the film from frame 20 on."""

    def made(items, rate=25.0, name="cut.otio", **more):
        nodes = []
        for item in items:
            if isinstance(item, dict):
                nodes.append(item)
            elif item[0] == "gap":
                nodes.append(gap(item[1], rate))
            else:
                node = clip(item[0], item[1], rate, handles=20, speed=item[2] if len(item) > 2 else None)
                node["media_references"]["DEFAULT_MEDIA"] |= {
                    "target_url": str(films[rate]),
                    "available_range": span(86400, FILMED, rate),
                }
                nodes.append(node)
        path = tmp_path / name
        path.write_text(text_of(cut(track(nodes, name="V1"), rate=rate, start=HOURS[rate], **more)), encoding="utf-8")
        return path

    return made


def hard(rate):
    """Every trouble at once: a dissolve beside a gap, a retimed neighbour, a gap at the end."""
    return [
        ("a", 30), ("gap", 12), ("b", 30), dissolve(4, 5, rate), ("gap", 16), ("fast", 12, 2.0), ("gap", 9),
        ("c", 20), ("gap", 8),
    ]  # fmt: skip


def items_of(path):
    """Every item of the first track as opentimelineio sees it."""
    return list(otio.adapters.read_from_file(str(path)).tracks[0])


# -- fill ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", HOURS)
def test_every_gap_is_filled_and_nothing_else_changes(rate, make, tmp_path):
    path, out = make(hard(rate), rate), tmp_path / "out.otio"
    before, original = by_library(path.read_text("utf-8"))[0], path.read_bytes()

    done = timeline("fill", path, "-o", out, "--model", "bars", "--json")

    assert done.code == 0, done.stderr
    assert [card["frames"] for card in done.object["cards"]] == [12, 16, 9, 8]
    after = by_library(out.read_text("utf-8"))[0]
    assert [row[:2] for row in after] == [row[:2] for row in before]
    for then, now, row in zip(items_of(path), items_of(out), before, strict=True):
        if row[2] != "Gap":
            assert now.is_equivalent_to(then)
            continue
        assert isinstance(now, otio.schema.Clip)
        take = Path(now.media_reference.target_url)
        assert take.is_absolute()
        assert take.is_relative_to(tmp_path / ".cutaway" / "out.otio")
        with Clip(take) as media:
            assert media.info.rate == Rate.parse(rate)
            assert len(media) == now.available_range().duration.value
            assert (media.info.width, media.info.height) == (96, 64)
        assert 0 <= now.source_range.start_time.value <= now.available_range().duration.value - row[1]
        assert now.source_range.duration.value == row[1]
    dissolved = items_of(out)[4]
    assert dissolved.source_range.start_time.value >= 4, "the dissolve needs four frames before the take"

    undone = timeline("undo", out, "--json")

    assert undone.code == 0, undone.stderr
    assert len(undone.object["undone"]) == 4
    assert out.read_bytes() == original == path.read_bytes()


def test_the_draft_fills_a_gap_with_what_lies_on_both_sides(make, tmp_path):
    path, out, pictures = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio", tmp_path / "thumbs"
    done = timeline("fill", path, "-o", out, "--model", "draft", "--thumbs", pictures, "--json").object
    (card,) = done["cards"]
    assert card["placed"]
    assert min(card["take"]["seams"][side]["score"] for side in ("head", "tail")) > 0.5
    with Image.open(card["thumbnail"]) as strip:
        assert strip.width > 5 * strip.height


def test_a_dry_run_says_what_would_change_and_writes_nothing(make, tmp_path):
    path = make(hard(25.0))
    there = set(tmp_path.rglob("*"))
    said = timeline("fill", path, "-o", tmp_path / "out.otio", "--dry-run", "--json").object
    assert set(tmp_path.rglob("*")) == there
    assert [card["changes"][0]["removed"] for card in said["cards"]] == [
        [{"kind": "gap", "name": "", "frames": frames}] for frames in (12, 16, 9, 8)
    ]
    assert [card["changes"][0]["inserted"][0]["frames"] for card in said["cards"]] == [12, 16, 9, 8]
    assert said["cards"][1]["asks"]["frames"] == 16 + 4
    assert said["cards"][1]["asks"]["head_handle"] == 4
    assert any("unused frames" in note for note in said["notes"])


def test_only_the_cards_that_are_named_are_made(make, tmp_path):
    path, out = make(hard(25.0)), tmp_path / "out.otio"
    listed = timeline("cards", path, "--json").object["cards"]
    assert not (tmp_path / ".cutaway").exists()
    done = timeline("fill", path, "-o", out, "--model", "bars", "--card", listed[2]["id"][:8], "--json").object
    assert [card["id"] for card in done["cards"]] == [listed[2]["id"]]
    assert [type(item).__name__ for item in items_of(out)].count("Gap") == 3
    rest = timeline("fill", path, "-o", out, "--model", "bars", "--json").object
    assert len(rest["cards"]) == 3
    assert "Gap" not in [type(item).__name__ for item in items_of(out)]
    assert len(timeline("undo", out, "--json").object["undone"]) == 3
    timeline("undo", out)
    assert out.read_bytes() == path.read_bytes()
    nothing = timeline("undo", out, "--json")
    assert nothing.code == 2
    assert nothing.object["error"]["type"] == "TimelineChanged"


def test_filled_again_after_undo_nothing_is_made_twice(make, tmp_path):
    path, out = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio"
    first = timeline("fill", path, "-o", out, "--model", "bars", "--json").object["cards"][0]["take"]["id"]
    timeline("undo", out)
    again = timeline("fill", path, "-o", out, "--model", "bars", "--json").object["cards"][0]["take"]["id"]
    assert again == first
    timeline("undo", out)
    other = timeline("fill", path, "-o", out, "--seed", 99, "--model", "bars", "--json").object["cards"][0]["take"]
    assert other["id"] != first
    assert other["seed"] == 99


def test_other_words_show_their_own_take_however_well_an_older_one_fits(make, tmp_path):
    path, out = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio"
    first = timeline("fill", path, "-o", out, "--model", "bars", "--json").object["cards"][0]["take"]
    timeline("undo", out)
    project = next((tmp_path / ".cutaway").rglob("project.json"))
    project.write_text(project.read_text("utf-8").replace('"score": 0.', '"score": 1.0, "was": 0.'), encoding="utf-8")
    words = ("--prompt", "a red bar", "--model", "bars", "--json")
    other = timeline("fill", path, "-o", out, *words).object["cards"][0]
    assert other["placed"]
    assert other["take"]["id"] != first["id"]
    assert other["take"]["slate"]["prompt"] == "a red bar"


def test_a_place_that_is_filled_gets_another_take_where_it_lies_now(make, tmp_path):
    path, out = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio"
    first = timeline("fill", path, "-o", out, "--model", "bars", "--json").object["cards"][0]
    timeline("extend", out, "--at", 10, "--frames", 4, "--room", "ripple", "--model", "bars")
    done = timeline("fill", out, "--card", first["id"][:8], "--seed", 99, "--model", "bars", "--json").object
    (card,) = done["cards"]
    assert (card["id"], card["start"], card["placed"], card["take"]["seed"]) == (first["id"], 34, True, 99)
    assert [row[:3] for row in by_library(out.read_text("utf-8"))[0]] == [
        (0, 30, "Clip"), (30, 4, "Clip"), (34, 8, "Clip"), (42, 30, "Clip"),
    ]  # fmt: skip
    takes = timeline("takes", out, "--json").object["takes"]
    assert [(t["start"], t["active"]) for t in takes if t["card"] == first["id"]] == [(34, False), (34, True)]
    mirror = json.loads(out.read_text("utf-8"))["metadata"]["cutaway"]["cards"]
    assert [card["span"] for card in mirror] == [{"start": 30, "duration": 4}, {"start": 34, "duration": 8}]
    timeline("undo", out, "--all")
    assert out.read_bytes() == path.read_bytes()


def test_gaps_in_a_row_are_one_place(make, tmp_path):
    path, out = make([("a", 30), ("gap", 5), ("gap", 7), ("b", 30)]), tmp_path / "out.otio"
    done = timeline("fill", path, "-o", out, "--model", "bars", "--json").object
    assert [card["frames"] for card in done["cards"]] == [12]
    assert [row[:3] for row in by_library(out.read_text("utf-8"))[0]] == [
        (0, 30, "Clip"),
        (30, 12, "Clip"),
        (42, 30, "Clip"),
    ]
    timeline("undo", out)
    assert out.read_bytes() == path.read_bytes()


def test_a_hole_that_other_tracks_cover_in_part_is_filled_where_nothing_is_seen(make, films, tmp_path):
    path = make([("a", 20), ("gap", 30), ("b", 20)])
    data = json.loads(path.read_text("utf-8"))
    above = clip("over", 10, 25.0, handles=20)
    above["media_references"]["DEFAULT_MEDIA"] |= {
        "target_url": str(films[25.0]),
        "available_range": span(86400, 96, 25.0),
    }
    below = json.loads(json.dumps(above)) | {"name": "late"}
    data["tracks"]["children"].append(track([gap(20, 25.0), above, gap(10, 25.0), below], name="V2"))
    path.write_text(text_of(data), encoding="utf-8")
    done = timeline("fill", path, "-o", tmp_path / "out.otio", "--model", "bars", "--json")
    assert done.code == 0, done.stderr
    assert [(card["start"], card["frames"]) for card in done.object["cards"]] == [(30, 10)]
    rows = [row[:3] for row in by_library((tmp_path / "out.otio").read_text("utf-8"))[0]]
    assert rows == [(0, 20, "Clip"), (20, 10, "Gap"), (30, 10, "Clip"), (40, 10, "Gap"), (50, 20, "Clip")]


def test_takes_can_be_named_relative_to_the_cut(make, tmp_path):
    path, out = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio"
    timeline("fill", path, "-o", out, "--model", "bars", "--relative")
    url = items_of(out)[1].media_reference.target_url
    assert not Path(url).is_absolute()
    assert (tmp_path / url).is_file()


def test_a_take_below_the_gate_is_kept_and_not_placed(make, tmp_path):
    path, out = make([("a", 30), ("gap", 6), ("b", 30)]), tmp_path / "out.otio"
    done = timeline("fill", path, "-o", out, "--model", "bars", "--min-seam", 1, "--json")
    assert done.code == 3
    (card,) = done.object["cards"]
    assert not card["placed"]
    assert "seam" in card["error"]
    assert out.read_bytes() == path.read_bytes()
    assert len(timeline("takes", out, "--json").object["takes"]) == 3
    placed = timeline("apply", out, "--json").object
    assert placed["failed"] == 0
    assert isinstance(items_of(out)[1], otio.schema.Clip)


def test_media_named_relative_to_the_cut_are_found_and_a_copy_elsewhere_is_warned_of(make, films, tmp_path):
    path = make([("a", 30), ("gap", 6), ("b", 30)])
    (tmp_path / "near.mkv").write_bytes(films[25.0].read_bytes())
    path.write_text(path.read_text("utf-8").replace(str(films[25.0]), "near.mkv"), encoding="utf-8")
    (tmp_path / "far").mkdir()
    done = timeline("fill", path, "-o", tmp_path / "far/out.otio", "--model", "bars", "--json").object
    assert done["failed"] == 0
    assert done["cards"][0]["take"]["seams"]["head"] is not None, "the neighbour was found"
    assert any("2 clips name their media relative" in note for note in done["notes"])


def test_another_cut_is_never_written_over(make, tmp_path):
    path, other = make([("a", 30), ("gap", 8)]), make([("b", 12), ("gap", 8)], name="other.otio")
    kept = other.read_bytes()
    refused = timeline("fill", path, "-o", other, "--model", "bars", "--json")
    assert refused.code == 2
    assert "was not made from cut.otio" in refused.object["error"]["message"]
    assert other.read_bytes() == kept


def test_without_an_output_the_cut_itself_is_edited_and_brought_back(make):
    path = make([("a", 30), ("gap", 6), ("b", 30)])
    original = path.read_bytes()
    assert timeline("fill", path, "--model", "bars").code == 0
    assert isinstance(items_of(path)[1], otio.schema.Clip)
    assert timeline("undo", path).code == 0
    assert path.read_bytes() == original


def test_a_cut_that_the_editor_changed_meanwhile_is_not_undone(make):
    path = make([("a", 30), ("gap", 6), ("b", 30)])
    timeline("fill", path, "--model", "bars")
    changed = path.read_text("utf-8").replace('"take"', '"shot"')
    path.write_text(changed, encoding="utf-8")
    refused = timeline("undo", path, "--json")
    assert refused.code == 2
    assert refused.object["error"]["type"] == "TimelineChanged"
    assert path.read_text("utf-8") == changed


def test_where_a_cut_is_meant_no_seam_is_measured(make, tmp_path):
    path = make([("a", 30), ("b", 30)])
    done = timeline("extend", path, "-o", tmp_path / "out.otio", "--at", 5, "--frames", 4, "--room", "roll",
                    "--model", "bars", "--json").object  # fmt: skip
    seams = done["cards"][0]["take"]["seams"]
    assert seams["head"] is not None
    assert seams["tail"] is None


# -- one place -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["extend", "--at", "10", "--frames", "5"], [(0, 30), (30, 5), (35, 7), (42, 30), (72, 30)]),
        (["extend", "--at", "50", "--frames", "5", "--edge", "head"], [(0, 30), (30, 7), (37, 5), (42, 30), (72, 30)]),
        (
            ["extend", "--at", "50", "--frames", "5", "--room", "roll"],
            [(0, 30), (30, 12), (42, 30), (72, 5), (77, 25)],
        ),
        (
            ["extend", "--at", "80", "--frames", "5", "--edge", "head", "--room", "ripple"],
            [(0, 30), (30, 12), (42, 30), (72, 5), (77, 30)],
        ),
        (
            ["extend", "--at", "01:00:02:00", "--frames", "5", "--room", "ripple-all"],
            [(0, 30), (30, 12), (42, 30), (72, 5), (77, 30)],
        ),
        (
            ["remix", "--range", "5-15", "--prompt", "at night"],
            [(0, 5), (5, 10), (15, 15), (30, 12), (42, 30), (72, 30)],
        ),
        (["remix", "--at", "80", "--prompt", "at night"], [(0, 30), (30, 12), (42, 30), (72, 30)]),
        (["loop", "--at", "80"], [(0, 30), (30, 12), (42, 30), (72, 30)]),
        (["blend", "--at", "72", "--frames", "8"], [(0, 30), (30, 12), (42, 26), (68, 8), (76, 26)]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value[0], str) else "",
)
def test_a_verb_changes_the_place_that_was_named_and_undo_brings_the_cut_back(words, rows, make, tmp_path):
    path, out = make([("a", 30), ("gap", 12), ("b", 30), ("c", 30)]), tmp_path / "out.otio"
    done = timeline(words[0], path, "-o", out, *words[1:], "--model", "bars", "--json")
    assert done.code == 0, done.stderr
    assert [tuple(map(int, row[:2])) for row in by_library(out.read_text("utf-8"))[0]] == rows
    timeline("undo", out)
    assert out.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["extend", "--at", "50", "--frames", "5"], "needs a gap beside it"),
        (["extend", "--at", "10", "--frames", "5", "--room", "roll"], "needs a neighbouring shot beside it"),
        (["extend", "--at", "35", "--frames", "5"], "a gap lies there"),
        (["extend", "--at", "900", "--frames", "5"], "the cut is 102 frames long"),
        (["extend", "--at", "10", "--frames", "13"], "13 frames were asked for; the gap has 12"),
        (["remix", "--range", "20-40", "--prompt", "x"], "lies at 0 to 30"),
        (["remix", "--prompt", "x"], "--range IN-OUT"),
        (["blend", "--at", "10", "--frames", "8"], "no other shot meets a"),
        (["loop", "--at", "10", "--track", "V9"], "the tracks: 0 (V1)"),
        (["extend", "--at", "soon", "--frames", "5"], "a number of frames or a timecode"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_refused_before_anything_is_made(words, message, make, tmp_path):
    path, out = make([("a", 30), ("gap", 12), ("b", 30), ("c", 30)]), tmp_path / "out.otio"
    refused = timeline(words[0], path, "-o", out, *words[1:], "--model", "bars", "--json")
    assert refused.code in {2, 3}
    assert message in json.dumps(refused.object)
    assert not out.exists() or out.read_bytes() == path.read_bytes()
    assert not list(tmp_path.rglob("*.mov"))


def test_a_blend_takes_the_place_of_a_dissolve_only_when_told_and_undo_brings_it_back(make, tmp_path):
    path, out = make([("a", 30), dissolve(4, 4, 25.0), ("b", 30)]), tmp_path / "out.otio"
    words = ["blend", path, "-o", out, "--at", 30, "--frames", 12, "--model", "bars", "--json"]
    refused = timeline(*words)
    assert refused.code == 2
    assert "--over-transition" in refused.object["error"]["message"]
    rehearsed = timeline(*words, "--over-transition", "--dry-run").object["cards"][0]["changes"]
    assert [item["kind"] for item in rehearsed[0]["removed"]] == ["clip", "transition", "clip"]
    done = timeline(*words, "--over-transition")
    assert done.code == 0, done.stderr
    assert [row[:3] for row in by_library(out.read_text("utf-8"))[0]] == [
        (0, 24, "Clip"), (24, 12, "Clip"), (36, 24, "Clip"),
    ]  # fmt: skip
    timeline("undo", out)
    assert out.read_bytes() == path.read_bytes()


def test_another_take_is_shown_and_the_cut_keeps_its_length(make, tmp_path):
    path, out = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio"
    for seed in (1, 2):
        timeline("fill", path, "-o", out, "--model", "bars", "--seed", seed)
        timeline("undo", out) if seed == 1 else None
    first, second = timeline("takes", out, "--json").object["takes"]
    assert [first["active"], second["active"]] == [False, True]
    assert (first["seed"], second["seed"]) == (1, 2)
    shown = timeline("takes", out, "--use", first["id"][:8], "--json").object["takes"]
    assert [take["active"] for take in shown] == [True, False]
    (clip_,) = [item for item in items_of(out) if item.name == Path(first["path"]).stem or "cutaway" in item.metadata]
    assert clip_.media_reference.target_url.endswith(first["path"])
    assert "the takes:" in timeline("takes", out, "--use", "zzz").stderr


def test_takes_find_their_place_in_a_newer_export(make, tmp_path):
    """The editor has put a shot before everything, and shortened the last one."""
    path, out = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio"
    timeline("fill", path, "-o", out, "--model", "bars")
    newer = make([("new", 11), ("a", 30), ("gap", 8), ("b", 21)], name="newer.otio")
    done = timeline("apply", newer, "--from", out, "-o", tmp_path / "newer-filled.otio", "--json")
    assert done.code == 0, done.stderr
    rows = [row[:3] for row in by_library((tmp_path / "newer-filled.otio").read_text("utf-8"))[0]]
    assert rows == [(0, 11, "Clip"), (11, 30, "Clip"), (41, 8, "Clip"), (49, 21, "Clip")]


def test_a_cut_that_was_renamed_or_copied_is_known_again_and_that_is_said(make, tmp_path):
    path, out = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio"
    made = timeline("fill", path, "-o", out, "--model", "bars", "--json").object["cards"][0]
    copy = out.with_name("copy.otio")
    copy.write_bytes(out.read_bytes())
    known = timeline("takes", copy, "--json").object
    assert "this is a copy" in known["notes"][0]
    assert [(take["id"], take["active"]) for take in known["takes"]] == [(made["take"]["id"], True)]
    assert not (tmp_path / ".cutaway/copy.otio").exists()
    assert any("this is a copy" in note for note in timeline("cards", copy, "--json").object["notes"])
    renamed = out.rename(tmp_path / "final.otio")
    undone = timeline("undo", renamed, "--json").object
    assert "was found" in undone["notes"][0]
    assert renamed.read_bytes() == path.read_bytes()


def test_a_cut_whose_project_is_gone_still_tells_its_cards_and_takes(make, tmp_path):
    path, out = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio"
    made = timeline("fill", path, "-o", out, "--model", "bars", "--json").object["cards"][0]
    (tmp_path / ".cutaway").rename(tmp_path / "elsewhere")
    before = out.read_bytes()
    told = timeline("takes", out, "--json").object
    assert "was not found" in told["notes"][0]
    (take,) = told["takes"]
    assert (take["id"], take["card"], take["seed"]) == (made["take"]["id"], made["id"], made["take"]["seed"])
    assert out.read_bytes() == before
    assert not (tmp_path / ".cutaway").exists()


# -- what a real model is told ----------------------------------------------------------------------

TOLD = (
    "--negative-prompt", "rain", "--profile", "fast", "--steps", "4", "--guidance", "0", "--expand-prompt",
    "--allow-degraded",
)  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("fill", ()),
        ("extend", ("--at", "4", "--frames", "6")),
        ("remix", ("--at", "4", "--prompt", "night")),
        ("blend", ("--at", "31", "--frames", "4")),
        ("loop", ("--at", "4")),
    ],
)
def test_every_verb_tells_a_model_how_it_is_to_paint(verb, words, make, tmp_path):
    path = make([("a", 12), ("gap", 8), ("b", 12), ("c", 12)])
    done = timeline(verb, path, "-o", tmp_path / "out.otio", "--model", "bars", *words, *TOLD, "--json")
    assert done.code == 0, done.stderr
    [card] = done.object["cards"]
    slate = card["take"]["slate"]
    assert (slate["steps"], slate["guidance"]) == (4, 0.0)
    with Cutaway() as client:
        about = client.videos.retrieve(card["take"]["job_id"]).cutaway
    # The test picture has no use for them, and says which of them reached it.
    assert about.ignored_params == ["profile", "steps", "guidance", "expand_prompt"]
    [kept] = project_of(tmp_path / "out.otio", cuts.opened(tmp_path / "out.otio"))[0].cards
    told = {"profile": "fast", "steps": 4, "guidance": 0.0, "expand_prompt": True, "allow_degraded": True}
    assert kept.told(BoardLook()) == told


def test_pictures_that_the_model_does_not_take_are_noted(make, tmp_path):
    path = make([("a", 12), ("gap", 8), ("b", 12)])
    Image.new("RGB", (8, 8), "red").save(tmp_path / "mia.png")
    words = (
        "fill",
        path,
        "-o",
        tmp_path / "out.otio",
        "--model",
        "bars",
        "--reference",
        tmp_path / "mia.png",
        "--json",
    )
    assert "pictures that go along if the model takes them: 1" in timeline(*words, "--dry-run").object["notes"]
    done = timeline(*words)
    assert done.code == 0, done.stderr
    assert "1 of 1 pictures were not sent: model bars takes no pictures of characters" in done.object["notes"]
    missing = timeline("fill", path, "-o", tmp_path / "out.otio", "--reference", tmp_path / "leo.png")
    assert missing.code == 2
    assert "leo.png does not exist" in missing.stderr


def test_other_words_ask_for_another_take_and_consent_alone_does_not(tmp_path):
    picture = tmp_path / "mia.png"
    picture.write_bytes(b"\x89PNG")

    def said(prompt=None, **manner):
        return Words.of(prompt, Look(), opt.Described([str(picture)]), opt.Manner(**manner))

    first = CardReference(role=Role.FIRST, path="first.png")
    card = Card(kind="fill", placement=Placement(track=0, start=0, frames=8), references=[first])
    asked = said("rain", steps=4).on(card)
    assert [reference.role for reference in asked.references] == [Role.FIRST, Role.SUBJECT]
    assert asked.references[1].path == str(picture.resolve())
    asked.state = CardState.REVIEW
    assert said("rain", steps=4).on(asked).state is CardState.REVIEW
    assert said(allow_degraded=True).on(asked).state is CardState.REVIEW
    assert said(allow_degraded=True).on(asked).allow_degraded is True
    assert said(steps=8).on(asked).state is CardState.READY


# -- looking ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "shown"), [(23.976, "24000/1001"), (25.0, "25"), (29.97, "30000/1001")])
def test_info_is_one_object(rate, shown, make):
    about = timeline("info", make(hard(rate), rate), "--json").object
    assert about["rate"] == shown
    assert about["start"] in {"01:00:00:00", "01:00:00;00"}
    assert about["duration"] == 137
    (one,) = about["tracks"]
    assert one == {
        "number": 0, "kind": "Video", "name": "V1", "clips": 4, "gaps": 4, "transitions": 1, "duration": 137,
    }  # fmt: skip


def test_info_agrees_with_the_library_on_fractional_frames(make):
    path = make([("a", 30), ("gap", 12.5)])
    about = timeline("info", path, "--json").object
    assert Fraction(about["duration"]) == Fraction(85, 2)
    assert by_library(path.read_text("utf-8"))[0][1][1] == Fraction(25, 2)


def test_cards_are_listed_with_their_places(make):
    cards = timeline("cards", make(hard(25.0)), "--json").object["cards"]
    assert [(card["kind"], card["track"], card["start"], card["frames"]) for card in cards] == [
        ("fill", 0, 30, 12), ("fill", 0, 72, 16), ("fill", 0, 100, 9), ("fill", 0, 129, 8),
    ]  # fmt: skip
    assert cards[1]["head_handle"] == 4


def test_cards_are_kept_only_when_asked(make, tmp_path):
    path = make([("a", 30), ("gap", 8)])
    timeline("cards", path)
    assert not (tmp_path / ".cutaway").exists()
    timeline("cards", path, "--save")
    kept = json.loads((tmp_path / ".cutaway/cut.otio/project.json").read_text("utf-8"))
    assert [card["placement"]["frames"] for card in kept["cards"]] == [8]


@pytest.mark.parametrize("verb", ["info", "cards"])
@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("clip.otio", json.dumps(clip("alone", 30, 24.0)), "UnreadableTimeline"),
        ("broken.otio", '{"OTIO_SCHEMA": "Timeline.1", ', "UnreadableTimeline"),
        ("deep.otio", '{"tracks": ' * 5000 + "0" + "}" * 5000, "UnreadableTimeline"),
        ("page.xml", "<html><body>no cut</body></html>", "UnreadableTimeline"),
        ("empty.aaf", "", "UnreadableTimeline"),
        ("film.mp4", "\0\0\0\x20ftypisom", "UnreadableTimeline"),
        ("no-tracks.otio", '{"OTIO_SCHEMA": "Timeline.1", "name": "x"}', "UnreadableTimeline"),
        ("rate0.otio", text_of(cut(track([gap(5, 0)]), rate=0)), "AmbiguousRate"),
    ],
    ids=lambda value: value if "." in value[:16] else "",
)
def test_what_is_no_cut_is_a_typed_error(verb, name, text, kind, tmp_path):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    refused = timeline(verb, path, "--json")
    assert refused.code == 2
    assert refused.object["error"]["type"] == kind
    assert refused.object["error"]["exit_code"] == 2
    assert "Traceback" not in refused.stderr


def test_an_ambiguous_rate_lists_the_candidates_and_one_can_be_said(tmp_path):
    path = tmp_path / "mixed.otio"
    path.write_text(text_of(cut(track([clip("a", 25, 25.0), clip("b", 24, 24.0)]), rate=24.0)), encoding="utf-8")
    refused = timeline("info", path, "--json")
    assert refused.code == 2
    assert refused.object["error"]["type"] == "AmbiguousRate"
    assert sorted(refused.object["error"]["candidates"]) == ["24", "25"]
    assert "--rate 25" in refused.object["error"]["message"]
    assert timeline("info", path, "--rate", "24", "--json").object["duration"] == 48


# -- other formats ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["edl", "xml", "fcpxml"])
def test_a_cut_goes_to_another_format_and_back(suffix, make, tmp_path):
    path = make([("a", 30), ("gap", 12), ("b", 30)])
    other = tmp_path / f"cut.{suffix}"
    said = timeline("convert", path, "-o", other, "--json").object
    assert other.stat().st_size > 100
    assert isinstance(said["lost"], list)
    about = timeline("info", other, *(["--rate", "25"] if suffix == "edl" else []), "--json").object
    assert (about["rate"], about["duration"]) == ("25", 72)
    assert about["tracks"][0]["clips"] == 2
    assert about["notes"]
    filled = timeline(
        "fill",
        other,
        "-o",
        tmp_path / "back.otio",
        "--rate",
        "25",
        "--model",
        "bars",
        "--size",
        "96x64",
        "--prompt",
        "a bar",
        "--json",
    )
    assert filled.code == 0, filled.stderr
    assert [row[1] for row in by_library((tmp_path / "back.otio").read_text("utf-8"))[0]] == [30, 12, 30]


def test_an_aaf_is_written_without_the_dissolve_it_has_no_place_for_and_says_so(make, tmp_path):
    path = make([("a", 30), dissolve(4, 4, 25.0), ("b", 30), ("gap", 12), ("c", 10)])
    said = timeline("convert", path, "-o", tmp_path / "cut.aaf", "--json")
    assert said.code == 0, said.stderr
    assert "1 of 1 transitions" in said.object["lost"]
    about = timeline("info", tmp_path / "cut.aaf", "--json").object
    assert (about["rate"], about["start"], about["duration"]) == ("25", "01:00:00:00", 82)
    assert [about["tracks"][0][what] for what in ("clips", "gaps")] == [3, 1]


def test_a_nested_sequence_goes_to_another_format_with_its_length(make, tmp_path):
    path = make([("a", 30), ("gap", 12), ("b", 30)])
    data = json.loads(path.read_text("utf-8"))
    inner = data["tracks"]["children"][0]["children"].pop()
    nest = {"OTIO_SCHEMA": "Stack.1", "name": "nest", "children": [track([inner], name="n")], "source_range": None}
    data["tracks"]["children"][0]["children"].append(nest)
    path.write_text(text_of(data), encoding="utf-8")
    for suffix in ("xml", "fcpxml"):
        assert timeline("convert", path, "-o", tmp_path / f"cut.{suffix}").code == 0
        assert timeline("info", tmp_path / f"cut.{suffix}", "--json").object["duration"] == 72
    lost = timeline("convert", path, "-o", tmp_path / "again.fcpxml", "--json").object["lost"]
    assert "the start timecode: it starts at frame 0, and was at 90000" in lost


def test_an_aaf_that_breaks_off_leaves_no_file_open(tmp_path):
    path = tmp_path / "short.aaf"
    path.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(1000))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert timeline("info", path).code == 2
        gc.collect()
    assert not [one for one in warned if issubclass(one.category, ResourceWarning)]


def test_a_cut_is_written_in_the_shape_resolve_imports(make, tmp_path):
    path = make([("a", 30), ("gap", 12), ("b", 30)])
    out = tmp_path / "for-resolve.otio"
    said = timeline("convert", path, "-o", out, "--to", "resolve", "--json").object
    assert said["lost"] == []
    assert by_library(out.read_text("utf-8")) == by_library(path.read_text("utf-8"))
    shaped = json.loads(out.read_text("utf-8"))
    (held,) = shaped["tracks"]["children"]
    assert held["name"] == "Video 1"
    urls = [i["media_references"]["DEFAULT_MEDIA"]["target_url"] for i in held["children"] if "media_references" in i]
    assert len(urls) == 2
    assert all(Path(url).is_file() for url in urls)


def test_an_edl_at_another_rate_says_what_to_do(tmp_path):
    path = tmp_path / "cut.edl"
    path.write_text(
        "TITLE: pal\n\n001  AX       V     C        01:00:00:00 01:00:01:24 00:00:00:00 00:00:01:24\n", encoding="utf-8"
    )
    refused = timeline("info", path, "--json")
    assert refused.code == 2
    assert "25" in refused.object["error"]["message"]
    assert timeline("info", path, "--rate", "25", "--json").object["duration"] == 49


@pytest.mark.parametrize("suffix", ["otio", "edl", "xml", "fcpxml", "aaf"])
def test_a_cut_that_is_not_there_is_said_to_be_missing_and_nothing_else(suffix, tmp_path):
    refused = timeline("info", tmp_path / f"nothing.{suffix}", "--json")
    assert refused.code == 2
    assert "o such file" in refused.object["error"]["message"]
    assert "rate" not in refused.object["error"]["message"]


@pytest.mark.parametrize("suffix", ["otioz", "otiod"])
def test_a_bundle_carries_the_takes_and_comes_apart_again(suffix, make, tmp_path):
    path, out = make([("a", 30), ("gap", 8), ("b", 30)]), tmp_path / "out.otio"
    timeline("fill", path, "-o", out, "--model", "bars")
    packed = tmp_path / f"out.{suffix}"
    assert timeline("convert", out, "-o", packed, "--json").object["lost"] == []
    assert timeline("info", packed, "--json").object["tracks"][0]["clips"] == 3
    back = tmp_path / "elsewhere" / "back.otio"
    back.parent.mkdir()
    assert timeline("convert", packed, "-o", back).code == 0
    for item in items_of(back):
        assert Path(item.media_reference.target_url).is_relative_to(back.parent)
        assert Path(item.media_reference.target_url).is_file()


# -- the picture -----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_strip_is_drawn_before_and_after(suffix, make, tmp_path):
    path, out, picture = make(hard(25.0)), tmp_path / "out.otio", tmp_path / f"strip.{suffix}"
    timeline(
        "fill", path, "-o", out, "--model", "bars", "--card", timeline("cards", path, "--json").object["cards"][0]["id"]
    )
    drawn = timeline("draw", path, "-o", picture, "--after", out, "--width", 1200, "--json")
    assert drawn.code == 0, drawn.stderr
    if suffix == "svg":
        text = picture.read_text("utf-8")
        assert text.count("12 frames") == 2, "as a card before, as a take after"
        assert text.count(">16 frames<") == 2, "the other hole is asked for in both"
    else:
        with Image.open(picture) as shown:
            assert shown.width == 1200
    assert timeline("draw", path, "-o", tmp_path / "strip.gif").code == 2
