"""What an installed checkpoint can do, as the server publishes it; known without loading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway.wire import ModelInfo
from cutaway_runtime.engine.diffusion import routes
from cutaway_runtime.models import family

if TYPE_CHECKING:
    from cutaway_runtime.registry.manifest import Manifest


def info_of(manifest: Manifest, *, installed: bool = True) -> ModelInfo:
    """The manifest in the words of the wire.

    Raises:
        KeyError: this version knows no such family, or the family no such pipeline class.
    """
    abilities = family(manifest.family).abilities[manifest.pipeline]
    patterns = routes.ranks(abilities.patterns)
    grid = manifest.grid
    return ModelInfo(
        id=manifest.id,
        description=manifest.description or manifest.title,
        installed=installed,
        verbs=routes.verbs(patterns),
        patterns=patterns,
        references=abilities.references,
        makes_sound=abilities.makes_sound,
        size_multiple=grid.size_multiple,
        min_side=grid.size_multiple,
        frame_multiple=grid.frame_multiple,
        frame_offset=grid.frame_offset,
        max_frames=grid.max_frames,
        default_size=grid.sizes[0],
        default_fps=grid.rates[0],
        styles=sorted(manifest.loras),
    )
