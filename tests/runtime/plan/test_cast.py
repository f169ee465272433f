"""Characters in a request: how many of their pictures a model is shown, and what is refused."""

from contextlib import ExitStack

import numpy as np
import pytest
from PIL import Image

from cutaway.media.decode import Clip
from cutaway.timebase import FrameRange, Rate
from cutaway.wire import MediaFacts, ModelInfo, Rank, Verb, VideoCreate
from cutaway_runtime.canvas import Canvas, Character, Span
from cutaway_runtime.engine.catalog import DRAFT
from cutaway_runtime.plan.cast import CHARACTER, Casting, allotted, role
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.plan.request import PlanError, references
from cutaway_runtime.plan.shot import plan_shot, portrait

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


class TestCanvas:
    """From a request that names somebody to what a model is shown."""

    PEOPLE = (
        Casting(id="char_a", name="Ann", pictures=2, description="in green"),
        Casting(id="char_b", name="Ben", pictures=1, listed=True),
    )

    @pytest.fixture
    def stills(self, tmp_path):
        """The stills of both, by role: (40, 20) RGBA, each in a colour of its own."""
        made = {}
        for number, name in enumerate([role(0, 0), role(0, 1), role(1, 0), "reference.0"]):
            picture = np.zeros((40, 20, 4), np.uint8)
            picture[5:35, 4:16] = (60 * (number + 1), 0, 0, 255)
            Image.fromarray(picture).save(tmp_path / f"{name}.png")
            made[name] = tmp_path / f"{name}.png"
        return made

    def canvas(self, stills, info, prompt="Ann waves", **extras):
        body = {"prompt": prompt, "size": "64x36", "num_frames": 8, "fps": "24", "cutaway": extras}
        request = VideoCreate.model_validate(body)
        facts = dict.fromkeys(references(request, Verb.GENERATE), MediaFacts(kind="image", width=20, height=40))
        effective = resolve(request, Verb.GENERATE, facts, info, seed=1, cast=self.PEOPLE)
        with ExitStack() as stack:
            clips = {
                name: stack.enter_context(Clip(path, alpha=name.startswith(CHARACTER)))
                for name, path in stills.items()
                if name in facts or name.startswith(CHARACTER)
            }
            [paint] = plan_shot(effective, request, clips, info).pieces
            return paint.canvas, [int(plate.read(0, 1)[0, 18, 32, 0]) for plate in paint.canvas.references]

    def test_a_model_is_shown_as_many_pictures_as_it_takes(self, stills):
        canvas, shown = self.canvas(stills, model(3))
        assert shown == [60, 120, 180]
        assert self.canvas(stills, model(2))[1] == [60, 180], "one of each"
        assert self.canvas(stills, model(4), references=[{"file_id": "file_r"}])[1] == [240, 60, 120, 180]
        assert canvas.prompt == "Ann waves Ann: in green"

    def test_a_draft_gets_the_pictures_with_their_alpha(self, stills):
        canvas, shown = self.canvas(stills, DRAFT)
        assert shown == []
        assert [(one.name, len(one.pictures), one.listed) for one in canvas.cast] == [
            ("Ann", 2, False),
            ("Ben", 1, True),
        ]
        assert canvas.cast[0].pictures[1].shape == (40, 20, 4)
        assert canvas.cast[0].pictures[1][0, 0, 3] == 0

    def test_names_may_be_lost_where_a_prompt_is_written_out(self, stills):
        canvas, _ = self.canvas(stills, model(3), expand_prompt=True)
        assert all(one.listed for one in canvas.cast)
