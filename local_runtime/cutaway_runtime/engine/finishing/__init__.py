"""What stands between a model and what was asked of it: any length, any size, any rate.

    engine = finished(engine)

finishing.py   size and rate: known footage on the model's clock, its frames conformed to the one asked for
fit.py         which pixels are painted for which are asked
tween.py       pictures between pictures
windows.py     length: one window after another
seam.py        the colour a window adds is taken out again
reel.py        frames that wait in memory or on disk

What is painted is decided in `plan`: sizes, rates and lengths in `plan.grid`, which painted frame shows
which moment in `plan.clock`, windows in `plan.windows`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway_runtime.plan.grid import Grid

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway_runtime.engine.base import Engine

__all__ = ["finished"]


def finished(engine: Engine, folder: Path | None = None) -> Engine:
    """An engine that paints any canvas, from one with a grid; the same engine where it has none.

    `folder` is where frames wait on disk; None is the system's own.
    """
    info = engine.info
    if not Grid.of(info).is_free:
        from cutaway_runtime.engine.finishing.windows import Windows

        engine = Windows(engine, folder)
    if info.sizes or info.rates:
        from cutaway_runtime.engine.finishing.finishing import Finishing

        engine = Finishing(engine)
    return engine
