"""Takes in Resolve's own take selector: beside one another on one item of ours, for those who ask for it."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import GAP, cut_in, take_for

from cutaway.errors import EditRefused, HostUnavailable
from cutaway.hosts.base import PlacePlan
from cutaway.storyboard.board import board_of
from cutaway_davinci.errors import NotVerified
from cutaway_davinci.host import LiveHost
from cutaway_davinci.testing.editions import FREE, STUDIO
from cutaway_davinci.testing.link import InAppLink
from cutaway_davinci.testing.resolve import ResolveDouble

STRIDE = int(os.environ.get("CUTAWAY_DIALOG_STRIDE", "13"))


@pytest.fixture
def world(tmp_path):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    yield world
    assert world.misuses == []


@pytest.fixture
def host(world, tmp_path):
    return LiveHost(InAppLink(world), folder=tmp_path / "cutaway", take_selector=True)


@pytest.fixture
def card(host):
    return board_of(host.snapshot().index).cards[0]


def shown(host, card, folder, name):
    """A take of a card, shown in its place."""
    take, media = take_for(card, folder, name=name)
    return host.select_take(card, take, media)


def item(world):
    return world.project.timelines[0].tracks["video"][0].items[1]


def takes(world):
    return sorted(take.clip.name for take in item(world).takes)


def content(world):
    timeline = world.project.timelines[0]
    rows = [
        (i.name, i.start, i.duration, i.left, sorted(t.clip.name for t in i.takes))
        for track in timeline.tracks["video"]
        for i in track.items
    ]
    return rows, {frame: dict(marker) for frame, marker in timeline.markers.items()}


@pytest.mark.parametrize("edition", [STUDIO[0], FREE[-2], STUDIO[-1]], ids=str)
@pytest.mark.parametrize("inclusive", [False, True], ids=["ends exclusive", "ends inclusive"])
def test_another_take_lies_beside_the_first_at_its_place_and_its_length(edition, inclusive, tmp_path):
    world = edition.world()
    world.inclusive_take_ends = inclusive
    cut_in(world, tmp_path)
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway", take_selector=True)
    card = board_of(host.snapshot().index).cards[0]
    shown(host, card, tmp_path, "first.mkv")
    first, digest = item(world), host.snapshot().digest
    second = shown(host, card, tmp_path, "second.mkv")
    assert item(world) is first
    assert (first.start, first.duration, first.left) == (86400 + GAP[0], GAP[1], 12)
    assert (first.clip.path.name, takes(world)) == ("second.mkv", ["first.mkv", "second.mkv"])
    assert (second.span.start, second.span.duration) == GAP
    assert [placed.take_id for placed in host.placements()] == [second.take_id]
    host.remove(second)
    assert (first.clip.path.name, first.takes) == ("first.mkv", [])
    assert host.snapshot().digest == digest
    assert world.misuses == []


@pytest.mark.parametrize("other", ["refused", "kept", "lengthen"])
@pytest.mark.parametrize("inclusive", [False, True], ids=["ends exclusive", "ends inclusive"])
def test_whatever_a_take_of_another_length_does_the_item_ends_as_asked_and_goes_again(
    other, inclusive, host, world, card, tmp_path
):
    world.inclusive_take_ends, world.other_takes = inclusive, other
    before = content(world)
    shown(host, card, tmp_path, "first.mkv")
    first = content(world)
    second = shown(host, card, tmp_path, "second.mkv")
    assert (item(world).start, item(world).duration, item(world).left) == (86400 + GAP[0], GAP[1], 12)
    assert item(world).clip.path.name == "second.mkv"
    host.remove(second)
    assert content(world) == first
    host.remove(host.placements()[0])
    assert content(world) == before


def test_without_being_asked_another_take_takes_the_place_of_the_first(world, tmp_path):
    host = LiveHost(InAppLink(world), folder=tmp_path / "cutaway")
    card = board_of(host.snapshot().index).cards[0]
    shown(host, card, tmp_path, "first.mkv")
    shown(host, card, tmp_path, "second.mkv")
    assert item(world).takes == []
    assert "TimelineItem.AddTake" not in world.calls


def test_three_takes_come_and_go_one_by_one(host, world, card, tmp_path):
    before = content(world)
    states = []
    for name in ("first.mkv", "second.mkv", "third.mkv"):
        shown(host, card, tmp_path, name)
        states.append(content(world))
    assert takes(world) == ["first.mkv", "second.mkv", "third.mkv"]
    for state in [*states[1::-1], before]:
        (placed,) = host.placements()
        host.remove(placed)
        assert content(world) == state


def test_two_takes_are_switched_there_and_back_and_undone_step_by_step(host, world, card, tmp_path):
    before = content(world)
    made = {name: take_for(card, tmp_path, name=name) for name in ("first.mkv", "second.mkv")}
    states, order = [], ["first.mkv", "second.mkv", "first.mkv", "second.mkv"]
    for name in order:
        host.select_take(card, *made[name])
        assert item(world).clip.path.name == name
        assert len(item(world).takes) in {0, 2}
        states.append(content(world))
    for state in [*states[2::-1], before]:
        (placed,) = host.placements()
        host.remove(placed)
        assert content(world) == state


def test_a_take_that_the_editor_chose_in_resolve_is_the_one_that_is_shown(host, world, card, tmp_path):
    first = shown(host, card, tmp_path, "first.mkv")
    made = take_for(card, tmp_path, name="second.mkv")
    second = host.select_take(card, *made)
    (by_hand,) = [n for n, take in enumerate(item(world).takes, 1) if take.clip.name == "first.mkv"]
    assert item(world).on_select_take_by_index(by_hand)
    (placed,) = host.placements()
    assert placed.take_id == first.take_id
    assert host.snapshot().index.tracks[0].items[1].metadata["cutaway"]["take"] == first.take_id
    assert host.select_take(card, *made).take_id == second.take_id
    assert (item(world).clip.path.name, takes(world)) == ("second.mkv", ["first.mkv", "second.mkv"])


def test_one_that_was_replaced_afterwards_comes_back_and_goes(world, card, host, tmp_path):
    before = content(world)
    shown(host, card, tmp_path, "first.mkv")
    shown(host, card, tmp_path, "second.mkv")
    host.take_selector = False
    shown(host, card, tmp_path, "third.mkv")
    names = []
    while host.placements():
        names.append(item(world).clip.path.name)
        host.remove(host.placements()[0])
    assert names == ["third.mkv", "second.mkv", "first.mkv"]
    assert content(world) == before


@pytest.mark.parametrize(
    "fault",
    [
        ("TimelineItem.AddTake", False),
        ("TimelineItem.SelectTakeByIndex", False),
        ("TimelineItem.GetTakesCount", 0),
    ],
    ids=lambda fault: fault[0],
)
def test_a_selector_that_does_not_do_as_asked_leaves_the_first_take_as_it_was(fault, host, world, card, tmp_path):
    shown(host, card, tmp_path, "first.mkv")
    before, (name, answer) = content(world), fault
    take, media = take_for(card, tmp_path, name="second.mkv")
    for _ in range(2):  # with an exclusive end, and with an inclusive one
        world.faults.fail_once(name, answer)
    (result,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
    if name != "TimelineItem.GetTakesCount":
        assert isinstance(result.error, NotVerified)
        assert content(world) == before
        shown(host, card, tmp_path, "third.mkv")
    assert item(world).start == 86400 + GAP[0]


def test_items_of_the_editors_are_never_made_selectors(host, world, card, tmp_path):
    shown(host, card, tmp_path, "first.mkv")
    shown(host, card, tmp_path, "second.mkv")
    a, _, b = world.project.timelines[0].tracks["video"][0].items
    assert (a.takes, b.takes) == ([], [])


def test_wherever_a_dialog_opens_the_first_take_is_shown_or_the_second(host, world, card, tmp_path):
    shown(host, card, tmp_path, "first.mkv")
    take, media = take_for(card, tmp_path, name="second.mkv")
    before, calls = content(world), 0
    while True:
        world.faults.open_dialog_after(calls)
        try:
            (result,) = host.place(PlacePlan(host.snapshot().digest, card, take, media))
            error = getattr(result, "error", None)
        except HostUnavailable as raised:
            error = raised
        if error is None:
            break
        assert isinstance(error, (HostUnavailable, EditRefused)), calls
        world.faults.modal = False
        host.snapshot()
        assert content(world) == before, calls
        calls += STRIDE
        assert calls < 3000, error
    assert calls > 100
    assert item(world).clip.path.name == "second.mkv"
