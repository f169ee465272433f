"""CogVideoX: what the engine paints is what the bare pipelines paint."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderKLCogVideoX,
    CogVideoXDDIMScheduler,
    CogVideoXDPMScheduler,
    CogVideoXImageToVideoPipeline,
    CogVideoXPipeline,
    CogVideoXTransformer3DModel,
    CogVideoXVideoToVideoPipeline,
)
from PIL import Image
from transformers import T5Config, T5EncoderModel

sys.path.insert(0, str(Path(__file__).parent))

import tiny
from tiny import bare, painted

from cutaway.home import Home
from cutaway.wire import Pattern, Rank
from cutaway_runtime.canvas import Known
from cutaway_runtime.engine.base import Cancelled, Control
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.models.cogvideox import streamed
from cutaway_runtime.registry.manifest import Grid, Schedule

GRID = Grid(frame_multiple=8, min_frames=9, max_frames=49, rates=("8",), sizes=("64x48",))
TEXT_TOKENS = 64
ONE_FIVE = {"patch_size_t": 2, "patch_bias": False, "use_rotary_positional_embeddings": True}
"""In what a 1.5 denoiser differs."""


def parts(scheduler=CogVideoXDDIMScheduler, **transformer):
    torch.manual_seed(0)
    t5 = T5Config(
        vocab_size=128, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, relative_attention_num_buckets=8
    )
    return {
        "tokenizer": tiny.tokenizer(),
        "text_encoder": T5EncoderModel(t5).eval(),
        "vae": AutoencoderKLCogVideoX(
            down_block_types=("CogVideoXDownBlock3D",) * 4,
            up_block_types=("CogVideoXUpBlock3D",) * 4,
            block_out_channels=(8, 8, 8, 8),
            latent_channels=4,
            layers_per_block=1,
            norm_num_groups=2,
            temporal_compression_ratio=4,
        ).eval(),
        "scheduler": scheduler(),
        "transformer": CogVideoXTransformer3DModel(
            **{
                "num_attention_heads": 2,
                "attention_head_dim": 16,
                "in_channels": 4,
                "out_channels": 4,
                "time_embed_dim": 2,
                "text_embed_dim": 32,
                "num_layers": 2,
                "sample_width": 8,
                "sample_height": 6,
                "sample_frames": 9,
                "max_text_seq_length": TEXT_TOKENS,
            }
            | transformer
        ).eval(),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Checkpoints of 1.0 and 1.5, words and pictures to video."""
    home = tmp_path_factory.mktemp("cogvideox")
    CogVideoXPipeline(**parts()).save_pretrained(home / "text")
    CogVideoXPipeline(**parts(CogVideoXDPMScheduler, **ONE_FIVE)).save_pretrained(home / "text-1.5")
    CogVideoXImageToVideoPipeline(**parts(in_channels=8)).save_pretrained(home / "image")
    CogVideoXImageToVideoPipeline(
        **parts(CogVideoXDPMScheduler, in_channels=8, ofs_embed_dim=2, **ONE_FIVE)
    ).save_pretrained(home / "image-1.5")
    return home


@pytest.fixture
def engine(folder, tmp_path):
    return lambda name, **more: Diffusion(
        tiny.manifest_of(folder / name, "cogvideox", grid=GRID, **more), folder / name, home=Home(tmp_path)
    )


@pytest.mark.parametrize("name", ["text", "text-1.5"])
def test_text_to_video_is_the_bare_call(folder, engine, name):
    canvas = tiny.canvas(17)
    pipe = CogVideoXPipeline.from_pretrained(folder / name)
    expected = bare(pipe, canvas, num_frames=17, max_sequence_length=TEXT_TOKENS)
    assert np.array_equal(painted(engine(name), canvas), expected)
    assert len(expected) == 17
    assert expected.std() > 1  # not one flat colour


@pytest.mark.parametrize("name", ["image", "image-1.5"])
def test_a_picture_to_video_is_the_bare_call(folder, engine, name):
    still = tiny.footage(1)
    canvas = tiny.canvas(9, (Known(0, still),))
    pipe = CogVideoXImageToVideoPipeline.from_pretrained(folder / name)
    image = Image.fromarray(still.read(0, 1)[0])
    expected = bare(pipe, canvas, num_frames=9, image=image, max_sequence_length=TEXT_TOKENS)
    assert np.array_equal(painted(engine(name), canvas), expected)


def test_remix_is_the_bare_call_with_the_footage_and_its_strength(folder, engine):
    clip = tiny.footage(9)
    canvas = tiny.canvas(9, (Known(0, clip, 0.4),))
    pipe = CogVideoXVideoToVideoPipeline.from_pretrained(folder / "text")
    frames = [Image.fromarray(frame) for frame in clip.read(0, 9)]
    expected = bare(pipe, canvas, video=frames, strength=0.6, max_sequence_length=TEXT_TOKENS)
    assert np.array_equal(painted(engine("text"), canvas), expected)


def test_remix_with_1_5_drops_the_latents_that_filled_a_token(folder, engine):
    clip = tiny.footage(9)
    canvas = tiny.canvas(9, (Known(0, clip, 0.4),))
    pipe = CogVideoXVideoToVideoPipeline.from_pretrained(folder / "text-1.5")
    pipe.set_progress_bar_config(disable=True)
    frames = [Image.fromarray(frame) for frame in clip.read(0, 9)]
    latents = pipe(
        frames[:1] * 4 + frames, canvas.prompt, height=48, width=64, num_inference_steps=tiny.STEPS, strength=0.6,
        guidance_scale=4.0, generator=torch.Generator().manual_seed(canvas.seed), output_type="latent",
        max_sequence_length=TEXT_TOKENS,
    ).frames  # fmt: skip
    with torch.no_grad():
        video = pipe.decode_latents(latents[:, 1:])
    expected = (pipe.video_processor.postprocess_video(video, output_type="np")[0] * 255).round().astype(np.uint8)
    assert expected.shape == (9, 48, 64, 3)
    assert np.array_equal(painted(engine("text-1.5"), canvas), expected)


def test_footage_that_is_held_almost_firmly_is_still_painted_in_one_step(engine):
    told = []
    canvas = tiny.canvas(9, (Known(0, tiny.footage(9), 0.95),))
    control = Control(on_progress=lambda *step: told.append(step[:3]))
    assert sum(len(chunk) for chunk in engine("text").paint(canvas, control)) == 9
    assert ("denoising", 1, 1) in told


def test_decoding_bit_by_bit_is_decoding_at_once():
    vae = parts()["vae"]
    z = torch.randn(1, 4, 5, 6, 8)
    with torch.no_grad():
        chunks = list(streamed(vae, z))
        whole = vae.decode(z).sample
    assert [chunk.shape[2] for chunk in chunks] == [9, 8]
    assert torch.equal(torch.cat(chunks, 2), whole)


def test_a_cancel_at_any_step_leaves_the_engine_as_it_was(folder, engine):
    painter = engine("text-1.5")
    canvas = tiny.canvas(9)
    for stop in range(tiny.STEPS):
        told = []
        control = Control(
            on_progress=lambda *step, told=told: told.append(step[:3]),
            cancelled=lambda told=told, stop=stop: ("denoising", stop, tiny.STEPS) in told,
        )
        with pytest.raises(Cancelled):
            list(painter.paint(canvas, control))
    pipe = CogVideoXPipeline.from_pretrained(folder / "text-1.5")
    expected = bare(pipe, canvas, num_frames=9, max_sequence_length=TEXT_TOKENS)
    assert np.array_equal(painted(painter, canvas), expected)


def test_a_length_or_a_schedule_it_cannot_keep_is_refused(engine):
    with pytest.raises(ValueError, match=r"8k\+1 frames, not 13"):
        painted(engine("text"), tiny.canvas(13))
    with pytest.raises(ValueError, match="sigmas"):
        painted(engine("text", schedule=Schedule(guidance=1, sigmas=(1.0, 0.5))), tiny.canvas(9))


def test_what_each_checkpoint_can_be_shown(folder):
    text, image = (info_of(tiny.manifest_of(folder / name, "cogvideox")).patterns for name in ("text", "image"))
    assert {p for p, rank in text.items() if rank is Rank.NATIVE} == {Pattern.TEXT, Pattern.LOOSE}
    assert {p for p, rank in image.items() if rank is Rank.NATIVE} == {Pattern.FIRST}
