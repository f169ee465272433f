"""The compositor shows what a scene says: measured on frames, by code that knows nothing of how they were made."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest

from cutaway.timebase import FrameRange, Rate
from cutaway_runtime.engine.base import Cancelled, Control, Notes
from cutaway_runtime.engine.draft.scene import Camera, Gait, Motion, Place, Scene, Subject, TimeOfDay, Weather
from cutaway_runtime.engine.draft.stage import DISSOLVE, paint_scene, paint_scenes

RATE = Rate.parse(24)
MAGENTA = (235, 30, 200)
"""A colour no place is made of: whatever is magenta is the subject."""


def scene(*subjects, **named):
    return Scene("a prompt", tuple(subjects), understood=("something",), **named)


def ball(motion=Motion.STILL, gait=Gait.ROLL, rgb=MAGENTA, **named):
    return Subject("ball", "ball", motion, gait, rgb, **named)


def shoot(
    what,
    *,
    frames=24,
    width=320,
    height=180,
    seed=1,
    closed=False,
    shot_start=0,
    shot_frames=None,
    rate=RATE,
    control=None,
):
    chunks = paint_scene(
        what, frames=frames, width=width, height=height, rate=rate, seed=seed, closed=closed, shot_start=shot_start,
        shot_frames=shot_frames or frames, control=control or Control(),
    )  # fmt: skip
    out = np.concatenate(list(chunks))
    assert out.shape == (frames, height, width, 3)
    assert out.dtype == np.uint8
    return out


def of_color(frame, rgb, within=70):
    return np.abs(frame.astype(int) - rgb).sum(axis=-1) < within * 2


def centroid(frame, rgb=MAGENTA):
    rows, columns = np.nonzero(of_color(frame, rgb))
    assert len(columns) > 20, "the subject cannot be seen"
    return columns.mean() / frame.shape[1], rows.mean() / frame.shape[0]


def psnr(one, other):
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return 99.0 if error == 0 else 10 * np.log10(255**2 / error)


# -- the same and not the same


def test_the_same_arguments_give_the_same_frames_and_another_seed_does_not():
    what = scene(ball(Motion.LEFT), place=Place.FOREST, weather=Weather.SNOW, camera=Camera.HANDHELD)
    first, again, other = shoot(what), shoot(what), shoot(what, seed=2)
    assert np.array_equal(first, again)
    assert psnr(first, other) < 40


def test_a_seed_changes_the_place_even_where_nothing_moves():
    for place in (Place.DESERT, Place.CITY, Place.ROOM, Place.SPACE):
        what = scene(ball(), place=place)
        assert psnr(shoot(what, frames=1), shoot(what, frames=1, seed=7)) < 40, place


@pytest.mark.parametrize("camera", [Camera.STATIC, Camera.TRACK, Camera.PUSH_IN])
def test_windows_of_a_shot_join_bit_for_bit(camera):
    what = scene(ball(Motion.RIGHT), place=Place.BEACH, weather=Weather.RAIN, camera=camera)
    whole = shoot(what, frames=48)
    windows = [shoot(what, frames=n, shot_start=at, shot_frames=48) for at, n in ((0, 7), (7, 30), (37, 11))]
    assert np.array_equal(whole, np.concatenate(windows))


@pytest.mark.parametrize(
    ("motion", "camera"),
    [
        (Motion.LEFT, Camera.STATIC), (Motion.LEFT, Camera.TRACK), (Motion.CIRCLE, Camera.ORBIT), (Motion.WANDER, Camera.PAN_LEFT),
        (Motion.UP, Camera.STATIC), (Motion.BOUNCE, Camera.HANDHELD), (Motion.TOWARD, Camera.PUSH_IN), (Motion.STILL, Camera.AERIAL),
    ],
)  # fmt: skip
def test_a_closed_shot_ends_where_it_began(motion, camera):
    what = scene(ball(motion), place=Place.OCEAN, weather=Weather.RAIN, camera=camera)
    frames = shoot(what, frames=48, closed=True, width=192, height=108).astype(int)
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    seam = np.abs(frames[0] - frames[-1]).mean()
    assert steps.mean() > 0.05
    assert seam <= 2 * steps.mean()


# -- motion


@pytest.mark.parametrize(("gait", "seconds"), [(Gait.ROLL, 2), (Gait.FLY, 8), (Gait.RUN, 60)])
@pytest.mark.parametrize(("motion", "sign"), [(Motion.LEFT, -1), (Motion.RIGHT, 1)])
def test_what_heads_left_or_right_crosses_the_picture_that_way(motion, sign, gait, seconds):
    shot = 24 * seconds
    what = scene(ball(motion, gait), place=Place.FIELD)
    at = [
        centroid(shoot(what, frames=1, shot_start=frame, shot_frames=shot)[0])[0]
        for frame in np.linspace(0, shot - 1, 9).astype(int)
    ]
    assert all(sign * step > 0 for step in np.diff(at))
    assert sign * (at[-1] - at[0]) > 0.35


@pytest.mark.parametrize(
    "camera", [Camera.PAN_LEFT, Camera.PAN_RIGHT, Camera.PUSH_IN, Camera.HANDHELD, Camera.AERIAL, Camera.ORBIT]
)
def test_a_moving_camera_does_not_turn_the_direction_round(camera):
    frames = shoot(scene(ball(Motion.LEFT), place=Place.MEADOW, camera=camera), frames=48)
    assert centroid(frames[-1])[0] - centroid(frames[0])[0] < -0.3


def test_a_tracking_camera_keeps_the_subject_and_lets_the_world_pass():
    frames = shoot(scene(ball(Motion.RIGHT), place=Place.ROAD, camera=Camera.TRACK), frames=48)
    at = [centroid(frame)[0] for frame in frames]
    assert min(at) > 0.3
    assert max(at) < 0.7
    assert np.abs(frames[0].astype(int) - frames[12]).mean() > 4


def test_up_down_toward_and_away_are_what_they_say():
    def ends(motion):
        frames = shoot(scene(ball(motion), place=Place.FIELD), frames=24)
        return frames[0], frames[-1]

    first, last = ends(Motion.UP)
    assert centroid(last)[1] < centroid(first)[1] - 0.25
    first, last = ends(Motion.DOWN)
    assert centroid(last)[1] > centroid(first)[1] + 0.25
    first, last = ends(Motion.TOWARD)
    assert of_color(last, MAGENTA).sum() > 3 * of_color(first, MAGENTA).sum()
    first, last = ends(Motion.AWAY)
    assert of_color(first, MAGENTA).sum() > 3 * of_color(last, MAGENTA).sum()


def test_what_stays_breathes_but_stays():
    frames = shoot(scene(ball(gait=Gait.STAND), place=Place.STUDIO), frames=48)
    at = np.array([centroid(frame) for frame in frames])
    assert np.ptp(at[:, 0]) < 0.03
    assert not np.array_equal(frames[0], frames[12])


# -- colour, size, count


@pytest.mark.parametrize(
    ("rgb", "name"),
    [((220, 40, 40), "red"), ((40, 90, 220), "blue"), ((40, 160, 60), "green"), ((240, 200, 40), "yellow"), ((245, 245, 245), "white"), ((28, 28, 30), "black")],
)  # fmt: skip
@pytest.mark.parametrize("sprite", ["ball", "car", "suv", "dog"])
def test_a_colour_word_is_the_colour_of_the_subject(sprite, rgb, name):
    subject = Subject(sprite, sprite, rgb=rgb, color=name)
    painted = shoot(scene(subject, place=Place.STUDIO), frames=1)[0]
    # The subject is what differs from the same picture with the subject in another colour.
    other = shoot(scene(Subject(sprite, sprite, rgb=MAGENTA), place=Place.STUDIO), frames=1)[0]
    changed = np.abs(painted.astype(int) - other).sum(axis=-1) > 60
    assert changed.mean() > 0.02
    mean = np.median(painted[changed].astype(float), axis=0)
    palette = {
        "red": (220, 40, 40),
        "blue": (40, 90, 220),
        "green": (40, 160, 60),
        "yellow": (240, 200, 40),
        "white": (245, 245, 245),
        "black": (28, 28, 30),
    }
    assert min(palette, key=lambda key: np.abs(np.array(palette[key]) - mean).sum()) == name


@pytest.mark.parametrize("place", [Place.DESERT, Place.STREET, Place.BEACH, Place.JUNGLE, Place.SPACE, Place.KITCHEN])
@pytest.mark.parametrize("time", [TimeOfDay.DAY, TimeOfDay.NIGHT])
def test_the_hero_is_large_and_in_front(place, time):
    frame = shoot(scene(ball(), place=place, time=time), frames=1)[0]
    red, green, blue = (frame[:, :, i].astype(int) for i in range(3))
    rows = np.flatnonzero(((red - green > 70) & (blue - green > 50)).sum(axis=1) > 6)
    assert 0.12 < np.ptp(rows) / frame.shape[0] < 0.45


@pytest.mark.parametrize("count", [2, 3, 5])
def test_as_many_as_were_said_can_be_counted(count):
    import cv2

    what = scene(ball(Motion.STILL, Gait.STAND, count=count), place=Place.STUDIO)
    frame = shoot(what, frames=1, width=640, height=360)[0]
    mask = of_color(frame, MAGENTA, 90).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    distance = cv2.distanceTransform(
        cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8)), cv2.DIST_L2, 5
    )
    cores = (distance > 0.55 * distance.max()).astype(np.uint8)
    assert cv2.connectedComponents(cores)[0] - 1 == count


def test_who_follows_goes_the_same_way_behind():
    yellow = (250, 220, 0)
    what = scene(ball(Motion.LEFT), ball(Motion.LEFT, rgb=yellow, follows=0), place=Place.STUDIO)
    frames = shoot(what, frames=24)
    for frame in frames[::6]:
        assert centroid(frame)[0] < centroid(frame, yellow)[0] - 0.05
    assert centroid(frames[-1], yellow)[0] < centroid(frames[0], yellow)[0] - 0.25


# -- places, light, weather


def floor_color(frame):
    return np.median(frame[-24:, :, :].reshape(-1, 3).astype(float), axis=0)


def test_places_have_the_colours_people_expect():
    def floor(place, **named):
        return floor_color(shoot(scene(place=place, **named), frames=1)[0])

    red, green, blue = floor(Place.DESERT)
    assert red > green > blue
    assert red > 200
    red, green, blue = floor(Place.FIELD)
    assert green > red + 30
    assert green > blue + 30
    assert floor(Place.SNOWFIELD).min() > 215
    red, green, blue = floor(Place.OCEAN)
    assert blue > green > red
    assert floor(Place.ROAD).std() < 30 or floor(Place.ROAD)[1] > 100
    sky = shoot(scene(place=Place.OCEAN, time=TimeOfDay.SUNSET), frames=1)[0][20:70].reshape(-1, 3).mean(axis=0)
    assert sky[0] > sky[1] > sky[2]
    assert shoot(scene(place=Place.FIELD, time=TimeOfDay.NIGHT), frames=1).mean() < 70


def test_every_place_looks_different():
    pictures = {place: shoot(scene(place=place), frames=1, width=160, height=90)[0] for place in Place}
    for one, other in itertools.combinations(Place, 2):
        assert psnr(pictures[one], pictures[other]) < 26, (one, other)
    assert all(picture.std() > 8 for picture in pictures.values())


def test_every_weather_time_and_camera_looks_different():
    base = {"place": Place.PARK}
    for name, values in (("weather", Weather), ("time", TimeOfDay), ("camera", Camera)):
        frames = {
            value: shoot(
                scene(ball(Motion.RIGHT), **base, **{name: value}),
                frames=1,
                shot_start=18,
                shot_frames=25,
                width=160,
                height=90,
            )[0]
            for value in values
        }
        for one, other in itertools.combinations(values, 2):
            assert not np.array_equal(frames[one], frames[other]), (one, other)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (322, 182), (180, 320)])
def test_everything_fits_any_frame(width, height):
    cameras, weathers, times = (itertools.cycle(kind) for kind in (Camera, Weather, TimeOfDay))
    for place in Place:
        what = scene(
            Subject("dog", "dog", Motion.LEFT, Gait.RUN, count=2), place=place, camera=next(cameras), weather=next(weathers),
            time=next(times), props=("palm", "lantern"), neon=True, wet=True,
        )  # fmt: skip
        frames = shoot(what, frames=1, shot_frames=24, width=width, height=height)
        assert frames.std() > 5, place


@pytest.mark.slow
def test_the_largest_frame():
    frames = shoot(scene(ball(Motion.LEFT), place=Place.MOUNTAIN), frames=1, shot_frames=48, width=3840, height=2160)
    assert centroid(frames[0])[0] > 0.6


# -- streaming


def test_memory_does_not_grow_with_the_shot():
    def peak(frames):
        tracemalloc.start()
        chunks = paint_scene(scene(ball(Motion.LEFT), place=Place.FIELD), frames=frames, width=320, height=180, rate=RATE, seed=1,
                             closed=False, shot_start=0, shot_frames=frames, control=Control())  # fmt: skip
        for _ in chunks:
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(24)
    assert peak(240) < peak(48) + 2_000_000


def test_a_cancel_takes_effect_between_chunks():
    seen = []
    control = Control(
        on_progress=lambda phase, step, total, _done: seen.append((phase, step, total)), cancelled=lambda: len(seen) > 3
    )
    with pytest.raises(Cancelled):
        shoot(scene(ball(), place=Place.CITY), frames=200, control=control)
    assert ("painting", 8, 200) in seen
    assert len(seen) == 4


# -- several shots


def cut_of(dissolve, frames=48):
    spans = [
        (FrameRange(0, 24), scene(ball(), place=Place.SPACE)),
        (FrameRange(24, frames), scene(ball(), place=Place.SNOWFIELD)),
    ]
    return np.concatenate(
        list(paint_scenes(spans, frames=frames, width=160, height=90, rate=RATE, seed=1, closed=False, shot_start=0,
                          shot_frames=frames, control=Control(), dissolve=dissolve))
    )  # fmt: skip


def test_shots_follow_each_other_by_a_cut_or_a_dissolve():
    hard, soft = cut_of(dissolve=False), cut_of(dissolve=True)
    assert len(hard) == len(soft) == 48
    brightness = hard.mean(axis=(1, 2, 3))
    assert brightness[23] < 60 < 180 < brightness[24]
    rising = soft[22 : 24 + DISSOLVE + 1].mean(axis=(1, 2, 3))
    assert np.all(np.diff(rising[1:]) > -1)
    assert np.diff(rising).max() < 60
    assert np.array_equal(
        hard[:20], shoot(scene(ball(), place=Place.SPACE), frames=20, shot_frames=24, width=160, height=90)
    )


def test_no_shots_is_an_error():
    with pytest.raises(ValueError, match="at least one scene"):
        next(
            paint_scenes(
                [],
                frames=1,
                width=64,
                height=64,
                rate=RATE,
                seed=1,
                closed=False,
                shot_start=0,
                shot_frames=1,
                control=Control(),
            )
        )


# -- the slate


def test_nothing_understood_is_an_honest_slate():
    def slate(prompt):
        return shoot(Scene(prompt), frames=24, width=480, height=270)

    frames = slate("epistemology of quux")
    assert not np.array_equal(frames[0], frames[-1])
    light = (frames[0].min(axis=-1) > 190).sum()
    assert light > 300, "there is text on it"
    assert not np.array_equal(frames[0], slate("another thing altogether")[0])
    more = (slate("epistemology of quux " * 6)[0].min(axis=-1) > 190).sum()
    assert more > 1.5 * light


def test_a_slate_that_cannot_show_its_letters_says_so():
    from cutaway_runtime.engine.draft.stage.slate import font_for

    prompt = "양자역학의 부조리함 量子の不条理"
    notes = Notes()
    shoot(Scene(prompt), frames=1, control=Control(notes))
    readable = font_for(prompt, 24)[1]
    assert bool(notes.warnings) is not readable


# -- what belongs together


def test_the_number_of_threads_changes_no_pixel():
    import cv2

    what = scene(ball(Motion.LEFT), place=Place.UNDERWATER, camera=Camera.PUSH_IN)
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = shoot(what, frames=6, width=640, height=360)
        cv2.setNumThreads(2)
        assert np.array_equal(one, shoot(what, frames=6, width=640, height=360))
    finally:
        cv2.setNumThreads(before)


def test_a_ball_falls_through_the_hoop_and_bursts_only_at_the_end():
    what = scene(
        ball(Motion.DOWN), Subject("hoop", "hoop"), Subject("explosion", "explosion", follows=0), place=Place.COURT
    )
    frames = shoot(what, frames=48)
    first, middle = centroid(frames[0]), centroid(frames[24])
    assert middle[1] > first[1] + 0.2
    assert abs(middle[0] - 0.5) < 0.03
    assert of_color(frames[-1], MAGENTA).sum() == 0
    flash = [((frame[..., 0] > 235) & (frame[..., 1] > 190) & (frame[..., 2] < 120)).sum() for frame in frames]
    assert max(flash[:30]) * 4 < flash[-1]


def test_a_small_thing_that_follows_somebody_is_in_their_hands():
    def picture(follows):
        held = Subject("cube", "cube", rgb=MAGENTA, follows=follows)
        return shoot(
            scene(Subject("woman-walking", "woman", Motion.LEFT, Gait.WALK), held, place=Place.STUDIO), frames=24
        )

    at = [centroid(frame)[0] for frame in picture(0)[::8]]
    assert all(step < 0 for step in np.diff(at))
    alone = [centroid(frame)[0] for frame in picture(None)[::8]]
    assert np.ptp(alone) < 0.02
