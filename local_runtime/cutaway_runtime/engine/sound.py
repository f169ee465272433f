"""Made sound on its way to the file: cut to the frames that are seen, and faded where it meets other sound.

    window 1   ~~~~~~~~~~~~~~~~~~.
    window 2                 .~~~~~~~~~~~~~      SEAM: what both made turns from one into the other
    kept       #########|
    made                .~~~~~~~~                JOIN: kept sound stays as it is, made sound rises beside it

Times are exact seconds from the first frame of a canvas or of a result.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Final

import numpy as np

from cutaway_runtime.models.base import Sound

SEAM: Final = Fraction(1, 25)
"""Seconds over which the sound of one window turns into that of the next, where they share so much."""
JOIN: Final = Fraction(1, 100)
"""Seconds in which made sound rises beside kept sound."""
_NONE: Final = Fraction(0)


def part(
    sound: Sound, at: Fraction, start: Fraction, end: Fraction, fade_in: Fraction = _NONE, fade_out: Fraction = _NONE
) -> tuple[Sound, Fraction] | None:
    """What of a sound that begins at `at` lies in [start, end), and where that begins; None where nothing does.

    It rises from silence over the first `fade_in` seconds of the range and falls into it over the last
    `fade_out`, at equal power beside a sound that does the opposite.
    """
    first = max(0, ceil((start - at) * sound.rate))
    last = min(sound.samples.shape[1], floor((end - at) * sound.rate))
    if first >= last:
        return None
    samples = sound.samples[:, first:last]
    begins = at + Fraction(first, sound.rate)
    for length, ahead, pace in ((fade_in, begins - start, 1), (fade_out, end - begins, -1)):
        if length:
            way = (float(ahead) + pace * np.arange(last - first) / sound.rate) / float(length)
            samples = samples * np.sin(np.pi / 2 * np.clip(way, 0, 1)).astype(np.float32)
    return Sound(samples, sound.rate), begins
