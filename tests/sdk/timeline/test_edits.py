"""What edits must never do: move, change or lose anything they were not asked to touch."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from cuts import EXAMPLES, by_library, clip, cut, cuts, dissolve, gap, text_of, track

from cutaway.errors import EditRefused, TimelineChanged
from cutaway.timebase import FrameRange, Rate
from cutaway.timeline import edits
from cutaway.timeline.doc import Document
from cutaway.timeline.edits import Room
from cutaway.timeline.index import Index, Kind, Span
from cutaway.timeline.patch import Patch
from cutaway.timeline.takes import TakeMedia, take_keys, with_active_take, with_take

indents = st.sampled_from([None, 4])


def take(frames, rate, name="take", handles=12):
    used = FrameRange.of(handles, frames)
    return TakeMedia(name * 8, f"/takes/{name}.mov", Rate.parse(rate), used.grown(handles, handles), used, name=name)


def opened(data, indent=4):
    document = Document.parse(text_of(data, indent))
    return document, Index.of(document)


def items_without(text, name):
    """Every item of the file as it parses, less those called `name`."""
    data = json.loads(text)
    return [[i for i in t["children"] if i["name"] != name] for t in data["tracks"]["children"]]


@EXAMPLES
@given(cuts(), indents)
def test_filling_every_gap_moves_nothing_and_is_undone_to_the_character(made, indent):
    data, rate = made
    document, index = opened(data, indent)
    before = by_library(document.text())
    fillings = [edits.Filling(g, take(g.record.duration, rate)) for g in index.gaps()]
    assume(fillings)
    filled, patch = edits.fill_all(index, fillings)
    after = by_library(filled.text())
    assert [[row[:2] for row in t] for t in after] == [[row[:2] for row in t] for t in before]
    assert not [row for t in after for row in t if row[2] == "Gap"]
    assert items_without(filled.text(), "take") == [
        [i for i in t["children"] if i["OTIO_SCHEMA"] != "Gap.1"] for t in data["tracks"]["children"]
    ]
    assert patch.undone(filled).text() == document.text()
    assert patch.done(document).text() == filled.text()
    again = Patch.from_json(json.loads(json.dumps(patch.to_json())))
    assert again.undone(Document.parse(filled.text())).text() == document.text()


@EXAMPLES
@given(cuts(transitions=False), st.data())
def test_overwriting_a_span_keeps_the_length_and_every_frame_outside_it(made, draw):
    data, rate = made
    document, index = opened(data)
    number = draw.draw(st.integers(0, len(index.tracks) - 1))
    length = index.tracks[number].duration
    start = draw.draw(st.integers(0, length - 1))
    end = draw.draw(st.integers(start + 1, length))
    edited, patch = edits.overwrite(index, number, Span(start, end), take(end - start, rate))
    now = Index.of(edited)
    assert [t.duration for t in now.tracks] == [t.duration for t in index.tracks]
    for frame in [*range(0, start, 5), *range(end, length, 5)]:
        assert shown(now, number, frame) == shown(index, number, frame)
    assert shown(now, number, start)[0] == "take"
    assert patch.undone(edited).text() == document.text()
    others = [n for n in range(len(index.tracks)) if n != number]
    assert [by_library(edited.text())[n] for n in others] == [by_library(document.text())[n] for n in others]


def shown(index, number, frame):
    """Which media frame is seen at a record frame: (name, source frame)."""
    item = next(
        i
        for i in index.tracks[number].items
        if i.kind is not Kind.TRANSITION and i.record.start <= frame < i.record.end
    )
    if item.kind is Kind.GAP:
        return ("", None)
    offset = frame - item.record.start
    if item.speed < 0:
        offset = item.record.duration - 1 - offset
    return (item.name, item.source.start.value + offset * abs(item.speed))


@EXAMPLES
@given(cuts(transitions=False, speeds=False), st.data())
def test_inserting_moves_what_lies_behind_by_exactly_the_take(made, draw):
    data, rate = made
    document, index = opened(data)
    cut_points = sorted({i.record.start for i in index.tracks[0].items} | {index.tracks[0].duration})
    at = draw.draw(st.sampled_from(cut_points))
    length = draw.draw(st.integers(1, 50))
    edited, patch = edits.insert(index, 0, at, take(length, rate))
    rows = [row for row in by_library(edited.text())[0] if row[3] != "take"]
    for (start, duration, *_), (was_start, was_duration, *_) in zip(rows, by_library(document.text())[0], strict=True):
        assert duration == was_duration
        assert start == was_start + (length if was_start >= at else 0)
    assert patch.undone(edited).text() == document.text()


@EXAMPLES
@given(cuts(), st.data())
def test_an_overlay_touches_no_track_that_was_there(made, draw):
    data, rate = made
    document, index = opened(data)
    start = draw.draw(st.integers(0, 100))
    length = draw.draw(st.integers(1, 50))
    edited, patch = edits.overlay(index, Span(start, start + length), take(length, rate))
    assert by_library(edited.text())[:-1] == by_library(document.text())
    top = by_library(edited.text())[-1]
    assert top[-1][:2] == (start, length)
    assert patch.undone(edited).text() == document.text()
    for element in document.text().split("Track.1")[1:]:
        assert element[:200] in edited.text()


FOUR = [clip("a", 48, 24.0), gap(24, 24.0), clip("b", 48, 24.0), clip("c", 48, 24.0)]


def at(index, position, number=0):
    return index.tracks[number].items[position]


def rows(document):
    return [(row[0], row[1], row[3]) for row in by_library(document.text())[0]]


def test_extending_into_a_gap_shortens_the_gap_and_nothing_else():
    _, index = opened(cut(track(FOUR)))
    edited, _ = edits.extend(index, at(index, 0), take(10, 24))
    assert rows(edited) == [(0, 48, "a"), (48, 10, "take"), (58, 14, ""), (72, 48, "b"), (120, 48, "c")]
    edited, _ = edits.extend(index, at(index, 2), take(10, 24), edge="head")
    assert rows(edited) == [(0, 48, "a"), (48, 14, ""), (62, 10, "take"), (72, 48, "b"), (120, 48, "c")]


def test_extending_by_the_whole_gap_closes_it():
    _, index = opened(cut(track(FOUR)))
    edited, _ = edits.extend(index, at(index, 0), take(24, 24))
    assert [row[2] for row in rows(edited)] == ["a", "take", "b", "c"]


def test_rolling_takes_frames_from_the_neighbours_head_and_its_media_follows():
    _, index = opened(cut(track(FOUR)))
    edited, _ = edits.extend(index, at(index, 2), take(10, 24), room=Room.ROLL)
    assert rows(edited)[2:] == [(72, 48, "b"), (120, 10, "take"), (130, 38, "c")]
    rolled = at(Index.of(edited), 4)
    assert rolled.source.start.value == at(index, 3).source.start.value + 10


def test_rippling_all_tracks_keeps_them_in_step():
    _, index = opened(cut(track(FOUR), track([gap(120, 24.0), clip("x", 48, 24.0)], name="V2")))
    edited, patch = edits.extend(index, at(index, 2), take(10, 24), room=Room.RIPPLE_ALL)
    first, second = by_library(edited.text())
    assert next(r[0] for r in first if r[3] == "c") == 130
    assert next(r[0] for r in second if r[3] == "x") == 130
    assert patch.undone(edited).text() == text_of(
        cut(track(FOUR), track([gap(120, 24.0), clip("x", 48, 24.0)], name="V2"))
    )


def test_rippling_through_the_middle_of_a_shot_on_another_track_is_refused():
    _, index = opened(cut(track(FOUR), track([clip("x", 200, 24.0)], name="V2")))
    with pytest.raises(EditRefused, match="x"):
        edits.extend(index, at(index, 2), take(10, 24), room=Room.RIPPLE_ALL)


def test_remixing_the_middle_of_a_shot_leaves_both_ends_on_their_frames():
    _, index = opened(cut(track(FOUR)))
    edited, _ = edits.replace_part(index, at(index, 2), Span(80, 100), take(20, 24))
    now = Index.of(edited)
    assert rows(edited) == [(0, 48, "a"), (48, 24, ""), (72, 8, "b"), (80, 20, "take"), (100, 20, "b"), (120, 48, "c")]
    assert at(now, 4).source.start.value == at(index, 2).source.start.value + 28


def test_a_blend_takes_frames_from_both_sides_of_the_cut():
    _, index = opened(cut(track(FOUR)))
    edited, _ = edits.blend(index, at(index, 2), take(16, 24), before=8)
    assert rows(edited)[2:] == [(72, 40, "b"), (112, 16, "take"), (128, 40, "c")]


def test_a_dissolve_beside_a_gap_needs_handles_of_the_take():
    items = [clip("a", 48, 24.0), dissolve(6, 6, 24.0), gap(24, 24.0), clip("b", 48, 24.0)]
    _, index = opened(cut(track(items)))
    with pytest.raises(EditRefused, match="6 more head handle frames"):
        edits.fill(index, at(index, 2), take(24, 24, handles=0))
    edited, _ = edits.fill(index, at(index, 2), take(24, 24, handles=6))
    assert [row[3] for row in by_library(edited.text())[0]] == ["a", "dissolve", "take", "b"]


DISSOLVED = [clip("a", 48, 24.0), dissolve(6, 6, 24.0), clip("b", 48, 24.0)]


@pytest.mark.parametrize(("position", "span"), [(0, Span(10, 45)), (2, Span(50, 90))])
def test_a_part_that_ends_inside_a_dissolve_is_refused(position, span):
    _, index = opened(cut(track(DISSOLVED)))
    with pytest.raises(EditRefused, match="dissolve reaches"):
        edits.replace_part(index, at(index, position), span, take(span.duration, 24))


def test_nothing_is_put_in_between_a_dissolve_and_its_shots():
    _, index = opened(cut(track(DISSOLVED)))
    with pytest.raises(EditRefused, match=r"dissolve lies over frame 48.* Choose a place"):
        edits.insert(index, 0, 48, take(1, 24))


def test_a_blend_over_a_dissolve_replaces_it_only_when_told():
    _, index = opened(cut(track(DISSOLVED)))
    with pytest.raises(EditRefused, match="say that the blend replaces it"):
        edits.blend(index, at(index, 0), take(20, 24), before=8)
    edited, _ = edits.blend(index, at(index, 0), take(20, 24), before=8, over_transition=True)
    assert rows(edited) == [(0, 40, "a"), (40, 20, "take"), (60, 36, "b")]


def test_a_locked_track_is_refused_by_name():
    locked = track(FOUR, name="Video 1") | {"metadata": {"Resolve_OTIO": {"Locked": True}}}
    _, index = opened(cut(locked))
    with pytest.raises(EditRefused, match="Video 1 is locked"):
        edits.fill(index, at(index, 1), take(24, 24))


@pytest.mark.parametrize(("frames", "rate", "says"), [(20, 24, "never stretched"), (24, 25, "conform it first")])
def test_a_take_that_does_not_fit_is_never_made_to(frames, rate, says):
    _, index = opened(cut(track(FOUR)))
    with pytest.raises(EditRefused, match=says):
        edits.fill(index, at(index, 1), take(frames, rate))


def test_the_spelling_of_the_rate_in_the_file_is_used_for_what_is_new():
    _, index = opened(cut(track([clip("a", 48, 23.976), gap(24, 23.976)]), rate=23.976))
    edited, _ = edits.fill(index, at(index, 1), take(24, "24000/1001"))
    assert "24000" not in edited.text()
    assert Index.of(edited).rate == Rate.parse("24000/1001")


def test_an_undo_of_a_cut_that_moved_on_is_refused():
    document, index = opened(cut(track(FOUR)))
    edited, patch = edits.fill(index, at(index, 1), take(24, 24))
    other, _ = edits.replace_part(Index.of(edited), at(Index.of(edited), 1), Span(48, 60), take(12, 24, "other"))
    with pytest.raises(TimelineChanged):
        patch.undone(other)
    with pytest.raises(TimelineChanged):
        patch.undone(document)


def test_edits_on_different_gaps_can_be_done_in_either_order():
    data = cut(track([clip("a", 48, 24.0), gap(24, 24.0), clip("b", 48, 24.0), gap(12, 24.0), clip("c", 9, 24.0)]))
    _, index = opened(data)

    def both(first, second):
        document, _ = edits.fill(index, at(index, first[0]), take(first[1], 24, first[2]))
        document, _ = edits.fill(Index.of(document), at(Index.of(document), second[0]), take(second[1], 24, second[2]))
        return by_library(document.text())

    one, two = (1, 24, "one"), (3, 12, "two")
    assert both(one, two) == both(two, one)


def test_takes_share_a_clip_and_changing_them_there_and_back_changes_nothing():
    _, index = opened(cut(track(FOUR)))
    first, second = take(24, 24, "first"), take(24, 24, "second")
    edited, _ = edits.fill(index, at(index, 1), first)
    node = at(Index.of(edited), 1).node
    both = with_take(node, second)
    assert take_keys(both) == (first.key, second.key)
    assert (
        with_active_take(with_active_take(both, first.key), second.key).value
        == with_active_take(both, second.key).value
    )
    assert with_take(both, second).value == both.value
    with pytest.raises(EditRefused, match="its takes"):
        with_active_take(both, "cutaway:nothere")
