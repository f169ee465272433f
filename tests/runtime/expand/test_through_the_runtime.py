"""From the client to a model and back: a character's picture, a prompt that is written out, and how it was painted."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("diffusers")
sys.path.insert(0, str(Path(__file__).parents[1] / "models"))

import tiny_wan
from tiny import footage, manifest_of

from cutaway import Cutaway
from cutaway.client import local
from cutaway.errors import BadRequest
from cutaway.media.decode import Clip

PROSE = "A red car drives along the coast at dusk while the camera pans slowly. Rain runs down a window in front."


@pytest.fixture
def client(server, tmp_path, monkeypatch):
    """A client whose runtime has one model, a tiny Wan VACE with random weights, and a chat server to ask."""
    home = tmp_path / "home"
    manifest = manifest_of(tiny_wan.vace(tmp_path / "vace"), "wan", id="tiny-vace")
    (home / "models/tiny-vace").mkdir(parents=True)
    (home / "models/tiny-vace/manifest.json").write_text(manifest.model_dump_json())
    monkeypatch.setenv("CUTAWAY_HOME", str(home))
    monkeypatch.setenv("CUTAWAY_EXPANDER_URL", server.url)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("CUTAWAY_BASE_URL", raising=False)
    server.script["answer"] = (200, server.chat(PROSE))
    with Cutaway() as made:
        yield made
        local.stop()


def frames(video, path):
    with Clip(video.save(path)) as clip:
        return clip.read(0, len(clip))


@pytest.mark.slow
def test_what_a_request_asks_of_a_model_reaches_it_and_comes_back(client, server, tmp_path):
    png = io.BytesIO()
    Image.fromarray(footage(1, seed=5).read(0, 1)[0]).save(png, "PNG")
    shape = {"num_frames": 9, "rate": 16, "size": "64x48", "seed": 3, "steps": 2, "guidance": 3.0}

    def made(prompt, name, **more):
        video = client.videos.create(prompt=prompt, **shape, **more).wait(timeout=240)
        return video, frames(video, tmp_path / f"{name}.mp4")

    video, painted = made("a red car", "a", references=[png.getvalue()], profile="exact", expand_prompt=True)
    about = video.cutaway
    assert (video.model, video.prompt, about.expanded_prompt) == ("tiny-vace", "a red car", PROSE)
    assert (about.rank, about.profile, about.ignored_params) == ("native", "exact", [])
    assert "WanVACEPipeline" in about.path
    assert painted.shape == (9, 48, 64, 3)
    assert len(server.seen) == 1

    said, by_hand = made(PROSE, "b", references=[png.getvalue()])
    assert said.cutaway.expanded_prompt is None
    assert np.array_equal(by_hand, painted), "what was written out is what was painted"
    _, alone = made(PROSE, "c")
    assert not np.array_equal(alone, by_hand), "the picture of the character was seen"

    infos = {info.id: info for info in client.models.list()}
    with pytest.raises(BadRequest, match="takes at most") as refused:
        client.videos.create(
            prompt="x", model="tiny-vace", references=[png.getvalue()] * (infos["tiny-vace"].references + 1)
        )
    assert refused.value.param == "cutaway.references"
