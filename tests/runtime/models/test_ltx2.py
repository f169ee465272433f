"""LTX-2: picture and sound as the bare pipelines make them, for every pattern, and heard in the file."""

import sys
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, LTX2ConditionPipeline, LTX2Pipeline
from diffusers.pipelines.ltx2.pipeline_ltx2_condition import LTX2VideoCondition
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

import tiny
import tiny_ltx
from tiny import bare

from cutaway.home import Home
from cutaway.wire import OutputFormat, Verb, VideoCreate
from cutaway_runtime.canvas import Known
from cutaway_runtime.engine.base import Cancelled, Control, Manner
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.engine.diffusion.routes import pattern_of
from cutaway_runtime.models.ltx2 import FIRST_GENERATION, UNGUIDED
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.registry.manifest import Grid, Schedule
from cutaway_runtime.worker.pace import Pace
from cutaway_runtime.worker.protocol import Finished, JobSpec
from cutaway_runtime.worker.take import Studio

FRAMES, FPS = 25, 16
AUDIO_RATE = 24_000
SAMPLES = FRAMES * AUDIO_RATE // FPS


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return tiny_ltx.ltx2(tmp_path_factory.mktemp("ltx2"))


@pytest.fixture(scope="module")
def engine(checkpoint, tmp_path_factory):
    return engine_of(checkpoint, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def condition(checkpoint):
    return LTX2ConditionPipeline.from_pretrained(checkpoint)


def engine_of(folder, home, **manifest):
    return Diffusion(tiny_ltx.manifest(folder, "ltx2", **manifest), folder, home=Home(home))


def canvas(known=(), **more):
    return tiny.canvas(FRAMES, tuple(known), **tiny_ltx.SIZE, **more)


A = tiny.footage(FRAMES, **tiny_ltx.SIZE)


def images(start, end):
    return [Image.fromarray(frame) for frame in A.read(start, end)]


def painted(engine, asked):
    """Frames and what is heard with them."""
    told = []
    frames = [chunk.copy() for chunk in engine.paint(asked, Control(on_sound=lambda *said: told.append(said)))]
    [(sound, at)] = told
    assert (sound.rate, at) == (AUDIO_RATE, 0)
    return np.concatenate(frames), sound.samples


def expected(pipe, asked, **more):
    """The bare call: frames as `tiny.bare` gives them, and the waveform."""
    heard = []
    vocode = pipe.vocoder.register_forward_hook(lambda _module, _args, made: heard.append(made))
    if not pipe.transformer.config.perturbed_attn:
        more = FIRST_GENERATION | more
    frames = bare(pipe, asked, num_frames=asked.frames, frame_rate=float(FPS), **more)
    vocode.remove()
    return frames, heard[0][0].float().numpy()


def same(made, truth):
    (frames, sound), (true_frames, wave) = made, truth
    assert np.array_equal(frames, true_frames)
    assert frames.std() > 1
    # Looking back only, the decoder of the sound gives three spectra too few; the rest falls silent.
    assert sound.shape == (2, SAMPLES)
    assert 0 < SAMPLES - wave.shape[1] < AUDIO_RATE // 20
    assert np.array_equal(sound[:, : wave.shape[1]], wave)
    rest = np.abs(sound[:, wave.shape[1] :])
    assert np.abs(sound[:, wave.shape[1] - 1] - sound[:, wave.shape[1]]).max() < 0.01
    assert rest[:, -1].max() < 0.01
    assert sound.std() > 0


def test_words_are_the_bare_call_in_picture_and_sound(checkpoint, engine):
    made = painted(engine, canvas())
    same(made, expected(LTX2Pipeline.from_pretrained(checkpoint), canvas()))


LAST = FRAMES - 1
PATTERNS = {
    "first_frame": ([(0, 1)], [(0, 1, 0)]),
    "last_frame": ([(LAST, FRAMES)], [(LAST, 1, 3.875)]),
    "first_last": ([(0, 1), (LAST, FRAMES)], [(0, 1, 0), (LAST, 1, 3.875)]),
    "keyframes": ([(3, 4), (17, 18)], [(3, 1, 1.25), (17, 1, 3)]),
    "head": ([(0, 9)], [(0, 9, 0)]),
    "tail": ([(16, FRAMES)], [(16, 9, 2)]),
    "head_tail": ([(0, 9), (14, FRAMES)], [(0, 9, 0), (14, 1, 2.625), (16, 9, 2)]),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_is_the_bare_call_with_those_conditions(engine, condition, pattern):
    runs, clips = PATTERNS[pattern]
    asked = canvas(Known(start, tiny.Stills(A.read(start, end))) for start, end in runs)
    assert pattern_of(asked) == pattern
    conditions = [LTX2VideoCondition(frames=images(at, at + n), index=index) for at, n, index in clips]
    same(painted(engine, asked), expected(condition, asked, conditions=conditions))


def test_remix_holds_the_footage_as_firmly_as_asked(engine, condition):
    asked = canvas([Known(0, A, 0.4)])
    conditions = [LTX2VideoCondition(frames=images(0, FRAMES), index=0, strength=0.4)]
    same(painted(engine, asked), expected(condition, asked, conditions=conditions))


def test_a_still_lies_at_its_own_frame_and_a_clip_on_the_latents_of_its_frames(engine):
    seen = []
    transformer = engine._checkpoint.part("transformer")
    hook = transformer.register_forward_pre_hook(
        lambda _module, _args, kwargs: seen.append(kwargs["video_coords"][0, 0] * FPS), with_kwargs=True
    )
    for known in (Known(13, tiny.Stills(A.read(13, 14))), Known(8, tiny.Stills(A.read(8, 17)))):
        painted(engine, canvas([known]))
        per_latent, total = 2, 2 * 4
        spans = seen[0]
        own, condition = spans[:total:per_latent], spans[total::per_latent]
        if len(known.plate) == 1:
            assert condition.tolist() == [[13, 14]]
        else:
            assert condition.tolist() == own[1:3].tolist(), "latent frames 1 and 2 hold frames 1 to 16"
        seen.clear()
    hook.remove()


def test_a_distilled_schedule_makes_one_pass_a_step(checkpoint, tmp_path):
    levels = (1.0, 0.75, 0.5, 0.25)
    engine = engine_of(checkpoint, tmp_path, schedule=Schedule(steps=30, guidance=1.0, sigmas=levels))
    calls = []
    transformer = engine._checkpoint.part("transformer")
    hook = transformer.register_forward_pre_hook(
        lambda _module, _args, kwargs: calls.append(float(kwargs["sigma"].max())), with_kwargs=True
    )
    made = painted(engine, canvas())
    hook.remove()
    assert calls == [1000, 750, 500, 250]
    pipe = LTX2Pipeline.from_pretrained(checkpoint)
    pipe.scheduler = FlowMatchEulerDiscreteScheduler()
    more = {"sigmas": list(levels), "num_inference_steps": 4, **UNGUIDED}
    same(made, expected(pipe, canvas(), **more))


def test_a_single_step_that_the_scheduler_cannot_make_is_refused(engine):
    with pytest.raises(ValueError, match="2 steps or more"):
        list(engine.paint(canvas(), Control(manner=Manner(steps=1))))


def test_in_half_precision_too(checkpoint, tmp_path):
    """Where it shows whether latents are rounded when the pipeline rounds them."""
    made = painted(engine_of(checkpoint, tmp_path, dtype="bfloat16"), canvas())
    pipe = LTX2Pipeline.from_pretrained(checkpoint, dtype=torch.bfloat16)
    assert np.array_equal(made[0], expected(pipe, canvas())[0])


def test_later_checkpoints_are_guided_as_the_pipeline_guides_by_itself(tmp_path_factory, tmp_path):
    later = tiny_ltx.ltx2(tmp_path_factory.mktemp("ltx23"), later=True)
    calls = []
    engine = engine_of(later, tmp_path)
    transformer = engine._checkpoint.part("transformer")
    hook = transformer.register_forward_pre_hook(
        lambda _module, _args, kwargs: calls.append(kwargs["use_cross_timestep"]), with_kwargs=True
    )
    made = painted(engine, canvas())
    hook.remove()
    assert calls == [True] * 3 * tiny.STEPS, "guided by words, by attention and by sound"
    same(made, expected(LTX2Pipeline.from_pretrained(later), canvas()))


def test_sound_is_not_made_where_nobody_listens(checkpoint, tmp_path):
    engine = engine_of(checkpoint, tmp_path)
    list(engine.paint(canvas(), Control()))
    assert (engine._manifest.id, "vocoder") not in engine._checkpoint.residency._parts


def test_after_a_cancel_the_next_shot_is_as_ever(checkpoint, engine, tmp_path):
    truth = painted(engine, canvas())
    engine = engine_of(checkpoint, tmp_path / "cancelled")
    reached = []
    control = Control(
        on_progress=lambda phase, n, *_: reached.append(n) if phase == "denoising" else None,
        cancelled=lambda: reached[-1:] == [2],
    )
    with pytest.raises(Cancelled):
        list(engine.paint(canvas(), control))
    again = painted(engine, canvas())
    assert np.array_equal(again[0], truth[0])
    assert np.array_equal(again[1], truth[1])


def test_a_shot_in_windows_is_heard_in_the_file_from_its_first_frame_to_its_last(checkpoint, tmp_path):
    grid = Grid(frame_multiple=8, min_frames=9, max_frames=FRAMES, size_multiple=32, sizes=("64x32",), window_context=9)
    engine = engine_of(checkpoint, tmp_path, grid=grid)
    request = VideoCreate(prompt="rain", num_frames=40, size="64x32", fps="16", cutaway={"format": OutputFormat.PRORES})
    spec = JobSpec(
        job_id="video_1",
        effective=resolve(request, Verb.GENERATE, {}, engine.info, seed=3),
        request=request,
        output=str(tmp_path / "video_1" / "video.mov"),
    )
    studio = Studio()
    studio._engines[engine.info.id], studio._installed[engine.info.id] = engine, 0
    outcome = studio.carry_out(spec, Pace(lambda _: None), lambda: False)
    assert isinstance(outcome, Finished), outcome
    with av.open(str(tmp_path / "video_1" / "attempt-1" / "video.mov")) as container:
        heard = [block.to_ndarray().reshape(-1, 2) for block in container.decode(container.streams.audio[0])]
    samples = np.concatenate(heard)
    assert len(samples) == 40 * 48_000 // 16
    loud = np.abs(samples).reshape(40, -1).max(axis=1)
    assert (loud[:39] > 0).all()
