"""What a model will take, before it has run."""

import json

import pytest
from loopback_hub import MODEL

from cutaway_runtime.registry.estimate import CARDS, Fit, component_bytes, estimate, fit, token_count
from cutaway_runtime.registry.known import MANIFESTS
from cutaway_runtime.registry.manifest import Measured, WeightFile

COUNTED = [
    ("wan-2.1-t2v-1.3b", 832, 480, 81, 283),
    ("wan-2.1-t2v-1.3b", 1280, 720, 81, 1250),
    ("wan-2.1-t2v-14b", 832, 480, 81, 1678),
    ("wan-2.1-t2v-14b", 1280, 720, 81, 6523),
    ("ltx-video-2b", 768, 512, 121, 29.1),
    ("ltx-video-2b", 1216, 704, 257, 266),
    ("ltx-video-13b", 768, 512, 121, 169),
    ("ltx-video-13b", 1216, 704, 257, 1224),
]
"""TFLOP per forward, taken with a counter of operations on models of the real size without weights."""


@pytest.mark.parametrize(("name", "width", "height", "frames", "tflop"), COUNTED)
def test_work_is_what_a_counter_of_operations_counts(name, width, height, frames, tflop):
    flops = estimate(MANIFESTS[name], width, height, frames).flops
    assert flops / 1e12 == pytest.approx(tflop, rel=0.01)


def test_the_formula_agrees_with_the_counter_on_a_model_built_here():
    import torch
    from diffusers import WanTransformer3DModel
    from torch.utils.flop_counter import FlopCounterMode

    from cutaway_runtime.registry.estimate import forward_flops
    from cutaway_runtime.registry.reading import dimensions

    torch.set_num_threads(1)
    with torch.device("meta"):
        model = WanTransformer3DModel(num_attention_heads=8, attention_head_dim=64, ffn_dim=2048, num_layers=6)
        latents = torch.zeros(1, 16, 5, 32, 32)
        words = torch.zeros(1, 512, 4096)
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            model(latents, torch.zeros(1), words)
    vae = {"scale_factor_temporal": 4, "scale_factor_spatial": 8}
    shape = dimensions({"transformer": json.loads(model.to_json_string()), "vae": vae}, "transformer")
    tokens = token_count(shape, 256, 256, 17)
    assert tokens == 5 * 16 * 16
    # What the formula leaves out is the text's and the time's own embedding, which does not grow with the picture.
    assert forward_flops(shape, tokens) == pytest.approx(counter.get_total_flops(), rel=0.2)


def test_tokens_of_the_published_sizes():
    wan, ltx = MANIFESTS[MODEL].dimensions, MANIFESTS["ltx-video-2b"].dimensions
    assert token_count(wan, 832, 480, 81) == 32_760
    assert token_count(wan, 1280, 720, 81) == 75_600
    assert token_count(ltx, 768, 512, 121) == 6_144
    assert token_count(ltx, 1216, 704, 257) == 27_588


def test_bytes_are_parameters_times_the_dtype_each_is_loaded_in():
    known = MANIFESTS[MODEL]
    sizes = component_bytes(known)
    assert sizes["transformer"] == 2 * known.parameters
    assert sizes["vae"] == 4 * known.weights["vae"]
    file = WeightFile(path="q.gguf", bytes=1234)
    packed = known.model_copy(update={"files": (file,), "overrides": {"transformer": "q.gguf"}})
    assert component_bytes(packed)["transformer"] == 1234


def test_longer_larger_and_whole_take_more():
    known = MANIFESTS["wan-2.1-t2v-14b"]
    one = estimate(known, 832, 480, 81)
    assert estimate(known, 1280, 720, 81).peak > one.peak
    assert estimate(known, 832, 480, 161).activations > one.activations
    assert estimate(known, 832, 480, 81, "low-memory").peak < one.peak
    assert one.resident < one.weights


def test_only_one_expert_counts_at_a_time():
    two, one = MANIFESTS["wan-2.2-t2v-a14b"], MANIFESTS["wan-2.1-t2v-14b"]
    assert estimate(two, 832, 480, 81).resident == estimate(one, 832, 480, 81).resident
    assert estimate(two, 832, 480, 81).weights > estimate(one, 832, 480, 81).weights


def test_a_larger_card_never_fits_less():
    order = [None, "low-memory", "exact"]
    for known in MANIFESTS.values():
        places = [order.index(fit(known, card).profile) for card in CARDS]
        assert places == sorted(places), known.id


def test_what_was_measured_wins_over_what_was_estimated():
    known = MANIFESTS[MODEL]
    assert fit(known, 24) == Fit("exact", "estimated")
    run = Measured(size="832x480", frames=81, profile="exact", device="a card", peak_bytes=30 * 2**30)
    low = run.model_copy(update={"profile": "low-memory", "peak_bytes": 20 * 2**30})
    told = known.model_copy(update={"measured": (run, low)})
    assert fit(told, 24) == Fit("low-memory", "measured")
    assert fit(told, 80) == Fit("exact", "measured")
    assert fit(told, 8).profile is None


def test_a_unet_is_not_guessed():
    assert fit(MANIFESTS["svd-xt"], 24) == Fit(None, "unknown")
    assert estimate(MANIFESTS["svd-xt"], 1024, 576, 25).flops is None
