"""Weights that come otherwise: a LoRA for a style, a quantised denoiser in one file, and code that stays unread."""

import json
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).parents[2] / "models"))

import tiny
from tiny import painted

from cutaway.home import Home
from cutaway_runtime.engine.base import EngineError
from cutaway_runtime.engine.diffusion.components import Residency
from cutaway_runtime.engine.diffusion.engine import Diffusion
from cutaway_runtime.registry.manifest import FolderSource, Lora, WeightFile
from cutaway_runtime.registry.store import Store

PLAIN = tiny.canvas(5)
STYLED = tiny.canvas(5, style="noir")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.wan(tmp_path_factory.mktemp("wan"))


@pytest.fixture(scope="module")
def plain(folder, tmp_path_factory):
    return painted(
        Diffusion(tiny.manifest_of(folder, "wan"), folder, home=Home(tmp_path_factory.mktemp("home"))), PLAIN
    )


def lora(home: Path, names: tuple[str, ...], rank: int = 2) -> None:
    """A LoRA on the attention of the tiny Wan (24 wide), installed as `noir-lora`."""
    torch.manual_seed(5)
    tensors = {f"transformer.{name}.lora_A.weight": torch.randn(rank, 24) for name in names}
    tensors |= {f"transformer.{name}.lora_B.weight": torch.randn(24, rank) for name in names}
    root = home / "a lora"
    root.mkdir()
    save_file(tensors, root / "noir.safetensors")
    size = (root / "noir.safetensors").stat().st_size
    Store(home).put(
        Lora(
            id="noir-lora-1.0",
            models=("tiny-wan",),
            source=FolderSource(path=str(root)),
            files=(WeightFile(path="noir.safetensors", bytes=size),),
            parts={"transformer": "noir.safetensors"},
        )
    )


def test_a_style_is_a_lora_for_one_job(folder, plain, tmp_path):
    lora(tmp_path, ("blocks.0.attn1.to_q", "blocks.1.attn1.to_v"))
    manifest = tiny.manifest_of(folder, "wan", loras={"noir": "noir-lora-1.0"})
    engine = Diffusion(manifest, folder, home=Home(tmp_path))
    assert engine.info.styles == ["noir"]
    styled = painted(engine, STYLED)
    assert not np.array_equal(styled, plain)
    shutil.rmtree(tmp_path / "latents")
    assert np.array_equal(painted(engine, PLAIN), plain)  # it left with its job
    shutil.rmtree(tmp_path / "latents")
    assert np.array_equal(painted(engine, STYLED), styled)


def test_a_lora_for_another_model_is_refused_by_name(folder, plain, tmp_path):
    lora(tmp_path, ("blocks.7.attn1.to_q",))
    engine = Diffusion(tiny.manifest_of(folder, "wan", loras={"noir": "noir-lora-1.0"}), folder, home=Home(tmp_path))
    with pytest.raises(EngineError, match=r"noir-lora-1\.0 does not fit tiny-wan") as refused:
        painted(engine, STYLED)
    assert refused.value.code == "unsupported_lora"
    assert np.array_equal(painted(engine, PLAIN), plain)


def test_a_quantised_denoiser_takes_the_place_of_the_whole_one(folder, plain, tmp_path):
    """Its linear layers in 4 bits: close to the whole one, not equal to it, and a fraction of its size."""
    weights = load_file(folder / "transformer" / "diffusion_pytorch_model.safetensors")
    path = tmp_path / "transformer.gguf"
    writer = gguf.GGUFWriter(path, "wan")
    for name, tensor in weights.items():
        values = tensor.numpy()
        if values.ndim == 2 and values.shape[1] % 32 == 0:
            quantised = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q4_0)
            writer.add_tensor(name, quantised, raw_dtype=gguf.GGMLQuantizationType.Q4_0)
        else:
            writer.add_tensor(name, values)
    for close in (
        writer.write_header_to_file,
        writer.write_kv_data_to_file,
        writer.write_tensors_to_file,
        writer.close,
    ):
        close()
    engine = Diffusion(
        tiny.manifest_of(folder, "wan"), folder, overrides={"transformer": path}, home=Home(tmp_path / "home")
    )
    frames = painted(engine, PLAIN)
    assert not np.array_equal(frames, plain)
    assert np.abs(frames.astype(int) - plain).mean() < 2


def test_weights_in_one_file_are_the_same_weights(folder, plain, tmp_path):
    single = tmp_path / "moved.safetensors"
    shutil.copy(folder / "transformer" / "diffusion_pytorch_model.safetensors", single)
    engine = Diffusion(
        tiny.manifest_of(folder, "wan"), folder, overrides={"transformer": single}, home=Home(tmp_path / "home")
    )
    assert np.array_equal(painted(engine, PLAIN), plain)


def test_a_class_that_is_in_neither_library_is_not_looked_for_elsewhere(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    index = json.loads((copy / "model_index.json").read_text())
    (copy / "transformer" / "evil.py").write_text("raise SystemExit('this was run')")
    (copy / "model_index.json").write_text(json.dumps(index | {"transformer": ["evil", "Evil"]}))
    engine = Diffusion(tiny.manifest_of(copy, "wan"), copy, home=Home(tmp_path))
    with pytest.raises(EngineError, match=r"evil\.Evil .* code that comes with weights is never run"):
        painted(engine, PLAIN)


class TestResidency:
    def load(self, megabytes: int):
        return lambda: torch.nn.Linear(1024, 256 * megabytes, bias=False)

    def test_the_part_used_longest_ago_leaves_first(self):
        room = Residency(budget=10 << 20)
        for model in ("a", "b"):
            room.get(model, "transformer", self.load(4))
        room.get("a", "transformer", self.load(4))
        room.get("c", "transformer", self.load(4))
        assert [model for model in "abc" if room.loaded(model)] == ["a", "c"]
        assert room.bytes == 8 << 20

    def test_a_model_never_pushes_out_its_own_parts(self):
        room = Residency(budget=6 << 20)
        for part in ("text_encoder", "transformer", "vae"):
            room.get("a", part, self.load(4))
        assert room.loaded("a") == ["text_encoder", "transformer", "vae"]

    def test_a_part_is_loaded_once(self):
        room, loads = Residency(), []
        for _ in range(3):
            room.get("a", "vae", lambda: loads.append(1) or torch.nn.Linear(1, 1))
        assert len(loads) == 1
