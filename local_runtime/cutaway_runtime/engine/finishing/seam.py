"""Where painted frames meet given ones: the colour a model added is taken out again.

A model paints the known frames of a canvas, too, before they are put back as they were. What it made of
them shows what it does to colours: brightness and both colour differences (Y'CbCr), each a mean and a spread.
The frames it painted beside them went the same way and are brought back by the same measure; a tint, an
exposure, a contrast and a saturation are undone exactly.

    ####............    measured on one side: taken out of all frames
    ####........####    on both sides: the one measure turns into the other

Without this, each window of a long shot starts from the tint of the one before and adds its own. A tint that
the known frames alone have, as the first frames of some decoders do, is no measure of the others: one is only
taken out where that brings the first open frame nearer to the known one beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.canvas import RunKind
from cutaway_runtime.engine.finishing.reel import Reel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from cutaway_runtime.canvas import Canvas, Pixels
    from cutaway_runtime.engine.base import Control

    Three = NDArray[np.float64]
    """One number for each of Y', Cb and Cr."""

DEPTH: Final = 8
"""Frames next to a seam that are measured, at most."""
SAME: Final = 0.6
"""How far two pictures' brightness must correlate to show the same thing; else nothing is measured."""
LEAST: Final = (0.4, 0.01)
"""A shift (of 255) and a spread (as a part of 1) that are too small to see."""
MOST: Final = (40.0, 0.25)
"""And those that no drift explains: nothing is done, or no more than that."""
EDGE: Final = 8
"""Values as near as that to 0 or 255 are clipped, or soon will be; they are no measure."""
ENOUGH: Final = 0.1
"""The part of the pixels that has to be left for that."""
_GRID: Final = 96
"""Pictures are measured at this many pixels a side, at most."""
_CHUNK: Final = 8
_YCC: Final = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
"""R'G'B' to Y'CbCr, as JPEG has it."""
_RGB: Final = np.linalg.inv(_YCC)


@dataclass(frozen=True)
class Match:
    """What brings painted colours back, in Y'CbCr: (x - about) * gain + about + shift."""

    about: Three
    gain: Three
    shift: Three

    @classmethod
    def between(cls, painted: Pixels, given: Pixels, beside: tuple[Pixels, Pixels]) -> Match | None:
        """From what was painted of some frames to how they were given; None where there is nothing to do.

        Args:
            painted: known frames as they were painted, (n, H, W, 3).
            given: the same as they are.
            beside: the open frame next to them as it was painted, and the given one next to that.
        """
        small, wanted = _small(painted), _small(given)
        whole = _whole(small) & _whole(wanted)
        if whole.mean() >= ENOUGH:
            small, wanted = small[whole], wanted[whole]
        theirs, ours = small @ _YCC.T, wanted @ _YCC.T
        if not _alike(theirs[:, 0], ours[:, 0]):
            return None
        about, shift = theirs.mean(axis=0), ours.mean(axis=0) - theirs.mean(axis=0)
        spread = theirs.std(axis=0)
        gain = np.where(spread > 2, ours.std(axis=0) / np.maximum(spread, 2), 1)
        gain = np.clip(gain, 1 - MOST[1], 1 + MOST[1])
        if np.abs(shift).max() > MOST[0] or (np.abs(shift).max() < LEAST[0] and np.abs(gain - 1).max() < LEAST[1]):
            return None
        step = (_small(beside[0][None]).mean(axis=0) - _small(beside[1][None]).mean(axis=0)) @ _YCC.T
        if np.linalg.norm(step + shift) >= np.linalg.norm(step):
            return None
        return cls(about, gain, shift)

    def applied(self, frame: Pixels, weight: float) -> Pixels:
        """A frame (H, W, 3), brought back by that much: 0 leaves it, 1 is all the way."""
        gain = 1 + weight * (self.gain - 1)
        offset = self.about - gain * self.about + weight * self.shift
        matrix = np.column_stack([_RGB @ (gain[:, None] * _YCC), _RGB @ offset])
        moved = cv2.transform(frame.astype(np.float32), matrix)
        return np.asarray(np.clip(np.rint(moved), 0, 255), np.uint8)


def matched(canvas: Canvas, painted: Iterator[Pixels], control: Control, folder: Path | None) -> Iterator[Pixels]:
    """The same frames, in the colours of the clips they meet. Says in `control.notes` where it changed some.

    Kept frames pass as they were painted: whoever reads on puts them back. Only where a clip follows do frames
    wait, on disk, until it was painted.
    """
    runs = canvas.runs()
    head, tail = runs[0], runs[-1]
    before = head.range.end if head.kind is RunKind.KEPT and len(runs) > 1 else 0
    after = tail.range.start if tail.kind is RunKind.KEPT and len(runs) > 1 else canvas.frames
    is_clip = before > 1 or canvas.frames - after > 1
    if not is_clip or before >= after:
        yield from painted
        return
    look = _Look(canvas, before, after)
    if after == canvas.frames:
        yield from look.passing(painted)
    else:
        with Reel(canvas.width, canvas.height, folder) as reel:
            reel.wind(look.noticing(painted))
            stored = (reel.read(at, min(at + _CHUNK, len(reel))) for at in range(0, len(reel), _CHUNK))
            yield from look.passing(stored)
    if look.used:
        _tell(control, before, after)


def _tell(control: Control, before: int, after: int) -> None:
    for segment in control.notes.segments:
        if segment.start < after and segment.end > before and segment.method != "kept":
            segment.method += ", seam_match"


class _Look:
    """One canvas: what was measured at its ends, and how much of it each open frame takes."""

    def __init__(self, canvas: Canvas, before: int, after: int) -> None:
        self._canvas, self._before, self._after = canvas, before, after
        self._head: Match | None = None
        self._tail: Match | None = None
        self._seen: dict[int, Pixels] = {}
        self._measured: list[range] = []

    @property
    def used(self) -> bool:
        return self._head is not None or self._tail is not None

    def passing(self, chunks: Iterator[Pixels]) -> Iterator[Pixels]:
        at = 0
        for chunk in self.noticing(chunks):
            first, end = max(at, self._before), min(at + len(chunk), self._after)
            if self.used and first < end:
                changed = chunk.copy()
                for frame in range(first, end):
                    changed[frame - at] = self._changed(chunk[frame - at], frame)
                yield changed
            else:
                yield chunk
            at += len(chunk)

    def noticing(self, chunks: Iterator[Pixels]) -> Iterator[Pixels]:
        """The same chunks; on the way, what is needed of the known frames is measured."""
        before, after, frames = self._before, self._after, self._canvas.frames
        looks = [range(max(0, before - DEPTH), before + 1)] if before else []
        looks += [range(after - 1, min(after + DEPTH, frames))] if after < frames else []
        at = 0
        for chunk in chunks:
            for look in looks:
                if look in self._measured:
                    continue
                self._seen |= {frame: chunk[frame - at].copy() for frame in look if at <= frame < at + len(chunk)}
                if at + len(chunk) >= look.stop:
                    self._measure(look)
            yield chunk
            at += len(chunk)

    def _measure(self, look: range) -> None:
        """`look` is the known frames at one end and the open one next to them."""
        self._measured.append(look)
        painted = np.stack([self._seen[frame] for frame in look])
        runs = self._canvas.runs()
        if look.start < self._before:
            given = runs[0].known[0].read(look.start, self._before)
            self._head = Match.between(painted[:-1], given, (painted[-1], given[-1]))
        else:
            given = runs[-1].known[0].read(self._after, look.stop)
            self._tail = Match.between(painted[1:], given, (painted[0], given[0]))

    def _changed(self, frame: Pixels, at: int) -> Pixels:
        way = (at - self._before + 1) / (self._after - self._before + 1)
        eased = way * way * (3 - 2 * way)
        both = self._before > 0 and self._after < self._canvas.frames
        for match, weight in ((self._head, 1 - eased if both else 1.0), (self._tail, eased if both else 1.0)):
            if match is not None:
                frame = match.applied(frame, weight)
        return frame


def faded(earlier: Pixels, later: Pixels, done: int, shared: int) -> Pixels:
    """Frames painted twice (n, H, W, 3), turning from the earlier painting to the later one.

    They are the ones from number `done` on of the `shared` frames of a seam.
    """
    share = (np.arange(done, done + len(earlier), dtype=np.float32) + 1) / (shared + 1)
    mixed = earlier + (later.astype(np.float32) - earlier) * share[:, None, None, None]
    return np.asarray(np.rint(mixed), np.uint8)


def _small(frames: Pixels) -> NDArray[np.float64]:
    """Small copies of the frames, as a row of pixels: (pixels, 3)."""
    height, width = frames.shape[1:3]
    size = min(width, _GRID), min(height, _GRID)
    small = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames]
    return np.asarray(np.stack(small).reshape(-1, 3), np.float64)


def _whole(pixels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Pixels of which no channel lies at the end of its range, where what was added to it is lost."""
    return np.asarray(((pixels > EDGE) & (pixels < 255 - EDGE)).all(axis=-1), np.bool_)


def _alike(theirs: NDArray[np.float64], ours: NDArray[np.float64]) -> bool:
    if min(theirs.std(), ours.std()) < 2:  # flat pictures show nothing by which they could be the same
        return False
    return float(np.corrcoef(theirs, ours)[0, 1]) >= SAME
