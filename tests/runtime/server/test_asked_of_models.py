"""What a request may ask of a real model, answered before anything is loaded: manifests are enough for that."""

import io
import json

import httpx
import pytest
from PIL import Image

from cutaway_runtime.registry.manifest import FolderSource, Grid, Manifest

WORDS, STILLS, WHOLE = "words", "stills", "whole"
PIPELINES = {WORDS: "WanPipeline", STILLS: "WanImageToVideoPipeline", WHOLE: "WanVACEPipeline"}
PAINTER = "painter"
"""Paints pictures from words, for models that cannot begin from them."""
SMALL = Grid(frame_multiple=4, frame_offset=1, max_frames=81, size_multiple=16, rates=("16",), sizes=("64x48",))


def png(color: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def runtime(make_one, tmp_path_factory):
    """A server on a machine where three models and a painter of stills are installed, whose weights are gone."""
    pytest.importorskip("diffusers")
    home = tmp_path_factory.mktemp("asked")
    one = Grid(max_frames=1, size_multiple=16, sizes=("64x64",))
    kinds = {name: ("wan", pipeline, SMALL) for name, pipeline in PIPELINES.items()}
    for name, (family, pipeline, grid) in (kinds | {PAINTER: ("stills", "FluxPipeline", one)}).items():
        folder = home / "models" / name
        folder.mkdir(parents=True)
        source = FolderSource(path=str(home / "gone"))
        manifest = Manifest(id=name, family=family, pipeline=pipeline, source=source, grid=grid)
        (folder / "manifest.json").write_text(manifest.model_dump_json())
    with make_one(home) as started:
        yield started


@pytest.fixture(scope="module")
def clip(runtime):
    """The id of a finished video of 8 frames."""
    return runtime.wait(runtime.create(size="64x48")["id"])["id"]


@pytest.fixture(scope="module")
def picture(runtime):
    """The id of an uploaded picture."""
    return runtime.post("/v1/files", files={"file": ("a.png", png())}, data={"purpose": "vision"}).json()["id"]


@pytest.fixture(scope="module", autouse=True)
def _busy(runtime, clip):
    """The worker has something else to do: a job that is accepted waits, and its weights are not missed."""
    long = runtime.create(size="1920x1080", num_frames=1440)["id"]
    runtime.worker().nice(19)
    yield
    runtime.client.delete(f"/v1/videos/{long}")


def ask(runtime, path="/v1/videos", **body) -> httpx.Response:
    return runtime.post(path, json={"prompt": "a red ball", "num_frames": 9, **body})


def refused(answer: httpx.Response) -> dict:
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]


def accepted(runtime, answer: httpx.Response) -> dict:
    """What a job was promised to be; the job itself is withdrawn, since nobody can paint it here."""
    assert answer.status_code == 200, answer.text
    video = answer.json()
    runtime.client.delete(f"/v1/videos/{video['id']}")
    return video


def test_a_model_says_what_it_can_be_shown(runtime):
    infos = {info["id"]: info for info in runtime.get("/v1/models").json()["data"]}
    assert infos[WHOLE]["references"] > 0
    assert infos[WHOLE]["patterns"]["head_tail"] == "native"
    assert infos[STILLS]["patterns"]["head"] == "degraded"
    assert infos[STILLS]["loses"]["head"]
    assert "text" not in infos[STILLS]["patterns"]


def test_words_alone_for_a_model_made_for_pictures(runtime):
    error = refused(ask(runtime, model=STILLS))
    assert (error["code"], error["param"]) == ("unsupported_capability", "input_reference")
    assert "send a first frame (input_reference)" in error["message"]
    assert f"use model {WHOLE} or {WORDS}" in error["message"]


@pytest.mark.parametrize("frames", [1, 9, 200])
def test_a_painter_of_pictures_is_asked_for_no_video_and_says_what_it_is_for(runtime, frames):
    error = refused(ask(runtime, model=PAINTER, num_frames=frames))
    assert (error["code"], error["param"]) == ("unsupported_capability", "model")
    assert "the first picture of a video" in error["message"]


def test_a_painter_of_pictures_is_nobodys_default(runtime):
    offered = runtime.get("/v1/cutaway/capabilities").json()
    assert PAINTER in {info["id"] for info in offered["models"]}
    assert PAINTER not in offered["default_models"].values()


def test_a_degraded_way_is_refused_until_it_is_allowed_and_then_reported(runtime, clip):
    body = {"model": STILLS, "video": {"id": clip}, "num_frames": 8}
    error = refused(ask(runtime, "/v1/videos/extensions", **body))
    assert (error["code"], error["param"]) == ("degraded_refused", "cutaway.allow_degraded")
    assert f"use model {WHOLE}" in error["message"]
    allowed = ask(runtime, "/v1/videos/extensions", **body, cutaway={"allow_degraded": True})
    assert accepted(runtime, allowed)["cutaway"]["rank"] == "degraded"


def test_a_request_that_names_no_model_goes_to_one_that_can(runtime, clip, picture):
    # Words alone, a picture of a character, and the two sides of a gap.
    assert accepted(runtime, ask(runtime))["model"] in {WHOLE, WORDS}
    assert accepted(runtime, ask(runtime, cutaway={"references": [picture]}))["model"] == WHOLE
    sides = {"before": {"id": clip}, "after": {"id": clip}}
    assert accepted(runtime, ask(runtime, cutaway={"fill": sides}))["model"] == WHOLE


def test_how_a_model_is_run_is_confirmed(runtime):
    told = {"profile": "low-memory", "steps": 4, "guidance": 1.5}
    about = accepted(runtime, ask(runtime, model=WORDS, cutaway=told))["cutaway"]
    assert (about["profile"], about["rank"]) == ("low-memory", "native")
    assert about.get("ignored_params", []) == []
    assert accepted(runtime, ask(runtime, model=WORDS))["cutaway"]["profile"] == "exact"


def test_what_is_drawn_by_rules_lists_what_it_does_not_read(runtime):
    told = {"profile": "fast", "steps": 4, "guidance": 0, "expand_prompt": True}
    about = accepted(runtime, ask(runtime, model="bars", cutaway=told))["cutaway"]
    assert about["ignored_params"] == ["profile", "steps", "guidance", "expand_prompt"]
    assert "profile" not in about
    assert "expanded_prompt" not in about


@pytest.mark.parametrize(
    ("told", "param"),
    [
        ({"steps": 0}, "cutaway.steps"),
        ({"guidance": -1}, "cutaway.guidance"),
        ({"profile": "slow"}, "cutaway.profile"),
        ({"references": ["video_1"] * 17}, "cutaway.references"),
        ({"references": [{"id": "a", "url": "b"}]}, "cutaway.references.0"),
    ],
)
def test_a_value_that_cannot_be_is_refused(runtime, told, param):
    error = refused(ask(runtime, cutaway=told))
    assert (error["code"], error["param"]) == ("invalid_request", param)


def test_more_pictures_than_a_model_takes_are_refused(runtime, picture):
    most = next(info["references"] for info in runtime.get("/v1/models").json()["data"] if info["id"] == WHOLE)
    error = refused(ask(runtime, model=WHOLE, cutaway={"references": [picture] * (most + 1)}))
    assert (error["code"], error["param"]) == ("unsupported_capability", "cutaway.references")
    assert f"use model {WHOLE}" in refused(ask(runtime, model=WORDS, cutaway={"references": [picture]}))["message"]


FORM = {"prompt": "a red ball", "num_frames": "9", "model": WHOLE}


def test_pictures_of_characters_in_a_form(runtime):
    before = set((runtime.home / "files").iterdir())
    files = [("cutaway[references][]", (name, png(name), "image/png")) for name in ("green", "blue")]
    video = accepted(runtime, runtime.post("/v1/videos", data={**FORM, "cutaway[steps]": "3"}, files=files))
    assert video["cutaway"]["rank"] == "native"
    assert len(set((runtime.home / "files").iterdir()) - before) == 2


def test_pictures_of_characters_as_json_in_a_form(runtime, picture):
    for fields in (
        {"cutaway": json.dumps({"references": [{"file_id": picture}, picture]})},
        {"cutaway[references]": json.dumps([{"file_id": picture}])},
        {"cutaway[references][]": picture},
    ):
        accepted(runtime, runtime.post("/v1/videos", data={**FORM, **fields}))


def test_a_picture_of_a_character_that_is_a_clip_needs_a_frame(runtime, clip):
    error = refused(ask(runtime, model=WHOLE, cutaway={"references": [{"id": clip}]}))
    assert (error["code"], error["param"]) == ("invalid_media", "reference.0")
    accepted(runtime, ask(runtime, model=WHOLE, cutaway={"references": [{"id": clip, "frame": -1}]}))
