"""What a prompt names and does not show, and what it names twice: denial, likeness, figures of speech, mention."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cutaway_runtime.engine.draft.read import read_prompt, revise
from cutaway_runtime.engine.draft.scene import Gait, Motion, Place, Scene, TimeOfDay, Weather


def shown(scene: Scene) -> set[str]:
    """Every sprite of the scene: who acts, what they carry, what dresses the place."""
    return {*(s.sprite for s in scene.subjects), *scene.props, *(c for s in scene.subjects for c in s.carries)}


# Denied ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "sprites", "denied"),
    [
        ("a bus on a road with no other cars or vehicles in sight", {"bus"}, {"cars", "vehicles"}),
        ("a street without people, a cat runs left", {"cat"}, {"people"}),
        ("a woman walks without an umbrella", {"woman-walking"}, {"umbrella"}),
        ("there aren't any dogs in the room, a robot dances", {"robot"}, {"dogs"}),
        ("not a dog but a cat", {"cat"}, {"dog"}),
        ("a tropical beach without palm trees", set(), {"palm trees"}),
        ("no cars driving by, a cat on the street", {"cat"}, {"cars", "driving"}),
        ("no cars, dogs or people, only a robot", {"robot"}, {"cars", "dogs", "people"}),
        ("a park free of dogs where a cat runs", {"cat"}, {"dogs"}),
        ("사람이 없는 거리를 걷는 고양이", {"cat"}, {"사람"}),
        ("우산 없이 걷는 여자", {"woman-walking"}, {"우산"}),
        ("차도 사람도 없는 밤거리의 고양이", {"cat"}, {"사람"}),
        ("구름 한 점 없는 하늘의 새", {"bird"}, {"구름"}),
        ("犬のいない通りを歩く猫", {"cat"}, {"犬"}),
        ("傘なしで歩く女性", {"woman-walking"}, {"傘"}),
        ("車が一台もない道路を犬が走る", {"dog"}, {"車"}),
        ("車や自転車のない道を犬が走る", {"dog"}, {"車", "自転車"}),
    ],
)
def test_what_is_denied_is_understood_and_not_drawn(prompt: str, sprites: set[str], denied: set[str]) -> None:
    scene = read_prompt(prompt)
    assert shown(scene) == sprites
    assert denied <= set(scene.understood)


@pytest.mark.parametrize(
    "prompt", ["a dog that is not moving", "a dog is not running", "움직이지 않는 개", "動かない犬"]
)
def test_a_denied_verb_moves_nobody(prompt: str) -> None:
    (dog,) = read_prompt(prompt).subjects
    assert (dog.sprite, dog.motion, dog.gait) == ("dog", Motion.STILL, Gait.STAND)


@pytest.mark.parametrize(
    "prompt",
    [
        "a dog without a leash runs left",
        "not only a dog runs left",
        "a dog runs left on a street without people",
        "끊임없이 왼쪽으로 달리는 개",
        "男の人がはなしている、犬が左へ走る",
    ],
)
def test_what_is_outside_the_denial_is_drawn(prompt: str) -> None:
    (dog,) = (s for s in read_prompt(prompt).subjects if s.sprite == "dog")
    assert (dog.motion, dog.gait) == (Motion.LEFT, Gait.RUN)


def test_a_sentence_in_which_a_word_only_looks_like_a_denial_keeps_its_nouns() -> None:
    assert "man" in shown(read_prompt("男の人がはなしている"))


def test_a_revision_takes_away() -> None:
    before = read_prompt("a woman with an umbrella and a dog walk left in the rain")
    assert {"umbrella", "dog"} <= shown(before)
    after = revise(before, "without the dog, no umbrella, no rain")
    assert shown(after) == {"woman-walking"}
    assert after.weather is Weather.CLEAR
    assert after.subjects[0].motion is Motion.LEFT


# Likened, and figures of speech --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "sprites", "unmatched"),
    [
        ("a creature, a blend of a rabbit and a squirrel, hops", {"fluffy-creature"}, {"rabbit", "squirrel"}),
        ("a robot that looks like a dog runs right", {"robot"}, {"dog"}),
        ("a dog-like robot walks", {"robot"}, {"dog"}),
        ("a cat sits as if it were a king on a rugged drive", {"cat"}, {"drive"}),
        ("a cloud that resembles a horse drifts left", {"cloud"}, {"horse"}),
        ("a fox walks to the heart of the forest", {"fox"}, {"heart"}),
        ("the mood of the painting is calm, a cat sleeps", {"cat"}, {"painting"}),
        ("a fox hears the sound of a train", {"fox"}, {"train"}),
        ("a bee over a bed of flowers", {"bee", "flower"}, {"bed"}),
    ],
)
def test_what_is_only_spoken_of_is_not_drawn(prompt: str, sprites: set[str], unmatched: set[str]) -> None:
    scene = read_prompt(prompt)
    assert shown(scene) == sprites
    assert unmatched <= set(scene.unmatched)


def test_a_heart_that_is_meant_is_drawn() -> None:
    assert "heart" in shown(read_prompt("a red heart floats up"))
    assert "picture-frame" in shown(read_prompt("a painting on a wall"))
    assert "fairy" in shown(read_prompt("a group of tiny, fairy-like beings"))


def test_a_robot_like_a_dog_still_runs_where_it_is_said_to() -> None:
    (robot,) = read_prompt("a robot that looks like a dog runs right").subjects
    assert (robot.motion, robot.gait) == (Motion.RIGHT, Gait.RUN)


# Mentioned again ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "sprite"),
    [
        ("A white SUV drives left. The car is fast. The vehicle stops.", "suv"),
        ("파란 지프가 왼쪽으로 달린다. 그 차는 빠르다.", "suv"),
        ("ジープが左へ走る。その車は速い。", "suv"),
        ("A fluffy creature hops. The creature stops. The creature looks up.", "fluffy-creature"),
        ("A fox runs left. The animal jumps.", "fox"),
        ("A monster beside a fire sits. The monster gazes at the fire.", "fluffy-creature"),
    ],
)
def test_a_wider_word_with_an_article_is_the_same_one(prompt: str, sprite: str) -> None:
    first = read_prompt(prompt).subjects[0]
    assert (first.sprite, first.count) == (sprite, 1)
    assert sum(s.sprite in {sprite, "car"} for s in read_prompt(prompt).subjects) == 1


def test_another_of_the_kind_is_another() -> None:
    scene = read_prompt("a bus drives left and the car drives right")
    assert [(s.sprite, s.motion) for s in scene.subjects] == [("bus", Motion.LEFT), ("car", Motion.RIGHT)]
    assert len(read_prompt("a white SUV drives left. A car drives right.").subjects) == 2
    assert len(read_prompt("a white SUV drives left. The red car stops.").subjects) == 2


def test_the_flame_is_the_candles() -> None:
    assert shown(read_prompt("a monster gazes at the flame of a candle")) == {"fluffy-creature", "candle"}
    assert shown(read_prompt("a monster kneels beside a candle and gazes at the flame")) == {
        "fluffy-creature",
        "candle",
    }
    assert "fire" in shown(read_prompt("a cat beside a fire"))


def test_a_list_of_adjectives_belongs_to_the_noun_that_comes() -> None:
    creature, fairies = read_prompt("A small, round creature plays with a group of tiny, fairy-like beings.").subjects
    assert (creature.sprite, creature.count, creature.scale) == ("fluffy-creature", 1, 0.75)
    assert (fairies.sprite, fairies.count, fairies.scale) == ("fairy", 7, 0.55)


# Colours of hides, things held, light -------------------------------------------------------------


@pytest.mark.parametrize(
    "prompt",
    [
        "a cat with soft blue fur walks",
        "The cat has soft blue fur",
        "파란 털을 가진 고양이",
        "털이 파란 고양이",
        "青い毛の猫が歩く",
    ],
)
def test_the_colour_of_fur_is_that_of_the_animal(prompt: str) -> None:
    scene = read_prompt(prompt)
    assert [(s.sprite, s.color) for s in scene.subjects] == [("cat", "blue")]
    assert not {"fur", "털을", "털이", "毛"} & set(scene.unmatched)


def test_the_colour_of_the_eyes_is_not() -> None:
    scene = read_prompt("a cat with green eyes sits")
    assert scene.subjects[0].color is None
    assert {"green", "eyes"} <= set(scene.unmatched)


@pytest.mark.parametrize(
    "prompt",
    [
        "a woman with a red umbrella walks left",
        "빨간 우산을 쓴 여자가 왼쪽으로 걷는다",
        "赤い傘をさした女の人が左に歩く",
        "여자가 빨간 우산을 들고 왼쪽으로 걷는다",
    ],
)
def test_a_coloured_umbrella_goes_with_who_holds_it(prompt: str) -> None:
    woman, umbrella = read_prompt(prompt).subjects
    assert (woman.sprite, woman.motion, woman.color) == ("woman-walking", Motion.LEFT, None)
    assert (umbrella.sprite, umbrella.color, umbrella.motion, umbrella.follows) == ("umbrella", "red", Motion.STILL, 0)


@pytest.mark.parametrize(
    "prompt", ["a woman with an umbrella walks", "우산을 쓴 여자가 걷는다", "傘をさした女の人が歩く"]
)
def test_an_umbrella_is_carried(prompt: str) -> None:
    (woman,) = read_prompt(prompt).subjects
    assert woman.carries == ("umbrella",)


@pytest.mark.parametrize(
    ("prompt", "motion"),
    [
        ("a navy blue truck heads right", Motion.RIGHT),
        ("a truck heading to the left", Motion.LEFT),
        ("a truck heads for the city", Motion.RIGHT),
    ],
)
def test_to_head_somewhere_is_to_go(prompt: str, motion: Motion) -> None:
    (truck,) = read_prompt(prompt).subjects
    assert (truck.sprite, truck.motion, truck.gait) == ("truck", motion, Gait.DRIVE)


def test_a_head_is_no_verb() -> None:
    (dragon,) = read_prompt("a dragon with two heads sits").subjects
    assert (dragon.count, dragon.motion) == (1, Motion.STILL)


def test_warm_light_colours_the_walls_and_the_evening() -> None:
    cozy = read_prompt("a cozy scene, a monster beside a candle")
    assert (cozy.place, cozy.time) == (Place.ROOM, TimeOfDay.NIGHT)
    assert cozy.palette
    assert read_prompt("a cat in a field, warm light").time is TimeOfDay.SUNSET
    assert read_prompt("a cat in a field at noon, warm light").unmatched == ("warm light",)
    assert read_prompt("a cat in a cozy field").unmatched == ("cozy",)


@pytest.mark.parametrize("prompt", ["fireflies over a lake", "호수 위의 반딧불이", "湖の上の蛍"])
def test_fireflies_fly_at_night(prompt: str) -> None:
    scene = read_prompt(prompt)
    (lights,) = scene.subjects
    assert (lights.motion, scene.time) == (Motion.WANDER, TimeOfDay.NIGHT)


# Whole prompts -----------------------------------------------------------------------------------


def test_a_road_with_one_car() -> None:
    scene = read_prompt(
        "The camera follows behind a white vintage SUV as it speeds up a steep dirt road surrounded by pine trees. The dirt "
        "road curves gently into the distance, with no other cars or vehicles in sight. The car is seen from the rear "
        "following the curve with ease, making it seem as if it is on a rugged drive through the rugged terrain."
    )
    assert [(s.sprite, s.color, s.count) for s in scene.subjects] == [("suv", "white", 1)]


def test_one_creature_in_the_forest() -> None:
    scene = read_prompt(
        "3D animation of a small, round, fluffy creature with big, expressive eyes explores a vibrant, enchanted forest. "
        "The creature, a whimsical blend of a rabbit and a squirrel, has soft blue fur and a bushy, striped tail. It hops "
        "along a sparkling stream. The creature stops to interact playfully with a group of tiny, fairy-like beings "
        "dancing around a mushroom ring. The creature looks up in awe at a large, glowing tree that seems to be the heart "
        "of the forest."
    )
    creature, fairies = scene.subjects
    assert (creature.sprite, creature.count, creature.color) == ("fluffy-creature", 1, "blue")
    assert (fairies.sprite, fairies.count, fairies.motion) == ("fairy", 7, Motion.WANDER)
    assert {"mushroom", "tree"} <= set(scene.props)
    assert scene.place is Place.FOREST


def test_reading_loads_no_picture_libraries() -> None:
    code = (
        "import sys, cutaway_runtime.engine.draft.read as r; r.read_prompt('a cat'); "
        "print([m for m in ('cv2', 'numpy', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
