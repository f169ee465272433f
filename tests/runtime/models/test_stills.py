"""Stills: pictures from words are those of the bare pipelines; a still comes first where a model needs one."""

import sys
from pathlib import Path

import diffusers
import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

import tiny
import tiny_stills
import tiny_wan
from tiny import painted

from cutaway.home import Home
from cutaway.timebase import FrameRange
from cutaway.wire import Pattern, Rank, Verb
from cutaway_runtime.canvas import Known, Span
from cutaway_runtime.engine import catalog
from cutaway_runtime.engine.base import Cancelled, Control, EngineError, Notes
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.engine.diffusion.keyframe_first import fitted, known_size
from cutaway_runtime.engine.diffusion.routes import Stills
from cutaway_runtime.registry.manifest import Dtype, Grid, Schedule
from cutaway_runtime.registry.store import Store

STEPS = 2
# The Euler scheduler of diffusers reads a tensor into numpy in a way that numpy will stop to allow.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
KINDS = {
    "StableDiffusionPipeline": tiny_stills.stable_diffusion,
    "StableDiffusionXLPipeline": tiny_stills.stable_diffusion_xl,
    "StableDiffusion3Pipeline": tiny_stills.stable_diffusion_3,
    "FluxPipeline": tiny_stills.flux,
    "QwenImagePipeline": tiny_stills.qwen_image,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("stills")
    return lambda name: home / name if (home / name).exists() else KINDS[name](home / name)


def manifest(folder, **more):
    values = {"grid": tiny_stills.GRID, "schedule": Schedule(steps=STEPS, guidance=4.0)} | more
    return tiny.manifest_of(folder, "stills", **values)


def bare(folder, canvas, dtype=torch.float32, **more):
    pipe = diffusers.DiffusionPipeline.from_pretrained(folder, dtype=dtype)
    pipe.set_progress_bar_config(disable=True)
    values = {
        "prompt": canvas.prompt, "height": canvas.height, "width": canvas.width, "num_inference_steps": STEPS,
        "generator": torch.Generator("cpu").manual_seed(canvas.seed), "output_type": "np",
    } | more  # fmt: skip
    return (pipe(**values).images * 255).round().astype(np.uint8)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("negative", ["", "rain"])
def test_a_still_is_the_bare_call(folder, tmp_path, name, negative):
    engine = Diffusion(manifest(folder(name)), folder(name), home=Home(tmp_path))
    canvas = tiny.canvas(1, negative_prompt=negative)
    if name == "QwenImagePipeline":
        more = {"true_cfg_scale": 4.0, "negative_prompt": negative or " "}
    elif name == "FluxPipeline":
        more = {"guidance_scale": 4.0}
    else:
        more = {"guidance_scale": 4.0, "negative_prompt": negative or None}
    expected = bare(folder(name), canvas, **more)
    assert expected.shape == (1, 48, 64, 3)
    assert expected.std() > 1  # not one flat colour
    assert np.array_equal(painted(engine, canvas), expected)


def test_a_distilled_schedule_has_as_many_steps_as_sigmas(folder, tmp_path):
    told, name = [], "FluxPipeline"
    schedule = Schedule(guidance=1.0, sigmas=(1.0, 0.75, 0.5, 0.25))
    engine = Diffusion(manifest(folder(name), schedule=schedule), folder(name), home=Home(tmp_path))
    [frame] = engine.paint(tiny.canvas(1), Control(on_progress=lambda *step: told.append(step[:3])))
    assert [step for step in told if step[0] == "denoising"][-1] == ("denoising", 4, 4)
    expected = bare(folder(name), tiny.canvas(1), guidance_scale=1.0, sigmas=[1.0, 0.75, 0.5, 0.25])
    assert np.array_equal(frame, expected)


@pytest.mark.filterwarnings("ignore:`upcast_vae` is deprecated:FutureWarning")  # diffusers' own pipeline calls it
def test_in_half_precision_the_decoder_is_widened_and_left_as_it_was(folder, tmp_path):
    name = "StableDiffusionXLPipeline"
    engine = Diffusion(manifest(folder(name), dtype=Dtype.FP16), folder(name), home=Home(tmp_path))
    expected = bare(folder(name), tiny.canvas(1), dtype=torch.float16, guidance_scale=4.0)
    assert np.array_equal(painted(engine, tiny.canvas(1)), expected)
    told = []
    control = Control(on_progress=lambda *step: told.append(step), cancelled=lambda: len(told) > 2)
    with pytest.raises(Cancelled):
        list(engine.paint(tiny.canvas(1, seed=8), control))
    expected = bare(folder(name), tiny.canvas(1, seed=9), dtype=torch.float16, guidance_scale=4.0)
    assert np.array_equal(painted(engine, tiny.canvas(1, seed=9)), expected)
    mixed = manifest(folder(name), dtype=Dtype.FP16, dtypes={"vae": Dtype.FP32}, id="mixed")
    with pytest.raises(ValueError, match="takes both in one"):
        painted(Diffusion(mixed, folder(name), home=Home(tmp_path)), tiny.canvas(1))


def test_more_than_one_frame_is_refused(folder, tmp_path):
    name = "StableDiffusionPipeline"
    engine = Diffusion(manifest(folder(name)), folder(name), home=Home(tmp_path))
    with pytest.raises(ValueError, match="one picture, not 5 frames"):
        painted(engine, tiny.canvas(5))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A checkpoint that sets pictures in motion and cannot begin from words."""
    return tiny_wan.pictures(tmp_path_factory.mktemp("wan"))


@pytest.fixture
def motion(folder, pictures, tmp_path):
    """That checkpoint with another for its stills, both installed."""
    store = Store(tmp_path)
    store.put(manifest(folder("StableDiffusionPipeline"), id="tiny-stills"))
    made = tiny.manifest_of(pictures, "wan", id="tiny-motion", stills="tiny-stills")
    store.put(made)
    return Diffusion(made, pictures, home=Home(tmp_path))


def two_prompts():
    spans = (Span(FrameRange(0, 5), "a red car drives along the coast"), Span(FrameRange(5, 9), "rain on a window"))
    return tiny.canvas(9, spans=spans)


def test_words_become_a_still_first_then_its_motion(motion, folder, pictures, tmp_path):
    name, notes = "StableDiffusionPipeline", Notes()
    canvas = two_prompts()
    frames = painted(motion, canvas, notes)
    still = bare(folder(name), tiny.canvas(1, spans=(Span(FrameRange(0, 1), canvas.spans[0].prompt),)),
                 guidance_scale=4.0, negative_prompt=None)  # fmt: skip
    alone = Diffusion(tiny.manifest_of(pictures, "wan", id="other"), pictures, home=Home(tmp_path / "other"))
    expected = painted(alone, tiny.canvas(9, (Known(0, Stills(still)),), spans=canvas.spans))
    assert np.array_equal(frames, expected)
    assert notes.paths == ["composed: WanImageToVideoPipeline text"]
    assert [segment.method for segment in notes.segments] == [
        "WanImageToVideoPipeline, a still by tiny-stills first, then its motion"
    ]


def test_without_the_stills_words_are_refused(folder, pictures, tmp_path):
    engine = Diffusion(tiny.manifest_of(pictures, "wan", stills="tiny-stills"), pictures, home=Home(tmp_path))
    assert Pattern.TEXT not in engine.info.patterns
    with pytest.raises(EngineError, match="cannot be shown text"):
        painted(engine, tiny.canvas(9))


def test_the_catalogue_says_which_models_paint_from_words(motion, tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path))
    found = {info.id: info for info in catalog.models()}
    assert found["tiny-motion"].patterns[Pattern.TEXT] is Rank.COMPOSED
    assert found["tiny-motion"].verbs[Verb.GENERATE] is Rank.NATIVE  # from a first picture
    assert found["tiny-stills"].verbs == {}  # a picture is no shot
    assert catalog.default_models()[Verb.GENERATE] == "tiny-motion"
    assert motion.info == found["tiny-motion"]
    Store(tmp_path).remove("tiny-stills")
    assert Pattern.TEXT not in next(info for info in catalog.models() if info.id == "tiny-motion").patterns
    assert catalog.default_models()[Verb.GENERATE] == "draft"


def test_a_painter_of_pictures_alone_on_a_machine_makes_no_videos(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path))
    Store(tmp_path).put(manifest(folder("FluxPipeline"), id="tiny-stills"))
    assert "tiny-stills" in {info.id for info in catalog.models()}
    assert "tiny-stills" not in catalog.default_models().values()


def test_a_cancel_while_the_still_is_painted_ends_the_job(motion):
    told = []
    control = Control(on_progress=lambda *step: told.append(step[:3]), cancelled=lambda: len(told) > 3)
    with pytest.raises(Cancelled):
        list(motion.paint(two_prompts(), control))
    assert {phase.split(":")[0] for phase, _, _ in told} == {"the first picture"}
    assert len(painted(motion, two_prompts())) == 9


def test_stills_are_painted_at_a_size_their_model_knows_and_cut_to_the_shot():
    grid = Grid(size_multiple=16, sizes=("128x128",))
    assert known_size(64, 48, grid) == (160, 112)
    assert known_size(256, 128, grid) == (256, 128)
    wide = np.zeros((112, 160, 3), np.uint8)
    wide[:, :5] = wide[:, -5:] = 255  # what the shape of the shot leaves out
    assert fitted(wide, 64, 48).shape == (48, 64, 3)
    assert fitted(wide, 64, 48)[:, 2:-2].max() < 128
    assert fitted(wide, 160, 112) is wide


def test_a_stills_model_has_no_verbs(folder):
    info = info_of(manifest(folder("FluxPipeline")))
    assert info.verbs == {}
    assert info.patterns == {Pattern.TEXT: Rank.NATIVE}
