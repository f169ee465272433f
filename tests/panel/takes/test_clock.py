"""Playing by elapsed time: nothing drifts, a stall is made up for, and what was missed is counted."""

import pytest

from cutaway.timebase import FrameRange, Rate
from cutaway_panel.takes.clock import PlayClock

SECOND = 1_000_000_000


class Now:
    def __init__(self):
        self.ns = 0

    def __call__(self):
        return self.ns

    def go(self, seconds):
        self.ns += round(seconds * SECOND)


@pytest.fixture
def now():
    return Now()


def clock_of(now, rate="24", start=0, end=72, **more):
    return PlayClock(Rate.parse(rate), FrameRange(start, end), now=now, **more)


def test_it_stands_where_it_is_until_it_is_played(now):
    clock = clock_of(now, start=-24)
    now.go(10)
    assert clock.frame == -24
    assert clock.seconds_to_next() is None


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "50", "60000/1001", "120"])
def test_an_hour_of_late_and_uneven_ticks_ends_on_the_exact_frame(now, rate):
    clock = clock_of(now, rate, end=10**9)
    clock.play()
    ticks = 0
    while now.ns < 3600 * SECOND:
        now.go(0.001 + clock.seconds_to_next() + (0.7 if ticks % 5 == 0 else 0.0))
        assert clock.frame >= 0
        ticks += 1
        if ticks % 500 == 0:
            now.go(60)
    assert clock.frame == now.ns * Rate.parse(rate).fraction // SECOND


def test_after_a_stall_the_frame_that_is_due_is_shown_and_the_missed_ones_are_counted(now):
    clock = clock_of(now)
    clock.play()
    for _ in range(4):
        clock.showed(clock.frame)
        now.go(1 / 24 + 1e-6)
    clock.showed(4)
    now.go(10 / 24)
    assert clock.frame == 14
    clock.showed(14)
    assert (clock.shown, clock.dropped) == (6, 9)


def test_a_frame_painted_twice_is_shown_once_and_an_older_one_not_at_all(now):
    clock = clock_of(now)
    clock.play()
    clock.showed(0)
    clock.showed(0)
    now.go(2.5 / 24)
    clock.showed(1)
    assert (clock.shown, clock.dropped) == (1, 1)
    clock.showed(2)
    assert (clock.shown, clock.dropped) == (2, 1)


def test_the_next_frame_is_awaited_exactly_as_long_as_this_one_lasts(now):
    clock = clock_of(now, "30000/1001")
    clock.play()
    now.go(0.01)
    wait = clock.seconds_to_next()
    assert wait == pytest.approx(1001 / 30000 - 0.01, abs=1e-6)
    now.ns += int(wait * SECOND)
    before = clock.frame
    now.ns += 2
    assert (before, clock.frame) in {(0, 1), (1, 1)}


def test_it_stops_on_the_last_frame_and_says_so_when_that_was_shown_in_full(now):
    clock = clock_of(now, end=5)
    clock.play()
    now.go(4.5 / 24)
    assert (clock.frame, clock.at_end) == (4, False)
    now.go(1 / 24)
    assert (clock.frame, clock.at_end) == (4, True)
    clock.stop()
    clock.play()
    assert clock.frame == 0


def test_backwards_it_ends_at_the_start(now):
    clock = clock_of(now, start=-3, end=5)
    clock.seek(2)
    clock.play(-1)
    now.go(3.2 / 24)
    assert clock.frame == -1
    now.go(1)
    assert (clock.frame, clock.at_end) == (-3, True)


@pytest.mark.parametrize("speed", [1, 2, 8, -1, -4])
def test_a_loop_goes_round_in_its_span(now, speed):
    clock = clock_of(now, start=10, end=20, loop=True)
    clock.seek(12)
    clock.play(speed)
    for step in range(50):
        assert clock.frame == 10 + (2 + step * speed) % 10
        assert not clock.at_end
        now.go(1 / 24)
        now.ns += 1


def test_faster_means_every_nth_frame_at_the_same_pace_and_nothing_is_dropped(now):
    clock = clock_of(now, end=100)
    clock.play(4)
    seen = []
    for _ in range(6):
        clock.showed(clock.frame)
        seen.append(clock.frame)
        now.go(1 / 24)
        now.ns += 1
    assert seen == [0, 4, 8, 12, 16, 20]
    assert clock.dropped == 0


def test_it_never_leaves_its_span(now):
    clock = clock_of(now, start=-24, end=48)
    assert clock.seek(-100) == -24
    assert clock.seek(100) == 47
    clock.cover(FrameRange(0, 24))
    assert clock.frame == 23


def test_another_speed_goes_on_from_where_it_was(now):
    clock = clock_of(now)
    clock.play()
    now.go(10.5 / 24)
    clock.play(2)
    assert clock.frame == 10
    now.go(1.5 / 24)
    assert clock.frame == 12


def test_every_frame_that_was_due_was_either_shown_or_dropped(now):
    clock = clock_of(now, end=30)
    clock.play()
    for n in range(30):
        if n % 3 == 0:
            clock.showed(clock.frame)
        now.go(1 / 24)
        now.ns += 1
        assert clock.shown + clock.dropped in {n + 1, n + 2}
    now.go(2)  # at the end it only waits to be stopped
    assert (clock.shown, clock.dropped) == (10, 20)
    clock.stop()
    now.go(2)
    assert (clock.shown, clock.dropped) == (10, 20)


def test_a_change_of_speed_or_place_forgets_nothing_that_was_dropped(now):
    clock = clock_of(now)
    clock.play()
    now.go(4.5 / 24)
    clock.play(2)
    assert clock.dropped == 4
    now.go(3.5 / 24)
    clock.seek(0)
    assert clock.dropped == 7
    clock.stop()
    clock.play()
    assert clock.dropped == 0
