"""Wan: what the engine paints is what the bare pipelines paint, for every kind of checkpoint and every pattern."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderKLWan,
    FlowMatchEulerDiscreteScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVideoToVideoPipeline,
)
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

import tiny
import tiny_wan
from tiny import STEPS, bare, painted

from cutaway.home import Home
from cutaway.wire import Pattern, Rank
from cutaway_runtime.canvas import Known
from cutaway_runtime.engine.base import Cancelled, Control, EngineError, Manner
from cutaway_runtime.engine.diffusion.engine import Diffusion, seed_of
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.engine.diffusion.routes import pattern_of
from cutaway_runtime.models.wan import Wan, streamed
from cutaway_runtime.registry.folder import Checkpoint
from cutaway_runtime.registry.manifest import Dtype, FolderSource, Grid, Schedule
from cutaway_runtime.registry.reading import manifest_of

FRAMES = 9
CLIP = tiny.footage(FRAMES)
A, B = (Image.fromarray(tiny.footage(1, seed).read(0, 1)[0]) for seed in (2, 3))
BUILDERS = {
    "words": tiny_wan.words,
    "pictures": tiny_wan.pictures,
    "both ends": lambda folder: tiny_wan.pictures(folder, both_ends=True),
    "experts": tiny_wan.experts,
    "experts, pictures": lambda folder: tiny_wan.experts(folder, WanImageToVideoPipeline),
    "five": tiny_wan.five,
    "vace": tiny_wan.vace,
}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """The folder of a kind of checkpoint, made when it is first asked for."""
    made = {}

    def checkpoint(kind):
        if kind not in made:
            made[kind] = BUILDERS[kind](tmp_path_factory.mktemp("wan"))
        return made[kind]

    return checkpoint


@pytest.fixture(scope="module")
def engine_of(checkpoints, tmp_path_factory):
    """An engine for a kind of checkpoint. One with the checkpoint's own manifest is shared by the tests."""
    shared = {}

    def engine(kind, **manifest):
        if kind in shared and not manifest:
            return shared[kind]
        folder = checkpoints(kind)
        home = Home(tmp_path_factory.mktemp("home"))
        made = Diffusion(tiny.manifest_of(folder, "wan", **manifest), folder, home=home)
        return made if manifest else shared.setdefault(kind, made)

    return engine


def still(image, at):
    return Known(at, tiny.Stills(np.asarray(image)[None]))


def clip(start, end):
    return Known(start, tiny.Stills(CLIP.read(start, end)))


def images(plate):
    return [Image.fromarray(frame) for frame in plate.read(0, len(plate))]


# -- words -------------------------------------------------------------------------------------


def test_text_to_video_is_the_bare_call(engine_of, checkpoints):
    canvas = tiny.canvas(FRAMES)
    expected = bare(WanPipeline.from_pretrained(checkpoints("words")), canvas, num_frames=FRAMES)
    assert np.array_equal(painted(engine_of("words"), canvas), expected)
    assert expected.std() > 1  # not one flat colour


def test_two_experts_each_have_their_guidance(engine_of, checkpoints):
    canvas = tiny.canvas(FRAMES)
    pipe = WanPipeline.from_pretrained(checkpoints("experts"))
    expected = bare(pipe, canvas, num_frames=FRAMES, guidance_scale_2=2.0)
    engine = engine_of("experts", schedule=Schedule(steps=STEPS, guidance=4.0, guidance_2=2.0))
    assert np.array_equal(painted(engine, canvas), expected)
    assert not np.array_equal(painted(engine_of("experts"), canvas), expected)


def test_the_five_billion_paints_from_words_and_from_a_picture(engine_of, checkpoints):
    engine = engine_of("five", grid=Grid(size_multiple=32, sizes=("64x64",)))
    canvas = tiny.canvas(FRAMES, height=64)
    expected = bare(WanPipeline.from_pretrained(checkpoints("five")), canvas, num_frames=FRAMES)
    assert np.array_equal(painted(engine, canvas), expected)
    picture = A.resize((64, 64))
    canvas = tiny.canvas(FRAMES, (still(picture, 0),), height=64)
    pipe = WanImageToVideoPipeline.from_pretrained(checkpoints("five"), image_encoder=None, image_processor=None)
    assert np.array_equal(painted(engine, canvas), bare(pipe, canvas, num_frames=FRAMES, image=picture))


# -- pictures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pictures", "experts, pictures"])
def test_image_to_video_is_the_bare_call(kind, engine_of, checkpoints):
    canvas = tiny.canvas(FRAMES, (still(A, 0),))
    pipe = WanImageToVideoPipeline.from_pretrained(checkpoints(kind))
    expected = bare(pipe, canvas, num_frames=FRAMES, image=A)
    assert np.array_equal(painted(engine_of(kind), canvas), expected)
    other = bare(pipe, canvas, num_frames=FRAMES, image=B)
    assert not np.array_equal(expected, other)


@pytest.mark.parametrize("kind", ["both ends", "experts, pictures"])
def test_first_and_last_picture_are_the_bare_call(kind, engine_of, checkpoints):
    canvas = tiny.canvas(FRAMES, (still(A, 0), still(B, FRAMES - 1)))
    pipe = WanImageToVideoPipeline.from_pretrained(checkpoints(kind))
    expected = bare(pipe, canvas, num_frames=FRAMES, image=A, last_image=B)
    assert np.array_equal(painted(engine_of(kind), canvas), expected)


def test_keyframes_are_one_bare_call_after_the_other(engine_of, checkpoints):
    canvas = tiny.canvas(FRAMES, (still(A, 0), still(B, 4)))
    pipe = WanImageToVideoPipeline.from_pretrained(checkpoints("experts, pictures"))
    first = bare(pipe, canvas, num_frames=5, image=A, last_image=B)
    second = bare(pipe, replace(canvas, seed=seed_of(canvas.seed, 1)), num_frames=5, image=B)
    control = Control()
    frames = np.concatenate(list(engine_of("experts, pictures").paint(canvas, control)))
    assert np.array_equal(frames, np.concatenate([first[:4], second]))
    assert control.notes.paths == ["composed: WanImageToVideoPipeline keyframes"]


def test_a_shot_that_ends_on_a_picture_is_painted_from_it_and_turned_round_if_that_is_allowed(engine_of, checkpoints):
    canvas = tiny.canvas(FRAMES, (still(A, FRAMES - 1),))
    with pytest.raises(EngineError, match="time runs backwards"):
        painted(engine_of("pictures"), canvas)
    control = Control(manner=Manner(allow_degraded=True))
    frames = np.concatenate(list(engine_of("pictures").paint(canvas, control)))
    pipe = WanImageToVideoPipeline.from_pretrained(checkpoints("pictures"))
    assert np.array_equal(frames, bare(pipe, canvas, num_frames=FRAMES, image=A)[::-1])
    assert "time runs backwards" in control.notes.warnings[0]


# -- footage -----------------------------------------------------------------------------------


def test_remix_is_the_bare_call_with_the_footage_and_its_strength(engine_of, checkpoints):
    canvas = tiny.canvas(FRAMES, (Known(0, CLIP, 0.3),))
    pipe = WanVideoToVideoPipeline.from_pretrained(checkpoints("words"))
    expected = bare(pipe, canvas, video=images(CLIP), strength=0.7)
    assert np.array_equal(painted(engine_of("words"), canvas), expected)


def test_remix_with_two_experts_ends_with_the_one_for_detail(engine_of, checkpoints):
    """The last step of three lies below the boundary, so the second expert paints it alone."""
    canvas = tiny.canvas(FRAMES, (Known(0, CLIP, 0.6),))
    second = WanTransformer3DModel.from_pretrained(checkpoints("experts") / "transformer_2")
    pipe = WanVideoToVideoPipeline.from_pretrained(checkpoints("words"), transformer=second)
    pipe.scheduler = WanPipeline.from_pretrained(checkpoints("experts")).scheduler
    pipe.vae = AutoencoderKLWan.from_pretrained(checkpoints("experts") / "vae")
    expected = bare(pipe, canvas, video=images(CLIP), strength=0.4)
    assert np.array_equal(painted(engine_of("experts"), canvas), expected)


def test_remix_with_the_five_billion_knows_its_decoder(engine_of, checkpoints):
    plate = tiny.footage(FRAMES, height=64)
    canvas = tiny.canvas(FRAMES, (Known(0, plate, 0.3),), height=64)
    pipe = WanVideoToVideoPipeline.from_pretrained(checkpoints("five"))
    pipe.vae_scale_factor_spatial = 16  # diffusers takes it for 8, and fails
    expected = bare(pipe, canvas, video=images(plate), strength=0.7)
    engine = engine_of("five", grid=Grid(size_multiple=32, sizes=("64x64",)))
    assert np.abs(painted(engine, canvas).astype(int) - expected).max() <= 1  # one time for all, or one per token


def test_a_remix_that_hardly_changes_anything_takes_one_step(engine_of):
    seen = []
    control = Control(on_progress=lambda phase, step, total, _done: seen.append((phase, step, total)))
    for _ in engine_of("words").paint(tiny.canvas(FRAMES, (Known(0, CLIP, 0.95),)), control):
        pass
    assert [step for phase, step, total in seen if phase == "denoising" and total == 1] == [0, 1]


# -- VACE --------------------------------------------------------------------------------------

LOOKS = {
    Pattern.FIRST: [range(1)],
    Pattern.LAST: [range(8, 9)],
    Pattern.FIRST_LAST: [range(1), range(8, 9)],
    Pattern.KEYFRAMES: [range(1), range(4, 5)],
    Pattern.HEAD: [range(5)],
    Pattern.TAIL: [range(5, 9)],
    Pattern.HEAD_TAIL: [range(3), range(7, 9)],
}


@pytest.mark.parametrize("pattern", LOOKS)
def test_vace_is_shown_every_pattern_as_video_and_mask(pattern, engine_of, checkpoints):
    canvas = tiny.canvas(FRAMES, tuple(clip(run.start, run.stop) for run in LOOKS[pattern]))
    assert pattern_of(canvas) is pattern
    kept = {at for run in LOOKS[pattern] for at in run}
    frames = images(CLIP)
    grey = Image.new("RGB", (64, 48), (128, 128, 128))
    video = [frames[at] if at in kept else grey for at in range(FRAMES)]
    mask = [Image.new("L", (64, 48), 0 if at in kept else 255) for at in range(FRAMES)]
    pipe = WanVACEPipeline.from_pretrained(checkpoints("vace"))
    expected = bare(pipe, canvas, num_frames=FRAMES, video=video, mask=mask)
    control = Control()
    assert np.array_equal(np.concatenate(list(engine_of("vace").paint(canvas, control))), expected)
    assert control.notes.paths == [f"native: WanVACEPipeline {pattern}"]


def test_vace_from_words_and_pictures_of_a_character(engine_of, checkpoints):
    """Each reference is a latent frame in front of the canvas, which is not decoded."""
    pipe = WanVACEPipeline.from_pretrained(checkpoints("vace"))
    plain = tiny.canvas(FRAMES)
    expected = bare(pipe, plain, num_frames=FRAMES)
    assert np.array_equal(painted(engine_of("vace"), plain), expected)
    shown = tiny.canvas(FRAMES, references=(still(A, 0).plate,), anchor=still(B, 0).plate)
    beside = bare(pipe, shown, num_frames=FRAMES, reference_images=[A, B])
    assert np.array_equal(painted(engine_of("vace"), shown), beside)
    assert not np.array_equal(beside, expected)


def test_halves_for_the_denoiser_and_singles_for_the_decoder_are_the_bare_call_too(engine_of, checkpoints):
    """As the known checkpoints are run: some layers of the denoiser stay in single precision, and all of the decoder."""
    engine = engine_of("vace", dtype=Dtype.BF16, dtypes={"vae": Dtype.FP32})
    canvas = tiny.canvas(FRAMES, (clip(0, 4),), references=(still(A, 0).plate,))
    kinds = {"default": torch.bfloat16, "vae": torch.float32}
    pipe = WanVACEPipeline.from_pretrained(checkpoints("vace"), dtype=kinds)
    grey, white, black = Image.new("RGB", (64, 48), (128,) * 3), Image.new("L", (64, 48), 255), Image.new("L", (64, 48))
    video, mask = images(CLIP)[:4] + [grey] * 5, [black] * 4 + [white] * 5
    expected = bare(pipe, canvas, num_frames=FRAMES, video=video, mask=mask, reference_images=[A])
    assert np.array_equal(painted(engine, canvas), expected)


# -- schedules, cancels, grids -----------------------------------------------------------------


def test_a_distilled_schedule_makes_exactly_its_steps_without_guidance(engine_of, checkpoints):
    sigmas = (1.0, 0.9375, 0.833333, 0.625)
    canvas, seen = tiny.canvas(FRAMES), []
    engine = engine_of("words", schedule=Schedule(steps=50, guidance=1.0, sigmas=sigmas))
    control = Control(on_progress=lambda phase, step, total, _done: seen.append((phase, step, total)))
    frames = np.concatenate(list(engine.paint(canvas, control)))
    assert [step for phase, step, _ in seen if phase == "denoising"] == [0, 1, 2, 3, 4]
    pipe = WanPipeline.from_pretrained(checkpoints("words"))
    pipe.scheduler = FlowMatchEulerDiscreteScheduler(shift=1.0)
    pipe.scheduler.set_timesteps(sigmas=list(sigmas))
    timesteps, levels = pipe.scheduler.timesteps, pipe.scheduler.sigmas
    assert torch.allclose(levels, torch.tensor([*sigmas, 0.0]))
    pipe.scheduler.set_timesteps = lambda *_, **__: None
    pipe.scheduler.timesteps, pipe.scheduler.sigmas = timesteps, levels
    assert np.array_equal(frames, bare(pipe, canvas, num_frames=FRAMES, guidance_scale=1.0))


@pytest.mark.parametrize("when", [("denoising", 1), ("denoising", STEPS), ("decoding", 1), ("decoding", 5)])
def test_after_a_cancel_the_next_paint_is_a_fresh_one(when, engine_of, checkpoints):
    engine, now = engine_of("words", title="one that nothing was painted with"), []
    control = Control(
        on_progress=lambda phase, step, _total, _done: now.append(phase) if (phase, step) == when else None,
        cancelled=lambda: bool(now),
    )
    with pytest.raises(Cancelled) as caught:
        for _ in engine.paint(tiny.canvas(FRAMES), control):
            pass
    canvas = tiny.canvas(FRAMES, seed=8)
    expected = bare(WanPipeline.from_pretrained(checkpoints("words")), canvas, num_frames=FRAMES)
    assert np.array_equal(painted(engine, canvas), expected)
    assert caught.value is not None  # until here the cancelled decode is still held


def test_a_canvas_off_the_grid_is_refused_and_not_rounded(engine_of):
    with pytest.raises(ValueError, match="10 frames of 64x48 for tiny-wan, which makes 4k \\+ 1 frames"):
        painted(engine_of("words"), tiny.canvas(10))
    with pytest.raises(ValueError, match="multiples of 32"):
        painted(engine_of("five"), tiny.canvas(FRAMES))


# -- decoding ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["words", "five"])
@torch.no_grad()
def test_a_streamed_decode_is_a_whole_one_whatever_else_is_decoded_meanwhile(kind, checkpoints):
    vae = AutoencoderKLWan.from_pretrained(checkpoints(kind) / "vae")
    noise = torch.Generator().manual_seed(0)
    z, other = (torch.randn(1, vae.config.z_dim, 3, 4, 6, generator=noise) for _ in range(2))
    whole = vae.decode(z).sample
    chunks = streamed(vae, z)
    first = next(chunks)
    abandoned = streamed(vae, other)
    next(abandoned)
    second = next(chunks)
    vae.encode(vae.decode(other).sample)
    abandoned.close()
    assert torch.equal(torch.cat([first, second, *chunks], 2), whole)
    assert [first.shape[2], second.shape[2]] == [1, 4]


# -- what each kind can do ---------------------------------------------------------------------


def test_what_a_checkpoint_can_do_is_known_by_its_files(engine_of, checkpoints):
    """To the engine that has loaded it, and to whoever reads the manifest that was written when it was added."""
    first_last = {Pattern.FIRST, Pattern.FIRST_LAST}
    can = {
        "words": {Pattern.TEXT, Pattern.LOOSE},
        "pictures": {Pattern.FIRST},
        "both ends": {Pattern.FIRST_LAST},
        "experts": {Pattern.TEXT, Pattern.LOOSE},
        "experts, pictures": first_last,
        "five": {Pattern.TEXT, Pattern.FIRST, Pattern.LOOSE},
        "vace": {Pattern.TEXT, *LOOKS},
    }
    for kind, patterns in can.items():
        folder = checkpoints(kind)
        source = FolderSource(path=str(folder))
        added = manifest_of(Checkpoint.read(folder), model_id="added", title="added", source=source, files=())
        ranks = info_of(added).patterns
        assert {pattern for pattern, rank in ranks.items() if rank is Rank.NATIVE} == patterns, kind
        assert engine_of(kind)._family.able.patterns.keys() == patterns, kind


def test_a_checkpoint_of_unknown_settings_promises_the_least(checkpoints):
    manifest = tiny.manifest_of(checkpoints("experts, pictures"), "wan", settings={})
    assert info_of(manifest).patterns[Pattern.FIRST] is Rank.NATIVE
    assert Pattern.FIRST_LAST not in info_of(manifest).patterns
    assert Wan.kind("WanVACEPipeline", {"image_dim": None}) == "WanVACEPipeline"
