"""The models that are known by name: what `cutaway models pull ID` fetches, and how each wants to be run.

Hashes do not stand here. They are taken from the hub when a model is pulled, checked while its files come in,
and pinned in the installed manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cutaway_runtime.registry.manifest import Lora, Manifest

MANIFESTS: Final[dict[str, Manifest]] = {}
LORAS: Final[dict[str, Lora]] = {}
