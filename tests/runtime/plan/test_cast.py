"""Characters in a request: how many of their pictures a model is shown, and what is refused."""

import numpy as np
import pytest

from cutaway.timebase import FrameRange, Rate
from cutaway.wire import ModelInfo, Rank, Verb
from cutaway_runtime.canvas import Canvas, Character, Span
from cutaway_runtime.engine.catalog import DRAFT
from cutaway_runtime.plan.cast import Casting, allotted
from cutaway_runtime.plan.request import PlanError
from cutaway_runtime.plan.shot import portrait

ANN, BEN = Casting(id="char_a", name="Ann", pictures=4), Casting(id="char_b", name="Ben", pictures=2)


def model(references):
    return ModelInfo(id="m", verbs={Verb.GENERATE: Rank.NATIVE}, references=references)


def test_a_draft_looks_at_everything():
    assert allotted([ANN, BEN], 0, DRAFT) == ([ANN, BEN], [])


@pytest.mark.parametrize(
    ("room", "sent", "shown"),
    [(6, 0, [4, 2]), (5, 0, [3, 2]), (4, 0, [2, 2]), (3, 0, [2, 1]), (2, 0, [1, 1]), (5, 2, [2, 1])],
)
def test_the_pictures_of_all_share_the_room(room, sent, shown):
    people, told = allotted([ANN, BEN], sent, model(room))
    assert [one.pictures for one in people] == shown
    assert {t.field for t in told} == {
        f"characters.{one.name}.pictures" for one, n in zip([ANN, BEN], shown, strict=True) if n < one.pictures
    }


def test_nobody_loses_all_pictures():
    with pytest.raises(
        PlanError, match=r"2 characters are meant .'Ann', 'Ben'.* takes 1 reference pic.* model draft"
    ) as e:
        allotted([ANN, BEN], 0, model(1), [DRAFT])
    assert e.value.code == "unsupported_capability"
    with pytest.raises(PlanError, match=r"3 of them taken by cutaway\.references"):
        allotted([ANN, BEN], 3, model(4))
    with pytest.raises(PlanError, match="takes no reference pictures"):
        allotted([ANN], 0, model(0))
    with pytest.raises(PlanError, match="at most 16"):
        allotted([ANN] * 17, 0, DRAFT)


def test_a_picture_is_shown_whole_on_white():
    picture = np.zeros((40, 20, 4), np.uint8)
    picture[10:30, 5:15] = (200, 0, 0, 255)
    [shown] = portrait(picture, 64, 32).read(0, 1)
    assert shown.shape == (32, 64, 3)
    assert (shown[:, :20] == 255).all()
    assert (shown[0] == 255).all()
    assert (shown[14:18, 31:33] == (200, 0, 0)).all()


def test_what_is_known_of_somebody_is_read_where_the_name_is():
    cast = (
        Character("Robo", "a red tin robot"),
        Character("Mina", "a girl in green", listed=True),
        Character("Cy", ""),
    )
    spans = (Span(FrameRange(0, 4), "Robo walks"), Span(FrameRange(4, 8), "a beach"))
    canvas = Canvas(8, 64, 36, Rate.parse(24), 1, spans=spans, cast=cast)
    assert canvas.prompt == "Robo walks a beach Robo: a red tin robot Mina: a girl in green"
    empty = Canvas(8, 64, 36, Rate.parse(24), 1, spans=spans[1:], cast=cast[:1])
    assert empty.prompt == "a beach"
