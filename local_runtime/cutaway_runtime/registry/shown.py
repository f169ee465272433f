"""What `models` commands tell: as values for programs, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cutaway.wire import parse_size
from cutaway_runtime.registry import licence
from cutaway_runtime.registry.estimate import CARDS, PROFILES, component_bytes, estimate, fit
from cutaway_runtime.registry.manifest import HubSource, Lora, Manifest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cutaway_runtime.registry.store import Store


def listing(store: Store) -> dict[str, Any]:
    """Everything installed, everything that can be pulled, and what is damaged."""
    installed, loras = store.installed(), store.loras()
    here = {one.manifest.id for one in installed} | {one.lora.id for one in loras}
    offered: list[Manifest | Lora] = [*store.known(), *store.known_loras()]
    return {
        "installed": [brief(one.manifest, store.home) for one in installed]
        + [brief(one.lora, store.home) for one in loras],
        "available": [brief(record, store.home) for record in offered if record.id not in here],
        "damaged": [str(error) for error in store.damaged()],
    }


def brief(record: Manifest | Lora, home: Path) -> dict[str, Any]:
    """One line of a list."""
    if isinstance(record, Manifest):
        size = sum(component_bytes(record).values())
        about: dict[str, Any] = {"kind": "model", "family": record.family, "pipeline": record.pipeline}
    else:
        size = sum(file.bytes for file in record.files)
        about = {"kind": "lora", "models": list(record.models)}
    return {
        "id": record.id,
        "title": record.title,
        "description": record.description,
        **about,
        "weights_bytes": size,
        "licence": record.licence.name,
        "licence_accepted": licence.accepted(record, home),
        "source": record.source.model_dump(),
    }


def whole(record: Manifest | Lora, home: Path, *, installed: bool) -> dict[str, Any]:
    """Everything that is known of one."""
    told = {
        "installed": installed,
        **brief(record, home),
        "manifest": record.model_dump(mode="json", exclude_none=True),
    }
    if isinstance(record, Lora):
        return told
    size, frames = record.grid.sizes[0], record.grid.max_frames
    costs = {profile: estimate(record, *parse_size(size), frames, profile) for profile in PROFILES}
    return told | {
        "revision": record.revision,
        "components_bytes": component_bytes(record),
        "estimate": {
            "size": size,
            "frames": frames,
            "flops_per_forward": costs["exact"].flops,
            "profiles": {
                profile: {
                    "resident_bytes": cost.resident,
                    "activation_bytes": cost.activations,
                    "peak_bytes": cost.peak,
                }
                for profile, cost in costs.items()
            },
        },
        "fits": {
            str(card): {"profile": found.profile, "basis": found.basis}
            for card, found in ((card, fit(record, card)) for card in CARDS)
        },
    }


def list_lines(told: dict[str, Any]) -> Iterable[str]:
    for name, heading in (
        ("installed", "Installed"),
        ("available", "To be pulled with `cutaway models pull ID`; sizes as loaded"),
    ):
        if rows := told[name]:
            yield heading
            width = max(len(row["id"]) for row in rows)
            for row in rows:
                size = gigabytes(row["weights_bytes"]) if row["weights_bytes"] else ""
                terms = row["licence"] if row["licence_accepted"] else f"{row['licence']} (to be accepted first)"
                yield f"  {row['id']:<{width}}  {size:>8}  {row['title'] or row['description']}; {terms}"
            yield ""
    if not told["installed"]:
        yield "No model is installed. `draft` and `bars` need none."
    yield from (f"damaged: {why}" for why in told["damaged"])


def whole_lines(told: dict[str, Any]) -> Iterable[str]:
    manifest, source = told["manifest"], told["source"]
    yield f"{told['id']}: {told['title']}".rstrip(": ")
    if told["description"]:
        yield f"  {told['description']}"
    yield f"  {'installed' if told['installed'] else 'not installed; cutaway models pull ' + told['id']}"
    where = (
        f"{source['repo']} at {source['revision']}"
        if source["kind"] == HubSource.model_fields["kind"].default
        else source["path"]
    )
    yield f"  from     {where}"
    yield f"  licence  {told['licence']} {manifest['licence'].get('url', '')}".rstrip()
    yield from (f"           - {condition}" for condition in manifest["licence"]["conditions"])
    if not told["licence_accepted"]:
        yield f"           not accepted yet: cutaway models accept {told['id']}"
    if told["kind"] == "lora":
        yield f"  for      {', '.join(told['models'])}"
        return
    yield from _cost_lines(told)


def _cost_lines(told: dict[str, Any]) -> Iterable[str]:
    cost, grid, schedule = told["estimate"], told["manifest"]["grid"], told["manifest"]["schedule"]
    rule, rates = f"{grid['frame_multiple']}k+{grid['frame_offset']}", "/".join(grid["rates"])
    canvas = f"{cost['size']}, {cost['frames']} frames"
    yield f"  runs as  {told['pipeline']}, {schedule['steps']} steps, guidance {schedule['guidance']:g}"
    yield f"  frames   {rule}, at most {grid['max_frames']} at {rates} fps"
    yield f"  sizes    {', '.join(grid['sizes'])}; multiples of {grid['size_multiple']}"
    parts = ", ".join(f"{name} {gigabytes(size)}" for name, size in told["components_bytes"].items())
    yield f"  weights  {gigabytes(told['weights_bytes'])}: {parts}" if parts else "  weights  not counted"
    if cost["flops_per_forward"]:
        yield f"  work     {cost['flops_per_forward'] / 1e12:,.0f} TFLOP per forward at {canvas}"
    yield f"  memory   at {canvas} ({_basis(told['fits'])}; low-memory keeps the rest in main memory):"
    for card, found in told["fits"].items():
        said = {"unknown": "not known until it was measured"}.get(found["basis"], found["profile"] or "does not fit")
        yield f"           {card:>3} GB  {said}"


def _basis(fits: dict[str, Any]) -> str:
    kinds = {found["basis"] for found in fits.values()}
    return "measured" if kinds == {"measured"} else "an estimate, not measured"


def gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"
