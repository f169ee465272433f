"""OTIO files, kept to the byte, and hostile ones refused by name."""

import json
import sys
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from cuts import EXAMPLES, clip, cut, cuts, gap, text_of, track

from cutaway.errors import AmbiguousRate, TimelineError, UnreadableTimeline
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index


@EXAMPLES
@given(cuts(), st.sampled_from([None, 1, 4, "\t"]), st.sampled_from(["", "\n", "\r\n"]))
def test_a_document_that_was_not_edited_is_saved_to_the_same_bytes(made, indent, foot):
    data = (text_of(made[0], indent) + foot).encode()
    assert Document.parse(data).text().encode() == data


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf", b"\n  "])
def test_bytes_around_the_value_stay(head, tmp_path):
    path = tmp_path / "cut.otio"
    path.write_bytes(head + text_of(cut(track([clip("a", 24, 24.0)]))).encode() + b"\r\n\r\n")
    before = path.read_bytes()
    Document.open(path).save()
    assert path.read_bytes() == before
    assert (tmp_path / "cut.otio.bak").read_bytes() == before


def test_a_schema_far_behind_other_keys_is_still_opened():
    data = cut(track([clip("a", 24, 24.0), gap(12, 24.0)]))
    behind = {"metadata": {"long": "x" * 2000}, **data}
    behind["tracks"] = {"metadata": {"long": "y" * 2000}, **data["tracks"]}
    document = Document.parse(text_of(behind))
    assert Index.of(document).duration == 36
    assert document.text() == text_of(behind)


def test_newer_schemas_and_odd_numbers_that_the_library_refuses_open():
    data = cut(track([clip("a", 24, 24.0)]))
    item = data["tracks"]["children"][0]["children"][0]
    item["markers"] = [{"OTIO_SCHEMA": "Marker.3", "color": {"r": 1.0}, "marked_range": None}]
    item["metadata"]["odd"] = "HERE"
    text = text_of(data).replace('"HERE"', "-Inf")
    document = Document.parse(text)
    assert Index.of(document).duration == 24
    assert document.text() == text


def test_a_collection_shows_its_first_timeline_and_says_so():
    one, two = cut(track([clip("a", 24, 24.0)]), name="one"), cut(track([clip("b", 48, 24.0)]), name="two")
    index = Index.of(Document.parse(text_of({"OTIO_SCHEMA": "SerializableCollection.1", "children": [one, two]})))
    assert (index.name, index.duration) == ("one", 24)
    assert "2 timelines" in index.notes[0]


def deep(levels):
    return '{"OTIO_SCHEMA": "Timeline.1", "metadata": ' + '{"a":' * levels + "1" + "}" * levels + "}"


def hostile(change):
    data = cut(track([clip("a", 24, 24.0), gap(12, 24.0)]))
    change(data, data["tracks"]["children"][0], data["tracks"]["children"][0]["children"])
    return text_of(data)


def put(key, value):
    return lambda _cut, _track, items: items[0].__setitem__(key, value)


NOT_TIMELINES = {
    "nothing": "",
    "no json": "cut.otio",
    "half a file": text_of(cut(track([clip("a", 24, 24.0)])))[:-40],
    "a list": "[]",
    "a number": "24",
    "no schema": "{}",
    "a lone clip": text_of(clip("a", 24, 24.0)),
    "an empty collection": '{"OTIO_SCHEMA": "SerializableCollection.1", "children": []}',
    "no tracks": '{"OTIO_SCHEMA": "Timeline.1", "name": "x"}',
    "tracks of the wrong type": '{"OTIO_SCHEMA": "Timeline.1", "tracks": 3}',
    "100,000 deep": deep(100_000),
    "a schema that is a number": '{"OTIO_SCHEMA": 3}',
}


@pytest.mark.parametrize("name", NOT_TIMELINES)
def test_what_is_no_timeline_is_refused_in_words(name):
    with pytest.raises(UnreadableTimeline):
        Index.of(Document.parse(NOT_TIMELINES[name]))


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(UnreadableTimeline, match="UTF-8"):
        Document.parse(b"\xff\xfe\x00\x01")


READ_ONLY = {
    "rate 0": hostile(lambda _c, _t, items: items[0]["source_range"]["duration"].update(rate=0.0)),
    "negative duration": hostile(lambda _c, _t, items: items[0]["source_range"]["duration"].update(value=-5.0)),
    "no range at all": hostile(put("source_range", None)).replace('"available_range"', '"was_available"'),
    "a range that is a list": hostile(put("source_range", [1, 2])),
    "a time that is text": hostile(lambda _c, _t, items: items[0]["source_range"].update(duration="long")),
    "a bool for a value": hostile(lambda _c, _t, items: items[0]["source_range"]["duration"].update(value=True)),
    "an unknown item": hostile(put("OTIO_SCHEMA", "Hologram.1")),
    "a reference to itself": hostile(put("OTIO_SCHEMA", "SerializableObjectRef.1")),
    "an item that is a number": hostile(lambda _c, _t, items: items.insert(0, 7)),
    "a huge value": hostile(lambda _c, _t, items: items[0]["source_range"]["duration"].update(value=1e300)),
    "a speed of nan": hostile(
        put("effects", [{"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": "fast"}])
    ),
    "a track that is a clip": hostile(lambda c, _t, _i: c["tracks"]["children"].insert(0, clip("x", 2, 24.0))),
    "not finite": hostile(lambda _c, _t, items: items[0]["source_range"]["duration"].update(value="NAN")).replace('"NAN"', "NaN"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_cannot_be_placed_makes_its_track_read_only_and_says_why(name):
    document = Document.parse(READ_ONLY[name])
    index = Index.of(document, rate=24)
    assert any(t.problem for t in index.tracks)
    assert "read-only" in " ".join(index.notes)
    assert document.text() == READ_ONLY[name]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["rate", "value", "children", "name"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@EXAMPLES
@given(cuts(), st.data())
def test_any_value_anywhere_ends_in_a_typed_error_or_a_document(made, draw):
    data = json.loads(text_of(made[0]))
    node, key = data, "tracks"
    for _ in range(draw.draw(st.integers(0, 9))):
        if isinstance(node[key], dict) and node[key]:
            node, key = node[key], draw.draw(st.sampled_from(sorted(node[key])))
        elif isinstance(node[key], list) and node[key]:
            node, key = node[key], draw.draw(st.integers(0, len(node[key]) - 1))
    node[key] = draw.draw(json_values)
    text = json.dumps(data)
    try:
        document = Document.parse(text)
        index = Index.of(document)
        assert index.duration >= 0
    except TimelineError:
        return
    assert document.text() == text


def test_a_hundred_thousand_items_are_read():
    one = text_of(gap(1, 24.0), None)
    text = text_of(cut(track(["HERE"])), None).replace('"HERE"', ",".join([one] * 100_000))
    assert Index.of(Document.parse(text)).duration == 100_000


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "cut.otio"
    path.write_text(text_of(cut(track([clip("a", 24, 24.0)]))))
    before = path.read_bytes()
    document = Document.open(path)

    def full(_fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        document.save()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["cut.otio"]


@pytest.mark.parametrize(
    ("rates", "start", "said"),
    [([24.0, 24.0, 25.0], 24.0, "24"), ([23.976, 23.98, 24000 / 1001], 24.0, "24000/1001"), ([], 25.0, "25")],
)
def test_the_rate_is_what_most_picture_is_cut_at(rates, start, said):
    items = [clip(str(n), 24, rate) for n, rate in enumerate(rates)]
    assert str(Index.of(Document.parse(text_of(cut(track(items), rate=start)))).rate) == said


def test_an_unclear_rate_lists_the_candidates():
    text = text_of(cut(track([clip("a", 24, 24.0), clip("b", 25, 25.0)])))
    with pytest.raises(AmbiguousRate) as caught:
        Index.of(Document.parse(text))
    assert set(caught.value.candidates) == {"24", "25"}
    assert Index.of(Document.parse(text), rate=25).rate.fps == 25


def retimed(mark, speed):
    data = cut(track([clip("a", 48, 24.0, speed=speed), clip("b", 10, 24.0)]))
    data["metadata"][mark] = {}
    return Index.of(Document.parse(text_of(data)))


def test_a_retimed_clip_lasts_what_its_application_means():
    assert retimed("Resolve_OTIO", 2.0).tracks[0].items[1].record.start == 48
    assert retimed("PremierePro_OTIO", 2.0).tracks[0].items[1].record.start == 24


def test_a_resolve_lock_is_seen():
    locked = track([clip("a", 24, 24.0)]) | {"metadata": {"Resolve_OTIO": {"Locked": True}}}
    assert Index.of(Document.parse(text_of(cut(locked)))).tracks[0].locked


def test_schemas_under_the_names_they_once_had_are_read_as_the_library_reads_them():
    data = cut(track([clip("a", 24, 24.0), gap(12, 24.0), clip("b", 24, 24.0)]))
    text = text_of(data).replace('"Track.1"', '"Sequence.1"').replace('"Gap.1"', '"Filler.1"')
    (there,) = Index.of(Document.parse(text)).tracks
    assert [str(item.kind) for item in there.items] == ["clip", "gap", "clip"]
    assert there.duration == otio.adapters.read_from_string(text, "otio_json").tracks[0].duration().value
