"""The judge before the judged: it must be right about films whose contents are known, and not be pleased by guesses."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from semantics.checker import Verdict, judge
from semantics.places import PLACES
from semantics.prompts import CASES
from semantics.truth import DIRECTIONS, INKS, PAINTERS, Truth, film

ATTRIBUTES = ("color", "direction", "place")
COUNT = 50


def _truths() -> list[Truth]:
    """Every colour, direction and place about equally often, in pairs drawn by chance."""
    rng = np.random.default_rng(20)
    columns = [
        rng.permutation([names[i % len(names)] for i in range(COUNT)])
        for names in (list(INKS), list(DIRECTIONS), list(PAINTERS))
    ]
    truths = [Truth(*(str(v) for v in row)) for row in zip(*columns, strict=True)]
    # What cannot be seen cannot be judged: white on snow and black before black.
    return [t for t in truths if (t.color, t.place) not in {("white", "snow"), ("black", "space")}]


def agreement(verdicts: list[Verdict], wanted: list[Truth], attribute: str) -> float:
    hits = [getattr(v, attribute) == getattr(t, attribute) for v, t in zip(verdicts, wanted, strict=True)]
    return sum(hits) / len(hits)


@pytest.fixture(scope="module")
def truths() -> list[Truth]:
    return _truths()


@pytest.fixture(scope="module")
def verdicts(truths: list[Truth]) -> list[Verdict]:
    return [judge(film(truth, seed=700 + i, frames=24)) for i, truth in enumerate(truths)]


@pytest.mark.slow
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_the_judge_is_right_about_known_films(verdicts: list[Verdict], truths: list[Truth], attribute: str) -> None:
    wrong = [(t, v) for t, v in zip(truths, verdicts, strict=True) if getattr(v, attribute) != getattr(t, attribute)]
    assert agreement(verdicts, truths, attribute) >= 0.95, wrong


@pytest.mark.slow
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_captions_of_other_films_do_not_please_it(verdicts: list[Verdict], truths: list[Truth], attribute: str) -> None:
    rng = np.random.default_rng(3)
    rates = [
        agreement(verdicts, [truths[i] for i in rng.permutation(len(truths))], attribute) for _ in range(20)
    ]  # fmt: skip
    assert np.mean(rates) <= 0.35


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_no_constant_answer_fits_the_prompts(attribute: str) -> None:
    counts = Counter(getattr(case, attribute) for case in CASES)
    best = counts.most_common(1)[0][1] / len(CASES)
    assert best <= (0.5 if attribute == "direction" else 0.35), counts


def test_a_mirrored_film_travels_the_other_way() -> None:
    shown = film(Truth("red", "left", "meadow"), seed=1, frames=24)
    assert judge(shown).direction == "left"
    assert judge(np.ascontiguousarray(shown[:, :, ::-1])).direction == "right"


def test_a_film_run_backwards_travels_the_other_way() -> None:
    shown = film(Truth("blue", "up", "desert"), seed=2, frames=24)
    assert judge(shown).direction == "up"
    assert judge(np.ascontiguousarray(shown[::-1])).direction == "down"


def test_a_still_picture_with_grain_goes_nowhere() -> None:
    rng = np.random.default_rng(0)
    picture = film(Truth("red", "left", "beach"), seed=4, frames=8)[0].astype(np.int16)
    grain = rng.normal(0, 2.5, (16, *picture.shape))
    verdict = judge(np.clip(picture + grain, 0, 255).astype(np.uint8))
    assert (verdict.direction, verdict.color) == ("still", "none")


def test_a_recoloured_hero_changes_the_colour_and_nothing_else() -> None:
    one, two = (judge(film(Truth(color, "right", "ocean"), seed=5, frames=24)) for color in ("red", "yellow"))
    assert (one.color, two.color) == ("red", "yellow")
    assert (one.direction, one.place) == (two.direction, two.place) == ("right", "ocean")


def test_the_prompts_are_sixty_in_three_languages_over_the_places_the_judge_knows() -> None:
    assert Counter(case.language for case in CASES) == {"en": 30, "ko": 15, "ja": 15}
    assert len({case.prompt for case in CASES}) == 60
    assert {case.place for case in CASES} == set(PLACES)
    assert {case.color for case in CASES} == set(INKS)
