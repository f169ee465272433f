"""The shape Resolve imports: everything it asks for is there, and no item moves."""

import sys
from pathlib import Path

from hypothesis import given

sys.path.insert(0, str(Path(__file__).parent))
from cuts import FEWER, by_library, clip, cut, cuts, text_of, track

from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway.timeline.resolve_shape import resolve_shaped
from cutaway.timeline.rope import value


def bare(url):
    return "/abs" + url.removeprefix("file://")


@FEWER
@given(cuts())
def test_no_item_moves_and_every_clip_has_what_resolve_asks_for(made):
    document = Document.parse(text_of(made[0]))
    shaped, _ = resolve_shaped(document, bare)
    assert by_library(shaped.text()) == by_library(document.text())
    data = value(shaped.root)
    assert data["global_start_time"]["rate"] > 0
    assert data["metadata"]["Resolve_OTIO"]["Resolve OTIO Meta Version"] == "1.0"
    assert data["metadata"]["foreign_app"] == {"version": "1.2"}
    names = [t["name"] for t in data["tracks"]["children"]]
    assert names == [f"Video {n + 1}" for n in range(len(names))]
    for held in data["tracks"]["children"]:
        for item in held["children"]:
            if item["OTIO_SCHEMA"].startswith("Clip"):
                assert item["OTIO_SCHEMA"] == "Clip.2"
                assert item["active_media_reference_key"] == "DEFAULT_MEDIA"
                reference = item["media_references"]["DEFAULT_MEDIA"]
                assert reference["target_url"].startswith("/abs/")
                assert (
                    reference["available_range"]["start_time"]["value"] <= item["source_range"]["start_time"]["value"]
                )


def test_what_resolve_would_choke_on_is_left_out_and_said():
    item = clip("a", 48, 24.0)
    item["effects"] = [{"OTIO_SCHEMA": "SparklePlugin.3"}]
    item["markers"] = [
        {"OTIO_SCHEMA": "Marker.2", "marked_range": {"start_time": {"value": v, "rate": 24.0}}} for v in (86420.0, 10.0)
    ]
    subtitles = track([], name="S", kind="Subtitle")
    document = Document.parse(text_of(cut(track([item]), subtitles)))
    shaped, notes = resolve_shaped(document, lambda _url: None)
    text = " ".join(notes)
    assert "effects" in text
    assert "markers" in text
    assert "offline" in text
    assert "Subtitle" in text
    assert Index.of(shaped).duration == 48
    assert len(value(shaped.root)["tracks"]["children"][0]["children"][0]["markers"]) == 1
