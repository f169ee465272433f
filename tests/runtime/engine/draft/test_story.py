"""Cards in a draft: each thing in its time and not before, pictures at their frames, no jump from one to the next."""

from itertools import pairwise

import numpy as np
import pytest

from cutaway.timebase import Rate
from cutaway_runtime.canvas import Canvas, Known, splice
from cutaway_runtime.engine.base import Control, Notes
from cutaway_runtime.engine.draft import Draft
from cutaway_runtime.plan.cards import Laid, spans

RATE, SIZE = Rate.parse(24), (160, 90)
JUMP = 16.0
"""Mean absolute difference of neighbouring frames, in code values. A hard cut between these scenes is 60 to 110."""


class Still:
    """Frames in memory, as a plate."""

    def __init__(self, frames):
        self.frames = frames

    def __len__(self):
        return len(self.frames)

    def read(self, start, end):
        return self.frames[start:end]


def colour(rgb):
    """A picture of soft patches in one colour, (1, 90, 160, 3)."""
    rng = np.random.default_rng(1)
    patches = rng.integers(-12, 12, (9, 16, 1)).repeat(10, 0).repeat(10, 1)
    return np.clip(np.array(rgb) + patches, 0, 255).astype(np.uint8)[None]


GREEN, PURPLE = colour((20, 170, 60)), colour((140, 40, 170))


def story(frames, *cards, prompt="a red ball rolls across a desert", closed=False, style=""):
    """What the draft paints of cards (at, words or frames), as (frames, notes)."""
    laid, known = [], []
    for number, (at, what) in enumerate(cards):
        if isinstance(what, str):
            laid.append(Laid(card=number, at=at, prompt=what))
        else:
            laid.append(Laid(card=number, at=at, role=f"card.{number}", known=len(what)))
            known.append(Known(at, Still(what)))
    canvas = Canvas(
        frames,
        *SIZE,
        RATE,
        3,
        spans=spans(prompt, laid, frames, [one.range for one in known]),
        known=tuple(known),
        closed=closed,
        style=style,
    )
    notes = Notes()
    chunks = splice(canvas, Draft().paint(canvas, Control(notes)))
    return np.concatenate([chunk.copy() for chunk in chunks]), notes


def steps(frames):
    return np.array([np.abs(b.astype(np.int16) - a).mean() for a, b in pairwise(frames)])


def share(frame, rgb, near=60):
    """The part of a frame that has about this colour."""
    return float((np.abs(frame.astype(int) - np.array(rgb)).max(axis=-1) < near).mean())


def methods(notes):
    return [(segment.start, segment.end, segment.method) for segment in notes.segments]


def test_a_scene_is_seen_from_its_time_on_and_not_before():
    frames, notes = story(72, (36, "a snowfield at night"))
    alone, _ = story(72)
    assert methods(notes) == [(0, 36, "scene"), (36, 72, "scene")]
    sand = frames[:36, 60:].mean(axis=(1, 2))
    assert (sand[:, 0] > sand[:, 2] + 20).all(), "warm up to the last frame before the card"
    assert np.abs(frames[20].astype(int) - alone[20]).mean() < 12, "the first scene is the one its words draw"
    night = frames[52:, 60:].mean(axis=(1, 2))
    assert (night[:, 2] > night[:, 0] + 8).all()
    assert steps(frames).max() < JUMP
    assert {"ball", "desert", "snowfield", "night"} <= {word for term in notes.understood for word in term.split()}


def test_a_picture_stands_at_its_frame_between_two_scenes():
    frames, notes = story(96, (36, GREEN), (60, "a city at night"))
    assert np.array_equal(frames[36], GREEN[0])
    assert methods(notes) == [(0, 36, "scene"), (36, 37, "kept"), (37, 60, "camera_move"), (60, 96, "scene")]
    green = [share(frame, (20, 170, 60)) for frame in frames]
    assert max(green[:24]) < 0.1, "nothing of it is seen before its turn"
    assert min(green[36:60]) > 0.9, "it stays until the next card"
    assert max(green[76:]) < 0.1
    assert steps(frames).max() < JUMP


def test_clips_play_where_they_are_pinned():
    film = np.concatenate([colour((20 + 2 * n, 170, 60)) for n in range(24)])
    frames, notes = story(96, (30, film), (72, PURPLE))
    assert np.array_equal(frames[30:54], film)
    assert np.array_equal(frames[72], PURPLE[0])
    assert [m for *_, m in methods(notes)] == ["scene", "kept", "dissolve", "kept", "camera_move"]
    assert steps(frames).max() < JUMP


def test_a_clip_at_the_start_goes_over_into_a_scene():
    film = np.concatenate([colour((20 + 2 * n, 170, 60)) for n in range(24)])
    frames, _ = story(72, (0, film), (24, "a snowfield"))
    assert np.array_equal(frames[:24], film)
    assert share(frames[24], (66, 170, 60)) > 0.6, "the first frame behind it is still nearly the clip"
    assert share(frames[50], (66, 170, 60)) < 0.1
    assert steps(frames).max() < JUMP


def test_pictures_alone_are_joined_as_they_always_were():
    frames, notes = story(48, (0, GREEN), (47, PURPLE))
    assert [m for *_, m in methods(notes)] == ["kept", "dissolve", "kept"]
    assert np.array_equal(frames[47], PURPLE[0])


@pytest.mark.parametrize("cards", [((30, "a snowfield at night"),), ((30, GREEN), (50, "a snowfield"))])
def test_a_loop_ends_where_it_begins(cards):
    frames, _ = story(80, *cards, closed=True)
    assert np.abs(frames[-1].astype(int) - frames[0]).mean() < JUMP
    assert steps(frames).max() < JUMP


def test_a_style_fades_where_a_picture_is_given():
    frames, _ = story(96, (40, GREEN), (70, "a city"), style="film-noir")
    assert np.array_equal(frames[40], GREEN[0])
    assert np.ptp(frames[5].astype(int), axis=-1).mean() < 12, "black and white"
    assert steps(frames).max() < JUMP


def test_many_short_cards():
    places = ["a desert", "a snowfield", "a beach at sunset", "a city at night", "a forest"]
    frames, notes = story(60, *((6 * n, places[n % 5]) for n in range(10)))
    assert [segment.start for segment in notes.segments] == list(range(0, 60, 6))
    assert frames.shape == (60, 90, 160, 3)


def test_the_same_cards_give_the_same_frames():
    cards = ((20, GREEN), (30, "a beach"))
    assert np.array_equal(story(48, *cards)[0], story(48, *cards)[0])
