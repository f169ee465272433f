"""Checkpoints of a few hundred kilobytes with random weights, in the very layout of the real ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import torch
from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, WanPipeline, WanTransformer3DModel
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

from cutaway.timebase import FrameRange, Rate
from cutaway_runtime.canvas import Canvas, Known, Span
from cutaway_runtime.engine.base import Control
from cutaway_runtime.engine.diffusion.routes import Stills
from cutaway_runtime.registry.manifest import Dtype, FolderSource, Grid, Manifest, Schedule

if TYPE_CHECKING:
    from pathlib import Path

torch.set_num_threads(1)
STEPS = 3


def tokenizer() -> PreTrainedTokenizerFast:
    """A word tokenizer, trained here on the words the tests use."""
    made = Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=128, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    made.train_from_iterator(["a red car drives along the coast at dusk", "rain on a window, slow pan"] * 4, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")


def umt5() -> UMT5EncoderModel:
    config = UMT5Config(
        vocab_size=128, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4, relative_attention_num_buckets=8
    )
    return UMT5EncoderModel(config).eval()


def wan_parts(**transformer) -> dict:
    torch.manual_seed(0)
    return {
        "tokenizer": tokenizer(),
        "text_encoder": umt5(),
        "vae": AutoencoderKLWan(
            base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
        ).eval(),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=3.0),
        "transformer": WanTransformer3DModel(
            **{
                "patch_size": (1, 2, 2),
                "num_attention_heads": 2,
                "attention_head_dim": 12,
                "in_channels": 16,
                "out_channels": 16,
                "text_dim": 32,
                "freq_dim": 64,
                "ffn_dim": 32,
                "num_layers": 2,
                "cross_attn_norm": True,
                "qk_norm": "rms_norm_across_heads",
                "rope_max_seq_len": 32,
            }
            | transformer
        ).eval(),
    }


def wan(folder: Path) -> Path:
    """Wan 2.1 text to video."""
    WanPipeline(**wan_parts()).save_pretrained(folder)
    return folder


def manifest_of(folder: Path, family: str, **more) -> Manifest:
    """A manifest as `cutaway models add` would write it."""
    index = json.loads((folder / "model_index.json").read_text())
    denoiser = folder / "transformer/config.json"
    settings = (json.loads(denoiser.read_text()) if denoiser.exists() else {}) | index
    values = {
        "id": f"tiny-{family}",
        "family": family,
        "pipeline": index["_class_name"],
        "settings": {name: value for name, value in settings.items() if not isinstance(value, list | dict)},
        "source": FolderSource(path=str(folder)),
        "dtype": Dtype.FP32,
        "grid": Grid(sizes=("64x48",)),
        "schedule": Schedule(steps=STEPS, guidance=4.0),
    }
    return Manifest(**values | more)


def canvas(frames: int = 9, known: tuple[Known, ...] = (), **more) -> Canvas:
    """A small canvas with a prompt."""
    values = {
        "frames": frames, "width": 64, "height": 48, "rate": Rate.parse("16"), "seed": 7,
        "spans": (Span(FrameRange(0, frames), "a red car drives along the coast"),), "known": known,
    } | more  # fmt: skip
    return Canvas(**values)


def footage(frames: int, seed: int = 1, width: int = 64, height: int = 48) -> Stills:
    """Frames with something in them that moves."""
    noise = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8 + frames, 3), np.uint8)
    wide = noise.repeat(8, 0).repeat(8, 1)
    return Stills(np.stack([wide[:, 4 * n : 4 * n + width] for n in range(frames)]))


def painted(engine, canvas, notes=None) -> np.ndarray:
    """All frames an engine makes of a canvas, (T, H, W, 3) uint8."""
    return np.concatenate([chunk.copy() for chunk in engine.paint(canvas, Control(notes))])


def bare(pipe, canvas, **more) -> np.ndarray:
    """The frames of a bare pipeline call with the same words, size, steps and seed, rounded to uint8."""
    pipe.set_progress_bar_config(disable=True)
    values = {
        "prompt": canvas.prompt, "negative_prompt": "", "height": canvas.height, "width": canvas.width,
        "num_inference_steps": STEPS, "guidance_scale": 4.0, "output_type": "np",
        "generator": torch.Generator("cpu").manual_seed(canvas.seed),
    } | more  # fmt: skip
    return (pipe(**values).frames[0] * 255).round().astype(np.uint8)
