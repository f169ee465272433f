"""`cutaway models`: the list of a server, and the registry of this machine behind it."""

import hashlib
import json
import struct
from dataclasses import dataclass

import pytest

from cutaway.cli.app import run
from cutaway.client import local


@dataclass
class Ended:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def here(cli, capfd, monkeypatch):
    """The command line without a named server. The registry's process writes past ours, so files are read, not streams."""

    def call(*words, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        code = run(list(words))
        return Ended(int(code), *capfd.readouterr())

    yield call
    local.stop()


def answer(done):
    assert done.stdout.count("\n") == 1, done
    return json.loads(done.stdout)


def lora(path):
    header = json.dumps({"x.lora_A.weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))


def test_alone_and_as_list_it_says_what_a_server_offers(cli):
    alone, listed = cli("models", "--json"), cli("models", "list", "--json")
    assert alone.object == listed.object
    assert [info["id"] for info in alone.object["models"]] == ["draft"]
    assert alone.object["available"] == []
    shown = cli("models").stdout
    assert "draft" in shown
    assert "fill (composed)" in shown


def test_on_this_machine_it_also_says_what_can_be_pulled(here):
    listed = answer(here("models", "--json"))
    assert {info["id"] for info in listed["models"]} >= {"draft", "bars"}
    pullable = {row["id"]: row for row in listed["available"]}
    assert pullable["wan-2.1-vace-1.3b"]["licence_accepted"]
    assert not pullable["ltx-2"]["licence_accepted"]
    shown = here("models").stdout
    assert "cutaway models pull ID" in shown
    assert "LTX-2 Community License (to be accepted)" in shown


def test_a_gate_is_opened_by_an_explicit_yes(here):
    refused = here("models", "pull", "ltx-2", "--json", HF_HUB_OFFLINE="1")
    assert (refused.returncode, answer(refused)["error"]["type"]) == (6, "LicenceNotAccepted")
    assert "cutaway models accept ltx-2" in refused.stderr
    note = answer(here("models", "accept", "ltx-2", "--json"))
    assert note["licence"] == "LTX-2 Community License"
    offline = here("models", "pull", "ltx-2", "--json", HF_HUB_OFFLINE="1")
    assert (offline.returncode, answer(offline)["error"]["type"]) == (4, "HubUnreachable")


def test_an_unknown_id_names_the_nearest(here):
    unknown = here("models", "show", "wan-2.1-vace-1b", "--json")
    assert unknown.returncode == 2
    assert "wan-2.1-vace-1.3b" in answer(unknown)["error"]["nearest"]


def test_show_tells_what_it_will_take_and_that_nothing_was_measured(here):
    told = answer(here("models", "show", "wan-2.1-t2v-1.3b", "--json"))
    assert told["estimate"]["flops_per_forward"] == pytest.approx(283e12, rel=0.01)
    assert told["fits"]["24"] == {"profile": "exact", "basis": "estimated"}
    lines = here("models", "show", "wan-2.1-t2v-1.3b").stdout
    assert "an estimate, not measured" in lines
    assert "283 TFLOP per forward" in lines


def test_a_file_that_is_added_verified_damaged_and_removed(here, cli):
    folder = cli.folder / "tiny"
    (folder / "unet").mkdir(parents=True)
    (folder / "model_index.json").write_text(
        '{"_class_name": "StableVideoDiffusionPipeline", "unet": ["diffusers", "UNetSpatioTemporalConditionModel"]}'
    )
    (folder / "unet" / "config.json").write_text("{}")
    lora(folder / "unet" / "diffusion_pytorch_model.safetensors")

    added = answer(here("models", "add", "tiny", "--id", "mine", "--json"))
    assert (added["id"], added["pipeline"], added["installed"]) == ("mine", "StableVideoDiffusionPipeline", True)
    digest = hashlib.sha256((folder / "unet" / "config.json").read_bytes()).hexdigest()
    assert {"path": "unet/config.json", "bytes": 2, "sha256": digest} in added["manifest"]["files"]
    lora(cli.folder / "look.safetensors")
    styled = here(
        "models", "add", "look.safetensors", "--lora-for", "mine", "--style", "ink", "--strength", "0.5", "--json"
    )
    assert answer(styled)["manifest"]["strength"] == 0.5

    (folder / "unet" / "config.json").write_text("[]")
    damaged = here("models", "verify", "--json")
    assert damaged.returncode == 7
    found = {file["path"]: file["state"] for file in answer(damaged)["models"]["mine"]}
    assert found["unet/config.json"] == "other bytes"

    assert answer(here("models", "rm", "look", "mine", "--json"))["removed"] == ["look", "mine"]
    assert (folder / "model_index.json").exists()


def test_what_cannot_be_added_says_why_and_what_to_do(here, cli):
    (cli.folder / "old.ckpt").write_bytes(b"\x80\x04")
    refused = here("models", "add", "old.ckpt", "--json")
    assert (refused.returncode, answer(refused)["error"]["type"]) == (2, "PickleOnly")
    assert "save_pretrained" in refused.stderr
