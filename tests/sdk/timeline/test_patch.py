"""Changes of a timeline's own members, and edits that change places in a history."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from cuts import EXAMPLES, FEWER, clip, cut, cuts, dissolve, gap, text_of, track

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.timebase import FrameRange, Rate
from cutaway.timeline import edits
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index, Kind
from cutaway.timeline.patch import Patch, Touching, with_elements, with_member, without_member
from cutaway.timeline.takes import TakeMedia

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
members = st.dictionaries(st.text(), values, max_size=4)
indents = st.sampled_from([None, 0, 2, 4, "\t"])


def timeline(metadata, indent=4):
    data = cut(track([clip("a", 24, 24.0)])) | {"metadata": metadata}
    return Document.parse(text_of(data, indent))


def again(patch):
    """A patch that was written down and read."""
    return Patch.from_json(json.loads(json.dumps(patch.to_json())))


def both_ways(document, changed, change):
    """The document after a change; it can be undone and done again to the character, from its written form too."""
    edited, patch = document.with_timeline(changed), Patch("set", (change,))
    for one in (patch, again(patch)):
        assert one.done(document).text() == edited.text()
        assert one.undone(edited).text() == document.text()
        assert one.undone(Document.parse(edited.text())).text() == document.text()
    return edited


@FEWER
@given(members, st.text(), values, indents)
def test_a_member_is_set_and_everything_else_keeps_its_text(metadata, key, value, indent):
    document = timeline(metadata, indent)
    edited = both_ways(document, *with_member(document.timeline, ("metadata",), key, value))
    assert json.loads(edited.text())["metadata"] == {**metadata, key: value}
    assert list(json.loads(edited.text())["metadata"]) == list({**metadata, key: value})
    for other, kept in metadata.items():
        if other != key and kept is not None:
            assert json.dumps(other, ensure_ascii=False) in edited.text()
    assert edited.text().split('"tracks"')[-1] == document.text().split('"tracks"')[-1] or '"tracks"' in metadata


@FEWER
@given(members, st.data(), indents)
def test_a_member_is_taken_out_and_comes_back_where_it_was(metadata, data, indent):
    assume(metadata)
    key = data.draw(st.sampled_from(list(metadata)))
    document = timeline(metadata, indent)
    edited = both_ways(document, *without_member(document.timeline, ("metadata",), key))
    assert json.loads(edited.text())["metadata"] == {k: v for k, v in metadata.items() if k != key}


@FEWER
@given(st.lists(values, max_size=6), st.lists(values, max_size=6), indents)
def test_a_list_gets_other_values(before, after, indent):
    document = timeline({"ours": {"cards": before}}, indent)
    keys = ("metadata", "ours", "cards")
    changed, change = with_elements(document.timeline, keys, after)
    assert (change is None) == (before == after)
    if change is not None:
        edited = both_ways(document, changed, change)
        assert json.loads(edited.text())["metadata"] == {"ours": {"cards": after}}


def test_of_a_list_only_what_differs_is_written_anew():
    document = timeline({"cards": [{"n": n, "state": "ready"} for n in range(9)]})
    later = [{"n": n, "state": "applied" if n == 4 else "ready"} for n in range(9)]
    _, change = with_elements(document.timeline, ("metadata", "cards"), later)
    assert (change.splice.start, len(change.splice.removed), len(change.splice.inserted)) == (4, 1, 1)


@pytest.mark.parametrize("empty", ["{}", "{ }", "{\n    }"])
@pytest.mark.parametrize("layout", [lambda text: text, lambda text: text.replace("\n", "\r\n")])
def test_an_empty_object_is_empty_again_as_it_was_written(empty, layout):
    text = layout(text_of(cut(track([clip("a", 24, 24.0)])) | {"metadata": "HERE"}).replace('"HERE"', empty))
    document = Document.parse(text)
    edited = both_ways(document, *with_member(document.timeline, ("metadata",), "ours", {"a": [1, 2]}))
    assert '"metadata": {\n        "ours": {\n            "a": [' in edited.text().replace("\r\n", "\n")


def test_numbers_that_only_editors_write_stay_beside_a_new_member():
    text = text_of(cut(track([clip("a", 24, 24.0)])) | {"metadata": {"x": "HERE", "y": "{"}}).replace('"HERE"', "-Inf")
    document = Document.parse(text)
    edited = both_ways(document, *with_member(document.timeline, ("metadata",), "ours", 1))
    assert '"x": -Inf' in edited.text()


def test_a_member_of_the_timeline_itself_is_set_where_there_was_none():
    data = cut(track([clip("a", 24, 24.0)]))
    del data["metadata"]
    document = Document.parse(text_of(data))
    edited = both_ways(document, *with_member(document.timeline, (), "metadata", {"ours": 1}))
    assert json.loads(edited.text()) == data | {"metadata": {"ours": 1}}


def test_what_is_no_object_has_no_members():
    for metadata in (None, 3, [1]):
        with pytest.raises(KeyError):
            with_member(timeline(metadata).timeline, ("metadata",), "ours", 1)
    with pytest.raises(KeyError):
        without_member(timeline({}).timeline, ("metadata",), "ours")


def test_a_member_that_somebody_changed_meanwhile_is_not_undone():
    document = timeline({"app": 1})
    changed, change = with_member(document.timeline, ("metadata",), "ours", {"a": 1})
    edited, patch = document.with_timeline(changed), Patch("set", (change,))
    for old, new in (('"a": 1', '"a": 2'), ('"ours"', '"else"'), ('"metadata"', '"other"')):
        with pytest.raises(TimelineChanged):
            patch.undone(Document.parse(edited.text().replace(old, new, 1)))
    foreign = Document.parse(edited.text().replace('"app": 1', '"app": 7'))
    assert json.loads(patch.undone(foreign).text())["metadata"] == {"app": 7}


# -- edits that change places ------------------------------------------------------------------------


def take(frames, rate, name="take"):
    used = FrameRange.of(12, frames)
    return TakeMedia(name * 8, f"/takes/{name}.mov", Rate.parse(rate), used.grown(12, 12), used, name=name)


def edit(index, draw, rate, name):
    """Some edit of a cut, as its patch."""
    number = draw(st.integers(0, len(index.tracks) - 1))
    items = [i for i in index.tracks[number].items if i.kind is not Kind.TRANSITION and i.record.duration > 1]
    item = draw(st.sampled_from(items))
    length = draw(st.integers(1, int(item.record.duration) - 1))
    span = type(item.record)(item.record.start, item.record.start + length)
    return draw(
        st.sampled_from([
            lambda: edits.overwrite(index, number, span, take(length, rate, name)),
            lambda: edits.insert(index, number, item.record.end, take(length, rate, name)),
            lambda: edits.overlay(index, span, take(length, rate, name)),
        ])
    )()[1]  # fmt: skip


@EXAMPLES
@given(cuts(), st.data())
def test_two_edits_that_touch_nothing_of_each_other_are_done_in_either_order(made, data):
    document = Document.parse(text_of(made[0]))
    index = Index.of(document)
    try:
        one, two = (edit(index, data.draw, made[1], name) for name in ("one", "two"))
        later_two, later_one = two.rebased(one), one.rebased(two)
    except (EditRefused, Touching):
        assume(False)
    after = later_two.done(one.done(document))
    assert later_one.done(two.done(document)).text() == after.text()
    without_one = two.done(document)
    assert later_one.inverse.done(after).text() == without_one.text()
    assert later_two.rebased(one.inverse).done(document).text() == without_one.text()


def test_edits_of_the_same_items_stay_in_their_order():
    document = Document.parse(text_of(cut(track([clip("a", 48, 24.0), gap(24, 24.0), clip("b", 48, 24.0)]))))
    index = Index.of(document)
    hole = index.tracks[0].items[1]
    one, two = (edits.fill(index, hole, take(24, 24, name))[1] for name in ("one", "two"))
    with pytest.raises(Touching):
        two.rebased(one)
    point = edits.insert(index, 0, 48, take(5, 24))[1]
    with pytest.raises(Touching):
        one.rebased(point)


def test_an_edit_of_a_track_follows_it_when_another_one_comes_below():
    items = [clip("a", 48, 24.0), dissolve(4, 4, 24.0), clip("b", 48, 24.0)]
    document = Document.parse(text_of(cut(track(items), track([clip("s", 96, 24.0)], name="A1", kind="Audio"))))
    index = Index.of(document)
    above = edits.overlay(index, index.tracks[0].items[0].record, take(48, 24))[1]
    sound = edits.insert(index, 1, 96, take(10, 24, "sound"))[1]
    assert [change.where for change in sound.rebased(above).changes] == [(2,)]
    done = sound.rebased(above).done(above.done(document))
    assert [i.name for i in Index.of(done).tracks[2].items] == ["s", "sound"]
