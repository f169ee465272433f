"""Decoding ahead: the frame that is asked for comes first, what is kept is bounded, nobody waits."""

import threading
import time

import numpy as np
import pytest

from cutaway.timebase import FrameRange, Rate
from cutaway_panel.takes.feed import AHEAD, Feed, wanted

EXTENT = FrameRange(-24, 48)


class CountingReel:
    """Frames that are their own number; refuses those it has not, and two threads."""

    def __init__(self, before=24, place=24, after=24, wait=None):
        self.place = FrameRange.of(before, place)
        self.frames = before + place + after
        self.rate = Rate.parse(24)
        self.read = []
        self.wait = wait
        self.closed = threading.Event()
        self._thread = threading.get_ident()

    def frame(self, n, width, height):
        assert threading.get_ident() == self._thread
        if not 0 <= n < self.frames:
            raise ValueError(f"frame {n} of {self.frames}")
        if self.wait is not None:
            self.wait(n)
        self.read.append(n - self.place.start)
        return np.full((height, width, 3), n, np.uint8)

    def label(self, n):
        return f"frame {n - self.place.start}"

    def close(self):
        self.closed.set()


@pytest.fixture
def feeds():
    made = []

    def feed(reel=None, limit=1 << 30, fault=None):
        reels = []

        def open_reel():
            if fault:
                raise fault
            reels.append(reel or CountingReel())
            reels[-1]._thread = threading.get_ident()
            return reels[-1]

        told = threading.Event()
        one = Feed(open_reel, made=lambda pixels: pixels.copy(), told=told.set, limit=limit)
        one.reels = reels
        made.append(one)
        return one

    yield feed
    for one in made:
        one.close()
        assert one.join(5)


def until(happened, seconds=5):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.002)


def test_frames_are_counted_from_the_place_and_come_with_their_label(feeds):
    feed = feeds()
    feed.size(8, 4)
    feed.aim(-24)
    until(lambda: feed.shot(-24))
    shot = feed.shot(-24)
    assert (int(shot.picture[0, 0, 0]), shot.label) == (0, "frame -24")
    assert shot.picture.shape == (4, 8, 3)
    assert (feed.place, feed.extent) == (FrameRange(0, 24), EXTENT)


def test_a_jump_is_answered_before_what_was_being_read_ahead(feeds):
    slow = CountingReel(wait=lambda n: time.sleep(0.01))
    feed = feeds(slow)
    feed.size(8, 4)
    feed.aim(0, speed=1)
    until(lambda: feed.ready > 2)
    feed.aim(40)
    until(lambda: feed.shot(40))
    done = list(slow.read)
    assert done.index(40) <= done.index(0) + 8


def test_playing_reads_ahead_in_order_and_a_loop_goes_on_at_its_start(feeds):
    feed = feeds()
    feed.size(8, 4)
    feed.aim(20, speed=1, span=FrameRange(0, 24))
    until(lambda: feed.ready == 24)
    assert feed.reels[0].read == [*range(20, 24), *range(20)]


def test_backwards_is_read_forwards_in_blocks(feeds):
    feed = feeds()
    feed.size(8, 4)
    feed.aim(24, speed=-1)
    until(lambda: feed.ready >= AHEAD)
    read = feed.reels[0].read
    read = read[read.index(24) + 1 :]
    assert read[:12] == list(range(12, 24))


def test_what_is_kept_is_bounded_by_bytes_and_far_frames_go_first(feeds):
    feed = feeds(limit=10 * 8 * 4 * 4)
    feed.size(8, 4)
    for frame in range(-24, 48):
        feed.aim(frame, speed=1)
        until(lambda f=frame: feed.shot(f))
        assert feed.ready <= 10
    assert feed.shot(-24) is None


def test_another_size_reads_anew(feeds):
    feed = feeds()
    feed.size(8, 4)
    feed.aim(3)
    until(lambda: feed.shot(3))
    feed.size(16, 8)
    until(lambda: feed.shot(3))
    assert feed.shot(3).picture.shape == (8, 16, 3)


def test_asking_never_waits_for_a_slow_file(feeds):
    gate = threading.Event()
    feed = feeds(CountingReel(wait=lambda n: gate.wait(5)))
    feed.size(8, 4)
    until(lambda: feed.extent)
    took = []
    for frame in range(200):
        begun = time.perf_counter()
        feed.aim(frame % 48)
        feed.shot(frame % 48)
        took.append(time.perf_counter() - begun)
    gate.set()
    assert max(took) < 0.05


def test_a_frame_that_cannot_be_read_says_why_and_the_others_go_on(feeds):
    def broken(n):
        if n == 26:
            raise OSError("the disk is gone")

    feed = feeds(CountingReel(wait=broken))
    feed.size(8, 4)
    feed.aim(2)
    until(lambda: feed.shot(2) and feed.shot(3))
    assert (feed.shot(2).picture, feed.shot(2).problem) == (None, "the disk is gone")
    assert feed.shot(3).picture is not None


def test_a_reel_that_cannot_be_opened_says_why(feeds):
    feed = feeds(fault=OSError("no such take"))
    until(lambda: feed.problem)
    assert feed.problem == "no such take"


def test_closing_lets_go_of_the_files(feeds):
    feed = feeds()
    feed.size(8, 4)
    until(lambda: feed.ready)
    feed.close()
    assert feed.reels[0].closed.wait(5)


@pytest.mark.parametrize("speed", [0, 1, -1, 4, -8])
def test_only_frames_that_there_are_are_wanted_and_the_playhead_first(speed):
    for aim in (-24, 0, 47, 900):
        frames = list(wanted(aim, speed, EXTENT, None, 24))
        assert frames[0] == max(-24, min(aim, 47))
        assert all(frame in EXTENT for frame in frames)
    assert list(wanted(0, speed, FrameRange(0, 0), None, 24)) == []


def test_where_decoding_is_too_slow_late_frames_are_left_out_and_not_shown_ever_later(feeds):
    feed = feeds(CountingReel(before=0, place=200, after=0, wait=lambda n: time.sleep(0.1)))
    feed.size(8, 4)
    until(lambda: feed.ready > 3)
    begun = time.monotonic()
    late = []
    while (frame := int((time.monotonic() - begun) * 24)) < 60:
        feed.aim(frame, speed=1)
        ready = feed.passed(frame, 1)
        if frame > 24:
            late.append(frame - ready[0] if ready else 99)
        time.sleep(0.01)
    assert max(late) <= 12  # a frame takes as long as two and a half of the cut; in order it would be 35 late
    assert len(feed.reels[0].read) < 45


def test_a_frame_just_passed_is_better_than_none_and_one_that_comes_is_not_shown_early(feeds):
    feed = feeds()
    feed.size(8, 4)
    feed.aim(10)
    until(lambda: feed.shot(12) and feed.shot(9))
    assert feed.passed(11, 1)[:2] == [11, 10]
    assert feed.passed(11, -1)[:2] == [11, 12]
    assert feed.passed(500, 1) == []
