"""SkyReels-V2: what the engine paints is what the bare pipelines paint."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import (
    SkyReelsV2DiffusionForcingImageToVideoPipeline,
    SkyReelsV2DiffusionForcingPipeline,
    SkyReelsV2DiffusionForcingVideoToVideoPipeline,
    SkyReelsV2Transformer3DModel,
    UniPCMultistepScheduler,
)
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

import tiny
from tiny import bare, painted

from cutaway.home import Home
from cutaway.timebase import Rate
from cutaway.wire import Pattern, Rank
from cutaway_runtime.canvas import Known
from cutaway_runtime.engine.base import Cancelled, Control
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.models import skyreels
from cutaway_runtime.registry.manifest import Grid, Schedule

GRID = Grid(max_frames=97, rates=("24",), sizes=("64x48",), window_context=5)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("skyreels")
    parts = tiny.wan_parts()
    torch.manual_seed(1)
    transformer = SkyReelsV2Transformer3DModel(
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=16,
        out_channels=16,
        text_dim=32,
        ffn_dim=32,
        num_layers=2,
        rope_max_seq_len=32,
        inject_sample_info=True,
    ).eval()
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=8.0)
    parts |= {"transformer": transformer, "scheduler": scheduler}
    SkyReelsV2DiffusionForcingPipeline(**parts).save_pretrained(folder)
    return folder


@pytest.fixture
def engine(checkpoint, tmp_path):
    return lambda **more: Diffusion(
        tiny.manifest_of(checkpoint, "skyreels", **{"grid": GRID} | more), checkpoint, home=Home(tmp_path)
    )


def images(plate):
    return [Image.fromarray(frame) for frame in plate.read(0, len(plate))]


def test_text_to_video_is_the_bare_call(checkpoint, engine):
    canvas = tiny.canvas(9)
    pipe = SkyReelsV2DiffusionForcingPipeline.from_pretrained(checkpoint)
    expected = bare(pipe, canvas, num_frames=9, fps=16)
    assert np.array_equal(painted(engine(), canvas), expected)
    assert expected.std() > 1  # not one flat colour


def test_it_is_told_the_rate_of_the_canvas(checkpoint, engine):
    canvas = tiny.canvas(9, rate=Rate.parse("24000/1001"))
    pipe = SkyReelsV2DiffusionForcingPipeline.from_pretrained(checkpoint)
    expected = bare(pipe, canvas, num_frames=9, fps=24)
    assert np.array_equal(painted(engine(), canvas), expected)
    assert not np.array_equal(bare(pipe, canvas, num_frames=9, fps=16), expected)


@pytest.mark.parametrize("both", [False, True])
def test_pictures_to_video_are_the_bare_call(checkpoint, engine, both):
    first, last = tiny.footage(1, seed=1), tiny.footage(1, seed=2)
    known = (Known(0, first), Known(8, last))[: 1 + both]
    pipe = SkyReelsV2DiffusionForcingImageToVideoPipeline.from_pretrained(checkpoint)
    more = {"last_image": images(last)[0]} if both else {}
    expected = bare(pipe, tiny.canvas(9), num_frames=9, fps=16, image=images(first)[0], **more)
    assert len(expected) == 9
    assert np.array_equal(painted(engine(), tiny.canvas(9, known)), expected)


def test_a_shot_goes_on_as_the_bare_call_goes_on(checkpoint, engine):
    clip = tiny.footage(5)
    pipe = SkyReelsV2DiffusionForcingVideoToVideoPipeline.from_pretrained(checkpoint)
    expected = bare(
        pipe, tiny.canvas(13), num_frames=13, fps=16, video=images(clip), overlap_history=5, base_num_frames=13
    )
    frames = painted(engine(), tiny.canvas(13, (Known(0, clip),)))
    assert len(expected) == 5 + 13  # the footage, then what was painted, which begins with the footage
    assert np.array_equal(frames, expected[5:])


def test_footage_off_the_grid_is_seen_from_its_end(checkpoint, engine):
    clip = tiny.footage(7)
    pipe = SkyReelsV2DiffusionForcingVideoToVideoPipeline.from_pretrained(checkpoint)
    expected = bare(
        pipe, tiny.canvas(13), num_frames=13, fps=16, video=images(clip)[2:], overlap_history=5, base_num_frames=13
    )
    frames = painted(engine(), tiny.canvas(13, (Known(0, clip),)))
    assert np.array_equal(frames[2:], expected[5:][:11])
    assert np.array_equal(frames[:2], clip.read(0, 2))


def test_short_footage_is_seen_with_its_first_frame_held(checkpoint, engine):
    clip = tiny.footage(3)
    held = images(clip)[:1] * 2 + images(clip)
    pipe = SkyReelsV2DiffusionForcingVideoToVideoPipeline.from_pretrained(checkpoint)
    expected = bare(pipe, tiny.canvas(13), num_frames=17, fps=16, video=held, overlap_history=5, base_num_frames=17)
    frames = painted(engine(), tiny.canvas(13, (Known(0, clip),)))
    assert np.array_equal(frames, expected[5:][2:15])


def test_a_long_shot_is_painted_in_windows_that_pass_on_their_latents(checkpoint, engine, monkeypatch):
    monkeypatch.setattr(skyreels, "TRAINED", 9)
    told, canvas = [], tiny.canvas(21)
    chunks = engine().paint(canvas, Control(on_progress=lambda *step: told.append(step[:3])))
    pipe = SkyReelsV2DiffusionForcingPipeline.from_pretrained(checkpoint)
    expected = bare(pipe, canvas, num_frames=21, fps=16, base_num_frames=9, overlap_history=5)
    assert np.array_equal(np.concatenate(list(chunks)), expected)
    steps = [step for step in told if step[0] == "denoising"]
    assert steps[-1] == ("denoising", 4 * tiny.STEPS, 4 * tiny.STEPS)
    clip = tiny.footage(5)
    pipe = SkyReelsV2DiffusionForcingVideoToVideoPipeline.from_pretrained(checkpoint)
    expected = bare(pipe, canvas, num_frames=21, fps=16, video=images(clip), overlap_history=5, base_num_frames=9)
    assert np.array_equal(painted(engine(), tiny.canvas(21, (Known(0, clip),))), expected[5:])


def test_a_distilled_schedule_has_as_many_steps_as_sigmas(checkpoint, engine):
    told, sigmas = [], (1.0, 0.9375, 0.8, 0.5)
    painter = engine(schedule=Schedule(guidance=1.0, sigmas=sigmas))
    frames = list(painter.paint(tiny.canvas(9), Control(on_progress=lambda *step: told.append(step[:3]))))
    assert [step for phase, step, _ in told if phase == "denoising"][-4:] == [1, 2, 3, 4]
    pipe = SkyReelsV2DiffusionForcingPipeline.from_pretrained(checkpoint)
    pipe.scheduler = skyreels.distilled(pipe.scheduler, Schedule(sigmas=sigmas))
    assert np.array_equal(np.concatenate(frames), bare(pipe, tiny.canvas(9), num_frames=9, fps=16, guidance_scale=1.0))
    assert np.allclose(pipe.scheduler.sigmas[:-1], sigmas)


def test_a_cancel_at_any_step_leaves_the_engine_as_it_was(checkpoint, engine):
    painter, canvas = engine(), tiny.canvas(9, (Known(0, tiny.footage(5)),))
    for stop in range(tiny.STEPS):
        told = []
        control = Control(
            on_progress=lambda *step, told=told: told.append(step[:3]),
            cancelled=lambda told=told, stop=stop: ("denoising", stop, tiny.STEPS) in told,
        )
        with pytest.raises(Cancelled):
            list(painter.paint(canvas, control))
    pipe = SkyReelsV2DiffusionForcingPipeline.from_pretrained(checkpoint)
    assert np.array_equal(painted(painter, tiny.canvas(9)), bare(pipe, tiny.canvas(9), num_frames=9, fps=16))


def test_what_it_cannot_keep_is_refused(engine, monkeypatch):
    monkeypatch.setattr(skyreels, "TRAINED", 9)
    known = (Known(0, tiny.footage(1)), Known(12, tiny.footage(1)))
    with pytest.raises(ValueError, match="within 9 frames, not 13"):
        painted(engine(), tiny.canvas(13, known))
    with pytest.raises(ValueError, match=r"4k\+1 frames"):
        painted(engine(), tiny.canvas(10))


def test_what_it_can_be_shown(checkpoint):
    patterns = info_of(tiny.manifest_of(checkpoint, "skyreels")).patterns
    assert {p for p, rank in patterns.items() if rank is Rank.NATIVE} == {
        Pattern.TEXT,
        Pattern.FIRST,
        Pattern.FIRST_LAST,
        Pattern.HEAD,
    }
