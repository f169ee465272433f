"""Patches that were made for one document, put one behind the other."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from cuts import EXAMPLES, clip, cut, text_of, track

from cutaway.timeline.batch import Batch
from cutaway.timeline.doc import Document, children
from cutaway.timeline.patch import Change, Patch, Touching
from cutaway.timeline.rope import Leaf

TRACKS, ITEMS = 2, 8
DOCUMENT = Document.parse(
    text_of(cut(*(track([clip(f"{t}{n}", 4, 24.0) for n in range(ITEMS)]) for t in range(TRACKS))))
)


@st.composite
def splices(draw):
    """A splice of the items of a track, as a change."""
    number = draw(st.integers(0, TRACKS - 1))
    first = draw(st.integers(0, ITEMS))
    last = draw(st.integers(first, min(ITEMS, first + 2)))
    names = draw(st.lists(st.sampled_from("xyz"), max_size=3))
    stack = DOCUMENT.timeline.get("tracks")
    items = children(stack)[number].node.get("children")
    return Change((number,), items.splice(first, last, [Leaf.new(clip(name, 4, 24.0)) for name in names]))


patches = st.lists(splices(), min_size=1, max_size=2).map(lambda changes: Patch("edit", tuple(changes[:1])))
of_both_tracks = st.tuples(splices(), splices()).filter(lambda two: two[0].where != two[1].where)
many = st.lists(st.one_of(patches, of_both_tracks.map(lambda two: Patch("edit", two))), max_size=8)


@EXAMPLES
@given(many)
def test_a_patch_stands_behind_others_as_if_it_had_changed_places_with_each(planned):
    batch = Batch()
    for patch in planned:
        before = list(batch.patches)
        try:
            expected = patch
            for there in before:
                expected = expected.rebased(there)
        except Touching:
            with pytest.raises(Touching):
                batch.add(patch)
            assert batch.patches == before
        else:
            assert batch.add(patch) == expected
    document = DOCUMENT
    for patch in batch.patches:
        document = patch.done(document)
    for patch in reversed(batch.patches):
        document = patch.undone(document)
    assert document.text() == DOCUMENT.text()


def test_behind_a_patch_that_brings_a_track_the_tracks_above_it_have_another_number():
    stack = DOCUMENT.timeline.get("tracks")
    new = Patch("overlay", (Change((), stack.get("children").splice(1, 1, [Leaf.new(track([]))])),))
    items = children(stack)[1].node.get("children")
    batch = Batch()
    batch.add(new)
    assert batch.add(Patch("cut", (Change((1,), items.splice(0, 1, [])),))).changes[0].where == (2,)
