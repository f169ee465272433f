"""Sixty sentences of colour, subject, motion and place, as people write them: 30 English, 15 Korean, 15 Japanese."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """A prompt and what a viewer of the clip must be able to say."""

    language: str
    prompt: str
    color: str
    direction: str
    place: str


_ENGLISH = """
a red ball rolls left across a desert at sunset | red left desert
A blue car drives to the right through a snowy field | blue right snow
a yellow balloon rises over a green meadow | yellow up meadow
An orange cat walks left along a city street | orange left city
a green truck driving right across the desert | green right desert
a purple fish swims to the left under the sea | purple left underwater
a white boat sails right on the ocean | white right ocean
a black dog runs left on a sunny beach | black left beach
A pink bird flies to the right through a forest | pink right forest
a red rocket flies up in outer space | red up space
a yellow bus drives left through a city at night | yellow left city
a blue kite rises over a beach | blue up beach
an orange fox running right across the snow | orange right snow
a white rabbit hops left in a meadow | white left meadow
a green turtle swims upward underwater | green up underwater
a red train rides left through the mountains | red left mountain
a purple car goes from left to right on a city street | purple right city
a black horse gallops right across a green field | black right meadow
a yellow submarine dives down deep under the ocean | yellow down underwater
a blue robot walks right on a sandy beach | blue right beach
a pink balloon floats up over the desert | pink up desert
a white airplane flies left above the mountains | white left mountain
a red bicycle rolls right along a forest path | red right forest
an orange boat drifts left across the sea | orange left ocean
a green balloon rises above a snowy plain | green up snow
a purple butterfly flutters right over a meadow full of flowers | purple right meadow
a blue whale swims left in the deep sea | blue left underwater
a red crab walks right along the beach | red right beach
a yellow rocket flies to the right through space | yellow right space
an orange maple leaf falls slowly in a forest | orange down forest
"""

_KOREAN = """
파란 자동차가 눈 덮인 들판에서 오른쪽으로 달린다 | blue right snow
빨간 공이 사막에서 왼쪽으로 굴러간다 | red left desert
노란 풍선이 초원 위로 떠오른다 | yellow up meadow
하얀 배가 바다 위에서 왼쪽으로 항해한다 | white left ocean
검은 고양이가 도시 거리에서 왼쪽으로 걸어간다 | black left city
초록색 트럭이 사막을 가로질러 오른쪽으로 달린다 | green right desert
보라색 물고기가 바닷속에서 오른쪽으로 헤엄친다 | purple right underwater
주황색 연이 해변에서 하늘 위로 올라간다 | orange up beach
분홍색 새가 숲속에서 왼쪽으로 날아간다 | pink left forest
빨간 로켓이 우주에서 위로 날아오른다 | red up space
파란 로봇이 해변에서 오른쪽으로 걷는다 | blue right beach
노란 기차가 산을 지나 오른쪽으로 달린다 | yellow right mountain
노란 나뭇잎이 숲에서 아래로 떨어진다 | yellow down forest
검은 말이 푸른 들판을 왼쪽으로 달린다 | black left meadow
밤거리에서 빨간 버스가 왼쪽으로 간다 | red left city
"""

_JAPANESE = """
緑の風船が海の上を左へ飛ぶ | green left ocean
赤いボールが砂漠を右へ転がる | red right desert
青い車が雪原を左へ走る | blue left snow
黄色いバスが街の通りを右へ走る | yellow right city
黒い犬が砂浜を右へ走る | black right beach
白い船が海を右へ進む | white right ocean
紫の魚が水中を左へ泳ぐ | purple left underwater
オレンジ色の猫が草原を右へ歩く | orange right meadow
ピンクの鳥が森の中を右へ飛ぶ | pink right forest
赤いロケットが宇宙を上へ飛んでいく | red up space
青い電車が山の中を左へ走る | blue left mountain
ピンクの風船が雪原の上に昇っていく | pink up snow
黄色い気球が山の上に昇っていく | yellow up mountain
白い馬が草原を左へ駆ける | white left meadow
赤い自転車が夜の街を左へ走る | red left city
"""


def _cases(language: str, text: str) -> list[Case]:
    out = []
    for line in text.strip().splitlines():
        prompt, facts = line.split("|")
        color, direction, place = facts.split()
        out.append(Case(language, prompt.strip(), color, direction, place))
    return out


CASES = [*_cases("en", _ENGLISH), *_cases("ko", _KOREAN), *_cases("ja", _JAPANESE)]
