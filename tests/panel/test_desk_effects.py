"""What applying would do, said beforehand, for applications that can do more and for those that can do less."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from filmed import filmed_cut

from cutaway.hosts.base import Capability
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.asks import Spot, card_at, extension, shot_at
from cutaway.storyboard.card import Take
from cutaway.timebase import FrameRange
from cutaway.timeline.edits import Room
from cutaway.wire import Verb
from cutaway_panel.effects import effect_of
from cutaway_panel.frames import Cut

ALL = frozenset(Capability)
LESS = ALL - {Capability.IN_PLACE, Capability.RIPPLE, Capability.TAKES}
"""An application that can put a clip where nothing lies, and nothing else."""


@pytest.fixture
def cut(tmp_path):
    host = FileHost(filmed_cut(tmp_path, ["A", 12, "B", "C"]))
    return Cut(host.snapshot().index, (), tmp_path)


def test_a_part_of_a_shot_is_replaced_where_that_can_be_done_and_covered_where_it_cannot(cut):
    card = card_at(cut.index, Verb.REMIX, Spot(40, None, FrameRange(40, 50)))
    there = effect_of(card, None, cut, ALL)
    assert (there.where, there.policy) == ("V1, 01:00:01:16, 10 frames", "in place")
    assert there.changes == ("B (24 frames) on V1 becomes B (4 frames), the take (10 frames), B (10 frames)",)
    above = effect_of(card, None, cut, LESS)
    assert (above.where, above.policy) == ("Cutaway, 01:00:01:16, 10 frames, new track", "track above")
    assert above.changes == ("a new track comes in: Cutaway",)


def test_a_hole_is_filled_in_place_everywhere(cut):
    card = card_at(cut.index, Verb.FILL, Spot(30))
    assert effect_of(card, None, cut, LESS) == effect_of(card, None, cut, ALL)
    assert effect_of(card, None, cut, ALL).changes == ("the gap of 12 frames on V1 becomes the take",)
    takes = [Take(path=f"6d66caf3fd5f8-{n}.mov", available_frames=12, used_frames=12) for n in (1, 2)]
    made = card.model_copy(update={"takes": takes})
    assert effect_of(made, takes[1], cut, ALL).changes == ("the gap of 12 frames on V1 becomes take 2",)
    assert effect_of(card, None, cut, LESS).policy == "in gap"
    assert effect_of(card, None, cut, ALL, "above").policy == "track above"


def test_what_lies_behind_moves_only_where_the_application_can_move_it(cut):
    card = extension(cut.index, shot_at(cut.index, 40), 10, room=Room.RIPPLE)
    assert effect_of(card, None, cut, ALL).where == "V1, 01:00:02:12, 10 frames"
    assert "cannot move what lies behind" in effect_of(card, None, cut, LESS).refusal


@pytest.mark.parametrize(
    ("policy", "can", "why"),
    [
        ("take", LESS, "no takes on one clip"),
        ("take", ALL, "apply one first"),
        ("sideways", ALL, "there are auto, above, take"),
    ],
)
def test_a_policy_that_means_nothing_here_is_refused(policy, can, why, cut):
    assert why in effect_of(card_at(cut.index, Verb.FILL, Spot(30)), None, cut, can, policy).refusal


def test_a_take_of_another_length_than_its_place_is_refused(cut):
    card = card_at(cut.index, Verb.FILL, Spot(30))
    take = Take(path="take.mov", available_frames=20, used_frames=20)
    assert "has 20 frames and its place 12" in effect_of(card, take, cut, ALL).refusal
