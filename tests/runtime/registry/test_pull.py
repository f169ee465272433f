"""Pulling from a hub: what is asked for, what is checked, and what is left after an interruption."""

import json
import os
import signal
import subprocess
import sys

import pytest
from loopback_hub import COMMIT, MODEL, NOT_READ, READ, REPO, files_of_a_checkpoint, safetensors

from cutaway_runtime.registry import licence
from cutaway_runtime.registry.errors import (
    Busy,
    DamagedFile,
    HubForbidden,
    HubUnreachable,
    LicenceNotAccepted,
    NoRoom,
    NotInstalled,
    NotOnHub,
    PickleOnly,
    UnknownModel,
    UnsafeCheckpoint,
)
from cutaway_runtime.registry.hub import Hub
from cutaway_runtime.registry.pull import pull
from cutaway_runtime.registry.verify import State, verify

BIG = "transformer/diffusion_pytorch_model-00002-of-00002.safetensors"


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_known_model_is_installed_with_a_hash_for_every_file(store, repos):
    seen = []
    made = pull(store, MODEL, Hub(repos.url), watch=seen.append)

    (installed,) = store.installed()
    assert installed.manifest == made
    assert names(installed.folder) == READ | {"manifest.json"}
    assert {file.path for file in made.files} == READ
    assert all(file.sha256 and file.bytes for file in made.files)
    assert made.source.revision == COMMIT
    assert made.parameters == 4 + 300_000
    assert made.weights == {"text_encoder": 6, "transformer": 300_004, "vae": 10}
    assert {finding.state for finding in verify(installed)} == {State.OK}


def test_progress_never_goes_back_and_ends_with_everything(store, repos):
    seen = []
    made = pull(store, MODEL, Hub(repos.url), watch=seen.append)
    total = sum(file.bytes for file in made.files)
    told = [step for step in seen if step.total]
    assert {step.total for step in told} == {total}
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert told[-1].done == total
    assert BIG in {step.file for step in told}


def test_neither_pickles_nor_code_nor_other_variants_are_asked_for(store, repos):
    pull(store, MODEL, Hub(repos.url))
    assert not set(repos.asked) & set(NOT_READ)
    assert set(repos.asked) == READ


def test_pulling_again_fetches_nothing(store, repos):
    pull(store, MODEL, Hub(repos.url))
    repos.asked.clear()
    pull(store, MODEL, Hub(repos.url))
    assert not repos.asked
    assert store.get(MODEL)


def test_a_newer_revision_fetches_what_changed_and_leaves_nothing_behind(store, repos):
    pull(store, MODEL, Hub(repos.url))
    repos.asked.clear()
    repos.files[REPO]["vae/diffusion_pytorch_model.safetensors"] = safetensors({"z": ("F32", (11,))})
    del repos.files[REPO]["tokenizer/spiece.model"]
    made = pull(store, MODEL, Hub(repos.url))
    assert set(repos.asked) == {"vae/diffusion_pytorch_model.safetensors"}
    assert made.weights["vae"] == 11
    assert names(store.get(MODEL).folder) == READ - {"tokenizer/spiece.model"} | {"manifest.json"}


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=lambda how: how.name)
def test_a_killed_pull_has_installed_nothing_and_the_next_one_goes_on(store, repos, how):
    # huggingface_hub hands bytes over in chunks of 10 MB; what is less is lost with the process.
    repos.files[REPO][BIG] = safetensors({"b": ("U8", (25_000_000,))})
    repos.cut[BIG] = 22_000_000
    command = [sys.executable, "-m", "cutaway_runtime", "models", "pull", MODEL]
    environment = {**os.environ, "HF_ENDPOINT": repos.url, "CUTAWAY_HOME": str(store.home)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert repos.halted.wait(30)
    folder = store.folder_of(MODEL)
    while not any(part.stat().st_size for part in folder.rglob(".*.part")):
        assert process.poll() is None
    process.send_signal(how)
    said = process.communicate(timeout=30)[1]
    repos.go_on.set()

    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "the same command goes on from there" in said
    assert repos.api == [f"/api/models/{REPO}/revision/main"], "the hub was asked, or told, something else"
    assert store.installed() == []
    with pytest.raises(NotInstalled):
        store.get(MODEL)
    (part,) = folder.rglob(".*.part")
    came = part.stat().st_size
    assert came % (10 << 20) == 0 < came < 22_000_000

    repos.cut.clear()
    repos.asked.clear()
    pull(store, MODEL, Hub(repos.url))
    assert repos.ranges == [(BIG, came)]
    assert repos.asked[BIG] == 1
    assert "model_index.json" not in repos.asked
    assert {finding.state for finding in verify(store.get(MODEL))} == {State.OK}
    assert not list(folder.rglob("*.part"))


def test_a_line_that_breaks_is_taken_up_again_by_itself(store, repos):
    repos.cut[BIG] = 1 << 17
    repos.go_on.set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 1 << 16)
        patch.setattr("time.sleep", lambda _seconds: repos.cut.clear())
        pull(store, MODEL, Hub(repos.url))
    assert repos.ranges == [(BIG, 1 << 17)]
    assert {finding.state for finding in verify(store.get(MODEL))} == {State.OK}


@pytest.mark.parametrize("name", [BIG, "transformer/config.json"], ids=["large file", "small file"])
def test_bytes_that_were_not_published_are_refused_and_deleted(store, repos, name):
    repos.damage.add(name)
    with pytest.raises(DamagedFile, match="came damaged"):
        pull(store, MODEL, Hub(repos.url))
    assert store.installed() == []
    assert name not in names(store.folder_of(MODEL))
    repos.damage.clear()
    assert pull(store, MODEL, Hub(repos.url)).id == MODEL


def test_a_repository_of_pickles_is_refused_before_any_weights_come(store, repos):
    repos.files[REPO] = {
        name.replace(".safetensors", ".bin") if name.startswith("vae/") else name: content
        for name, content in files_of_a_checkpoint().items()
    }
    with pytest.raises(PickleOnly, match="safe_serialization=True"):
        pull(store, MODEL, Hub(repos.url))
    assert set(repos.asked) == {"model_index.json"}
    assert store.installed() == []


def test_a_configuration_that_asks_for_code_is_refused_before_any_weights_come(store, repos):
    repos.files[REPO]["text_encoder/config.json"] = b'{"auto_map": {"AutoModel": "modeling.Mine"}}'
    with pytest.raises(UnsafeCheckpoint, match="auto_map"):
        pull(store, MODEL, Hub(repos.url))
    assert not [name for name in repos.asked if name.endswith(".safetensors")]


def test_a_name_that_climbs_is_refused(store, repos):
    repos.files[REPO]["../../evil.json"] = b"{}"
    with pytest.raises(Exception, match="no plain path"):
        pull(store, MODEL, Hub(repos.url))
    assert not repos.asked


def test_a_header_that_lies_is_found_before_the_model_is_installed(store, repos):
    whole = repos.files[REPO][BIG]
    repos.files[REPO][BIG] = whole[:-7]
    with pytest.raises(DamagedFile, match="no whole safetensors file"):
        pull(store, MODEL, Hub(repos.url))
    assert store.installed() == []


def test_a_gated_licence_wants_a_yes_before_anything_is_asked(store, repos):
    with pytest.raises(LicenceNotAccepted, match="10 million US dollars") as refused:
        pull(store, "ltx-video-2b", Hub(repos.url))
    assert "cutaway models accept ltx-video-2b" in str(refused.value)
    assert not repos.asked
    ltx = next(known for known in store.known() if known.id == "ltx-video-2b")
    licence.accept(ltx, store.home)
    with pytest.raises(NotOnHub):  # this hub does not have it; but it was asked
        pull(store, "ltx-video-2b", Hub(repos.url))


def test_a_repository_that_wants_an_account_says_so(store, repos):
    repos.gated.add(REPO)
    with pytest.raises(HubForbidden, match="agree to its terms at http://127"):
        pull(store, MODEL, Hub(repos.url))


def test_offline_and_out_of_reach_are_told_apart_from_absent(store, repos, monkeypatch):
    with pytest.raises(HubUnreachable, match="did not answer"):
        pull(store, MODEL, Hub("http://127.0.0.1:1"))
    with pytest.raises(NotOnHub):
        pull(store, "someone/else", Hub(repos.url))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(HubUnreachable, match="HF_HUB_OFFLINE"):
        pull(store, MODEL, Hub(repos.url))


def test_an_unknown_id_names_the_near_ones(store, repos):
    with pytest.raises(UnknownModel) as error:
        pull(store, "wan-2.1-t2v-1b", Hub(repos.url))
    assert MODEL in error.value.near


def test_any_repository_of_a_known_pipeline_can_be_pulled(store, repos):
    index = json.loads(files_of_a_checkpoint()["model_index.json"])
    repos.files["someone/Wan-Tuned_v2"] = {**files_of_a_checkpoint(), "model_index.json": json.dumps(index).encode()}
    made = pull(store, "someone/Wan-Tuned_v2", Hub(repos.url))
    assert (made.id, made.family, made.pipeline) == ("wan-tuned_v2", "wan", "WanPipeline")
    assert made.licence.name == "apache-2.0"
    assert (made.grid.frame_multiple, made.grid.size_multiple) == (4, 16)
    assert store.get("wan-tuned_v2").manifest == made


def test_a_disk_that_is_too_small_is_found_out_first(store, repos, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    with pytest.raises(NoRoom) as error:
        pull(store, MODEL, Hub(repos.url))
    assert error.value.free == 1000
    assert set(repos.asked) == {"model_index.json"}


def test_two_pulls_of_one_model_do_not_meet(store, repos):
    from filelock import FileLock

    store.models.mkdir(parents=True)
    with FileLock(store.models / f".{MODEL}.lock"), pytest.raises(Busy):
        pull(store, MODEL, Hub(repos.url))


def test_a_lora_is_pulled_for_its_own_file_alone(store, repos):
    (known,) = [lora for lora in store.known_loras() if lora.id == "wan-2.1-14b-four-steps"]
    (file,) = known.files
    repos.files[known.source.repo] = {file.path: safetensors({"x.lora_A.weight": ("F32", (2, 2))}), **NOT_READ}
    pull(store, known.id, Hub(repos.url))
    installed = store.lora(known.id)
    assert installed.weights == {"transformer": store.folder_of(known.id) / file.path}
    assert set(repos.asked) == {file.path}
    assert {finding.state for finding in verify(installed)} == {State.OK}
