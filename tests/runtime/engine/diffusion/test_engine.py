"""The engine room: nothing paid for twice, nothing left behind, and memory that runs out is not the end."""

import shutil
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import FirstBlockCacheConfig, LTXVideoTransformer3DModel, WanTransformer3DModel
from diffusers.hooks import apply_group_offloading
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[2] / "models"))

import tiny
from tiny import painted

from cutaway.home import Home
from cutaway.wire import Profile
from cutaway_runtime.canvas import Known
from cutaway_runtime.engine.base import Cancelled, Control, DeviceLost, EngineError, Manner, Notes
from cutaway_runtime.engine.diffusion.adapters import wearing
from cutaway_runtime.engine.diffusion.components import Residency, compile_blocks, takes_masks
from cutaway_runtime.engine.diffusion.engine import CHUNK, Diffusion, _in_order
from cutaway_runtime.engine.diffusion.profiles import LADDER, PROFILES, Offload, after, next_rung
from cutaway_runtime.models.wan import Wan
from cutaway_runtime.registry.manifest import FolderSource, Lora, WeightFile
from cutaway_runtime.registry.store import InstalledLora


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.wan(tmp_path_factory.mktemp("wan"))


@pytest.fixture(scope="module")
def expected(folder, tmp_path_factory):
    """What an engine that nothing ever happened to makes of the canvas."""
    return painted(
        Diffusion(tiny.manifest_of(folder, "wan"), folder, home=Home(tmp_path_factory.mktemp("calm"))), CANVAS
    )


CANVAS = tiny.canvas(9)


@pytest.fixture
def engine(folder, tmp_path):
    return Diffusion(tiny.manifest_of(folder, "wan"), folder, home=Home(tmp_path))


class Watched:
    """A control that notes every phase and step, and cancels at one of them."""

    def __init__(self, at: tuple[str, int] | None = None) -> None:
        self.seen: list[tuple[str, int]] = []
        self.at = at
        self.control = Control(
            Notes(), on_progress=self._see, cancelled=lambda: bool(self.seen) and self.seen[-1] == self.at
        )

    def _see(self, phase: str, step: int, _total: int, done: float) -> None:
        assert 0 <= done <= 1
        self.seen.append((phase, step))


def run(engine, control, canvas=CANVAS):
    return np.concatenate([chunk.copy() for chunk in engine.paint(canvas, control)])


def test_it_tells_every_step_in_order(engine, expected):
    watched = Watched()
    assert np.array_equal(run(engine, watched.control), expected)
    steps = [("denoising", n) for n in range(tiny.STEPS + 1)]
    assert watched.seen == [("reading the prompt", 0), *steps, ("decoding", 1), ("decoding", 5), ("decoding", 9)]


@pytest.mark.parametrize("at", [("reading the prompt", 0), ("denoising", 0), ("denoising", 2), ("decoding", 1)])
def test_a_cancel_at_any_phase_leaves_the_next_job_as_it_would_be(engine, expected, at):
    watched = Watched(at)
    with pytest.raises(Cancelled):
        run(engine, watched.control)
    assert watched.seen[-1] == at  # not one report after it
    other = tiny.canvas(9, (Known(0, tiny.footage(9), 0.4),))
    run(engine, Control(), other)
    assert np.array_equal(run(engine, Control()), expected)


def test_what_was_denoised_before_a_crash_is_only_decoded(folder, tmp_path, expected, monkeypatch):
    def crash(_self, _ask, _latents):
        raise SystemExit("killed")
        yield

    manifest = tiny.manifest_of(folder, "wan")
    with monkeypatch.context() as patched:
        patched.setattr(Wan, "decode", crash)
        with pytest.raises(SystemExit):
            run(Diffusion(manifest, folder, home=Home(tmp_path)), Control())
    watched = Watched()
    assert np.array_equal(run(Diffusion(manifest, folder, home=Home(tmp_path)), watched.control), expected)
    assert {phase for phase, _ in watched.seen} == {"decoding"}


@pytest.mark.parametrize(
    "change", [{"seed": 8}, {"negative_prompt": "rain"}, {"width": 80}, {"known": (Known(0, tiny.footage(9), 0.4),)}]
)
def test_another_canvas_is_never_answered_from_the_shelf(engine, expected, change):
    run(engine, Control())
    again = run(engine, Control(), tiny.canvas(**change))
    assert again.shape != expected.shape or not np.array_equal(again, expected)


def test_the_text_encoder_leaves_and_a_known_prompt_does_not_bring_it_back(engine):
    run(engine, Control())
    assert "text_encoder" not in engine._checkpoint.residency.loaded("tiny-wan")
    watched = Watched()
    run(engine, watched.control, tiny.canvas(9, seed=99))
    assert "reading the prompt" not in {phase for phase, _ in watched.seen}


def test_steps_and_guidance_of_the_request_win_over_the_checkpoints_own(engine, expected):
    watched = Watched()
    watched.control.manner = Manner(steps=5, guidance=1.0)
    assert not np.array_equal(run(engine, watched.control), expected)
    assert max(step for phase, step in watched.seen if phase == "denoising") == 5


class Cramped(Wan):
    """A Wan on a device that is too small: `denoise` fits only once its blocks take turns, `decode` only in tiles."""

    denoised = decoded = 0
    least_offload: Offload = Offload.NONE
    tiles = False

    def denoise(self, ask, embeds, steps):
        Cramped.denoised += 1
        if list(Offload).index(self.components.running.offload) < list(Offload).index(self.least_offload):
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().denoise(ask, embeds, steps)

    def decode(self, ask, latents):
        Cramped.decoded += 1
        for number, chunk in enumerate(super().decode(ask, latents)):
            if number == 1 and self.tiles and not self.components.running.tiles:
                raise torch.OutOfMemoryError("CUDA out of memory")
            yield chunk


@pytest.fixture
def cramped(engine, monkeypatch):
    def made(**limits):
        for name, value in {"denoised": 0, "decoded": 0, **limits}.items():
            monkeypatch.setattr(Cramped, name, value)
        engine._family = Cramped(engine._checkpoint)
        return engine

    return made


def test_a_decode_that_runs_out_of_memory_costs_no_denoising_and_no_frame(cramped, expected):
    engine, notes = cramped(tiles=True), Notes()
    frames = run(engine, Control(notes))
    assert np.array_equal(frames, expected)  # at this size one tile covers the picture
    assert (Cramped.denoised, Cramped.decoded) == (1, 3)
    assert notes.warnings == [
        f"memory did not suffice, so {LADDER[0].does}",
        f"memory did not suffice, so {LADDER[1].does} ({LADDER[1].costs})",
    ]


def test_what_helped_is_remembered_for_the_next_job_of_that_kind(cramped):
    engine = cramped(least_offload=Offload.BLOCKS)
    run(engine, Control())
    assert Cramped.denoised == 5
    notes = Notes()
    run(engine, Control(notes), tiny.canvas(9, seed=8))
    assert Cramped.denoised == 6
    assert notes.warnings == []


def test_the_end_of_the_ladder_is_an_error_that_says_what_to_ask_for(cramped, expected, monkeypatch):
    engine = cramped()
    with monkeypatch.context() as patched:
        patched.setattr(Cramped, "denoise", lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError("no")))
        with pytest.raises(EngineError, match="Ask for fewer frames or a smaller size") as failed:
            run(engine, Control())
    assert failed.value.code == "out_of_memory"
    assert np.array_equal(run(engine, Control()), expected)  # the next job finds everything as it was


def test_with_consent_it_is_painted_at_half_the_size_and_scaled_up(cramped, monkeypatch):
    engine, notes, sizes = cramped(), Notes(), []

    def small_only(self, ask, embeds, steps):
        sizes.append((ask.canvas.width, ask.canvas.height))
        if ask.canvas.width > 64:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return Wan.denoise(self, ask, embeds, steps)

    monkeypatch.setattr(Cramped, "denoise", small_only)

    def lay(seed):
        return tiny.canvas(9, (Known(0, tiny.footage(9, 1, 128, 96), 0.4),), width=128, height=96, seed=seed)

    frames = run(engine, Control(notes, manner=Manner(allow_degraded=True)), lay(7))
    assert frames.shape == (9, 96, 128, 3)
    assert sizes == [*[(128, 96)] * (len(LADDER) + 1), (64, 48)]
    assert notes.warnings[-1] == "memory did not suffice, so it is painted at 64x48 and scaled up"
    assert [(s.start, s.end) for s in notes.segments] == [(0, 9)]
    assert "scaled by lanczos" in notes.segments[0].method
    sizes.clear()
    run(engine, Control(manner=Manner(allow_degraded=True)), lay(8))
    assert sizes == [(64, 48)]  # remembered
    with pytest.raises(EngineError, match="send allow_degraded"):
        run(engine, Control(), lay(9))


def test_a_fault_of_the_gpu_is_told_as_one(engine, monkeypatch):
    monkeypatch.setattr(
        Wan, "denoise", lambda *_: (_ for _ in ()).throw(RuntimeError("CUDA error: an illegal memory access"))
    )
    with pytest.raises(DeviceLost, match="illegal memory access"):
        run(engine, Control())


@pytest.mark.parametrize("profile", [Profile.BALANCED, Profile.FAST, Profile.LOW_MEMORY])
def test_every_profile_paints_and_leaves_no_trace_in_the_exact_one(engine, expected, profile):
    def with_profile(seed, engine=engine):
        return run(engine, Control(manner=Manner(profile=profile, steps=14)), tiny.canvas(9, seed=seed))

    first = with_profile(7)
    assert first.shape == expected.shape
    again = Diffusion(engine._manifest, engine._checkpoint.folder, home=Home(engine._latents._folder / "elsewhere"))
    with_profile(8, again)
    assert np.array_equal(with_profile(7, again), first)  # whatever was loaded before
    assert np.array_equal(run(engine, Control()), expected)
    assert not np.array_equal(run(engine, Control(manner=Manner(steps=14))), first)  # the profile does something


def test_a_compiled_block_may_be_hooked(folder):
    """Steps are reused, and weights brought, by hooks on blocks; no graph can hold one."""
    plain, compiled = (WanTransformer3DModel.from_pretrained(folder / "transformer") for _ in range(2))
    compile_blocks(compiled, backend="eager")

    def passes(module):
        made = []
        for step in range(6):
            with torch.no_grad(), module.cache_context("cond"):
                latents = torch.linspace(-1, 1, 16 * 3 * 6 * 8).view(1, 16, 3, 6, 8) + step / 1000
                words = torch.linspace(-1, 1, 5 * 32).view(1, 5, 32)
                made.append(module(latents, torch.tensor([500.0 - step]), words, return_dict=False)[0])
        return torch.stack(made)

    exact = passes(plain)
    assert torch.equal(passes(compiled), exact)
    cpu = torch.device("cpu")
    apply_group_offloading(compiled, cpu, cpu, "block_level", num_blocks_per_group=1)
    for module in (plain, compiled):
        module.enable_cache(FirstBlockCacheConfig(threshold=0.5))
    reused = passes(plain)
    assert not torch.equal(reused, exact)
    assert torch.equal(passes(compiled), reused)


def test_in_low_memory_the_text_encoder_comes_piece_by_piece(engine):
    checkpoint = engine._checkpoint
    words = torch.arange(3, 12)[None]
    with torch.no_grad():
        whole = checkpoint.part("text_encoder")(words).last_hidden_state
        checkpoint.running = PROFILES[Profile.LOW_MEMORY]
        module = checkpoint.part("text_encoder")
        assert torch.equal(module(words).last_hidden_state, whole)
    hooked = [part for part in module.modules() if isinstance(part, torch.nn.Linear)]
    assert all("group_offloading" in part._diffusers_hook.hooks for part in hooked)


def test_the_ladder_never_leads_up_and_leaves_out_what_a_profile_does_already():
    for running in PROFILES.values():
        rungs = [after(running, n) for n in range(len(LADDER) + 1)]
        assert all(list(Offload).index(b.offload) >= list(Offload).index(a.offload) for a, b in pairwise(rungs))
    assert next_rung(PROFILES[Profile.EXACT], 2) == 2
    assert next_rung(PROFILES[Profile.LOW_MEMORY], 0) == 0  # other models leave
    assert next_rung(PROFILES[Profile.LOW_MEMORY], 1) == len(LADDER)


def test_what_was_denoised_is_decoded_on_every_rung_though_the_last_would_denoise_otherwise(cramped, expected):
    class Tight(Cramped):
        def decode(self, ask, latents):
            for number, chunk in enumerate(Wan.decode(self, ask, latents)):
                if number == 1 and not self.components.running.eight_bits:
                    raise torch.OutOfMemoryError("CUDA out of memory")
                yield chunk

    engine = cramped()
    engine._family = Tight(engine._checkpoint)
    assert np.array_equal(run(engine, Control()), expected)
    assert Cramped.denoised == 1


def test_where_some_of_the_prompt_is_hidden_that_is_seen():
    small = {"num_layers": 1, "num_attention_heads": 1, "attention_head_dim": 12}
    assert not takes_masks(WanTransformer3DModel.from_config({**small, "ffn_dim": 8}))
    assert takes_masks(LTXVideoTransformer3DModel.from_config({**small, "cross_attention_dim": 12}))


@given(st.data())
def test_frames_are_handed_over_in_the_order_they_are_used_a_few_at_a_time(data):
    """Whichever way round, left out or again and again."""
    painted_frames = np.arange(data.draw(st.integers(1, 40)))
    cuts = data.draw(st.lists(st.integers(0, len(painted_frames)), max_size=5).map(sorted))
    used = data.draw(st.lists(st.sampled_from(list(painted_frames)), min_size=1, max_size=60))
    for frames in (used, sorted(used), sorted(used, reverse=True)):
        made = list(_in_order(iter(np.split(painted_frames, cuts)), frames))
        assert np.concatenate(made).tolist() == frames
        assert max(map(len, made)) <= CHUNK


def test_weights_in_eight_bits_take_no_lora_and_say_so(engine, tmp_path):
    name = "ink.safetensors"
    lora = Lora(
        id="ink",
        models=("tiny-wan",),
        source=FolderSource(path=str(tmp_path)),
        files=(WeightFile(path=name, bytes=1, sha256="0" * 64),),
        parts={"transformer": name},
    )
    ink = InstalledLora(lora, tmp_path, {"transformer": tmp_path / name})
    engine._checkpoint.running = PROFILES[Profile.LOW_MEMORY]
    with (
        pytest.raises(EngineError, match=r"ink cannot be put on weights .* 8 bits"),
        wearing(engine._checkpoint, "WanPipeline", [ink]),
    ):
        pass


def test_room_is_made_before_a_part_is_loaded():
    residency, seen = Residency(budget=100), []

    def load(size):
        seen.append(residency.bytes)
        return torch.nn.Linear(size // 4, 1, bias=False)

    residency.get("a", "vae", lambda: load(60), 60)
    residency.get("b", "transformer", lambda: load(80), 80)
    assert seen == [0, 0]
    assert (residency.loaded("a"), residency.loaded("b")) == ([], ["transformer"])


def test_a_part_that_cannot_be_read_is_named_with_what_to_do(folder, tmp_path):
    broken = shutil.copytree(folder, tmp_path / "broken")
    weights = broken / "vae/diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    engine = Diffusion(tiny.manifest_of(broken, "wan"), broken, home=Home(tmp_path))
    with pytest.raises(EngineError, match=r"the vae of tiny-wan .* `cutaway models verify tiny-wan`") as failed:
        run(engine, Control())
    assert failed.value.code == "damaged_model"
    shutil.copy(folder / "vae" / weights.name, weights)
    assert len(run(engine, Control())) == 9


def test_a_denoiser_whose_blocks_no_cache_knows_computes_every_step_and_says_so(engine, monkeypatch):
    def unknown(*_):
        raise ValueError("Model class <class 'Block'> not registered.")

    whole = run(engine, Control(manner=Manner(steps=14)))
    monkeypatch.setattr(WanTransformer3DModel, "enable_cache", unknown)
    notes = Notes()
    assert np.array_equal(run(engine, Control(notes, manner=Manner(profile=Profile.BALANCED, steps=14))), whole)
    assert notes.warnings == ["tiny-wan cannot reuse steps this way; each was computed"]


def test_a_calibrated_checkpoint_skips_by_its_own_ratios(folder, tmp_path, monkeypatch):
    def steps_computed(manifest, home):
        engine, passes = Diffusion(manifest, folder, home=Home(home)), []
        run(engine, Control())  # loads the parts
        block = engine._checkpoint.denoisers()[0].blocks[1]
        hook = block.register_forward_pre_hook(lambda *_: passes.append(1))
        run(engine, Control(manner=Manner(profile=Profile.EXACT, steps=20)))
        exact, passes[:] = len(passes), []
        hook.remove()
        frames = run(engine, Control(manner=Manner(profile=Profile.BALANCED, steps=20)))
        return exact, frames

    manifest = tiny.manifest_of(folder, "wan")
    exact, first_block = steps_computed(manifest, tmp_path / "a")
    _, by_ratio = steps_computed(manifest.model_copy(update={"mag_ratios": (1.0,) * 20}), tmp_path / "b")
    _, never = steps_computed(manifest.model_copy(update={"mag_ratios": (0.5,) * 20}), tmp_path / "c")
    whole = run(Diffusion(manifest, folder, home=Home(tmp_path / "d")), Control(manner=Manner(steps=20)))
    assert exact == 40  # twice a step, with the prompt and without
    assert np.array_equal(never, whole)  # ratios that never allow a skip compute every step
    assert not np.array_equal(by_ratio, whole)
    assert not np.array_equal(by_ratio, first_block)
