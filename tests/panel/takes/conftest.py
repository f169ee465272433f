"""A desk of one card with real clips: what a frame is can be read off its grey level.

| before, 48 frames | the place, 24 frames | after, 48 frames |
                    three takes, each with handles of 6 frames
"""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from cutaway.hosts.base import Capability
from cutaway.media.conform import fitted
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.storyboard.card import Card, Placement, Seam, SeamReport, Take
from cutaway.timebase import FrameRange, Rate, frame_of_timecode, timecode
from cutaway.wire import Verb
from cutaway_panel.bridge import Bridge
from cutaway_panel.state import (
    Applied,
    CardView,
    Connection,
    Effect,
    JobState,
    JobView,
    Mode,
    Storyboard,
    TakeView,
)
from cutaway_panel.theme import Look, Theme, wear

RATE = Rate.parse(24)
SIZE = (64, 36)
PLACE = FrameRange(48, 72)
START = frame_of_timecode("01:00:00:00", RATE)
HANDLE = 6
TINTS = {1: (0, 0, 0), 2: (0, 0, 90), 3: (90, 0, 0)}
"""What a take adds to its grey, so that one take can be told from another."""


def level(shot, n):
    """The grey of frame n of a shot."""
    return {"before": 12 + 4 * n, "after": 40 + 4 * n}.get(shot, 20 + 4 * n)


def colour(shot, n):
    tint = TINTS.get(shot, (0, 0, 0))
    return tuple(level(shot, n) + add for add in tint)


def written(path, shot, frames):
    with Writer(path, width=SIZE[0], height=SIZE[1], rate=RATE) as writer:
        for n in range(frames):
            writer.write(np.full((SIZE[1], SIZE[0], 3), colour(shot, n), np.uint8))
        writer.finish()
    return path


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    made = {shot: written(folder / f"{shot}.mp4", shot, 48) for shot in ("before", "after")}
    return made | {n: written(folder / f"take{n}.mp4", n, PLACE.duration + 2 * HANDLE) for n in TINTS}


class PlaceReel:
    """Frames of the cut around the place, from the files."""

    def __init__(self, clips, take, context):
        self._files = {shot: Clip(clips[shot]) for shot in ("before", "after")}
        self._take = None if take is None else Clip(take.path)
        self._used = None if take is None else take.take.used
        self._number = None if take is None else take.number
        before, after = (min(context, len(self._files[shot])) for shot in ("before", "after"))
        self.place = FrameRange.of(before, PLACE.duration)
        self.frames = before + PLACE.duration + after
        self.rate = RATE
        self.closed = False

    def frame(self, n, width, height):
        if self.closed or not 0 <= n < self.frames:
            raise ValueError(f"frame {n} of {self.frames}")
        if n < self.place.start:
            clip, at = self._files["before"], len(self._files["before"]) - self.place.start + n
        elif n >= self.place.end:
            clip, at = self._files["after"], n - self.place.end
        elif self._take is None:
            return np.zeros((height, width, 3), np.uint8)
        else:
            clip, at = self._take, self._used.start + n - self.place.start
        return fitted(clip.read(at, at + 1)[0], width, height)

    def label(self, n):
        if n < self.place.start:
            named = f"before {self.place.start - n}"
        elif n >= self.place.end:
            named = f"after {n - self.place.end + 1}"
        else:
            named = f"take {self._number}: {n - self.place.start + 1}"
        return f"{named} · {timecode(START + PLACE.start + n - self.place.start, RATE)}"

    def close(self):
        self.closed = True
        for clip in (*self._files.values(), self._take):
            if clip is not None:
                clip.close()


class TableDesk:
    """A desk whose calls take effect at once; it refuses cards and takes that it does not have."""

    def __init__(self, state, clips):
        self.state = state
        self.clips = clips
        self.reels = []
        self.asked = []
        self.hold = threading.Event()
        self.hold.set()
        self._told = []

    def listen(self, told):
        self._told.append(told)
        return lambda: self._told.remove(told)

    def change(self, **values):
        state = replace(self.state, revision=self.state.revision + 1, **values)
        self.state = replace(state, by_id={card.id: card for card in state.cards})
        for told in list(self._told):
            told(self.state)

    def card(self, card_id):
        card = self.state.card(card_id)
        if card is None:
            raise KeyError(f"there is no card {card_id}")
        return card

    def take(self, card_id, take_id):
        found = [take for take in self.card(card_id).takes if take.take.id == take_id]
        if not found:
            raise KeyError(f"card {card_id} has no take {take_id}")
        return found[0]

    def with_takes(self, card_id, change):
        card = replace(self.card(card_id), takes=tuple(change(take) for take in self.card(card_id).takes))
        self.change(cards=tuple(card if one.id == card_id else one for one in self.state.cards))

    # -- pictures
    def reel(self, card_id, take_id=None, *, context=24):
        assert threading.current_thread() is not threading.main_thread(), "a reel is opened off the window's thread"
        self.card(card_id)
        self.hold.wait(10)
        made = PlaceReel(self.clips, self.take(card_id, take_id) if take_id else None, context)
        self.reels.append(made)
        return made

    def thumbnail(self, card_id, width, height, *, take_id=None, side="first"):
        assert threading.current_thread() is not threading.main_thread(), "a thumbnail is made off the window's thread"
        if side not in {"first", "last"}:
            raise ValueError(side)
        self.asked.append((card_id, take_id, side))
        self.hold.wait(10)
        take = (
            self.take(card_id, take_id) if take_id else next((t for t in self.card(card_id).takes if t.is_active), None)
        )
        if take is None:
            return None
        with Clip(take.path) as clip:
            at = take.take.used.start if side == "first" else take.take.used.end - 1
            return fitted(clip.read(at, at + 1)[0], width, height)

    # -- takes
    def use_take(self, card_id, take_id):
        self.take(card_id, take_id)
        self.with_takes(card_id, lambda view: replace(view, is_active=view.take.id == take_id))

    def star(self, card_id, take_id, on):
        self.take(card_id, take_id)
        self.with_takes(card_id, lambda view: replace(view, star=on) if view.take.id == take_id else view)

    def note(self, card_id, take_id, text):
        self.take(card_id, take_id)
        self.with_takes(card_id, lambda view: replace(view, note=text) if view.take.id == take_id else view)

    def more_like(self, card_id, take_id):
        self.take(card_id, take_id)
        job = JobView(card_id, self.card(card_id).title, JobState.WAITING)
        self.change(queue=(*self.state.queue, job))

    def delete_take(self, card_id, take_id):
        gone = self.take(card_id, take_id)
        card = replace(self.card(card_id), takes=tuple(t for t in self.card(card_id).takes if t is not gone))
        self.change(cards=tuple(card if one.id == card_id else one for one in self.state.cards))

    # -- the cut
    def effect(self, card_id, take_id, then, *, policy="auto"):
        take = self.take(card_id, take_id)
        refused = "" if not self.card(card_id).locked else "the track is locked; unlock V1 or choose another track"
        effect = Effect(
            card_id, take_id, "V1, 01:00:02:00, 24 frames", {"auto": "in gap", "above": "track above", "take": "as take"}[policy],
            (f"the hole between Alley and Door is filled with take {take.number}",), ("12 frames of handles stay unused",),
            refused,
        )  # fmt: skip
        threading.Thread(target=then, args=[effect]).start()

    def apply(self, card_id, take_id=None, *, policy="auto"):
        if policy not in {"auto", "above", "take"}:
            raise ValueError(policy)
        self.take(card_id, take_id)
        self.change(applied=(*self.state.applied, Applied(card_id, take_id, f"V1, 01:00:02:00 ({policy})", "p1")))
        self.with_takes(card_id, lambda view: replace(view, is_applied=view.take.id == take_id))

    def undo_apply(self):
        last = self.state.applied[-1]
        self.change(applied=self.state.applied[:-1])
        self.with_takes(last.card_id, lambda view: replace(view, is_applied=False))

    def reveal(self, frame):
        self.revealed = frame

    # -- the queue
    def job(self, card_id):
        found = [job for job in self.state.queue if job.card_id == card_id]
        if not found:
            raise KeyError(f"{card_id} is not queued")
        return found[0]

    def with_job(self, card_id, **values):
        job = replace(self.job(card_id), **values)
        self.change(queue=tuple(job if one.card_id == card_id else one for one in self.state.queue))

    def pause(self):
        self.change(paused=True)

    def resume(self):
        self.change(paused=False)

    def cancel(self, card_id):
        self.with_job(card_id, state=JobState.CANCELLED)

    def retry(self, card_id):
        self.with_job(card_id, state=JobState.WAITING, error="")

    def reorder(self, card_ids):
        if sorted(card_ids) != sorted(job.card_id for job in self.state.queue):
            raise ValueError("an order names every card of the queue once")
        self.change(queue=tuple(self.job(card_id) for card_id in card_ids))


def take_of(clips, number, **more):
    return TakeView(
        take=Take(
            id=f"take{number}",
            path=clips[number].name,
            available_frames=PLACE.duration + 2 * HANDLE,
            used_start=HANDLE,
            used_frames=PLACE.duration,
            seed=40 + number,
            job_id=f"video_{number}",
            sha256="9f" * 32,
            slate={
                "prompt": "a red ball rolls into the alley and stops at the drain",
                "expanded_prompt": "wide shot, late sun; a red rubber ball rolls slowly into a cobbled alley",
                "model": "wan2.2-i2v-14b",
                "revision": "3f1c9a7",
                "seed": 40 + number,
                "profile": "balanced",
                "path": "first_last",
                "steps": 24,
                "guidance": 4.5,
                "adjustments": [{"field": "frames", "requested": 36, "effective": 37, "reason": "4n + 1 frames"}],
                "segments": [{"start": 0, "end": 36, "method": "painted"}],
                "notes": ["the last frame of 37 was left out"],
            },
            seams=SeamReport(
                head=Seam(score=0.93, psnr=31.2, ssim=0.91, colour_shift=2.4, motion_jump=0.2, change_ratio=1.3),
                tail=Seam(score=0.41, psnr=18.7, ssim=0.55, colour_shift=27.8, motion_jump=0.6, change_ratio=4.4),
            ),
            created="2026-11-22T02:40:00+00:00",
        ),
        number=number,
        path=clips[number],
        is_active=number == 2,
        is_applied=number == 1,
        star=number == 2,
        note="the ball is too bright" if number == 1 else "",
        parent="take2" if number == 3 else None,
    )


@pytest.fixture
def state(clips):
    placement = Placement(track=0, start=PLACE.start, frames=PLACE.duration)
    card = Card(id="card1", kind=Verb.FILL, placement=placement, prompt="a red ball rolls in")
    place = CardView(
        id="card1", number=2, kind="fill", title="a red ball rolls in", span=PLACE, track=0, track_name="V1",
        timecode_in="01:00:02:00", timecode_out="01:00:03:00", seconds=1.0, card=card, state=card.state,
        takes=tuple(take_of(clips, n) for n in TINTS), before="Alley", after="Door",
    )  # fmt: skip
    other = replace(
        place, id="card2", number=3, title="the door closes", takes=(), span=FrameRange(100, 110), after="", card=None
    )
    connection = Connection(
        mode=Mode.FILES, application="file", timeline="alley", rate=RATE, size=SIZE, start="01:00:00:00", frames=120,
        capabilities=frozenset({Capability.BACKUP, Capability.PLAYHEAD, Capability.TAKES}),
    )  # fmt: skip
    queue = (
        JobView("card7", "rain on the window", JobState.RUNNING, 0.42, 31.0, 43.0, 70.0, cost="free"),
        JobView("card3", "the door closes", JobState.WAITING, estimate=64.0),
        JobView("card4", "a train passes", JobState.WAITING, estimate=64.0),
        JobView("card5", "the lamp flickers", JobState.WAITING),
        JobView("card6", "steps in the snow", JobState.FAILED, error="the server has no model wan9; choose one of: wan2.2"),
        JobView("card8", "a red ball rolls in", JobState.DONE, estimate=70.0, actual=66.0, cost="$0.12"),
    )  # fmt: skip
    cards = (place, other)
    return Storyboard(connection, cards, queue, by_id={card.id: card for card in cards})


@pytest.fixture
def desk(state, clips):
    made = TableDesk(state, clips)
    yield made
    made.hold.set()


@pytest.fixture(scope="session")
def dark(qapp):
    wear(QApplication.instance(), Look(theme=Theme.DARK))


@pytest.fixture
def bridge(desk, dark):
    made = Bridge(desk)
    made.choose("card1")
    yield made
    made.close()


@pytest.fixture
def colours():
    """Which colour frame n of a shot was written with."""
    return colour


def of_screen(widget, x, y):
    """The colour at a place of a widget, 0 to 1 in both directions, as it is painted."""
    image = widget.grab().toImage()
    point = image.pixelColor(round(x * (image.width() - 1)), round(y * (image.height() - 1)))
    return point.red(), point.green(), point.blue()


@pytest.fixture
def seen():
    return of_screen
