"""Steps saved by reusing what hardly changed, for one job.

What is remembered between steps leaves with the job: another job must never see it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import diffusers

from cutaway_runtime.engine.diffusion.profiles import Reuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway_runtime.engine.base import Notes
    from cutaway_runtime.engine.diffusion.components import Checkpoint
    from cutaway_runtime.registry.manifest import Manifest

FEWEST_STEPS: Final = 12
"""A schedule shorter than this has no steps that hardly differ."""


def _config(how: Reuse, manifest: Manifest, steps: int) -> Any:
    """What the library calls it."""
    if how is Reuse.TAYLOR:
        return diffusers.TaylorSeerCacheConfig(
            cache_interval=4,
            disable_cache_before_step=4,
            max_order=1,
            cache_identifiers=["(.*_)?proj_out"],
            skip_predict_identifiers=[r"[^.]*blocks\.\d+"],
        )
    if manifest.mag_ratios is not None:
        return diffusers.MagCacheConfig(num_inference_steps=steps, mag_ratios=list(manifest.mag_ratios))
    return diffusers.FirstBlockCacheConfig(threshold=0.05)


@contextmanager
def reusing(checkpoint: Checkpoint, how: Reuse, steps: int, notes: Notes) -> Iterator[None]:
    """The checkpoint with its denoisers reusing steps, until the block is left."""
    if how is Reuse.NONE or steps < FEWEST_STEPS:
        yield
        return
    able = []
    try:
        for module in checkpoint.denoisers():
            try:
                module.enable_cache(_config(how, checkpoint.manifest, steps))
            except (AttributeError, ValueError):  # no cache at all, or none that knows the blocks of this one
                notes.warnings.append(f"{checkpoint.manifest.id} cannot reuse steps this way; each was computed")
                break
            able.append(module)
        yield
    finally:
        for module in able:
            module.disable_cache()
