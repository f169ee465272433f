"""Making known what lies on this machine: folders, single files, LoRAs; and what is left closed."""

import json
import os

import pytest
from loopback_hub import MODEL, NOT_READ, READ, WAN, files_of_a_checkpoint, safetensors, write

from cutaway_runtime.registry.add import add, add_lora, stills_for
from cutaway_runtime.registry.errors import (
    DamagedFile,
    PickleOnly,
    RegistryError,
    UnknownCheckpoint,
    UnknownModel,
    UnsafeCheckpoint,
)
from cutaway_runtime.registry.manifest import Dtype, FolderSource, Licence
from cutaway_runtime.registry.verify import State, verify


def edit(folder, name, **changes):
    table = json.loads((folder / name).read_text())
    table.update(changes)
    (folder / name).write_text(json.dumps(table))


def test_a_folder_is_installed_where_it_lies(store, checkpoint):
    before = {path: path.read_bytes() for path in checkpoint.rglob("*") if path.is_file()}
    made = add(store, [checkpoint])
    installed = store.get("my-wan")
    assert installed.manifest == made
    assert installed.folder == checkpoint
    assert (made.family, made.pipeline, made.source) == ("wan", "WanPipeline", FolderSource(path=str(checkpoint)))
    assert {file.path for file in made.files} == READ
    assert {finding.state for finding in verify(installed)} == {State.OK}
    assert {path: path.read_bytes() for path in checkpoint.rglob("*") if path.is_file()} == before
    assert store.remove("my-wan") == 0
    assert {path: path.read_bytes() for path in checkpoint.rglob("*") if path.is_file()} == before
    assert store.installed() == []


def test_grid_and_rules_come_from_the_configurations_and_the_nearest_known_model(store, checkpoint):
    made = add(store, [checkpoint])
    assert (made.dimensions.hidden, made.dimensions.layers, made.dimensions.patch) == (1536, 30, (1, 2, 2))
    assert (made.grid.frame_multiple, made.grid.frame_offset, made.grid.size_multiple) == (4, 1, 16)
    assert (made.dtype, made.dtypes) == (Dtype.BF16, {"vae": Dtype.FP32})
    assert made.weights == {"text_encoder": 6, "transformer": 300_004, "vae": 10}
    assert made.licence.name == "unknown"


def test_another_decoder_means_another_grid(store, checkpoint):
    edit(checkpoint, "vae/config.json", scale_factor_temporal=8, scale_factor_spatial=16)
    grid = add(store, [checkpoint]).grid
    assert (grid.frame_multiple, grid.size_multiple) == (8, 32)
    assert all(int(side) % 32 == 0 for size in grid.sizes for side in size.split("x"))
    assert (grid.max_frames - grid.frame_offset) % 8 == 0


def test_with_the_id_of_a_known_model_its_licence_and_schedule_count(store, checkpoint):
    made = add(store, [checkpoint], model_id=MODEL)
    assert made.licence.name == "Apache-2.0"
    assert made.source == FolderSource(path=str(checkpoint))
    assert made.title == "Wan 2.1 T2V 1.3B"


def test_a_folder_with_pickles_beside_safetensors_is_read_from_safetensors_only(store, checkpoint):
    write(checkpoint, NOT_READ)
    assert {file.path for file in add(store, [checkpoint]).files} == READ


def test_a_variant_is_read_where_it_is_asked_for(store, checkpoint):
    write(checkpoint, NOT_READ)
    made = add(store, [checkpoint], variant="fp16")
    assert made.variant == "fp16"
    denoiser = [file.path for file in made.files if file.path.startswith("transformer/") and "safetensors" in file.path]
    assert denoiser == ["transformer/diffusion_pytorch_model.fp16.safetensors"]
    assert made.weights["transformer"] == 4


def test_weights_that_are_there_in_another_variant_only_name_it(store, checkpoint):
    whole = checkpoint / "vae/diffusion_pytorch_model.safetensors"
    whole.rename(whole.with_name("diffusion_pytorch_model.fp16.safetensors"))
    with pytest.raises(UnknownCheckpoint, match="fp16 only; choose one with --variant"):
        add(store, [checkpoint])


def refused(store, folder, error, words):
    with pytest.raises(error, match=words):
        add(store, [folder])
    assert store.installed() == []


def test_a_component_that_is_a_pickle_is_left_closed(store, checkpoint):
    (checkpoint / "vae/diffusion_pytorch_model.safetensors").rename(checkpoint / "vae/diffusion_pytorch_model.bin")
    refused(store, checkpoint, PickleOnly, r"vae .*safe_serialization=True")


@pytest.mark.parametrize("name", ["model.ckpt", "model.pt", "pytorch_model.bin"])
def test_a_folder_of_pickles_and_nothing_else_says_how_to_convert(store, tmp_path, name):
    refused(store, write(tmp_path / "old", {name: b"\x80\x04"}), PickleOnly, "save_pretrained")
    with pytest.raises(PickleOnly):
        add(store, [tmp_path / "old" / name])


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("text_encoder/config.json", {"auto_map": {"AutoModel": "modeling.Mine"}}),
        ("tokenizer/tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["tok.Mine", None]}}),
        ("transformer/config.json", {"deep": [{"deeper": {"auto_map": {"AutoModel": "x.Y"}}}]}),
        ("model_index.json", {"custom_pipeline": "someone/pipeline"}),
        ("model_index.json", {"_class_name": ["pipeline", "Mine"]}),
        ("model_index.json", {"vae": ["my_module", "MyVAE"]}),
        ("model_index.json", {"vae": ["../evil", "MyVAE"]}),
    ],
)
def test_a_configuration_that_asks_for_its_own_code_is_refused(store, checkpoint, name, change):
    edit(checkpoint, name, **change)
    refused(store, checkpoint, UnsafeCheckpoint, "code")


def test_code_beside_weights_is_not_read(store, checkpoint):
    write(checkpoint, {"pipeline.py": b"raise SystemExit", "transformer/modeling.py": b"raise SystemExit"})
    assert not [file.path for file in add(store, [checkpoint]).files if file.path.endswith(".py")]


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("name", ["vae/diffusion_pytorch_model.safetensors", "model_index.json", "vae"])
def test_links_that_lead_out_of_the_folder_are_refused(store, checkpoint, tmp_path, name):
    outside = tmp_path / "outside"
    (checkpoint / name).rename(outside)
    (checkpoint / name).symlink_to(outside)
    refused(store, checkpoint, UnsafeCheckpoint, "leads out of")


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_snapshot_in_the_cache_of_the_hub_is_a_folder_of_links_and_good(store, checkpoint, tmp_path):
    repo = tmp_path / "models--Wan-AI--Wan"
    snapshot = repo / "snapshots" / "abc"
    for number, path in enumerate(path for path in sorted(checkpoint.rglob("*")) if path.is_file()):
        blob = repo / "blobs" / str(number)
        link = snapshot / path.relative_to(checkpoint)
        blob.parent.mkdir(parents=True, exist_ok=True)
        link.parent.mkdir(parents=True, exist_ok=True)
        path.rename(blob)
        link.symlink_to(os.path.relpath(blob, link.parent))
    assert add(store, [snapshot], model_id="cached").weights["vae"] == 10
    (snapshot / "LICENSE.txt").unlink()
    (snapshot / "LICENSE.txt").symlink_to("/etc/hostname")
    with pytest.raises(UnsafeCheckpoint):
        add(store, [snapshot], model_id="cached")


def test_a_shard_that_is_missing_is_named(store, checkpoint):
    (checkpoint / "transformer/diffusion_pytorch_model-00002-of-00002.safetensors").unlink()
    refused(store, checkpoint, DamagedFile, "diffusion_pytorch_model-00002-of-00002.safetensors, which is not there")


def test_shards_without_their_index_are_refused(store, checkpoint):
    (checkpoint / "transformer/diffusion_pytorch_model.safetensors.index.json").unlink()
    refused(store, checkpoint, DamagedFile, "no index")


def test_a_component_that_is_missing_is_named(store, checkpoint):
    for path in (checkpoint / "vae").iterdir():
        path.unlink()
    refused(store, checkpoint, DamagedFile, "vae")


def test_a_pipeline_that_nobody_runs_says_which_are(store, checkpoint):
    edit(checkpoint, "model_index.json", _class_name="AllegroPipeline")
    refused(store, checkpoint, UnknownCheckpoint, "AllegroPipeline.*WanVACEPipeline")


def test_what_is_no_checkpoint_says_what_would_be(store, tmp_path):
    (tmp_path / "empty").mkdir()
    refused(store, tmp_path / "empty", UnknownCheckpoint, "model_index.json")
    refused(store, tmp_path / "nowhere", UnknownCheckpoint, "does not exist")
    refused(
        store, write(tmp_path / "one", {"a.txt": b""}) / "a.txt", UnknownCheckpoint, "neither a diffusers folder nor"
    )


def test_an_id_is_given_once(store, checkpoint, tmp_path):
    add(store, [checkpoint], model_id="mine")
    add(store, [checkpoint], model_id="mine")
    other = write(tmp_path / "other", files_of_a_checkpoint())
    with pytest.raises(RegistryError, match="choose another id"):
        add(store, [other], model_id="mine")


# -- one file -----------------------------------------------------------------------------------


@pytest.fixture
def installed(store, checkpoint):
    return add(store, [checkpoint], model_id="whole")


def denoiser(path, width=WAN["num_attention_heads"] * WAN["attention_head_dim"], **more):
    tensors = {"patch_embedding.weight": ("BF16", (width, 16, 1, 2, 2)), "head.modulation": ("BF16", (1, 2, width))}
    path.write_bytes(safetensors(tensors | more))
    return path


def test_a_single_denoiser_takes_the_rest_from_the_only_model_of_its_kind(store, installed, tmp_path):
    file = denoiser(tmp_path / "Wan Tuned.safetensors")
    made = add(store, [file])
    found = store.get("wan-tuned")
    assert (made.base, made.overrides) == ("whole", {"transformer": file.name})
    assert found.folder == store.get("whole").folder
    assert found.overrides == {"transformer": file}
    assert made.revision != installed.revision
    assert made.weights["text_encoder"] == installed.weights["text_encoder"]
    assert {finding.state for finding in verify(found)} == {State.OK}
    with pytest.raises(RegistryError, match="remove that first"):
        store.remove("whole")
    store.remove("wan-tuned")
    assert file.exists()


def test_the_licence_of_the_rest_stays_in_force(store, installed, tmp_path):
    gate = Licence(name="A Gate", url="https://example.org", conditions=("Only on Sundays.",), gated=True)
    store.put(installed.model_copy(update={"licence": gate}))
    assert add(store, [denoiser(tmp_path / "a.safetensors")], base="whole").licence == gate


def test_a_gguf_denoiser_is_recognised_by_its_tensors(store, installed, tmp_path):
    import numpy as np
    from gguf import GGUFWriter

    file = tmp_path / "wan-q8.gguf"
    writer = GGUFWriter(file, "wan")
    writer.add_tensor("head.modulation", np.zeros((1, 2, 1536), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    made = add(store, [file], base="whole")
    assert (made.overrides, made.parameters) == ({"transformer": "wan-q8.gguf"}, 3072)


def test_a_gguf_with_bent_shapes_is_refused_because_it_could_not_be_loaded(store, installed, tmp_path):
    import numpy as np
    from gguf import GGUFWriter

    file = tmp_path / "bent.gguf"
    writer = GGUFWriter(file, "wan")
    writer.add_array("comfy.gguf.orig_shape.head.modulation", [1, 2, 1536])
    writer.add_tensor("head.modulation", np.zeros((3072,), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(UnknownCheckpoint, match="other shapes than their own"):
        add(store, [file], base="whole")


def test_without_a_model_to_take_the_rest_from_one_is_asked_for(store, tmp_path):
    with pytest.raises(UnknownCheckpoint, match=r"--base ID: .*wan-2\.1-t2v-1\.3b"):
        add(store, [denoiser(tmp_path / "a.safetensors")])
    with pytest.raises(UnknownModel):
        add(store, [denoiser(tmp_path / "a.safetensors")], base="nobody")


def test_a_denoiser_of_another_size_or_kind_is_refused(store, installed, tmp_path):
    with pytest.raises(UnknownCheckpoint, match="5120 wide and whole 1536"):
        add(store, [denoiser(tmp_path / "a.safetensors", width=5120)], base="whole")
    file = tmp_path / "b.safetensors"
    file.write_bytes(safetensors({"adaln_single.emb.timestep_embedder.linear_1.weight": ("BF16", (2, 2))}))
    with pytest.raises(UnknownCheckpoint, match="LTXConditionPipeline"):
        add(store, [file], base="whole")


def test_what_cannot_be_recognised_can_be_named(store, installed, tmp_path):
    file = tmp_path / "a.safetensors"
    file.write_bytes(safetensors({"strange": ("BF16", (2,))}))
    with pytest.raises(UnknownCheckpoint, match="--pipeline CLASS"):
        add(store, [file])
    assert add(store, [file], pipeline="WanPipeline").base == "whole"
    with pytest.raises(UnknownCheckpoint, match="no pipeline that cutaway runs"):
        add(store, [file], pipeline="NoSuchPipeline")


def test_scaled_fp8_is_refused_because_it_would_paint_noise(store, installed, tmp_path):
    file = denoiser(tmp_path / "a.safetensors", scaled_fp8=("F16", (2,)))
    with pytest.raises(UnknownCheckpoint, match="scaled fp8"):
        add(store, [file])


def test_two_files_are_for_two_experts_and_one_denoiser_takes_one(store, installed, tmp_path):
    files = [denoiser(tmp_path / "high.safetensors"), denoiser(tmp_path / "low.safetensors")]
    with pytest.raises(UnknownCheckpoint, match="1 denoisers, and 2 files"):
        add(store, files, base="whole")
    store.put(installed.model_copy(update={"weights": {**installed.weights, "transformer_2": 1}}))
    made = add(store, files, base="whole")
    assert made.overrides == {"transformer": "high.safetensors", "transformer_2": "low.safetensors"}


# -- LoRAs --------------------------------------------------------------------------------------


@pytest.fixture
def lora(tmp_path):
    file = tmp_path / "Ink Wash.safetensors"
    file.write_bytes(safetensors({"blocks.0.attn1.to_q.lora_A.weight": ("BF16", (4, 8))}))
    return file


def test_a_lora_becomes_a_style_of_its_model(store, installed, lora):
    made = add_lora(store, [lora], model="whole", style="ink", strength=0.8)
    assert (made.id, made.models, made.strength) == ("ink-wash", ("whole",), 0.8)
    assert store.get("whole").manifest.loras == {"ink": "ink-wash"}
    assert store.lora("ink-wash").weights == {"transformer": lora}
    assert {finding.state for finding in verify(store.lora("ink-wash"))} == {State.OK}
    store.remove("ink-wash")
    assert store.get("whole").manifest.loras == {}
    assert lora.exists()


def test_what_is_no_lora_is_no_style(store, installed, tmp_path):
    with pytest.raises(UnknownCheckpoint, match="no tensors of a LoRA"):
        add_lora(store, [denoiser(tmp_path / "a.safetensors")], model="whole")


def test_a_lora_without_its_model_is_told_what_to_say(store, installed, lora):
    with pytest.raises(UnknownCheckpoint, match="--lora-for ID"):
        add(store, [lora])


def test_a_style_is_given_once(store, installed, lora, tmp_path):
    add_lora(store, [lora], model="whole", style="ink")
    other = tmp_path / "other.safetensors"
    other.write_bytes(lora.read_bytes())
    with pytest.raises(RegistryError, match="choose another with --style"):
        add_lora(store, [other], model="whole", style="ink")


# -- pictures -----------------------------------------------------------------------------------


@pytest.fixture
def painter(tmp_path):
    """A text-to-image checkpoint as the hub has them, with a safety checker that is code of nobody's library."""
    parts = {
        "unet": ["diffusers", "UNet2DConditionModel"],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    }
    return write(
        tmp_path / "painter",
        {
            "model_index.json": json.dumps({"_class_name": "StableDiffusionPipeline", **parts}).encode(),
            "unet/config.json": b"{}",
            "unet/diffusion_pytorch_model.safetensors": safetensors({"a": ("F16", (4,))}),
            "safety_checker/model.safetensors": safetensors({"a": ("F16", (4,))}),
        },
    )


def test_a_model_of_pictures_paints_the_first_one_for_another(store, installed, painter):
    made = add(store, [painter])
    assert (made.family, made.grid.max_frames, made.grid.frame_offset) == ("stills", 1, 1)
    assert not [file.path for file in made.files if file.path.startswith("safety_checker/")]
    stills_for(store, "whole", "painter")
    assert store.get("whole").manifest.stills == "painter"
    with pytest.raises(UnknownCheckpoint, match="single pictures"):
        stills_for(store, "painter", "whole")


# -- the real thing -----------------------------------------------------------------------------


def test_what_diffusers_itself_saves_is_read(store, tmp_path):
    import torch
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXPipeline,
        LTXVideoTransformer3DModel,
    )
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast, T5Config, T5EncoderModel

    torch.set_num_threads(1)
    words = Tokenizer(models.WordLevel({"<pad>": 0, "</s>": 1, "<unk>": 2}, unk_token="<unk>"))
    transformer = LTXVideoTransformer3DModel(
        in_channels=8, out_channels=8, num_attention_heads=2, attention_head_dim=8, cross_attention_dim=16,
        num_layers=3, caption_channels=32,
    )  # fmt: skip
    vae = AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=(8, 8, 8, 8), decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1, 1),
    )  # fmt: skip
    encoder = T5EncoderModel(T5Config(vocab_size=8, d_model=32, d_kv=8, d_ff=16, num_layers=1, num_heads=2))
    LTXPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae,
        text_encoder=encoder,
        tokenizer=PreTrainedTokenizerFast(tokenizer_object=words, pad_token="<pad>", eos_token="</s>"),
        transformer=transformer,
    ).save_pretrained(tmp_path / "tiny", max_shard_size="10KB")

    made = add(store, [tmp_path / "tiny"])
    assert (made.family, made.pipeline) == ("ltx", "LTXPipeline")
    assert made.weights["transformer"] == sum(weight.numel() for weight in transformer.parameters())
    assert (made.dimensions.hidden, made.dimensions.layers) == (16, 3)
    assert (made.grid.frame_multiple, made.grid.size_multiple) == (8, 32)
    assert (vae.temporal_compression_ratio, vae.spatial_compression_ratio) == (8, 32)
    assert sum("-of-" in file.path for file in made.files) > 1
