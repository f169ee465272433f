"""Reports hold what happened, whatever the texts in them are."""

import json
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from cutaway.storyboard.render import page, reports, stamp
from cutaway.storyboard.render.lock import Locked
from cutaway.storyboard.render.outcome import Outcome, Result

EVIL = "<script>alert(1)</script> \"'&]]> \x00\x1b[31m 한국어"
LOCKED = Locked(
    "d", "k", "bars", "runtime:1", seed=1, files={'a" onx="1.mp4': "ab" * 32}, frames=6, rate="24", seam=0.5
)


@pytest.fixture
def outcomes():
    return [
        Outcome("a", "a", "generate", 'a" onx="1.mp4', Result.MADE, "new", prompt=EVIL, locked=LOCKED, seconds=1.5),
        Outcome("b", "b", "extend", "b.mp4", Result.FAILED, error=EVIL),
        Outcome("c", "c", "loop", "c.mp4", Result.FRESH, error="its seam", locked=LOCKED, below_gate=True),
        Outcome("d", "d", "generate", "d.mp4", Result.SKIPPED, error="over budget"),
        Outcome("e", "e", "generate", "e.mp4", Result.RESTORED, locked=LOCKED),
    ]


def test_junit_is_xml_that_counts_right(outcomes):
    suites = ET.fromstring(reports.junit(EVIL, outcomes))
    assert {name: suites.get(name) for name in ("tests", "failures", "skipped", "errors", "time")} == {
        "tests": "5", "failures": "2", "skipped": "1", "errors": "0", "time": "1.500",
    }  # fmt: skip
    cases = {case.get("name"): [child.tag for child in case] for case in suites.iter("testcase")}
    assert cases == {"a": [], "b": ["failure"], "c": ["failure"], "d": ["skipped"], "e": []}
    assert "한국어" in suites.find(".//failure").get("message")


def test_the_report_counts_and_names_everything(outcomes):
    told = json.loads(reports.json_text(reports.report("x", outcomes)))
    assert told["totals"] == {"fresh": 1, "restored": 1, "made": 1, "failed": 1, "skipped": 1, "below_gate": 1}
    assert told["seconds_of_work"] == 1.5
    assert [row["id"] for row in told["assets"]] == list("abcde")


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text, self.links = [], "", []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        names = dict(attrs)
        assert not [name for name in names if name.startswith("on")], attrs
        self.links += [names[name] for name in ("src", "href", "poster") if name in names]

    def handle_data(self, data):
        self.text += data


def test_the_page_shows_texts_as_texts_and_loads_nothing_from_elsewhere(outcomes):
    found = Tags()
    found.feed(page.index_html(EVIL, outcomes, {"a": "posters/x.jpg"}, ["javascript:alert(1).otio"]))
    assert "script" not in found.tags
    assert found.text.count("<script>alert(1)</script>") >= 3
    assert found.links
    assert all(link.startswith("./") for link in found.links), found.links
    assert not [link for link in found.links if '"' in link]


def test_the_contact_sheet_has_a_tile_for_each(outcomes, tmp_path):
    from PIL import Image

    (tmp_path / "posters").mkdir()
    Image.new("RGB", (360, 202), (200, 10, 10)).save(tmp_path / "posters/x.jpg")
    path = page.contact_sheet(EVIL, outcomes, {"a": "posters/x.jpg", "e": "posters/x.jpg"}, tmp_path)
    with Image.open(path) as sheet:
        assert sheet.width == 14 + 4 * (360 + 14)
        red = [x for x in range(0, sheet.width, 50) if sheet.getpixel((x, 150))[0] > 150]
        assert red
        assert max(red) < 14 + 360
        assert sheet.getpixel((100, 56 + 252 + 100))[0] > 150, "the fifth tile lies in the second row"


def test_a_stamp_answers_only_while_everything_is_as_it_was(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    out, read = tmp_path / "out", tmp_path / "assets.yaml"
    out.mkdir()
    read.write_text("one")
    words = ["render", "assets.yaml", "-o", "out"]
    left = {"reports": {"report.json": "{}\n"}, "said": "all fresh", "told": "{}"}
    stamp.left(out, words, "1", [read, out / "gone.mp4"], **left)

    assert stamp.answered(words, "1") == 0
    assert capsys.readouterr().out == "all fresh\n"
    assert (out / "report.json").read_text() == "{}\n"
    assert stamp.answered([*words, "--force"], "1") is None
    assert stamp.answered([*words, "--jobs", "3"], "1") is None
    assert stamp.answered(words, "2") is None
    assert stamp.answered(["render", "assets.yaml"], "1") is None
    (out / "gone.mp4").write_text("there now")
    assert stamp.answered(words, "1") is None
    stamp.left(out, words, "1", [read], **left)
    read.write_text("two")
    assert stamp.answered(words, "1") is None
    (out / ".cutaway/stamp.json").write_text("{")
    assert stamp.answered(words, "1") is None
