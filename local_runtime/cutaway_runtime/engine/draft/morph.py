"""Two clips over the same frames: the first turns into the second.

    XXXXXXXX    frame 0 is the first clip's, the last frame is the second clip's

Where the clips show the same things they are moved into each other frame by frame ("flow_morph"), else
they dissolve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_runtime.engine.draft.bridge import DISSOLVE, Passage, dissolve, ease

if TYPE_CHECKING:
    from cutaway_runtime.canvas import Known, Pixels, Run

FLOW: Final = "flow_morph"


class Morph:
    """The frames of an overlap, each from the frames of both clips at that moment. `method` is one for all of them."""

    def __init__(self, run: Run) -> None:
        self._range = run.range
        self._first, self._second = _in_order(run)
        length = run.range.duration
        looks = sorted({run.range.start + length * part // 4 for part in (0, 1, 2, 3)})
        self.method = FLOW if all(self._passage(frame).matches for frame in looks) else DISSOLVE

    def frame(self, at: int) -> Pixels:
        """The picture at canvas frame `at`, (H, W, 3)."""
        length = self._range.duration
        moment = ease((at - self._range.start) / (length - 1)) if length > 1 else 0.5
        if moment in {0.0, 1.0}:
            return _picture(self._second if moment else self._first, at)
        if self.method == DISSOLVE:
            return dissolve(_picture(self._first, at), _picture(self._second, at), moment)
        return self._passage(at).at(moment)

    def _passage(self, at: int) -> Passage:
        return Passage(_picture(self._first, at), _picture(self._second, at))


def _picture(known: Known, at: int) -> Pixels:
    frame: Pixels = known.read(at, at + 1)[0]
    return frame


def _in_order(run: Run) -> tuple[Known, Known]:
    """The clip that begins first comes first; of two that begin together, the one that was named first."""
    first, second = run.known[:2]
    return (second, first) if second.at < first.at else (first, second)
