"""Pictures between pictures: motion found both ways and compensated; across a cut, the nearer one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cutaway_runtime.engine.draft.bridge import Passage

if TYPE_CHECKING:
    from fractions import Fraction

    from cutaway_runtime.canvas import Pixels


class Tween:
    """Remembers the motion between the last two pictures, since more than one is often asked for between them."""

    def __init__(self) -> None:
        self._pair: tuple[int, int] | None = None
        self._passage: Passage | None = None

    def __call__(self, number: int, before: Pixels, after: Pixels, moment: Fraction) -> Pixels:
        """The picture at `moment` (0 is `before`, 1 is `after`); `number` tells pairs of pictures apart."""
        if moment in {0, 1}:
            return after if moment else before
        if self._pair != (number, number + 1):
            self._pair = (number, number + 1)
            same = np.array_equal(before, after)
            passage = None if same else Passage(before, after)
            self._passage = passage if passage is not None and passage.matches else None
        if self._passage is None:
            return before if moment < 0.5 else after
        return self._passage.near(float(moment))
