"""Stable Video Diffusion: what the engine paints is what the bare pipeline paints."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderKLTemporalDecoder,
    EulerDiscreteScheduler,
    StableVideoDiffusionPipeline,
    UNetSpatioTemporalConditionModel,
)
from PIL import Image
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

sys.path.insert(0, str(Path(__file__).parent))

import tiny
from tiny import painted

from cutaway.home import Home
from cutaway.timebase import Rate
from cutaway.wire import Pattern, Rank
from cutaway_runtime.canvas import Known
from cutaway_runtime.engine.base import Cancelled, Control, Notes
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.registry.manifest import Grid, Schedule

GRID = Grid(
    frame_multiple=1, frame_offset=0, min_frames=2, max_frames=25, size_multiple=64, rates=("7",), sizes=("64x64",)
)
STEPS = 3
# The Euler scheduler of diffusers reads a tensor into numpy in a way that numpy will stop to allow.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("svd")
    StableVideoDiffusionPipeline(
        vae=AutoencoderKLTemporalDecoder(
            block_out_channels=(32, 32, 32, 32),
            down_block_types=("DownEncoderBlock2D",) * 4,
            latent_channels=4,
            layers_per_block=1,
        ).eval(),
        image_encoder=CLIPVisionModelWithProjection(
            CLIPVisionConfig(
                hidden_size=32,
                projection_dim=32,
                num_hidden_layers=2,
                num_attention_heads=4,
                image_size=224,
                intermediate_size=37,
                patch_size=32,
            )
        ).eval(),
        unet=UNetSpatioTemporalConditionModel(
            block_out_channels=(32, 32, 32, 32),
            layers_per_block=1,
            sample_size=32,
            in_channels=8,
            out_channels=4,
            cross_attention_dim=32,
            num_attention_heads=4,
            projection_class_embeddings_input_dim=96,
            addition_time_embed_dim=32,
        ).eval(),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            interpolation_type="linear",
            num_train_timesteps=1000,
            prediction_type="v_prediction",
            sigma_max=700.0,
            sigma_min=0.002,
            steps_offset=1,
            timestep_spacing="leading",
            timestep_type="continuous",
            use_karras_sigmas=True,
        ),
        feature_extractor=CLIPImageProcessor(crop_size=224, size=224),
    ).save_pretrained(folder)
    return folder


@pytest.fixture
def engine(checkpoint, tmp_path):
    return lambda **more: Diffusion(
        tiny.manifest_of(checkpoint, "svd", **{"grid": GRID, "schedule": Schedule(steps=STEPS, guidance=3.0)} | more),
        checkpoint,
        home=Home(tmp_path),
    )


def canvas(frames=3, rate="7", **more):
    still = tiny.footage(1, width=64, height=64)
    return tiny.canvas(frames, (Known(0, still),), width=64, height=64, rate=Rate.parse(rate), **{"spans": ()} | more)


def bare(checkpoint, canvas, **more):
    pipe = StableVideoDiffusionPipeline.from_pretrained(checkpoint)
    pipe.set_progress_bar_config(disable=True)
    values = {
        "height": canvas.height, "width": canvas.width, "num_frames": canvas.frames, "num_inference_steps": STEPS,
        "max_guidance_scale": 3.0, "output_type": "np", "generator": torch.Generator("cpu").manual_seed(canvas.seed),
    } | more  # fmt: skip
    frames = pipe(Image.fromarray(canvas.known[0].read(0, 1)[0]), **values).frames[0]
    return (frames * 255).round().astype(np.uint8)


def test_a_picture_to_video_is_the_bare_call(checkpoint, engine):
    expected = bare(checkpoint, canvas())
    assert expected.shape == (3, 64, 64, 3)
    assert expected.std() > 1  # not one flat colour
    assert np.array_equal(painted(engine(), canvas()), expected)


def test_it_is_told_the_rate_of_the_canvas(checkpoint, engine):
    slow, fast = canvas(), canvas(rate="30000/1001")
    expected = bare(checkpoint, fast, fps=30)
    assert np.array_equal(painted(engine(), fast), expected)
    assert not np.array_equal(painted(engine(), slow), expected)


def test_words_make_no_difference_and_that_is_said(engine):
    notes, silent = Notes(), Notes()
    with_words = tiny.canvas(3).spans
    spoken = canvas(spans=with_words)
    assert np.array_equal(painted(engine(), spoken, notes), painted(engine(), canvas(), silent))
    assert any("prompt ignored" in warning for warning in notes.warnings)
    assert not any("prompt ignored" in warning for warning in silent.warnings)


def test_a_distilled_schedule_has_as_many_steps_as_sigmas(checkpoint, engine):
    told, sigmas = [], (80.0, 20.0, 4.0, 0.5)
    painter = engine(schedule=Schedule(guidance=1.0, sigmas=sigmas))
    frames = list(painter.paint(canvas(), Control(on_progress=lambda *step: told.append(step[:3]))))
    assert [step for phase, step, _ in told if phase == "denoising"][-4:] == [1, 2, 3, 4]
    assert {total for phase, _, total in told if phase == "denoising"} == {4}
    expected = bare(checkpoint, canvas(), sigmas=[*sigmas, 0.0], max_guidance_scale=1.0)
    assert np.array_equal(np.concatenate(frames), expected)


def test_a_cancel_at_any_step_leaves_the_engine_as_it_was(checkpoint, engine):
    painter = engine()
    for stop in range(STEPS):
        told = []
        control = Control(
            on_progress=lambda *step, told=told: told.append(step[:3]),
            cancelled=lambda told=told, stop=stop: ("denoising", stop, STEPS) in told,
        )
        with pytest.raises(Cancelled):
            list(painter.paint(canvas(), control))
    assert np.array_equal(painted(painter, canvas()), bare(checkpoint, canvas()))


def test_a_size_it_cannot_halve_often_enough_is_refused(engine):
    with pytest.raises(ValueError, match="multiples of 64, not 64x48"):
        painted(engine(), tiny.canvas(4, (Known(0, tiny.footage(1)),), spans=()))


def test_it_moves_pictures_and_nothing_else(checkpoint):
    patterns = info_of(tiny.manifest_of(checkpoint, "svd")).patterns
    assert {p for p, rank in patterns.items() if rank is Rank.NATIVE} == {Pattern.FIRST}
    assert Pattern.TEXT not in patterns
