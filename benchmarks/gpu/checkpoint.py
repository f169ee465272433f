"""A whole Wan checkpoint of real size with random weights, saved as diffusers saves one.

The text encoder alone is small: it is as wide as the real one, with a single layer, and is not timed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import diffusers
import torch
from bodies import DEVICE, DTYPE, Body
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, UMT5Config, UMT5EncoderModel

from cutaway_runtime.registry.manifest import Dtype, FolderSource, Grid, Manifest, Schedule

if TYPE_CHECKING:
    from pathlib import Path

TINY_DECODER = {"base_dim": 3, "z_dim": 16, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1}


def save(body: Body, folder: Path, *, tiny: bool) -> Manifest:
    """Writes the checkpoint of a Wan body into `folder`; its manifest."""
    with torch.device(DEVICE):
        decoder = diffusers.AutoencoderKLWan(**TINY_DECODER if tiny else {}).to(torch.float32)
    diffusers.WanPipeline(
        tokenizer=_tokenizer(),
        text_encoder=UMT5EncoderModel(
            UMT5Config(vocab_size=8, d_model=body.config["text_dim"], d_kv=64, d_ff=64, num_layers=1, num_heads=8)
        ),
        transformer=body.build(),
        vae=decoder,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
    ).save_pretrained(folder)
    width, height = body.size
    return Manifest(
        id=f"random-{body.name.lower().replace(' ', '-')}",
        family="wan",
        pipeline="WanPipeline",
        source=FolderSource(path=str(folder)),
        dtype=Dtype(str(DTYPE).removeprefix("torch.")),
        dtypes={"vae": Dtype.FP32},
        grid=Grid(sizes=(f"{width}x{height}",), max_frames=body.frames),
        schedule=Schedule(steps=50, guidance=5.0),
        dimensions=body.dimensions,
    )


def _tokenizer() -> PreTrainedTokenizerFast:
    words = {"<pad>": 0, "</s>": 1, "<unk>": 2, "a": 3, "car": 4}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
