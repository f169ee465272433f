"""A seam in words: what its figures mean to an editor, and how good each of them is. No Qt.

    verdict = Verdict.of(take.seams.head)
    verdict.grade, verdict.sentence          # Grade.SEEN, "The cut is seen: the colour shifts by 21 code values."
    verdict.figures[2].good                  # 0.57 of what would not be noticed

The bounds are those that `storyboard.seams` scores by: up to `calm` nobody notices, from `hard` on it is
a jump. PSNR and SSIM compare the two abutting frames; they fall with honest motion too, so they are
figures to look at and never the reason for a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cutaway.storyboard.card import Seam


class Grade(StrEnum):
    """What an eye makes of a cut."""

    CLEAN = "clean"
    SOFT = "soft"
    SEEN = "seen"
    HARD = "hard"


CLEAN_FROM: Final = 0.85
SOFT_FROM: Final = 0.6
SEEN_FROM: Final = 0.3

_SAYS: Final = {
    Grade.CLEAN: "Nobody will see this cut",
    Grade.SOFT: "This cut is hard to see",
    Grade.SEEN: "This cut is seen",
    Grade.HARD: "This cut jumps",
}


@dataclass(frozen=True)
class Figure:
    """One measurement. `good` is 1 where nobody would notice, 0 where it is a jump, None where it was not taken."""

    name: str
    value: str
    good: float | None
    about: str
    judges: bool = True
    """It counts for the verdict; else it is only there to be looked at."""


@dataclass(frozen=True)
class Verdict:
    """A seam, said."""

    grade: Grade
    score: float
    sentence: str
    figures: tuple[Figure, ...]

    @classmethod
    def of(cls, seam: Seam, diagonal: float | None = None) -> Verdict:
        """What a seam's figures say. `diagonal` of the picture, pixels, is what a jump of motion is measured by."""
        figures = _figures(seam, diagonal)
        grade = graded(seam.score)
        worst = min((f for f in figures if f.judges and f.good is not None), key=lambda f: f.good or 0.0, default=None)
        reason = "" if grade is Grade.CLEAN or worst is None else f": {_REASONS[worst.name]} ({worst.value})"
        note = f" {seam.note}" if seam.note else ""
        return cls(grade, seam.score, f"{_SAYS[grade]}{reason}.{note}", figures)


def graded(score: float) -> Grade:
    """The word for a score of 0 to 1."""
    if score >= CLEAN_FROM:
        return Grade.CLEAN
    if score >= SOFT_FROM:
        return Grade.SOFT
    return Grade.SEEN if score >= SEEN_FROM else Grade.HARD


_REASONS: Final = {
    "Change": "more changes over the cut than the footage does by itself",
    "Colour shift": "the colours shift",
    "Motion jump": "the motion does not go on",
}


def _figures(seam: Seam, diagonal: float | None) -> tuple[Figure, ...]:
    across = diagonal or 1102.0  # of 960 x 540, where nobody says
    return (
        Figure(
            "Change",
            _number(seam.change_ratio, "{:.2f} times its own"),
            _falling(seam.change_ratio, 1.5, 8.0),
            "Change over the cut, relative to the change from frame to frame beside it; 1 is a cut that is none.",
        ),
        Figure(
            "Colour shift",
            _number(seam.colour_shift, "{:.1f} of 255"),
            _falling(seam.colour_shift, 3.0, 45.0),
            "Distance between the mean colours of the two frames that meet.",
        ),
        Figure(
            "Motion jump",
            _number(seam.motion_jump, "{:.1f} px a frame"),
            _falling(seam.motion_jump, 0.005 * across, 0.08 * across),
            "How far the motion over the cut is from the motion beside it.",
        ),
        Figure(
            "SSIM",
            _number(seam.ssim, "{:.3f}"),
            seam.ssim if seam.ssim is None else max(0.0, seam.ssim),
            "How alike the two frames are in structure; 1 is equal. Motion lowers it too.",
            judges=False,
        ),
        Figure(
            "PSNR",
            _number(seam.psnr, "{:.1f} dB"),
            None if seam.psnr is None else min(1.0, max(0.0, (seam.psnr - 10) / 30)),
            "How alike the two frames are pixel by pixel; 99 is equal, 40 looks it. Motion lowers it too.",
            judges=False,
        ),
    )


def _number(value: float | None, form: str) -> str:
    return "not measured" if value is None else form.format(value)


def _falling(value: float | None, calm: float, hard: float) -> float | None:
    return None if value is None else min(1.0, max(0.0, (hard - value) / (hard - calm)))
