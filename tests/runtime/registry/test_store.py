"""What is installed, what is known, what was agreed to, and whether it is still whole."""

import json
import subprocess
import sys

import pytest
from loopback_hub import MODEL

from cutaway_runtime.registry import licence
from cutaway_runtime.registry.add import add
from cutaway_runtime.registry.errors import DamagedManifest, NotInstalled, UnknownModel
from cutaway_runtime.registry.known import LORAS, MANIFESTS, UNTRIED
from cutaway_runtime.registry.manifest import Licence, Manifest
from cutaway_runtime.registry.pipelines import PIPELINES
from cutaway_runtime.registry.verify import State, verify


def test_an_unknown_id_names_those_that_look_like_it(store):
    with pytest.raises(UnknownModel) as unknown:
        store.get("wan-2.1-t2v-1.3")
    assert not isinstance(unknown.value, NotInstalled)
    assert MODEL in unknown.value.near
    assert MODEL in str(unknown.value)


def test_a_known_id_says_how_to_get_it(store):
    with pytest.raises(NotInstalled, match=f"cutaway models pull {MODEL}"):
        store.get(MODEL)
    with pytest.raises(NotInstalled):
        store.lora("wan-2.1-14b-four-steps")


@pytest.mark.parametrize("name", ["..", "../x", "a/b", "A", "", ".hidden", "x" * 97, "a\\b", "a\0"])
def test_what_cannot_be_an_id_never_becomes_a_path(store, name):
    for ask in (store.get, store.lora, store.remove, store.folder_of):
        with pytest.raises(UnknownModel):
            ask(name)


def test_a_manifest_comes_back_as_it_went(store, checkpoint):
    made = add(store, [checkpoint], model_id="mine")
    assert store.get("mine").manifest == made
    assert not list(store.models.rglob("*.part"))


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"id": "mine"}', "\x00", '{"unknown": 1}'],
    ids=["empty", "cut", "list", "bare", "nul", "other"],
)
def test_a_manifest_that_cannot_be_read_does_not_hide_the_others(store, checkpoint, text):
    add(store, [checkpoint], model_id="good")
    add(store, [checkpoint], model_id="mine")
    (store.models / "mine" / "manifest.json").write_text(text)
    assert [one.manifest.id for one in store.installed()] == ["good"]
    (damaged,) = store.damaged()
    assert damaged.path == store.models / "mine" / "manifest.json"
    with pytest.raises(DamagedManifest, match="Install mine anew"):
        store.get("mine")


def test_a_manifest_of_another_name_is_not_taken(store, checkpoint):
    add(store, [checkpoint], model_id="mine")
    (store.models / "mine").rename(store.models / "yours")
    with pytest.raises(DamagedManifest, match="is the manifest of mine"):
        store.get("yours")


def test_a_base_that_has_gone_is_named(store, checkpoint):
    whole = add(store, [checkpoint], model_id="whole")
    store.put(whole.model_copy(update={"id": "part", "base": "whole"}))
    (store.models / "whole" / "manifest.json").unlink()
    with pytest.raises(DamagedManifest, match="from whole, which is not installed"):
        store.get("part")


def test_the_revision_follows_weights_and_schedule_and_nothing_else(store, checkpoint):
    made = add(store, [checkpoint], model_id="mine")
    told = made.model_copy(update={"title": "x", "description": "y", "id": "z", "weights": {}})
    assert told.revision == made.revision
    assert made.model_copy(update={"variant": "fp16"}).revision != made.revision
    (checkpoint / "vae/config.json").write_text("{}")
    assert add(store, [checkpoint], model_id="mine").revision != made.revision


# -- verify -------------------------------------------------------------------------------------


def test_every_kind_of_damage_is_named_with_its_file(store, checkpoint):
    add(store, [checkpoint], model_id="mine")
    weights = checkpoint / "vae/diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    (checkpoint / "tokenizer/spiece.model").unlink()
    with (checkpoint / "text_encoder/config.json").open("a") as file:
        file.write(" ")
    bad = {finding.path: finding.state for finding in verify(store.get("mine")) if not finding.good}
    assert bad == {
        "vae/diffusion_pytorch_model.safetensors": State.ALTERED,
        "tokenizer/spiece.model": State.MISSING,
        "text_encoder/config.json": State.RESIZED,
    }


def test_verifying_tells_of_every_byte(store, checkpoint):
    made = add(store, [checkpoint], model_id="mine")
    seen = []
    verify(store.get("mine"), seen.append)
    assert seen[-1].done == seen[-1].total == sum(file.bytes for file in made.files)


# -- licences -----------------------------------------------------------------------------------

GATED = Licence(name="A Gate", url="https://example.org", conditions=("Only on Sundays.",), gated=True)


def record(**terms):
    return MANIFESTS[MODEL].model_copy(update={"licence": GATED.model_copy(update=terms)})


def test_a_gated_licence_is_accepted_once_for_everything_under_it(store):
    assert licence.accepted(MANIFESTS[MODEL], store.home)
    assert not licence.accepted(record(), store.home)
    note = licence.accept(record(), store.home)
    assert (note["licence"], note["conditions"]) == ("A Gate", ["Only on Sundays."])
    assert note["at"].endswith("+00:00")
    assert licence.accepted(record(), store.home)
    assert licence.accepted(record().model_copy(update={"id": "another"}), store.home)
    assert not licence.accepted(record(name="Another Gate"), store.home)


def test_terms_that_change_are_asked_for_anew(store):
    licence.accept(record(), store.home)
    assert not licence.accepted(record(conditions=("Never.",)), store.home)


def test_a_note_that_was_damaged_has_accepted_nothing(store):
    licence.accept(record(), store.home)
    licence.accept(record(name="Another"), store.home)
    assert licence.accepted(record(), store.home)
    (store.home / licence.FILE).write_text("{")
    assert not licence.accepted(record(), store.home)


# -- known models -------------------------------------------------------------------------------


@pytest.mark.parametrize("known", MANIFESTS.values(), ids=lambda known: known.id)
def test_a_known_model_says_all_that_is_needed_before_it_is_pulled(known):
    assert known.family == PIPELINES[known.pipeline]
    assert known.licence.url
    assert bool(known.licence.conditions) == known.licence.gated
    assert known.title
    assert known.measured or known.description.endswith(UNTRIED)
    grid = known.grid
    assert (grid.max_frames - grid.frame_offset) % grid.frame_multiple == 0
    assert (grid.min_frames - grid.frame_offset) % grid.frame_multiple == 0
    assert grid.window_context < grid.max_frames or known.family == "stills"
    for size in grid.sizes:
        assert all(int(side) % grid.size_multiple == 0 for side in size.split("x")), size
    denoiser = "unet" if "unet" in known.weights else "transformer"
    assert known.weights[denoiser] == known.parameters
    if shape := known.dimensions:
        assert grid.frame_multiple % (shape.temporal_compression * shape.patch[0]) == 0
        assert grid.size_multiple % (shape.spatial_compression * shape.patch[1]) == 0
    for schedule in known.schedules.values():
        assert known.id in LORAS[schedule.lora].models
        assert list(schedule.sigmas) == sorted(schedule.sigmas, reverse=True)
        assert len(schedule.sigmas) == schedule.steps


def test_the_models_that_were_promised_are_known():
    makers = {known.source.repo.partition("/")[0] for known in MANIFESTS.values()}
    assert makers >= {"Wan-AI", "Lightricks", "hunyuanvideo-community", "THUDM", "Skywork", "stabilityai"}
    assert {known.family for known in MANIFESTS.values()} == set(PIPELINES.values())


def test_every_family_that_runs_is_known_here():
    from cutaway_runtime.models import FAMILIES, family

    runs = {kind.partition(" ")[0]: name for name in FAMILIES for kind in family(name).abilities}
    assert runs.items() <= PIPELINES.items()


def test_gates_say_what_matters():
    assert "European Union" in MANIFESTS["hunyuanvideo-1.5-t2v"].licence.conditions[0]
    assert "revenue" in MANIFESTS["ltx-video-13b"].licence.conditions[0]


def test_ids_are_unique_across_models_and_loras():
    assert not set(MANIFESTS) & set(LORAS)
    assert all(Manifest.ID.fullmatch(name) for name in (*MANIFESTS, *LORAS))


def test_the_registry_is_light():
    """It is read by the server and the command line, which must not wait for a model library."""
    code = (
        "import sys, cutaway_runtime.registry.command, cutaway_runtime.registry.hub, cutaway_runtime.registry.pull;"
        "print([name for name in ('torch', 'diffusers', 'numpy', 'huggingface_hub') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == []
