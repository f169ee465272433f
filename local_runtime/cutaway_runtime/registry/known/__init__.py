"""The models that are known by name: what `cutaway models pull ID` fetches, and how each wants to be run.

Hashes do not stand here. They are taken from the hub when a model is pulled, checked while its files come in,
and pinned in the installed manifest. Parameters are those the makers publish; those of an installed model are
counted. Conditions are a summary of a licence, never its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.registry.known import ltx, others, stills, wan

if TYPE_CHECKING:
    from cutaway_runtime.registry.manifest import Lora, Manifest

UNTRIED: Final = "Not tried with its real weights yet."
"""Said of every known model that nothing was measured of."""


def _honest(manifest: Manifest) -> Manifest:
    if manifest.measured:
        return manifest
    return manifest.model_copy(update={"description": f"{manifest.description} {UNTRIED}"})


MANIFESTS: Final[dict[str, Manifest]] = {
    manifest.id: _honest(manifest)
    for manifest in (*wan.MANIFESTS, *ltx.MANIFESTS, *others.MANIFESTS, *stills.MANIFESTS)
}
LORAS: Final[dict[str, Lora]] = {lora.id: lora for lora in wan.LORAS}
