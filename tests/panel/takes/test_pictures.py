"""The picture pool: off the window's thread, bounded, newest wish first, what is out of sight forgotten."""

import threading
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QTimer

from cutaway.errors import MediaError
from cutaway_panel.pictures import PictureKey, PicturePool

SIZE = 64 * 36 * 4


@pytest.fixture
def pool(desk, qapp):
    made = PicturePool(desk, limit=20 * SIZE)
    yield made
    desk.hold.set()
    made.close()
    for thread in made._threads:
        thread.join(5)
        assert not thread.is_alive()


def key(take=2, side="first", size=(64, 36), frames=(), card="card1"):
    return PictureKey.of(card, *size, take_id=f"take{take}", side=side, frames=frames)


def got(qtbot, pool, wish, by=None):
    pool.picture(wish, by)
    qtbot.waitUntil(lambda: pool.picture(wish, by) is not None, timeout=5000)
    return pool.picture(wish, by)


def pixel(pixmap, x, y=5):
    colour = pixmap.toImage().pixelColor(x, y)
    return colour.red(), colour.green(), colour.blue()


def test_first_and_last_frame_of_a_take_are_those_between_its_handles(qtbot, pool, colours):
    assert pixel(got(qtbot, pool, key(1, "first")), 5) == pytest.approx(colours(1, 6), abs=3)
    assert pixel(got(qtbot, pool, key(1, "last")), 5) == pytest.approx(colours(1, 29), abs=3)


def test_a_row_of_frames_reaches_over_both_cuts(qtbot, pool, colours):
    row = got(qtbot, pool, key(2, frames=(-1, 0, 23, 24)))
    assert row.width() == 4 * 64
    shown = [pixel(row, 32 + 64 * n) for n in range(4)]
    for colour, (shot, n) in zip(shown, (("before", 47), (2, 6), (2, 29), ("after", 0)), strict=True):
        assert colour == pytest.approx(colours(shot, n), abs=3)


def test_a_frame_beyond_the_reel_is_black(qtbot, pool):
    row = got(qtbot, pool, key(2, frames=(-1000, 0)))
    assert pixel(row, 5) == (0, 0, 0)
    assert pixel(row, 70) != (0, 0, 0)


def test_a_row_leaves_out_what_cannot_be_read_and_one_of_nothing_else_says_why(qtbot, pool, desk, monkeypatch):
    opened = desk.reel

    def torn(*of, **how):
        reel = opened(*of, **how)
        seen = reel.frame

        def frame(n, width, height):
            if n < reel.place.start:
                raise MediaError("no frames of A: its media is not on this machine")
            return seen(n, width, height)

        reel.frame = frame
        return reel

    monkeypatch.setattr(desk, "reel", torn)
    row = got(qtbot, pool, key(2, frames=(-1, 0)))
    assert pixel(row, 5) == (0, 0, 0)
    assert pixel(row, 70) != (0, 0, 0)
    nothing = key(2, frames=(-2, -1))
    pool.picture(nothing)
    qtbot.waitUntil(lambda: pool.problem(nothing) is not None, timeout=5000)
    assert pool.problem(nothing) == "no frames of A: its media is not on this machine"


def test_a_screen_with_two_pixels_to_a_point_gets_twice_the_pixels(qtbot, pool):
    wish = PictureKey.of("card1", 64, 36, 2.0, take_id="take1")
    pixmap = got(qtbot, pool, wish)
    assert (pixmap.width(), pixmap.height(), pixmap.devicePixelRatio()) == (128, 72, 2.0)
    assert pixmap.deviceIndependentSize().width() == 64


def test_all_pictures_together_stay_under_the_limit_and_the_oldest_go(qtbot, pool):
    wishes = [PictureKey.of("card1", 64, 36 + 2 * n, take_id="take1") for n in range(24)]
    for wish in wishes:
        got(qtbot, pool, wish)
        assert pool.bytes <= 20 * SIZE
    assert pool.bytes > 10 * SIZE
    assert wishes[0] not in pool._pixmaps
    assert wishes[-1] in pool._pixmaps


def longest_pause(qtbot, seconds, meanwhile):
    """How long the window's thread was held up at most, while pictures were asked for every few milliseconds."""
    beats = [time.perf_counter()]

    def beat():
        beats.append(time.perf_counter())
        meanwhile(len(beats))

    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(beat)
    timer.start()
    qtbot.wait(round(seconds * 1000))
    timer.stop()
    assert len(beats) > 10
    return max(later - beat for beat, later in pairwise(beats))


def test_a_slow_picture_never_holds_up_the_window(qtbot, desk, pool):
    desk.hold.clear()
    sizes = [PictureKey.of("card1", 64, 36 + 2 * n, take_id="take1") for n in range(40)]
    pauses = [longest_pause(qtbot, 0.25, lambda n: pool.picture(sizes[n % 40], pool)) for _ in range(3)]
    assert min(pauses) < 0.05  # of three, since the machine may be busy; the desk held its thread all the time
    assert pool.waiting > 0


def test_what_scrolled_out_of_sight_is_not_made(qtbot, desk, pool):
    desk.hold.clear()
    view = object()
    wishes = [key(1, size=(64, 36 + 2 * n)) for n in range(20)]
    for wish in wishes:
        pool.picture(wish, view)
    qtbot.waitUntil(lambda: len(desk.asked) == 2, timeout=5000)
    pool.keep(view, wishes[10:12])
    assert pool.waiting <= 2
    desk.hold.set()
    qtbot.waitUntil(lambda: pool.waiting == 0, timeout=5000)
    qtbot.wait(50)
    assert len(desk.asked) <= 4


def test_what_another_view_still_shows_is_made(qtbot, desk, pool):
    desk.hold.clear()
    one, other = object(), object()
    for n in range(6):
        pool.picture(key(1, size=(64, 36 + 2 * n)), one)
        pool.picture(key(1, size=(64, 36 + 2 * n)), other)
    qtbot.waitUntil(lambda: pool.waiting == 4, timeout=5000)
    pool.keep(one, [])
    assert pool.waiting == 4
    pool.keep(other, [])
    assert pool.waiting == 0


def test_the_newest_wish_is_made_first(qtbot, desk, qapp):
    pool = PicturePool(desk, threads=1)
    desk.hold.clear()
    pool.picture(key(1))
    qtbot.waitUntil(lambda: len(desk.asked) == 1, timeout=5000)
    wishes = [key(take, side) for take in (1, 2, 3) for side in ("last",)]
    for wish in wishes:
        pool.picture(wish)
    desk.hold.set()
    qtbot.waitUntil(lambda: len(desk.asked) == 4, timeout=5000)
    pool.close()
    assert [take for _, take, _ in desk.asked] == ["take1", "take3", "take2", "take1"]


def test_a_picture_that_cannot_be_had_is_asked_for_once_and_says_why(qtbot, desk, pool):
    wish = key(9)
    with qtbot.waitSignal(pool.ready, timeout=5000):
        pool.picture(wish)
    assert pool.picture(wish) is None
    assert "no take take9" in pool.problem(wish)
    qtbot.wait(30)
    assert len(desk.asked) == 1


def test_a_card_without_a_picture_has_none_and_no_problem(qtbot, pool):
    wish = PictureKey.of("card2", 64, 36)
    with qtbot.waitSignal(pool.ready, timeout=5000):
        pool.picture(wish)
    assert (pool.picture(wish), pool.problem(wish)) == (None, "")


def test_a_card_that_moved_is_pictured_anew(qtbot, desk, pool):
    pool.follow(desk.state)
    wish = key(1)
    got(qtbot, pool, wish)
    pool.follow(desk.state)
    assert pool.picture(wish) is not None
    moved = replace(desk.state.cards[0], before="Another shot")
    desk.change(cards=(moved, *desk.state.cards[1:]))
    pool.follow(desk.state)
    assert wish not in pool._pixmaps
    assert pool.bytes == 0


def test_pixmaps_are_made_on_the_windows_thread(qtbot, pool):
    threads = []
    pool.ready.connect(lambda _: threads.append(threading.current_thread()))
    got(qtbot, pool, key(1))
    assert set(threads) == {threading.main_thread()}
