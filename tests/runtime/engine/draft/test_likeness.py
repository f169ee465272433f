"""Pictures of characters that act: cut out of their backgrounds, recognised in every shot, the same every time."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from cutaway.timebase import FrameRange, Rate
from cutaway_runtime.canvas import Canvas, Character, Known, Slate, Span
from cutaway_runtime.engine.base import Control, Notes
from cutaway_runtime.engine.draft import Draft
from cutaway_runtime.engine.draft.read import read_prompt, revise, stand_in
from cutaway_runtime.engine.draft.scene import Gait, Motion
from cutaway_runtime.engine.draft.stage.likeness import ALPHA, CARD, GROWN, PLAIN, likeness
from cutaway_runtime.engine.draft.words.tokens import Called

sys.path.insert(0, str(Path(__file__).parents[2]))
from robot import RED, redness, robot

CAST = [Called("Robo", "robot"), Called("미나", "woman"), Called("ロボ", "robot"), Called("Big Red", "car")]


def rgba(picture, alpha=None):
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8) if alpha is None else alpha])


def truth():
    """Where the robot is in its picture: (320, 240) bool."""
    return (robot((255, 255, 255)) != robot((0, 0, 0))).any(axis=-1) ^ True


def slope(height=320, width=240):
    """A ground that turns from blue to sand, with a little noise, as a studio wall has it."""
    y = np.linspace(0, 1, height)[:, None, None]
    wall = np.array([190, 215, 240]) * (1 - y) + np.array([235, 225, 205]) * y
    return wall + np.random.default_rng(2).normal(0, 2, (height, width, 3))


def meadow(height=320, width=240):
    """Two grounds, sky and grass, neither of one colour."""
    ground = np.zeros((height, width, 3))
    ground[: height // 2], ground[height // 2 :] = (140, 190, 235), (80, 140, 60)
    ground += np.random.default_rng(3).normal(0, 9, ground.shape)
    return cv2.GaussianBlur(ground.clip(0, 255).astype(np.uint8), (0, 0), 1.2)


def before(ground):
    return np.where(truth()[..., None], robot(), np.clip(ground, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("picture", "way"),
    [
        (rgba(robot(), np.where(truth(), 255, 0).astype(np.uint8)), ALPHA),
        (rgba(robot()), PLAIN),
        (rgba(robot((20, 24, 30))), PLAIN),
        (rgba(before(slope())), PLAIN),
        (rgba(before(meadow())), GROWN),
    ],
    ids=["alpha", "white", "dark", "slope", "meadow"],
)
def test_somebody_is_cut_out_and_nothing_of_the_ground(picture, way):
    found = likeness("Robo", [picture])
    assert found.way == way
    rows, columns = np.nonzero(truth())
    height, width = found.pixels.shape[:2]
    assert abs(height - (np.ptp(rows) + 1)) <= 8
    assert abs(width - (np.ptp(columns) + 1)) <= 8
    assert found.foot == pytest.approx(0.5, abs=0.03)
    cover = found.pixels[..., 3] / 255
    wanted = truth()[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].mean()
    assert cover.mean() == pytest.approx(wanted, abs=0.12)
    solid = found.pixels[cover > 0.99][:, :3]
    assert np.percentile(np.abs(solid.astype(int) - np.array(RED)).max(axis=1), 20) < 12


def test_a_busy_background_becomes_a_framed_card():
    found = likeness("Robo", [rgba(robot(busy=True))])
    assert found.way == CARD
    assert redness(found.pixels[..., :3]) > 0.1, "the picture itself is in the frame"


def test_the_surest_of_several_pictures_is_taken():
    assert likeness("Robo", [rgba(robot(busy=True)), rgba(robot())]).way == PLAIN
    with pytest.raises(ValueError, match="no picture"):
        likeness("Robo", [])


def canvas(prompt, *, picture=None, frames=12, size=(320, 180), listed=False, seed=5, known=(), description="a robot"):
    cast = (Character("Robo", description, (rgba(robot()) if picture is None else picture,), listed),)
    spans = (Span(FrameRange(0, frames), prompt),)
    return Canvas(frames, *size, Rate.parse(24), seed, spans=spans, cast=cast, known=known)


def painted(asked):
    notes = Notes()
    return np.concatenate(list(Draft().paint(asked, Control(notes)))), notes


def spot(frame):
    """The robot's red in a frame: (centre x, lowest y), in parts of the frame."""
    pixels = frame.astype(int)
    red = (pixels[..., 0] > 120) & (pixels[..., 1] < 90) & (pixels[..., 2] < 90)
    assert red.any(), "nobody is there"
    y, x = np.nonzero(red)
    return x.mean() / frame.shape[1], np.percentile(y, 99) / frame.shape[0]


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (640, 360)])
def test_the_picture_walks_on_the_ground(size):
    frames, notes = painted(canvas("Robo walks to the left across a snowfield", size=size, frames=24))
    assert notes.understood[0] == "Robo"
    assert notes.warnings == []
    (early, low), (late, _) = spot(frames[4]), spot(frames[-2])
    assert late < early - 0.15, "to the left"
    assert 0.6 < low < 0.98, "it stands in the lower part, inside the frame"
    assert redness(frames[12]) > 0.008


def test_the_same_in_every_shot_and_every_time():
    first, _ = painted(canvas("Robo dances in a park"))
    again, _ = painted(canvas("Robo dances in a park"))
    other, _ = painted(canvas("Robo dances in a park", seed=6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    near, _ = painted(canvas("Robo jumps in a kitchen", listed=True))
    assert redness(near[6]) > 0.01


def test_a_card_stands_in_and_the_answer_says_so():
    frames, notes = painted(canvas("Robo walks in the snow", picture=rgba(robot(busy=True))))
    assert "framed card" in notes.warnings[0]
    assert redness(frames[6]) > 0.002


def test_who_is_listed_is_seen_and_who_is_not_named_is_not():
    assert redness(painted(canvas("a snowfield", listed=True))[0][6]) > 0.01
    assert redness(painted(canvas("a snowfield"))[0][6]) < 0.001
    assert redness(painted(canvas("...", listed=True))[0][6]) > 0.01, "no word is understood, yet somebody is there"


def test_a_take_is_drawn_again_with_its_cast():
    frames, _ = painted(canvas("Robo walks in a park"))
    slate = Slate("draft", "Robo walks in a park", 5)
    known = (Known(0, Still(frames), 0.3, slate),)
    again, notes = painted(canvas("in a snowfield", known=known))
    assert [segment.method for segment in notes.segments] == ["rerender"]
    assert redness(again[6]) > 0.01


def test_nobody_is_put_into_footage():
    still = Known(0, Still(np.full((1, 180, 320, 3), 90, np.uint8)))
    _, notes = painted(canvas("Robo waves", known=(still,)))
    assert any("puts nobody into footage" in warning for warning in notes.warnings)


class Still:
    """Frames in memory, as a plate."""

    def __init__(self, frames):
        self.frames = frames

    def __len__(self):
        return len(self.frames)

    def read(self, start, end):
        return self.frames[start:end]


@pytest.mark.parametrize(
    ("prompt", "who", "motion", "gait"),
    [
        ("Robo walks left across a beach", [0], Motion.LEFT, Gait.WALK),
        ("the robot Robo and a dog run through a park", [0, None], Motion.RIGHT, Gait.RUN),
        ("a cat chases @Robo", [None, 0], Motion.RIGHT, Gait.RUN),
        ("미나씨가 해변에서 달린다", [1], Motion.RIGHT, Gait.RUN),
        ("미나와 로봇이 춤춘다", [1, None], Motion.WANDER, Gait.DANCE),
        ("ロボが森を走る", [2], Motion.RIGHT, Gait.RUN),
        ("Big Red drives through the desert", [3], Motion.RIGHT, Gait.DRIVE),
        ("Robo rides a horse", [0, None], Motion.RIGHT, Gait.WALK),
        ("Robo jumps. Robo is in a city. The robot waves.", [0], Motion.BOUNCE, Gait.JUMP),
    ],
)
def test_names_act_in_three_languages(prompt, who, motion, gait):
    subjects = read_prompt(prompt, CAST).subjects
    assert [subject.character for subject in subjects] == who
    assert (subjects[0].motion, subjects[0].gait) == (motion, gait)


def test_a_colour_does_not_change_a_picture():
    scene = read_prompt("a blue Robo walks", CAST)
    assert scene.subjects[0].rgb is None
    assert scene.unmatched == ("blue",)


def test_what_stands_in_is_read_from_the_words():
    assert stand_in("Robo", "a red tin robot") == "robot"
    assert stand_in("Big Dog", "") == "dog"
    assert stand_in("Xyzzy", "") == "person"


def test_a_revision_keeps_who_is_there():
    scene = revise(read_prompt("Robo walks in a park", CAST), "at night, the robot dances", CAST)
    assert [(subject.character, subject.gait) for subject in scene.subjects] == [(0, Gait.DANCE)]
    scene = revise(scene, "미나 instead", CAST)
    assert [subject.character for subject in scene.subjects] == [1]
