"""The page on models lists what is known, with what it takes."""

from pathlib import Path

from cutaway_runtime.registry.estimate import CARDS, component_bytes, fit
from cutaway_runtime.registry.known import MANIFESTS

PAGE = (Path(__file__).resolve().parents[3] / "docs/models.md").read_text("utf-8")


def row(known):
    places = [fit(known, card) for card in CARDS]
    cells = ["?" if place.basis == "unknown" else place.profile or "no" for place in places]
    gate = " (gate)" if known.licence.gated else ""
    size = f"{sum(component_bytes(known).values()) / 1e9:.0f} GB"
    return f"| `{known.id}` | {known.licence.name}{gate} | {size} | {' | '.join(cells)} |"


def test_the_table_shows_every_known_model_as_it_is():
    shown = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert shown == [row(known) for known in MANIFESTS.values()]


def test_the_page_does_not_claim_what_was_not_measured():
    assert ("None of these was tried" in PAGE) == (not any(known.measured for known in MANIFESTS.values()))
