"""What the draft engine shows for sixty sentences, judged from decoded frames.

Rates are over all sixty; the same clips must fail against captions of other clips, and the opposite word
must turn the picture round. Thresholds are the project's promise and are not for adjusting.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pytest
from semantics.checker import Verdict, judge
from semantics.film import canvas, filmed
from semantics.prompts import CASES

from cutaway_runtime.engine import catalog
from cutaway_runtime.engine.base import Control

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway_runtime.engine.base import Engine

ATTRIBUTES = ("color", "direction", "place")
OBEYED, BY_CHANCE = 0.95, 0.35

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Engine:
    return catalog.load("draft")


@pytest.fixture(scope="module")
def verdicts(engine: Engine) -> list[Verdict]:
    return [judge(filmed(engine, case.prompt, seed)) for seed, case in enumerate(CASES)]


def _agreement(verdicts: list[Verdict], order: NDArray[np.int64], attribute: str) -> float:
    wanted = [getattr(CASES[i], attribute) for i in order]
    return float(np.mean([getattr(v, attribute) == w for v, w in zip(verdicts, wanted, strict=True)]))


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_picture_shows_what_the_sentence_says(verdicts: list[Verdict], attribute: str) -> None:
    rate = _agreement(verdicts, np.arange(len(CASES)), attribute)
    wrong = [
        f"{case.prompt!r}: {getattr(seen, attribute)}, not {getattr(case, attribute)}"
        for case, seen in zip(CASES, verdicts, strict=True)
        if getattr(seen, attribute) != getattr(case, attribute)
    ]
    assert rate >= OBEYED, "\n".join(wrong)


@pytest.mark.parametrize("language", ["en", "ko", "ja"])
def test_every_language_is_understood(verdicts: list[Verdict], language: str) -> None:
    hits = defaultdict(list)
    for case, seen in zip(CASES, verdicts, strict=True):
        if case.language == language:
            for attribute in ATTRIBUTES:
                hits[attribute].append(getattr(seen, attribute) == getattr(case, attribute))
    # Fifteen sentences: one miss is 0.93.
    assert {a: float(np.mean(h)) for a, h in hits.items() if np.mean(h) < 0.93} == {}


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_same_clips_do_not_show_what_other_sentences_say(verdicts: list[Verdict], attribute: str) -> None:
    rng = np.random.default_rng(11)
    rates = [_agreement(verdicts, rng.permutation(len(CASES)), attribute) for _ in range(50)]
    assert np.mean(rates) <= BY_CHANCE


def _painted(engine: Engine, prompt: str, seed: int) -> NDArray[np.uint8]:
    return np.concatenate([chunk.copy() for chunk in engine.paint(canvas(prompt, seed), Control())])


@pytest.mark.parametrize("prompt", [CASES[0].prompt, CASES[12].prompt, CASES[34].prompt])
def test_a_seed_fixes_every_pixel_and_another_seed_gives_another_picture(engine: Engine, prompt: str) -> None:
    one, again, other = _painted(engine, prompt, 5), _painted(engine, prompt, 5), _painted(engine, prompt, 6)
    assert np.array_equal(one, again)
    assert _psnr(one, other) < 40


def test_a_fresh_engine_paints_the_same_frames(engine: Engine) -> None:
    prompt = CASES[3].prompt
    assert np.array_equal(_painted(engine, prompt, 9), _painted(catalog.load("draft"), prompt, 9))


@pytest.mark.parametrize(
    "prompt",
    ["a red car drives {} across a desert", "a white dog runs {} on a beach", "a blue fish swims {} underwater"],
)
def test_the_opposite_word_turns_the_picture_round(engine: Engine, prompt: str) -> None:
    for seed in (1, 2):
        left, right = (judge(filmed(engine, prompt.format(word), seed)) for word in ("left", "right"))
        assert left.travel[0] < -0.1
        assert right.travel[0] > 0.1


def test_another_colour_word_changes_the_colour_and_leaves_place_and_way(engine: Engine) -> None:
    seen = [judge(filmed(engine, f"a {color} car drives right across a desert", 4)) for color in ("red", "blue")]
    assert [v.color for v in seen] == ["red", "blue"]
    assert {(v.direction, v.place) for v in seen} == {("right", "desert")}


def _psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    error = float(np.mean((one.astype(np.float32) - other.astype(np.float32)) ** 2))
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)
