"""The preview: what is on the screen is the frame that the label says, at the cut's rate, over both cuts."""

import time
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import Qt

from cutaway.timebase import FrameRange
from cutaway_panel.takes import PlayerView, TakeChoice
from cutaway_panel.takes.playhead import Loop


@pytest.fixture
def player(qtbot, bridge):
    view = PlayerView(bridge)
    qtbot.addWidget(view)
    view.resize(360, 320)
    view.show()
    qtbot.waitUntil(lambda: view.shown == 0, timeout=5000)
    yield view
    view.playhead.stop()
    view.hide()


def shows(qtbot, view, frame):
    """Waits until a frame is on the screen."""
    qtbot.waitUntil(lambda: view.shown == frame, timeout=5000)


def written(colours, frame, take=2):
    """The colour of a frame of the place's reel as it was written."""
    if frame < 0:
        return colours("before", 48 + frame)
    return colours(take, 6 + frame) if frame < 24 else colours("after", frame - 24)


def test_frame_n_on_the_screen_is_frame_n_of_the_files(qtbot, player, seen, colours):
    for frame in (0, 1, 11, 23, -1, -2, -24, 24, 25, 47):
        player.playhead.seek(frame)
        shows(qtbot, player, frame)
        assert seen(player.screen_, 0.5, 0.5) == pytest.approx(written(colours, frame), abs=3), frame


def test_stepping_over_the_cut_shows_the_neighbours_right_frame_and_says_so(qtbot, player, seen, colours):
    for key, frame, label in (
        (Qt.Key.Key_Left, -1, "before 1"),
        (Qt.Key.Key_Left, -2, "before 2"),
        (Qt.Key.Key_Right, -1, "before 1"),
        (Qt.Key.Key_Right, 0, "take 2: 1"),
    ):
        qtbot.keyClick(player, key)
        shows(qtbot, player, frame)
        assert player.transport.label.text() == label
        assert seen(player.screen_, 0.5, 0.5) == pytest.approx(written(colours, frame), abs=3)
    player.playhead.seek(23)
    qtbot.keyClick(player, Qt.Key.Key_Right)
    shows(qtbot, player, 24)
    assert player.transport.label.text() == "after 1"


def test_the_timecode_is_that_of_the_record(qtbot, player):
    assert player.transport.timecode.text() == "01:00:02:00"
    for frame, code in ((-1, "01:00:01:23"), (47, "01:00:03:23")):
        player.playhead.seek(frame)
        shows(qtbot, player, frame)
        assert player.transport.timecode.text() == code


def test_keys_go_where_they_say(qtbot, player):
    plain, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    for key, modifier, frame in (
        (Qt.Key.Key_Home, plain, -24), (Qt.Key.Key_End, plain, 47), (Qt.Key.Key_Home, shift, 0),
        (Qt.Key.Key_End, shift, 23), (Qt.Key.Key_PageDown, plain, 24), (Qt.Key.Key_PageUp, plain, 0),
        (Qt.Key.Key_Right, shift, 34), (Qt.Key.Key_Left, shift, -14),
    ):  # fmt: skip
        player.playhead.seek(10)
        qtbot.keyClick(player, key, modifier)
        assert player.playhead.frame == frame
        shows(qtbot, player, frame)


def test_playing_is_as_fast_as_the_cut(qtbot, player):
    player.playhead.seek(-24)
    begun = time.perf_counter()
    qtbot.keyClick(player, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: player.playhead.frame >= 0, timeout=5000)
    assert 0.97 < time.perf_counter() - begun < 1.4  # late where the machine is busy, never early
    qtbot.keyClick(player, Qt.Key.Key_K)
    stood = player.playhead.frame
    qtbot.wait(120)
    assert player.playhead.frame == stood
    clock = player.playhead.clock
    assert clock.shown + clock.dropped == pytest.approx(24, abs=3)


def test_after_the_window_stalled_the_right_frame_is_shown_and_the_missed_ones_are_owned_up_to(qtbot, player):
    player.playhead.seek(-24)
    begun = time.perf_counter()
    player.playhead.play()
    qtbot.wait(100)
    time.sleep(0.6)
    qtbot.wait(60)
    assert player.playhead.clock.dropped >= 12
    due = -24 + int((time.perf_counter() - begun) * 24)
    assert player.playhead.frame == pytest.approx(due, abs=1)
    assert "dropped" in player.transport.dropped.text()
    assert not player.transport.dropped.text().startswith("0 ")


def test_it_stops_at_the_end_and_begins_again(qtbot, player):
    player.playhead.seek(44)
    player.playhead.play()
    qtbot.waitUntil(lambda: player.playhead.speed == 0, timeout=3000)
    shows(qtbot, player, 47)
    player.playhead.play()
    assert player.playhead.frame <= -22


def test_j_and_l_go_faster_with_every_press_and_k_stands(qtbot, player):
    for keys, speed in (
        ("L", 1),
        ("L", 2),
        ("L", 4),
        ("L", 8),
        ("L", 8),
        ("J", 4),
        ("J", 2),
        ("J", 1),
        ("J", -1),
        ("J", -2),
        ("K", 0),
    ):
        qtbot.keyClick(player, keys.lower())
        assert player.playhead.speed == speed


def test_a_loop_of_the_place_stays_in_it_and_leaves_the_rest_to_scrub(qtbot, player):
    qtbot.keyClick(player, Qt.Key.Key_O)
    assert player.playhead.loop is Loop.PLACE
    player.playhead.seek(-10)
    assert player.playhead.frame == -10
    frames = []
    player.playhead.moved.connect(frames.append)
    player.playhead.play(4)
    qtbot.waitUntil(lambda: len(frames) > 12, timeout=5000)
    player.playhead.stop()
    assert all(frame in FrameRange(0, 24) for frame in frames)
    assert any(later < frame for frame, later in pairwise(frames))


def test_another_take_is_seen_at_the_same_frame(qtbot, bridge, player, seen, colours):
    player.playhead.seek(7)
    shows(qtbot, player, 7)
    TakeChoice.of(bridge).choose("take3")
    qtbot.waitUntil(lambda: player.transport.label.text() == "take 3: 8", timeout=5000)
    assert seen(player.screen_, 0.5, 0.5) == pytest.approx(written(colours, 7, take=3), abs=3)


def test_another_card_begins_at_its_first_frame(qtbot, bridge, player):
    player.playhead.seek(7)
    bridge.choose("card2")
    assert player.playhead.frame == 0
    qtbot.waitUntil(lambda: player.transport.label.text() == "take None: 1", timeout=5000)
    bridge.choose("")
    assert player.shown is None


def test_a_slow_reel_never_holds_up_the_window(qtbot, desk, bridge):
    desk.hold.clear()
    view = PlayerView(bridge)
    qtbot.addWidget(view)
    begun = time.perf_counter()
    view.show()
    for frame in range(40):
        view.playhead.seek(frame)
        bridge.choose(("card2", "card1")[frame % 2])
    took = time.perf_counter() - begun
    qtbot.wait(20)
    assert view.shown is None
    view.hide()
    desk.hold.set()
    assert took / 40 < 0.05


def test_hidden_it_lets_go_of_its_files(qtbot, desk, player):
    player.hide()
    qtbot.waitUntil(lambda: all(reel.closed for reel in desk.reels), timeout=5000)


def test_a_reel_that_cannot_be_read_says_why_in_the_picture(qtbot, desk, bridge, player):
    desk.reel = lambda *_, **__: (_ for _ in ()).throw(OSError("take2.mov is not on this machine"))
    TakeChoice.of(bridge).choose("take1")
    qtbot.waitUntil(lambda: "not on this machine" in player.screen_.message, timeout=5000)


def test_the_scrubber_is_dragged_to_the_frame_under_the_pointer(qtbot, player):
    scrubber = player.transport.scrubber
    for frame in (-24, -3, 0, 23, 46):
        x = (scrubber.x_of(frame) + scrubber.x_of(frame + 1)) // 2
        qtbot.mouseClick(scrubber, Qt.MouseButton.LeftButton, pos=scrubber.rect().center().__class__(x, 12))
        assert player.playhead.frame == frame
        assert scrubber.value() == frame


def test_a_shot_that_moved_is_read_anew(qtbot, desk, bridge, player):
    before = len(desk.reels)
    moved = replace(desk.state.cards[0], before="Another shot")
    desk.change(cards=(moved, *desk.state.cards[1:]))
    qtbot.waitUntil(lambda: len(desk.reels) == before + 1, timeout=5000)
