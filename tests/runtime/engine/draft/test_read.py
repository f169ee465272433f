"""What a prompt says is what the scene holds, in three languages."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway_runtime.engine.draft.read import read_prompt, revise
from cutaway_runtime.engine.draft.scene import Camera, Gait, Motion, Place, Scene, TimeOfDay, Weather
from cutaway_runtime.engine.draft.sprites import atlas
from cutaway_runtime.engine.draft.words.page import vocabulary_page
from cutaway_runtime.engine.draft.words.tokens import cut
from cutaway_runtime.engine.draft.words.vocabulary import LANGUAGES, entries, nouns, vocabulary

REPOSITORY = Path(__file__).parents[4]

# prompt -> sprite, colour, count, motion, place, time; None where the prompt says nothing of it
ENGLISH = [
    ("A red ball rolls left across a desert at sunset", "ball", "red", 1, "left", "desert", "sunset"),
    (
        "three red balls roll from left to right in a snowfield at night",
        "ball",
        "red",
        3,
        "right",
        "snowfield",
        "night",
    ),
    ("a blue car drives to the left along a road", "car", "blue", 1, "left", "road", None),
    ("five yellow fish swim rightwards underwater", "fish", "yellow", 5, "right", "underwater", None),
    ("a ball that is green bounces in a park", "ball", "green", 1, "bounce", "park", None),
    (
        "a woman in a red dress walks to the right down a city street at night",
        "woman-walking",
        "red",
        1,
        "right",
        "street",
        "night",
    ),
    ("a running white horse in a meadow in the morning", "horse", "white", 1, "right", "meadow", "morning"),
    ("a flock of birds flies from right to left over the sea at dawn", "bird", None, 12, "left", "ocean", "morning"),
    ("a purple balloon rises into the sky", "balloon", "purple", 1, "up", "sky", None),
    ("a green dragon flying over a volcano at dusk", "dragon", "green", 1, "right", "volcano", "sunset"),
    ("two astronauts walk on the moon", "astronaut", None, 2, "right", "moon", None),
    ("a girl holding an umbrella dances in the garden", "girl-dancing", None, 1, "wander", "garden", None),
    ("an orange cat jumps in a kitchen", "cat", "orange", 1, "bounce", "kitchen", None),
    ("a pair of penguins waddles left on a glacier", "penguin", None, 2, "left", "snowfield", None),
    ("a black taxi speeds to the right through a city at midnight", "taxi", "black", 1, "right", "city", "night"),
    ("a big elephant walks toward the camera in the savanna", "elephant", None, 1, "toward", "field", None),
    ("a white sailboat drifts leftward on a lake at sunrise", "boat", "white", 1, "left", "lake", "morning"),
    ("a rocket takes off in the desert", "rocket", None, 1, "up", "desert", None),
    ("a leaf falls in the forest", "leaf", None, 1, "down", "forest", None),
    ("several grey wolves run to the left in a forest at night", "wolf", "gray", 4, "left", "forest", "night"),
    ("a robot dances on a stage", "robot", None, 1, "wander", "stage", None),
    ("a pink umbrella on a beach in the afternoon", "umbrella", "pink", 1, "still", "beach", "day"),
    ("a man rides a bicycle to the left in a village", "man-biking", None, 1, "left", "village", None),
    ("a navy blue bus passes to the right on a bridge road", "bus", "navy", 1, "right", "road", None),
    ("the helicopter circles above the mountains", "helicopter", None, 1, "circle", "mountain", None),
    ("a turquoise kite flies up over the beach", "kite", "turquoise", 1, "up", "beach", None),
    ("a tiny brown mouse runs away in a room", "mouse", "brown", 1, "away", "room", None),
    ("a child in a yellow raincoat walks left in the park", "child-walking", "yellow", 1, "left", "park", None),
]
KOREAN = [
    ("빨간 공이 해질녘 사막에서 왼쪽으로 굴러간다", "ball", "red", 1, "left", "desert", "sunset"),
    ("밤에 빨간 공 세 개가 눈밭에서 오른쪽으로 굴러간다", "ball", "red", 3, "right", "snowfield", "night"),
    ("파란 자동차가 도로에서 왼쪽으로 달린다", "car", "blue", 1, "left", "road", None),
    ("바닷속에서 노란 물고기 다섯 마리가 오른쪽으로 헤엄친다", "fish", "yellow", 5, "right", "underwater", None),
    ("초록색 공이 공원에서 튄다", "ball", "green", 1, "bounce", "park", None),
    ("빨간 드레스를 입은 여자가 밤거리를 오른쪽으로 걷는다", "woman-walking", "red", 1, "right", "street", "night"),
    ("아침에 초원을 달리는 하얀 말", "horse", "white", 1, "right", "field", "morning"),
    ("노을 지는 바다 위로 새 떼가 오른쪽에서 왼쪽으로 난다", "bird", None, None, "left", "ocean", "sunset"),
    ("보라색 풍선이 하늘로 올라간다", "balloon", "purple", 1, "up", "sky", None),
    ("초록색 용이 화산 위를 날아간다", "dragon", "green", 1, "right", "volcano", None),
    ("우주비행사 두 명이 달 표면에서 걷는다", "astronaut", None, 2, "right", "moon", None),
    ("우산을 든 소녀가 정원에서 춤춘다", "girl-dancing", None, 1, "wander", "garden", None),
    ("주황색 고양이가 부엌에서 점프한다", "cat", "orange", 1, "bounce", "kitchen", None),
    ("펭귄 두 마리가 빙하에서 왼쪽으로 걸어간다", "penguin", None, 2, "left", "snowfield", None),
    ("한밤중 도시에서 검은 택시가 오른쪽으로 달린다", "taxi", "black", 1, "right", "city", "night"),
    ("큰 코끼리가 들판에서 카메라를 향해 걸어온다", "elephant", None, 1, "toward", "field", None),
    ("하얀 돛단배가 호수에서 왼쪽으로 떠간다", "boat", "white", 1, "left", "lake", None),
    ("우주에서 로켓이 위로 날아간다", "rocket", None, 1, "up", "space", None),
    ("숲에서 낙엽이 떨어진다", "fallen-leaf", None, 1, "down", "forest", None),
    ("밤 숲에서 회색 늑대 다섯 마리가 왼쪽으로 뛰어간다", "wolf", "gray", 5, "left", "forest", "night"),
    ("로봇이 무대에서 춤을 춘다", "robot", None, 1, "wander", "stage", None),
    ("해변에 분홍색 우산이 있다", "umbrella", "pink", 1, "still", "beach", None),
    ("자전거를 타는 소년이 마을을 지나간다", "man-biking", None, 1, "right", "village", None),
    ("남색 버스가 길에서 오른쪽으로 지나간다", "bus", "navy", 1, "right", "road", None),
    ("사막에서 왼쪽으로 걷는 낙타", "camel", None, 1, "left", "desert", None),
    ("빨간공이 방에서 오른쪽으로 굴러간다", "ball", "red", 1, "right", "room", None),
    ("작은 갈색 쥐가 방에서 멀어진다", "rat", "brown", 1, "away", "room", None),
]
JAPANESE = [
    ("夕焼けの砂漠で赤いボールが左へ転がっていく", "ball", "red", 1, "left", "desert", "sunset"),
    ("夜、雪原で赤いボールが三つ右へ転がる", "ball", "red", 3, "right", "snowfield", "night"),
    ("青い車が道路を左へ走る", "car", "blue", 1, "left", "road", None),
    ("海の中で黄色い魚が五匹右へ泳ぐ", "fish", "yellow", 5, "right", "underwater", None),
    ("緑のボールが公園で弾む", "ball", "green", 1, "bounce", "park", None),
    ("赤いドレスを着た女性が夜の街を右へ歩く", "woman-walking", "red", 1, "right", "city", "night"),
    ("朝の草原を走る白い馬", "horse", "white", 1, "right", "field", "morning"),
    ("夕暮れの海の上を鳥の群れが右から左へ飛ぶ", "bird", None, 12, "left", "ocean", "sunset"),
    ("紫の風船が空へ昇っていく", "balloon", "purple", 1, "up", "sky", None),
    ("火山の上を飛ぶ緑のドラゴン", "dragon", "green", 1, "right", "volcano", None),
    ("二人の宇宙飛行士が月面を歩く", "astronaut", None, 2, "right", "moon", None),
    ("傘を持った少女が庭で踊る", "girl-dancing", None, 1, "wander", "garden", None),
    ("オレンジ色の猫がキッチンでジャンプする", "cat", "orange", 1, "bounce", "kitchen", None),
    ("ペンギンが二羽、氷河を左へ歩いていく", "penguin", None, 2, "left", "snowfield", None),
    ("真夜中の都市で黒いタクシーが右へ走る", "taxi", "black", 1, "right", "city", "night"),
    ("大きな象が野原でカメラに向かって歩く", "elephant", None, 1, "toward", "field", None),
    ("白いヨットが湖を左へ進む", "boat", "white", 1, "left", "lake", None),
    ("宇宙でロケットが上へ飛んでいく", "rocket", None, 1, "up", "space", None),
    ("森で落ち葉が落ちる", "fallen-leaf", None, 1, "down", "forest", None),
    ("夜の森を5匹の灰色の狼が左へ走っている", "wolf", "gray", 5, "left", "forest", "night"),
    ("ロボットがステージで踊っている", "robot", None, 1, "wander", "stage", None),
    ("ビーチにピンクの傘がある", "umbrella", "pink", 1, "still", "beach", None),
    ("自転車に乗る少年が村を通る", "man-biking", None, 1, "right", "village", None),
    ("紺色のバスが道を右へ通り過ぎる", "bus", "navy", 1, "right", "road", None),
    ("砂漠を左へ歩くラクダ", "camel", None, 1, "left", "desert", None),
    ("赤いボールが部屋で右へ転がる", "ball", "red", 1, "right", "room", None),
    ("ﾛﾎﾞｯﾄがキッチンで踊る", "robot", None, 1, "wander", "kitchen", None),
]


@pytest.mark.parametrize(("prompt", "sprite", "color", "count", "motion", "place", "hour"), ENGLISH + KOREAN + JAPANESE)
def test_a_prompt_becomes_the_scene_it_names(prompt, sprite, color, count, motion, place, hour) -> None:
    scene = read_prompt(prompt)
    hero = scene.subjects[0]
    assert (hero.sprite, hero.color, hero.motion) == (sprite, color, Motion(motion))
    assert count is None or hero.count == count
    assert (scene.place, scene.time) == (Place(place), TimeOfDay(hour or "day"))
    assert not scene.unmatched
    assert not scene.is_slate


def test_each_language_has_its_table() -> None:
    assert min(len(ENGLISH), len(KOREAN), len(JAPANESE)) >= 25


# The prompts that introduced Sora -------------------------------------------------------------------

TOKYO = (
    "A stylish woman walks down a Tokyo street filled with warm glowing neon and animated city signage. She wears a black "
    "leather jacket, a long red dress, and black boots, and carries a black purse. She wears sunglasses and red lipstick. "
    "She walks confidently and casually. The street is damp and reflective, creating a mirror effect of the colorful lights. "
    "Many pedestrians walk about."
)
SUV = (
    "The camera follows behind a white vintage SUV with a black roof rack as it speeds up a steep dirt road surrounded by "
    "pine trees on a steep mountain slope, dust kicks up from it's tires, the sunlight shines on the SUV as it speeds along "
    "the dirt road, casting a warm glow over the scene. The dirt road curves gently into the distance, with no other cars or "
    "vehicles in sight. The trees on either side of the road are redwoods, with patches of greenery scattered throughout."
)
CANDLE = (
    "Animated scene features a close-up of a short fluffy monster kneeling beside a melting red candle. The art style is 3D "
    "and realistic, with a focus on lighting and texture. The mood of the painting is one of wonder and curiosity, as the "
    "monster gazes at the flame with wide eyes and open mouth."
)
CREATURE = "A cute fluffy creature hops through an enchanted forest, past glowing mushrooms and flowers."
PLANES = (
    "A flock of paper airplanes flutters through a dense jungle, weaving around trees as if they were migrating birds."
)
WOLVES = (
    "Five gray wolf pups frolicking and chasing each other around a remote gravel road, surrounded by grass. The pups run "
    "and leap, chasing each other, and nipping at each other, playing."
)
CORGI = "A corgi vlogging itself in tropical Maui."


def sprites(scene: Scene) -> set[str]:
    return {*(s.sprite for s in scene.subjects), *scene.props, *(c for s in scene.subjects for c in s.carries)}


def test_the_street_in_tokyo() -> None:
    scene = read_prompt(TOKYO)
    woman = scene.subjects[0]
    assert (woman.sprite, woman.gait, woman.motion, woman.color) == ("woman-walking", Gait.WALK, Motion.RIGHT, "red")
    assert {"coat", "dress", "boot", "sunglasses"} <= set(woman.carries)
    assert "person-walking" in sprites(scene)
    assert (scene.place, scene.beyond) == (Place.STREET, Place.CITY)
    assert scene.neon
    assert scene.time is TimeOfDay.NIGHT
    assert scene.wet
    assert {"stylish", "lipstick"} <= set(scene.unmatched)


def test_the_white_suv_on_a_mountain_road() -> None:
    scene = read_prompt(SUV)
    suv = scene.subjects[0]
    assert (suv.sprite, suv.color, suv.gait, suv.count) == ("suv", "white", Gait.DRIVE, 1)
    assert suv.motion is not Motion.STILL
    assert "pine" in sprites(scene)
    assert (scene.place, scene.beyond, scene.camera) == (Place.ROAD, Place.MOUNTAIN, Camera.TRACK)
    assert scene.palette, "a dirt road has the colour of dirt"


def test_the_monster_and_the_candle() -> None:
    scene = read_prompt(CANDLE)
    monster, candle = scene.subjects[:2]
    assert (monster.sprite, monster.scale < 1) == ("fluffy-creature", True)
    assert (candle.sprite, candle.color, candle.follows) == ("candle", "red", 0)
    assert scene.camera is Camera.PUSH_IN
    assert "melting" in scene.unmatched


def test_the_fluffy_creature_in_the_forest() -> None:
    scene = read_prompt(CREATURE)
    assert (scene.subjects[0].sprite, scene.subjects[0].motion) == ("fluffy-creature", Motion.BOUNCE)
    assert {"mushroom", "flower"} & sprites(scene)
    assert scene.place is Place.FOREST


def test_the_paper_airplanes_in_the_jungle() -> None:
    scene = read_prompt(PLANES)
    planes = scene.subjects[0]
    assert (planes.sprite, planes.gait, planes.motion) == ("paper-airplane", Gait.FLY, Motion.WANDER)
    assert planes.count >= 8
    assert scene.place is Place.JUNGLE
    assert "tree" in sprites(scene)
    assert "bird" not in sprites(scene), "a comparison is not in the picture"
    assert {"migrating", "birds"} <= set(scene.unmatched)


def test_the_wolf_pups() -> None:
    scene = read_prompt(WOLVES)
    (wolves,) = scene.subjects
    assert (wolves.sprite, wolves.color, wolves.count, wolves.motion) == ("wolf", "gray", 5, Motion.WANDER)
    assert wolves.gait is Gait.RUN
    assert (scene.place, scene.beyond) == (Place.ROAD, Place.FIELD)


@pytest.mark.parametrize(
    "prompt", ["Basketball through hoop then explodes.", "A basketball goes through a hoop, then explodes."]
)
def test_the_basketball(prompt: str) -> None:
    scene = read_prompt(prompt)
    ball = scene.subjects[0]
    assert (ball.sprite, ball.motion) == ("basketball", Motion.DOWN)
    assert {"hoop", "explosion"} <= sprites(scene)


def test_the_vlogging_corgi() -> None:
    scene = read_prompt(CORGI)
    assert (scene.subjects[0].sprite, scene.subjects[0].carries) == ("corgi", ("selfie-stick",))
    assert (scene.place, scene.props) == (Place.BEACH, ("palm",))


# What belongs to what ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prompt",
    [
        "a blue car drives left while a yellow bus drives right",
        "파란 자동차가 왼쪽으로 달리고 노란 버스가 오른쪽으로 달린다",
        "青い車が左へ走り、黄色いバスが右へ走る",
    ],
)
def test_each_of_two_has_its_own_colour_and_direction(prompt: str) -> None:
    car, bus = read_prompt(prompt).subjects
    assert (car.sprite, car.color, car.motion, car.gait) == ("car", "blue", Motion.LEFT, Gait.DRIVE)
    assert (bus.sprite, bus.color, bus.motion) == ("bus", "yellow", Motion.RIGHT)


@pytest.mark.parametrize(
    ("prompt", "chaser"),
    [
        ("a dog chases a cat from right to left", "dog"),
        ("개가 고양이를 왼쪽으로 쫓는다", "dog"),
        ("고양이를 쫓는 개", "dog"),
        ("犬が猫を追いかける", "dog"),
        ("猫を追いかける犬", "dog"),
        ("a cat followed by a dog runs left", "dog"),
    ],
)
def test_the_chaser_follows_the_chased(prompt: str, chaser: str) -> None:
    subjects = read_prompt(prompt).subjects
    (behind,) = [s for s in subjects if s.follows is not None]
    assert behind.sprite == chaser
    assert subjects[behind.follows].sprite == "cat"
    assert {s.motion for s in subjects} in ({Motion.LEFT}, {Motion.RIGHT})


@pytest.mark.parametrize(
    "prompt", ["a cat and a dog run to the left", "고양이와 개가 왼쪽으로 달린다", "猫と犬が左へ走る"]
)
def test_two_joined_by_and_move_together(prompt: str) -> None:
    assert [(s.sprite, s.motion) for s in read_prompt(prompt).subjects] == [("cat", Motion.LEFT), ("dog", Motion.LEFT)]


@pytest.mark.parametrize(
    "prompt", ["a blue car next to a red bus", "파란 자동차 옆에 빨간 버스가 있다", "青い車の隣に赤いバスがある"]
)
def test_what_stands_beside(prompt: str) -> None:
    car, bus = read_prompt(prompt).subjects
    assert (car.color, bus.color, bus.follows) == ("blue", "red", 0)


def test_red_and_blue_balls_are_two_kinds() -> None:
    assert [s.color for s in read_prompt("red and blue balloons float up into the sky").subjects] == ["red", "blue"]


@pytest.mark.parametrize(
    "prompt", ["a cat under a pink sky", "분홍색 하늘 아래 고양이", "ピンクの空の下の猫", "a cat, the sky is pink"]
)
def test_a_colour_of_the_place_is_its_palette(prompt: str) -> None:
    scene = read_prompt(prompt)
    assert scene.subjects[0].color is None
    assert scene.palette == ((245, 130, 180),)


@pytest.mark.parametrize(
    ("prompt", "camera"),
    [
        ("the camera pans left over a lake", Camera.PAN_LEFT),
        ("The camera slowly moves to the right over a lake", Camera.PAN_RIGHT),
        ("zoom in on a castle", Camera.PUSH_IN),
        ("drone shot of a lake", Camera.AERIAL),
        ("카메라가 왼쪽으로 움직인다, 호수", Camera.PAN_LEFT),
        ("호수, 드론 샷", Camera.AERIAL),
        ("湖、カメラが左へパンする", Camera.PAN_LEFT),
        ("湖の空撮", Camera.AERIAL),
    ],
)
def test_the_camera_moves_and_the_subject_does_not(prompt: str, camera: Camera) -> None:
    scene = read_prompt(prompt)
    assert scene.camera is camera
    assert all(s.motion is Motion.STILL for s in scene.subjects)


@pytest.mark.parametrize(
    ("prompt", "weather"),
    [
        ("a dog in the rain", Weather.RAIN),
        ("a foggy forest", Weather.FOG),
        ("눈 내리는 숲", Weather.SNOW),
        ("비 오는 거리의 고양이", Weather.RAIN),
        ("霧の森", Weather.FOG),
        ("雪の降る村", Weather.SNOW),
        ("嵐の海", Weather.STORM),
    ],
)
def test_weather(prompt: str, weather: Weather) -> None:
    assert read_prompt(prompt).weather is weather


def test_a_word_with_two_meanings_is_read_by_its_neighbours() -> None:
    assert read_prompt("an orange on a kitchen table").subjects[0].sprite == "orange-fruit"
    assert read_prompt("an orange car").subjects[0].color == "orange"
    assert read_prompt("a bird flies up").subjects[0].motion is Motion.UP
    assert read_prompt("a man walks up the street").subjects[0].motion is Motion.RIGHT


def test_a_thing_said_twice_is_there_once() -> None:
    scene = read_prompt("A red fox sits in a forest. The fox runs to the left.")
    assert [(s.sprite, s.color, s.motion) for s in scene.subjects] == [("fox", "red", Motion.LEFT)]


def test_scenery_dresses_the_place_of_those_who_act() -> None:
    scene = read_prompt("a deer walks past pine trees")
    assert [s.sprite for s in scene.subjects] == ["deer"]
    assert scene.props == ("pine",)
    assert read_prompt("a pine tree").subjects[0].sprite == "pine"


def test_what_the_reader_decides_is_said() -> None:
    scene = read_prompt("a shark swims")
    assert scene.place is Place.UNDERWATER
    assert any("underwater" in a for a in scene.assumed)
    assert scene.understood == ("shark", "swims")
    assert not read_prompt("a shark swims left underwater").assumed


@pytest.mark.parametrize("prompt", ["neon signs in a city", "a candle in a room", "달이 뜬 호수", "花火と城"])
def test_what_shines_is_seen_at_night(prompt: str) -> None:
    scene = read_prompt(prompt)
    assert scene.time is TimeOfDay.NIGHT
    assert any("night" in a for a in scene.assumed)
    assert read_prompt(f"{prompt} morning").time is TimeOfDay.MORNING


def test_nothing_understood_is_a_slate() -> None:
    scene = read_prompt("xyzzy frobnicates the qux")
    assert scene.is_slate
    assert scene.unmatched == ("xyzzy", "frobnicates", "qux")
    assert read_prompt("").is_slate
    assert read_prompt("크르릉쿠쾅").is_slate
    assert read_prompt("形而上学").is_slate


def test_a_word_that_cannot_be_drawn_is_not_claimed() -> None:
    scene = read_prompt("a melancholic dog ponders existence")
    assert scene.understood == ("dog",)
    assert scene.unmatched == ("melancholic", "ponders", "existence")


# Revision --------------------------------------------------------------------------------------------

BASE = "a red ball rolls left across a desert at sunset"


@pytest.mark.parametrize(
    ("prompt", "changed"),
    [
        ("make it blue", {"color": "blue"}),
        ("파란색으로 바꿔줘", {"color": "blue"}),
        ("青くして", {"color": "blue"}),
        ("at night", {"time": TimeOfDay.NIGHT}),
        ("밤으로", {"time": TimeOfDay.NIGHT}),
        ("夜にして", {"time": TimeOfDay.NIGHT}),
        ("a cat instead", {"sprite": "cat", "color": None}),
        ("고양이로 바꿔", {"sprite": "cat", "color": None}),
        ("猫に変えて", {"sprite": "cat", "color": None}),
        ("in a forest", {"place": Place.FOREST}),
        ("make it go right", {"motion": Motion.RIGHT}),
        ("three of them", {"count": 3}),
        ("make the ball green", {"color": "green"}),
        ("xyzzy", {}),
    ],
)
def test_a_revision_changes_what_it_names_and_nothing_else(prompt: str, changed: dict[str, object]) -> None:
    def facts(scene: Scene) -> dict[str, object]:
        hero = scene.subjects[0]
        return {
            "sprite": hero.sprite, "color": hero.color, "motion": hero.motion, "count": hero.count,
            "place": scene.place, "time": scene.time, "weather": scene.weather, "subjects": len(scene.subjects),
        }  # fmt: skip

    before = read_prompt(BASE)
    after = revise(before, prompt)
    assert facts(after) == {**facts(before), **changed}
    assert not after.is_slate


def test_a_revision_can_add() -> None:
    after = revise(read_prompt(BASE), "add a brown dog")
    assert [(s.sprite, s.color) for s in after.subjects] == [("ball", "red"), ("dog", "brown")]


def test_a_revision_changes_pose_with_the_person() -> None:
    scene = read_prompt("a woman walks through a city street at night")
    assert revise(scene, "a man instead").subjects[0].sprite == "man-walking"
    assert revise(scene, "she is running").subjects[0].sprite == "woman-running"
    assert revise(scene, "in a red dress").subjects[0].color == "red"


# Every word is accounted for -------------------------------------------------------------------------


def english_content(prompt: str) -> set[str]:
    stop = vocabulary().grammar["en_stop"]
    return {w for w in re.findall(r"[a-z]+", prompt.lower()) if w not in stop}


ENGLISH_WORDS = st.sampled_from(
    sorted({w for words in nouns().values() for phrase in words["en"] for w in phrase.split()})
    + [
        w
        for name in ("colors", "motions", "places", "setting", "camera", "relations")
        for e in entries(name)
        for w in e["en"]
    ]
    + ["the", "a", "and", "in", "of", "with", ",", ".", "zorble", "frumious", "quux", "she", "is", "as", "like"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(ENGLISH_WORDS, max_size=14))
def test_every_content_word_is_understood_or_unmatched(words: list[str]) -> None:
    scene = read_prompt(" ".join(words))
    told = " ".join([*scene.understood, *scene.unmatched]).lower()
    used_as_grammar = {"with", "around"} | {
        w for e in entries("relations") for phrase in e["en"] for w in phrase.split()
    }
    assert english_content(" ".join(words)) - used_as_grammar - {"camera", "right"} <= set(re.findall(r"[a-z]+", told))


SIGNS = st.text(max_size=200) | st.text(
    alphabet=st.sampled_from(
        "빨간공이왼쪽으로굴러간다개두마리 赤いボールが左へ転がる三匹の犬 red ball 3 匹 , . 。ｱｲｳー\u3099\u1100\u1161"
    ),
    max_size=200,
)


@settings(max_examples=200, deadline=None)
@given(SIGNS)
def test_any_text_is_read(text: str) -> None:
    scene = read_prompt(text)
    assert scene == read_prompt(text)
    assert scene.is_slate is (not scene.understood)
    assert revise(read_prompt(BASE), text).subjects


@settings(max_examples=100, deadline=None)
@given(SIGNS)
def test_no_letter_is_lost_in_cutting(text: str) -> None:
    def letters(s: str) -> str:
        return "".join(c for c in s if re.match(r"[a-zA-Z0-9가-힣ぁ-ゖァ-ヺー一-鿿]", c))

    normal = unicodedata.normalize("NFKC", text)
    kept = letters("".join(t.text + (t.particle if not t.text.endswith(t.particle) else "") for t in cut(text)))
    for char in letters(normal):
        assert char in kept


def best_of(tries: int, prompt: str) -> float:
    """CPU seconds of the fastest of several readings."""
    times = []
    for _ in range(tries):
        start = time.process_time()
        read_prompt(prompt)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize(
    "unit", [" ".join(p[0] for p in t) + " " for t in (ENGLISH, KOREAN, JAPANESE)] + ["a-", "の", "뷁쉙 ", "1 "]
)
def test_reading_is_fast(unit: str) -> None:
    """Half the time of the stated 20 ms and 500 ms on an idle core; the bounds here leave room for a busy one."""
    long = unit * (32_000 // len(unit) + 1)
    assert best_of(3, unit[:120]) < 0.02
    assert best_of(3, long[:2_000]) < 0.08
    assert best_of(1, long[:32_000]) < 1.5


# The tables ------------------------------------------------------------------------------------------


def test_every_sprite_named_by_a_table_exists() -> None:
    known = set(vocabulary().sprites)
    table = json.loads((files("cutaway_runtime.engine.draft.words") / "nouns.json").read_text(encoding="utf-8"))
    assert set(table) <= known
    assert {p for e in entries("places") for p in e.get("props", ())} <= known
    assert {e[k] for e in entries("motions") for k in ("adds", "becomes", "carries") if k in e} <= known
    for entry in entries("places"):
        Place(entry["place"])
    for entry in entries("motions"):
        assert entry["motion"] in {"", "go"} or Motion(entry["motion"])
        assert "gait" not in entry or Gait(entry["gait"])


def test_a_sprite_is_a_drawing_or_drawn_and_has_a_size() -> None:
    table = json.loads((files("cutaway_runtime.engine.draft.words") / "sprites.json").read_text(encoding="utf-8"))
    for key, sprite in table.items():
        assert ("codepoint" in sprite) is not bool(sprite.get("drawn")), key
        assert sprite["faces"] in {"left", "right", "front"}
        assert 0 < sprite["height_m"] < 100
        Gait(sprite["gait"])


def test_whatever_the_reader_can_name_is_in_the_atlas() -> None:
    drawable = set(atlas.entries())
    poses = {
        f"{base}-{pose}"
        for base in ("person", "man", "woman", "child", "boy", "girl")
        for pose in ("walking", "running")
    }
    verbs = {e[k] for e in entries("motions") for k in ("adds", "becomes", "carries") if k in e}
    props = {p for e in entries("places") for p in e.get("props", ())}
    assert set(nouns()) | poses | verbs | props <= drawable


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_noun_names_two_sprites(language: str) -> None:
    owner: dict[str, str] = {}
    for key, words in nouns().items():
        for word in words[language]:
            assert owner.setdefault(word, key) == key, word


def test_colours_are_plenty_and_speak_three_languages() -> None:
    colors = entries("colors")
    assert sum(len(c["en"]) for c in colors) >= 60
    assert all(c["ko"] and c["ja"] for c in colors)


def test_the_published_vocabulary_is_current() -> None:
    page = (REPOSITORY / "docs" / "reference" / "draft-vocabulary.md").read_text(encoding="utf-8")
    assert page == vocabulary_page(), (
        "run: python -m cutaway_runtime.engine.draft.words.page > docs/reference/draft-vocabulary.md"
    )
