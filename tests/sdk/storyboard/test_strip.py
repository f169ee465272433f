"""The picture of a cut: what stands where, and that both painters draw the same."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import clip, cut, dissolve, gap, text_of, track

from cutaway.storyboard.drawing import Box, Drawing, Line, Words, fitting, width_of
from cutaway.storyboard.strip import EDGE, GUTTER, Panel, draw_strip
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index

RATE = 24.0
ITEMS = [clip("a", 48, RATE), gap(24, RATE), clip("b", 24, RATE, speed=2.0), dissolve(4, 4, RATE), clip("c", 24, RATE)]


def panel(*tracks, title="cut.otio"):
    return Panel.of(Index.of(Document.parse(text_of(cut(*tracks, rate=RATE)))), title=title)


def drawn_svg(tmp_path, *panels, **more):
    return ET.fromstring(draw_strip(panels, tmp_path / "strip.svg", **more).read_text("utf-8"))


def texts(svg):
    return {element.text: element for element in svg.iter() if element.tag.endswith("text")}


def test_everything_lies_where_its_frames_lie(tmp_path):
    svg = drawn_svg(tmp_path, panel(track(ITEMS)), width=1000)
    per_frame = (1000 - 2 * EDGE - GUTTER) / 120
    found = texts(svg)
    for name, frame in (("a", 0), ("b  200%", 72), ("c", 96)):
        assert float(found[name].get("x")) == pytest.approx(EDGE + GUTTER + frame * per_frame + 5, abs=0.1)
    dashed = [e for e in svg.iter() if e.get("stroke-dasharray")]
    assert len(dashed) == 1, "one card is asked for"
    assert float(dashed[0].get("x")) == pytest.approx(EDGE + GUTTER + 48 * per_frame, abs=3)
    assert float(dashed[0].get("width")) == pytest.approx(24 * per_frame, abs=5)
    assert {"fill", "24 frames", "01:00:00:00"} <= set(found)


def test_panels_share_one_scale(tmp_path):
    """What did not move stands below itself."""
    before, after = panel(track(ITEMS)), panel(track([*ITEMS[:1], clip("x", 24, RATE), *ITEMS[2:]]), title="after")
    svg = drawn_svg(tmp_path, before, after, width=1000)
    places = [e.get("x") for e in svg.iter() if e.text == "c"]
    assert len(places) == 2
    assert places[0] == places[1]


def test_video_tracks_stand_above_each_other_and_sound_below(tmp_path):
    sound = track([clip("s", 120, RATE)], name="A1", kind="Audio")
    svg = drawn_svg(tmp_path, panel(track(ITEMS, name="V1"), track([gap(120, RATE)], name="V2"), sound))
    heights = [float(texts(svg)[name].get("y")) for name in ("V2", "V1", "A1")]
    assert heights == sorted(heights)


def test_a_png_has_the_width_that_was_asked_and_shows_the_gap_darker_than_the_shots(tmp_path):
    path = draw_strip([panel(track(ITEMS))], tmp_path / "strip.png", width=1000, pictures=False)
    with Image.open(path) as opened:
        picture = np.asarray(opened.convert("RGB"), float)
    assert picture.shape[1] == 1000
    per_frame = (1000 - 2 * EDGE - GUTTER) / 120
    rows = slice(EDGE + 34 + 26 + 24, EDGE + 34 + 26 + 40)

    def blue(first, last):
        columns = slice(int(EDGE + GUTTER + first * per_frame) + 6, int(EDGE + GUTTER + last * per_frame) - 6)
        return picture[rows, columns, 2].mean()

    assert blue(0, 48) > 1.7 * blue(60, 72)


def test_two_thousand_clips_are_drawn_too(tmp_path):
    many = track([item for _ in range(1000) for item in (clip("a", 12, RATE), gap(4, RATE))])
    path = draw_strip([panel(many)], tmp_path / "strip.png", width=800)
    with Image.open(path) as picture:
        assert picture.width == 800


def test_an_empty_cut_is_a_picture_as_well(tmp_path):
    assert "0 frames" in " ".join(texts(drawn_svg(tmp_path, panel(track([gap(0, RATE), clip("z", 0, RATE)])))))


def test_names_are_escaped_and_cut_to_the_room_they_have(tmp_path):
    svg = drawn_svg(tmp_path, panel(track([clip("<a> & 'b'", 48, RATE), clip("long " * 30, 48, RATE)])), width=600)
    assert "<a> & 'b'" in texts(svg)
    shortened = next(text for text in texts(svg) if text.startswith("long "))
    assert shortened.endswith("…")


@pytest.mark.parametrize("room", [3, 20, 60, 500])
def test_a_text_never_exceeds_its_room(room):
    assert width_of(fitting("a longer name of a clip", room)) <= room


def test_both_painters_draw_the_same_list():
    drawing = Drawing(80, 40)
    drawing.add(
        Box(10, 10, 30, 20, fill="#ff0000"), Line(((0, 5), (80, 5)), "#00ff00", 3), Words(50, 20, "x", "#0000ff")
    )
    pixels = np.asarray(drawing.image())
    assert pixels.shape == (40, 80, 3)
    assert tuple(pixels[20, 20]) == (255, 0, 0)
    assert tuple(pixels[5, 60]) == (0, 255, 0)
    svg = drawing.svg()
    assert re.findall(r"#\w{6}", svg)[1:] == ["#ff0000", "#00ff00", "#0000ff"]
    ET.fromstring(svg)
