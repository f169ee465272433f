"""HunyuanVideo 1.5: what the engine paints is what the bare pipelines paint."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import (
    AutoencoderKLHunyuanVideo15,
    ClassifierFreeGuidance,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideo15ImageToVideoPipeline,
    HunyuanVideo15Pipeline,
    HunyuanVideo15Transformer3DModel,
)
from PIL import Image
from transformers import (
    ByT5Tokenizer,
    Qwen2_5_VLTextConfig,
    Qwen2_5_VLTextModel,
    SiglipImageProcessor,
    SiglipVisionConfig,
    SiglipVisionModel,
    T5Config,
    T5EncoderModel,
)

sys.path.insert(0, str(Path(__file__).parent))

import tiny
from tiny import painted

from cutaway.home import Home
from cutaway.timebase import FrameRange
from cutaway.wire import Pattern, Rank
from cutaway_runtime.canvas import Known, Span
from cutaway_runtime.engine.base import Cancelled, Control
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.engine.diffusion.info import info_of
from cutaway_runtime.registry.manifest import Grid, Schedule

GRID = Grid(max_frames=121, rates=("24",), sizes=("64x64",))
GUIDANCE = 4.0
TALK = "{% for message in messages %}{{ message['content'] }} {% endfor %}"


def parts(**transformer):
    torch.manual_seed(0)
    tokenizer = tiny.tokenizer()
    tokenizer.chat_template = TALK
    text = Qwen2_5_VLTextConfig(
        vocab_size=128,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        rope_scaling={"mrope_section": [1, 1, 2], "rope_type": "default", "type": "default"},
        rope_theta=1000000.0,
    )
    t5 = T5Config(
        vocab_size=384, d_model=12, d_kv=4, d_ff=16, num_layers=1, num_heads=2, relative_attention_num_buckets=8
    )
    return {
        "tokenizer": tokenizer,
        "text_encoder": Qwen2_5_VLTextModel(text).eval(),
        "tokenizer_2": ByT5Tokenizer(),
        "text_encoder_2": T5EncoderModel(t5).eval(),
        "vae": AutoencoderKLHunyuanVideo15(
            latent_channels=4, block_out_channels=(8, 8, 16, 16, 16), layers_per_block=1
        ).eval(),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=7.0),
        "guider": ClassifierFreeGuidance(guidance_scale=6.0),
        "transformer": HunyuanVideo15Transformer3DModel(
            **{
                "in_channels": 9,
                "out_channels": 4,
                "num_attention_heads": 2,
                "attention_head_dim": 16,
                "num_layers": 2,
                "num_refiner_layers": 1,
                "text_embed_dim": 16,
                "text_embed_2_dim": 12,
                "image_embed_dim": 8,
                "rope_axes_dim": (4, 6, 6),
                "target_size": 64,
                "task_type": "t2v",
            }
            | transformer
        ).eval(),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Checkpoints that take words, and a picture."""
    home = tmp_path_factory.mktemp("hunyuan15")
    HunyuanVideo15Pipeline(**parts()).save_pretrained(home / "text")
    vision = SiglipVisionConfig(
        hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=14
    )
    HunyuanVideo15ImageToVideoPipeline(
        **parts(task_type="i2v", use_meanflow=True),
        image_encoder=SiglipVisionModel(vision).eval(),
        feature_extractor=SiglipImageProcessor(size={"height": 28, "width": 28}),
    ).save_pretrained(home / "picture")
    return home


@pytest.fixture
def engine(folder, tmp_path):
    values = {"grid": GRID, "schedule": Schedule(steps=tiny.STEPS, guidance=GUIDANCE)}
    return lambda name, **more: Diffusion(
        tiny.manifest_of(folder / name, "hunyuan15", **values | more), folder / name, home=Home(tmp_path)
    )


def bare(pipe, canvas, guidance=GUIDANCE, **more):
    pipe.set_progress_bar_config(disable=True)
    pipe.guider = pipe.guider.new(guidance_scale=guidance)
    values = {
        "prompt": canvas.prompt, "negative_prompt": canvas.negative_prompt, "num_frames": canvas.frames,
        "num_inference_steps": tiny.STEPS, "output_type": "np",
        "generator": torch.Generator("cpu").manual_seed(canvas.seed),
    } | more  # fmt: skip
    return (pipe(**values).frames[0] * 255).round().astype(np.uint8)


def square(frames=5, known=(), **more):
    return tiny.canvas(frames, known, width=64, height=64, **more)


def test_text_to_video_is_the_bare_call(folder, engine):
    words = (Span(FrameRange(0, 5), 'a red car, the words "to the coast" on its door'),)
    canvas = square(spans=words, negative_prompt="rain")
    expected = bare(HunyuanVideo15Pipeline.from_pretrained(folder / "text"), canvas, height=64, width=64)
    assert np.array_equal(painted(engine("text"), canvas), expected)
    assert expected.shape == (5, 64, 64, 3)
    assert expected.std() > 1  # not one flat colour


def test_a_picture_to_video_is_the_bare_call(folder, engine):
    still = tiny.footage(1, width=64, height=64)
    pipe = HunyuanVideo15ImageToVideoPipeline.from_pretrained(folder / "picture")
    expected = bare(pipe, square(), image=Image.fromarray(still.read(0, 1)[0]))
    assert np.array_equal(painted(engine("picture"), square(5, (Known(0, still),))), expected)


def test_the_size_is_that_of_the_canvas_and_not_of_a_table(engine):
    still = tiny.footage(1, width=96, height=48)
    assert painted(engine("picture"), tiny.canvas(5, (Known(0, still),), width=96, height=48)).shape == (5, 48, 96, 3)


def test_a_distilled_schedule_has_as_many_steps_as_sigmas(folder, engine):
    told, sigmas = [], [1.0, 0.75, 0.5, 0.25]
    painter = engine("text", schedule=Schedule(guidance=1.0, sigmas=tuple(sigmas)))
    frames = list(painter.paint(square(), Control(on_progress=lambda *step: told.append(step[:3]))))
    assert [step for step in told if step[0] == "denoising"] == [("denoising", n, 4) for n in range(5)]
    pipe = HunyuanVideo15Pipeline.from_pretrained(folder / "text")
    assert np.array_equal(np.concatenate(frames), bare(pipe, square(), 1.0, height=64, width=64, sigmas=sigmas))


def test_a_cancel_at_any_step_leaves_the_engine_as_it_was(folder, engine):
    painter = engine("text")
    for stop in range(tiny.STEPS):
        told = []
        control = Control(
            on_progress=lambda *step, told=told: told.append(step[:3]),
            cancelled=lambda told=told, stop=stop: ("denoising", stop, tiny.STEPS) in told,
        )
        with pytest.raises(Cancelled):
            list(painter.paint(square(), control))
    pipe = HunyuanVideo15Pipeline.from_pretrained(folder / "text")
    assert np.array_equal(painted(painter, square()), bare(pipe, square(), height=64, width=64))


def test_what_it_cannot_keep_is_refused(engine):
    with pytest.raises(ValueError, match=r"4k\+1 frames .* not 6 of 64x64"):
        painted(engine("text"), square(6))


def test_what_each_checkpoint_can_be_shown(folder):
    text, picture = (info_of(tiny.manifest_of(folder / name, "hunyuan15")).patterns for name in ("text", "picture"))
    assert {p for p, rank in text.items() if rank is Rank.NATIVE} == {Pattern.TEXT}
    assert {p for p, rank in picture.items() if rank is Rank.NATIVE} == {Pattern.FIRST}
