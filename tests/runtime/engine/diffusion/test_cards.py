"""Cards and characters through a real pipeline: a tiny Wan VACE with random weights."""

import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2] / "models"))

import tiny
import tiny_wan

from cutaway.home import Home
from cutaway.media.decode import Clip
from cutaway.wire import MediaFacts, Verb, VideoCreate
from cutaway_runtime.engine.base import Control
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.plan.cast import CHARACTER, Casting, role
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.plan.request import references
from cutaway_runtime.plan.shot import plan_shot
from cutaway_runtime.worker.play import play


class Watched:
    """An engine, and the canvases it was given."""

    def __init__(self, engine):
        self._engine = engine
        self.canvases = []

    @property
    def info(self):
        return self._engine.info

    @property
    def revision(self):
        return self._engine.revision

    def paint(self, canvas, control):
        self.canvases.append(canvas)
        return self._engine.paint(canvas, control)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tiny_wan.vace(tmp_path_factory.mktemp("vace"))
    return Diffusion(tiny.manifest_of(folder, "wan"), folder, home=Home(tmp_path_factory.mktemp("home")))


def picture(path, colour):
    Image.new("RGB", (64, 48), colour).save(path)
    return path


def told(engine, tmp_path, *cards, people=(), **body):
    """The frames of a request with cards, what its engine was shown, and how it was planned."""
    watched = Watched(engine)
    body = {"prompt": "dawn", "size": "64x48", "fps": "16", "seed": 5, **body, "cutaway": {"cards": list(cards)}}
    request = VideoCreate.model_validate(body)
    files = {name: picture(tmp_path / f"{name}.png", (20, 160, 60)) for name in references(request, Verb.GENERATE)}
    still = MediaFacts(kind="image", width=64, height=48)
    effective = resolve(request, Verb.GENERATE, dict.fromkeys(files, still), watched.info, seed=1, cast=people)
    for person, one in enumerate(effective.cast):
        for number in range(one.pictures):
            files[role(person, number)] = picture(tmp_path / f"{person}-{number}.png", (200, 30, 30))
    with ExitStack() as stack:
        clips = {
            name: stack.enter_context(Clip(path, alpha=name.startswith(CHARACTER))) for name, path in files.items()
        }
        shot = plan_shot(effective, request, clips, watched.info)
        frames = np.concatenate([chunk.copy() for chunk in play(shot, watched, Control(), tmp_path)])
    return frames, watched.canvases, effective


def test_each_card_has_its_words_and_its_picture_stands_at_its_frame(engine, tmp_path):
    robo = Casting(id="char_r", name="Robo", description="a red tin robot", pictures=2)
    cards = ({"at": 3, "image": "file_a"}, {"at": 7, "prompt": "Robo walks"})
    frames, canvases, effective = told(engine, tmp_path, *cards, num_frames=14, people=[robo])
    assert len(frames) == 14
    assert (frames[3] == (20, 160, 60)).all()
    assert [canvas.prompt for canvas in canvases] == ["dawn", "Robo walks Robo: a red tin robot"]
    first, second = canvases
    assert [known.range.start for known in first.known] == [3]
    assert second.known[0].range.start == 0, "it goes on from what was painted"
    assert np.array_equal(second.known[0].read(0, 1)[0], frames[7 - len(second.known[0].plate)])
    assert [int(plate.read(0, 1)[0, 24, 32, 0]) for plate in second.references] == [200, 200]
    assert {a.field: a.effective for a in effective.adjustments} == {"windows": 2}
    assert "each prompt is painted by itself" in effective.adjustments[0].reason


def test_the_same_cards_give_the_same_frames(engine, tmp_path):
    cards = ({"at": 5, "prompt": "noon"},)
    first, _, _ = told(engine, tmp_path, *cards, num_frames=10)
    again, _, _ = told(engine, tmp_path, *cards, num_frames=10)
    assert np.array_equal(first, again)


def test_the_last_card_leads_up_to_its_picture(engine, tmp_path):
    cards = ({"at": 5, "prompt": "noon"}, {"at": -1, "image": "file_a"})
    frames, canvases, _ = told(engine, tmp_path, *cards, num_frames=12)
    assert (frames[11] == (20, 160, 60)).all()
    assert [canvas.prompt for canvas in canvases] == ["dawn", "noon"]
    assert canvases[1].known[-1].range.end == canvases[1].frames


def test_a_loop_has_its_cards_read_together_and_the_answer_says_so(engine, tmp_path):
    body = {"prompt": "dawn", "num_frames": 12, "cutaway": {"cards": [{"at": 5, "prompt": "noon"}], "loop": True}}
    request = VideoCreate.model_validate({**body, "size": "64x48", "fps": "16"})
    effective = resolve(request, Verb.GENERATE, {}, engine.info, seed=1)
    assert [(a.field, a.requested, a.effective) for a in effective.adjustments if a.field == "cards"] == [
        ("cards", 2, 1)
    ]
