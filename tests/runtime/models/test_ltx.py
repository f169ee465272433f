"""LTX-Video: what the engine paints is what the bare pipelines paint, for every pattern."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import LTXConditionPipeline, LTXImageToVideoPipeline, LTXPipeline
from diffusers.pipelines.ltx.pipeline_ltx_condition import LTXVideoCondition
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

import tiny
import tiny_ltx
from tiny import bare, painted

from cutaway.home import Home
from cutaway_runtime.canvas import Known
from cutaway_runtime.engine.base import Cancelled, Control
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.engine.diffusion.routes import pattern_of
from cutaway_runtime.models.ltx import DECODE_NOISE, DECODE_TIMESTEP, Clip, check_grid, shown
from cutaway_runtime.registry.manifest import Schedule

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # diffusers, numpy 2
FRAMES = 33
RATE = {"frame_rate": 16.0}
CLEANS = {"decode_timestep": DECODE_TIMESTEP, "decode_noise_scale": DECODE_NOISE}
DYNAMIC = {"use_dynamic_shifting": True, "base_shift": 0.95, "max_shift": 2.05, "shift_terminal": 0.1}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """As of 0.9.5: any conditions, and a decoder that cleans up noise and adds some of its own."""
    folder = tmp_path_factory.mktemp("ltx")
    return tiny_ltx.ltx(folder, timestep_conditioning=True, decoder_inject_noise=(True, False, False, False, False))


@pytest.fixture(scope="module")
def early(tmp_path_factory):
    """As of 0.9.0: the first picture at most, a scheduler that shifts by the size of the picture."""
    return tiny_ltx.ltx(tmp_path_factory.mktemp("ltx090"), "LTXPipeline", DYNAMIC)


@pytest.fixture(scope="module")
def engine(checkpoint, tmp_path_factory):
    return engine_of(checkpoint, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def condition(checkpoint):
    return LTXConditionPipeline.from_pretrained(checkpoint)


def engine_of(folder, home, **manifest):
    return Diffusion(tiny_ltx.manifest(folder, **manifest), folder, home=Home(home))


def canvas(known=(), frames=FRAMES, **more):
    return tiny.canvas(frames, tuple(known), **tiny_ltx.SIZE, **more)


def footage(frames, seed=1):
    return tiny.footage(frames, seed, **tiny_ltx.SIZE)


def images(plate, start, end):
    return [Image.fromarray(frame) for frame in plate.read(start, end)]


def expected(pipe, asked, **more):
    """The bare call. Decoders that add noise take it from the global generator, which nothing else uses."""
    torch.manual_seed(asked.seed)
    return bare(pipe, asked, num_frames=asked.frames, **RATE, **more)


A, B = footage(FRAMES), footage(FRAMES, seed=2)

PATTERNS = {
    "text": ([], []),
    "first_frame": ([(0, 1)], [(0, 1)]),
    "last_frame": ([(32, 33)], [(32, 1)]),
    "first_last": ([(0, 1), (32, 33)], [(0, 1), (32, 1)]),
    "keyframes": ([(3, 4), (16, 17), (27, 28)], [(3, 1), (16, 1), (27, 1)]),
    "head": ([(0, 9)], [(0, 9)]),
    "tail": ([(16, 33)], [(16, 17)]),
    "head_tail": ([(0, 9), (24, 33)], [(0, 9), (24, 9)]),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_is_the_bare_call_with_those_conditions(engine, condition, pattern):
    runs, clips = PATTERNS[pattern]
    known = [Known(start, tiny.Stills(A.read(start, end))) for start, end in runs]
    asked = canvas(known)
    assert pattern_of(asked) == pattern
    conditions = [
        LTXVideoCondition(frame_index=at, **({"image": pictures[0]} if frames == 1 else {"video": pictures}))
        for at, frames in clips
        for pictures in [images(A, at, at + frames)]
    ]
    made = painted(engine, asked)
    assert made.shape == (FRAMES, 32, 64, 3)
    assert np.array_equal(made, expected(condition, asked, conditions=conditions or None, **CLEANS))
    assert made.std() > 1


def test_remix_starts_from_the_footage_at_the_noise_of_its_strength(engine, condition):
    asked, pipe = canvas([Known(0, A, 0.4)]), condition
    with torch.no_grad():
        video = pipe.video_processor.preprocess_video(images(A, 0, FRAMES), 32, 64)
        z = pipe.vae.encode(video).latent_dist.mode()
    latents = (z - pipe.vae.latents_mean.view(1, -1, 1, 1, 1)) / pipe.vae.latents_std.view(1, -1, 1, 1, 1)
    truth = expected(pipe, asked, latents=latents, denoise_strength=0.6, **CLEANS)
    assert np.array_equal(painted(engine, asked), truth)


def test_latents_from_disk_decode_to_the_same_pixels(checkpoint, tmp_path):
    first = painted(engine_of(checkpoint, tmp_path), canvas())
    again = engine_of(checkpoint, tmp_path)
    again._family.denoise = None  # what was denoised is there
    assert np.array_equal(painted(again, canvas()), first)


def test_checkpoints_before_conditions_take_words_and_a_first_picture(early, tmp_path):
    engine = engine_of(early, tmp_path)
    words, picture = canvas(), canvas([Known(0, tiny.Stills(A.read(0, 1)))])
    assert np.array_equal(painted(engine, words), expected(LTXPipeline.from_pretrained(early), words))
    pipe = LTXImageToVideoPipeline.from_pretrained(early)
    assert np.array_equal(painted(engine, picture), expected(pipe, picture, image=images(A, 0, 1)[0]))
    loose = canvas([Known(0, A, 0.4)])
    assert painted(engine, loose).std() > 1


@pytest.mark.parametrize("known", [(), (Known(0, A, 0.5),)])
@pytest.mark.parametrize("name", ["checkpoint", "early"])
def test_a_distilled_schedule_makes_exactly_its_steps_without_guidance(request, tmp_path, name, known):
    folder = request.getfixturevalue(name)
    schedule = Schedule(steps=40, guidance=1.0, sigmas=(1.0, 0.75, 0.5, 0.25))
    engine = engine_of(folder, tmp_path, schedule=schedule)
    told, calls = [], []
    control = Control(on_progress=lambda phase, step, total, _done: told.append((phase, step, total)))
    transformer = engine._checkpoint.part("transformer")
    seen = transformer.register_forward_pre_hook(
        lambda _module, _args, kwargs: calls.append((float(kwargs["timestep"].max()), len(kwargs["hidden_states"]))),
        with_kwargs=True,
    )
    list(engine.paint(canvas(known), control))
    seen.remove()
    levels = [500, 250] if known else [1000, 750, 500, 250]
    assert calls == [(level, 1) for level in levels]
    assert [t for t in told if t[0] == "denoising"] == [("denoising", n, len(levels)) for n in range(len(levels) + 1)]


def test_after_a_cancel_at_any_step_the_next_shot_is_as_ever(checkpoint, tmp_path):
    asked = canvas([Known(0, tiny.Stills(A.read(0, 9)))])
    truth = painted(engine_of(checkpoint, tmp_path / "fresh"), asked)
    engine = engine_of(checkpoint, tmp_path / "cancelled")
    for step in range(1, tiny.STEPS + 1):
        shutil.rmtree(tmp_path / "cancelled", ignore_errors=True)
        reached = []
        control = Control(
            on_progress=lambda phase, n, _total, _done, r=reached: r.append(n) if phase == "denoising" else None,
            cancelled=lambda r=reached, s=step: r[-1:] == [s],
        )
        with pytest.raises(Cancelled):
            list(engine.paint(asked, control))
        assert np.array_equal(painted(engine, asked), truth)


def test_a_clip_is_shown_from_a_multiple_of_eight_and_the_cuts_as_stills():
    def of(*runs, strength=1.0):
        return shown(canvas([Known(start, tiny.Stills(A.read(start, end)), strength) for start, end in runs]))

    assert of((0, 8)) == [Clip(0, 1, 1.0), Clip(7, 1, 1.0)]
    assert of((0, 12)) == [Clip(0, 9, 1.0), Clip(11, 1, 1.0)]
    assert of((20, 33)) == [Clip(20, 1, 1.0), Clip(24, 9, 1.0)]
    assert of((9, 15)) == [Clip(9, 1, 1.0), Clip(14, 1, 1.0)]
    assert of((0, 5), (5, 9)) == [Clip(0, 9, 1.0)], "two pieces of footage that follow one another are one clip"
    assert of((13, 14), strength=0.5) == [Clip(13, 1, 0.5)]
    assert all(c.frames == 1 or (c.at % 8, c.frames % 8) == (0, 1) for s in range(33) for c in of((s, 33)))


def test_what_diffusers_would_round_is_refused():
    for wrong in (canvas(frames=32), tiny.canvas(33)):
        with pytest.raises(ValueError, match="LTX paints"):
            check_grid(wrong)
    with pytest.raises(ValueError, match="two shots"):
        shown(canvas([Known(0, A), Known(0, B)]))
