"""The promises every edit keeps, tried on three hundred cuts in CI, and on as many as CUTAWAY_CUTS says.

1 a fill moves nothing, 2 lengths add up, 3 undo gives back the text, 4 twice is once, 5 unedited bytes stay,
10 opentimelineio agrees: in `test_edits.py` and `test_doc.py`. 11 hostile input: in `test_doc.py`. Here the others.
"""

import itertools
import json
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from cuts import EXAMPLES, RATE_SPELLINGS, by_library, clip, cut, cuts, gap, text_of, track

from cutaway.errors import EditRefused
from cutaway.timebase import FrameRange, Rate
from cutaway.timeline import edits
from cutaway.timeline.doc import Document
from cutaway.timeline.edits import Room
from cutaway.timeline.index import Index, Kind, Span
from cutaway.timeline.takes import TakeMedia


def take(frames, rate, handles=12):
    used = FrameRange.of(handles, frames)
    return TakeMedia("take" * 8, "/takes/take.mov", Rate.parse(rate), used.grown(handles, handles), used, name="take")


@st.composite
def edited(draw):
    """A cut, and what one random edit made of it."""
    data, rate = draw(cuts())
    document = Document.parse(text_of(data))
    index = Index.of(document)
    number = draw(st.integers(0, len(index.tracks) - 1))
    items = [i for i in index.tracks[number].items if i.kind is not Kind.TRANSITION]
    item = draw(st.sampled_from(items))
    frames = draw(st.integers(1, 20))
    name = draw(st.sampled_from(["fill", "extend", "roll", "ripple", "part", "overwrite", "overlay", "blend"]))
    start = draw(st.integers(int(item.record.start), int(item.record.end) - 1))
    end = draw(st.integers(start + 1, int(item.record.end)))
    made = take(frames, rate)
    try:
        after, patch = {
            "fill": lambda: edits.fill(index, item, take(item.record.duration, rate)),
            "extend": lambda: edits.extend(index, item, made),
            "roll": lambda: edits.extend(index, item, made, room=Room.ROLL),
            "ripple": lambda: edits.extend(index, item, made, room=Room.RIPPLE_ALL),
            "part": lambda: edits.replace_part(index, item, Span(start, end), take(end - start, rate)),
            "overwrite": lambda: edits.overwrite(index, number, Span(start, end), take(end - start, rate)),
            "overlay": lambda: edits.overlay(index, Span(start, end), take(end - start, rate)),
            "blend": lambda: edits.blend(index, item, made, before=frames // 2, over_transition=draw(st.booleans())),
        }[name]()
    except EditRefused:
        assume(False)
    return index, after, patch, name, number


def undo_gives_back_the_text_and_the_library_reads_both(index, after, patch):
    assert patch.undone(after).text() == index.document.text()
    assert patch.done(index.document).text() == after.text()
    rows = by_library(after.text())
    now = Index.of(after, rate=index.rate)
    for mine, theirs in zip(now.tracks, rows, strict=True):
        items = [i for i in mine.items if i.kind is not Kind.TRANSITION]
        ours = [float(number) for i in items for number in (i.record.start, i.record.duration)]
        library = [float(number) for s, d, kind, _ in theirs if kind != "Transition" for number in (s, d)]
        assert ours == pytest.approx(library, abs=0.01)


def no_item_is_empty_or_negative_and_every_new_one_lies_on_whole_frames(tracks):
    for mine in tracks:
        for item in mine.items:
            if item.kind is not Kind.TRANSITION:
                assert item.record.duration > 0
                assert isinstance(item.record.start, int)
                assert isinstance(item.record.end, int)


def no_two_transitions_meet_and_none_loses_the_handles_it_had(tracks):
    for mine in tracks:
        kinds = [i.kind for i in mine.items]
        assert not any(a is b is Kind.TRANSITION for a, b in itertools.pairwise(kinds))
        for item in mine.items:
            if item.kind is Kind.TRANSITION and 0 < item.position < len(mine.items) - 1:
                before, behind = mine.items[item.position - 1], mine.items[item.position + 1]
                if "take" in {before.name, behind.name}:
                    assert before.record.duration >= item.offsets[0] or before.kind is Kind.GAP
                    assert behind.record.duration >= item.offsets[1] or behind.kind is Kind.GAP


def tracks_that_were_not_asked_for_keep_every_byte(index, after, name, number):
    old = [json.dumps(t) for t in json.loads(index.document.text())["tracks"]["children"]]
    new = [json.dumps(t) for t in json.loads(after.text())["tracks"]["children"]]
    for n, text in enumerate(old):
        if n != number or name == "overlay":
            assert new[n] == text
    untouched = index.document.text().split('"OTIO_SCHEMA": "Track.1"')
    if name != "overlay" and len(old) == 2:
        other = untouched[2 - number].rsplit("}", 8)[0].strip()
        assert other in after.text()


def an_id_of_ours_is_never_there_twice(tracks):
    ids = [
        i.metadata["cutaway"]["id"]
        for t in tracks
        for i in t.items
        if "cutaway" in i.metadata and "id" in i.metadata["cutaway"]
    ]
    assert len(ids) == len(set(ids)) == 1


@settings(EXAMPLES, max_examples=EXAMPLES.max_examples * 5 // 4)  # a ripple moves other tracks and says nothing of them
@given(edited())
def test_whatever_the_edit_every_promise_is_kept(case):
    """To draw a cut and to edit it takes longer than to look at it: one drawing is held to all five."""
    index, after, patch, name, number = case
    tracks = Index.of(after, rate=index.rate).tracks
    undo_gives_back_the_text_and_the_library_reads_both(index, after, patch)
    no_item_is_empty_or_negative_and_every_new_one_lies_on_whole_frames(tracks)
    no_two_transitions_meet_and_none_loses_the_handles_it_had(tracks)
    an_id_of_ours_is_never_there_twice(tracks)
    if name != "ripple":
        tracks_that_were_not_asked_for_keep_every_byte(index, after, name, number)


def test_splitting_one_of_our_clips_makes_exactly_one_new_id():
    document = Document.parse(text_of(cut(track([clip("a", 48, 24.0), gap(48, 24.0)]))))
    index = Index.of(document)
    filled, _ = edits.fill(index, index.tracks[0].items[1], take(48, 24))
    now = Index.of(filled)
    split, _ = edits.replace_part(now, now.tracks[0].items[1], Span(60, 70), take(10, 24))
    items = Index.of(split).tracks[0].items
    ids = [i.metadata["cutaway"]["id"] for i in items if "cutaway" in i.metadata]
    first = now.tracks[0].items[1].metadata["cutaway"]["id"]
    assert len(set(ids)) == len(ids) == 3
    assert ids[0] == first
    assert items[-1].metadata["cutaway"]["derived_from"] == first


@EXAMPLES
@given(st.data())
def test_every_spelling_of_a_rate_gives_the_same_cut(data):
    family = data.draw(
        st.sampled_from([[23.976, 23.98, 24000 / 1001, 23.976024627685547], [29.97, 30000 / 1001], [59.94]])
    )
    lengths = data.draw(st.lists(st.integers(4, 40), min_size=2, max_size=5))
    shapes = []
    for rate in family:
        assert rate in RATE_SPELLINGS
        items = [gap(n, rate) if k % 2 else clip(str(k), n, rate) for k, n in enumerate(lengths)]
        index = Index.of(Document.parse(text_of(cut(track(items), rate=rate))))
        filled, _ = edits.fill_all(index, [edits.Filling(g, take(g.record.duration, rate)) for g in index.gaps()])
        now = Index.of(filled)
        shapes.append((str(now.rate), [(i.kind, i.name, i.record) for i in now.tracks[0].items]))
    assert all(shape == shapes[0] for shape in shapes)
