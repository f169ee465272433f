"""Two takes against each other: A left of the split and B right of it, both always of the same frame."""

import pytest
from PySide6.QtCore import QPoint, Qt

from cutaway_panel.takes import Playhead, TakeChoice
from cutaway_panel.takes.compare import CompareView
from cutaway_panel.takes.screen import View
from cutaway_panel.theme import Look, Theme, wear


@pytest.fixture
def compare(qtbot, bridge):
    view = CompareView(bridge)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    qtbot.waitUntil(lambda: view.shown == 0, timeout=5000)
    yield view
    view.playhead.stop()
    view.hide()


def both(qtbot, compare):
    """Waits until both pictures are on the screen, of the frame under the playhead."""
    qtbot.waitUntil(
        lambda: compare.shown == compare.playhead.frame and None not in compare.screen_._pictures, timeout=5000
    )


def colour_of(compare, seen, x):
    """The colour in a column of the picture, 0 to 1 of its width."""
    box, screen = compare.screen_.boxes()[0], compare.screen_
    return seen(screen, (box.x + x * box.width) / screen.width(), 0.3)


def test_left_of_the_split_is_a_and_right_of_it_is_b(qtbot, compare, seen, colours):
    compare.set_view(View.WIPE)
    both(qtbot, compare)
    a, b = colours(2, 6), colours(1, 6)
    for split in (0.5, 0.2, 0.9):
        compare.screen_.set_split(split)
        assert colour_of(compare, seen, split - 0.06) == pytest.approx(a, abs=3)
        assert colour_of(compare, seen, split + 0.06) == pytest.approx(b, abs=3)


def test_the_split_is_dragged_pushed_by_keys_and_slid(qtbot, compare, seen, colours):
    compare.set_view(View.WIPE)
    both(qtbot, compare)
    box = compare.screen_.boxes()[0]
    y = box.y + box.height // 2
    qtbot.mousePress(compare.screen_, Qt.MouseButton.LeftButton, pos=QPoint(box.x + box.width // 2, y))
    qtbot.mouseMove(compare.screen_, QPoint(box.x + box.width * 3 // 4, y))
    qtbot.mouseRelease(compare.screen_, Qt.MouseButton.LeftButton, pos=QPoint(box.x + box.width * 3 // 4, y))
    assert compare.screen_.split == pytest.approx(0.75, abs=0.01)
    assert compare.split.value() == 75
    assert colour_of(compare, seen, 0.7) == pytest.approx(colours(2, 6), abs=3)
    compare.split.setFocus()
    qtbot.keyClick(compare.split, Qt.Key.Key_Left)
    assert compare.screen_.split == pytest.approx(0.74, abs=0.006)


def test_side_by_side_both_are_whole_and_of_one_size(qtbot, compare, seen, colours):
    compare.set_view(View.SIDE)
    both(qtbot, compare)
    first, second = compare.screen_.boxes()
    assert (first.width, first.height) == (second.width, second.height)
    screen = compare.screen_
    for box, take in ((first, 2), (second, 1)):
        for x in (0.1, 0.9):
            at = (box.x + x * box.width) / screen.width(), (box.y + 0.6 * box.height) / screen.height()
            qtbot.waitUntil(lambda a=at, t=take: seen(screen, *a) == pytest.approx(colours(t, 6), abs=3), timeout=5000)


def test_flicker_shows_one_after_the_other_and_never_more_than_three_times_a_second(qtbot, compare, seen, colours):
    compare.set_view(View.FLICKER)
    both(qtbot, compare)
    assert compare.screen_.turning
    assert 1000 / compare.screen_._turn.interval() < 3
    compare.screen_._turn.stop()
    compare.screen_.shows_b = False
    for take in (1, 2, 1):
        compare.screen_.turn()
        assert seen(compare.screen_, 0.5, 0.5) == pytest.approx(colours(take, 6), abs=3)


def test_where_motion_is_reduced_flicker_turns_by_hand_alone(qtbot, qapp, compare):
    wear(qapp, Look(theme=Theme.DARK, still=True))
    try:
        compare.set_view(View.FLICKER)
        assert not compare.screen_.turning
        was = compare.screen_.shows_b
        compare.screen_.turn()
        assert compare.screen_.shows_b is not was
    finally:
        wear(qapp, Look(theme=Theme.DARK))


def test_both_are_always_of_the_frame_under_the_one_playhead(qtbot, compare, seen, colours):
    def written(take, frame):
        if frame < 0:
            return colours("before", 48 + frame)
        return colours(take, 6 + frame) if frame < 24 else colours("after", frame - 24)

    compare.set_view(View.WIPE)
    for frame in (0, 5, 23, -1, -24, 24, 47):
        compare.playhead.seek(frame)
        both(qtbot, compare)
        assert colour_of(compare, seen, 0.3) == pytest.approx(written(2, frame), abs=3)
        assert colour_of(compare, seen, 0.7) == pytest.approx(written(1, frame), abs=3)


def test_while_it_plays_a_frame_of_a_is_never_beside_another_frame_of_b(qtbot, compare, seen):
    compare.set_view(View.WIPE)
    both(qtbot, compare)
    compare.playhead.play()
    for _ in range(12):
        qtbot.wait(30)
        a, b = colour_of(compare, seen, 0.3), colour_of(compare, seen, 0.7)
        assert a[0] == pytest.approx(b[0], abs=3)  # the tint of both is in the blue alone
    compare.playhead.stop()


def test_b_is_the_one_in_the_cut_until_another_is_named(qtbot, bridge, compare):
    assert compare.take_b.take.id == "take1"
    compare.name_b("take3")
    assert compare.take_b.take.id == "take3"
    assert compare.other.currentData() == "take3"
    compare.swap()
    assert TakeChoice.of(bridge).take.take.id == "take3"
    assert compare.take_b.take.id == "take2"


def test_a_single_take_has_nothing_to_be_compared_with(qtbot, desk, compare):
    compare.set_view(View.WIPE)
    for take in ("take1", "take3"):
        desk.delete_take("card1", take)
    qtbot.waitUntil(lambda: compare.screen_.view is View.SINGLE, timeout=5000)
    assert not compare.buttons[View.WIPE].isEnabled()
    compare.set_view(View.WIPE)
    assert compare.screen_.view is View.SINGLE
    assert compare.b is None


def test_one_playhead_for_all_views_of_a_window(bridge, compare):
    assert Playhead.of(bridge) is compare.playhead
