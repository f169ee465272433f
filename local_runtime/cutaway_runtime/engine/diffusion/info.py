"""What an installed checkpoint can do, as the server publishes it; known without loading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway.wire import ModelInfo, Pattern, Rank
from cutaway_runtime.engine.diffusion import keyframe_first, routes
from cutaway_runtime.models import family

if TYPE_CHECKING:
    from cutaway_runtime.registry.manifest import Manifest


def info_of(manifest: Manifest, *, installed: bool = True, stills: bool = False) -> ModelInfo:
    """The manifest in the words of the wire. `stills` says whether the checkpoint of that name in it is here.

    Raises:
        KeyError: this version knows no such family, or the family no such pipeline class.
    """
    abilities = family(manifest.family).abilities_of(manifest)
    ways = {pattern: way for pattern in Pattern if (way := routes.best(pattern, abilities.patterns)) is not None}
    patterns = {pattern: way.rank for pattern, way in ways.items()}
    if stills and keyframe_first.applies(Pattern.TEXT, abilities.patterns):
        patterns[Pattern.TEXT] = Rank.COMPOSED
    grid = manifest.grid
    return ModelInfo(
        id=manifest.id,
        description=manifest.description or manifest.title,
        installed=installed,
        verbs=routes.verbs(patterns) if grid.max_frames > 1 else {},  # one picture is no shot
        patterns=patterns,
        loses={pattern: way.loses for pattern, way in ways.items() if way.loses},
        references=abilities.references,
        makes_sound=abilities.makes_sound,
        size_multiple=grid.size_multiple,
        min_side=grid.size_multiple,
        frame_multiple=grid.frame_multiple,
        frame_offset=grid.frame_offset,
        min_frames=grid.min_frames,
        max_frames=grid.max_frames,
        window_context=grid.window_context,
        sizes=list(grid.sizes),
        rates=list(grid.rates),
        default_size=grid.sizes[0],
        default_fps=grid.rates[0],
        styles=sorted(manifest.loras),
    )
