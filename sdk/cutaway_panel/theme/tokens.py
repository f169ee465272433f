"""Every colour and measure of the panel, once; and which text lies on which ground.

    tokens = TOKENS[Theme.DARK]
    contrast(tokens.text, tokens.window)        # 11.3

Colours are "#rrggbb". `PAIRS` names every text and ground that the style sheet, the palette and the
delegates put together; a test holds each at 4.5 to 1 or better, in every theme. A state is never told
by its colour alone: a drawn sign (`theme.signs`) and words stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cutaway.storyboard.card import CardState
from cutaway_panel.state import JobState


class Theme(StrEnum):
    """`dark` lies beside Resolve without a seam."""

    DARK = "dark"
    LIGHT = "light"
    CONTRAST = "contrast"


@dataclass(frozen=True)
class Tokens:
    """One theme. Radius and widths are pixels at a scale of 1."""

    window: str
    base: str
    """Ground of lists, fields and pictures."""
    raised: str
    """Cards and buttons."""
    hover: str
    chosen: str
    """Ground of what is selected."""
    line: str
    text: str
    muted: str
    strong: str
    on_chosen: str
    accent: str
    """Lines and marks only."""
    action: str
    """Ground of the one button that does the thing."""
    on_action: str
    info: str
    focus: str
    good: str
    warning: str
    bad: str
    waiting: str
    review: str
    focus_width: int = 2
    radius: int = 4
    is_dark: bool = True


TOKENS: Final[dict[Theme, Tokens]] = {
    Theme.DARK: Tokens(
        window="#1f1f22",
        base="#17171a",
        raised="#2a2a2f",
        hover="#323238",
        chosen="#23476a",
        line="#44444c",
        text="#d6d6da",
        muted="#a6a6b0",
        strong="#f4f4f6",
        on_chosen="#ffffff",
        accent="#e64b3d",
        action="#cc3d30",
        on_action="#ffffff",
        info="#4aa3ff",
        focus="#4aa3ff",
        good="#5fd08a",
        warning="#f0b429",
        bad="#ff7a6e",
        waiting="#8fb7e8",
        review="#c9a2ff",
    ),
    Theme.LIGHT: Tokens(
        window="#ececef",
        base="#ffffff",
        raised="#f7f7f9",
        hover="#e2e2e7",
        chosen="#cfe3fb",
        line="#b4b4bd",
        text="#1c1c1f",
        muted="#55555e",
        strong="#000000",
        on_chosen="#0c1b2a",
        accent="#c23a2d",
        action="#b3271b",
        on_action="#ffffff",
        info="#0b5cad",
        focus="#0b5cad",
        good="#11682f",
        warning="#7a4b00",
        bad="#a82217",
        waiting="#23507d",
        review="#6b2fb0",
        is_dark=False,
    ),
    Theme.CONTRAST: Tokens(
        window="#000000",
        base="#000000",
        raised="#0d0d0d",
        hover="#1d1d1d",
        chosen="#ffff00",
        line="#ffffff",
        text="#ffffff",
        muted="#e6e6e6",
        strong="#ffffff",
        on_chosen="#000000",
        accent="#ff9b8f",
        action="#ffffff",
        on_action="#000000",
        info="#7cc4ff",
        focus="#ffff00",
        good="#7dff9e",
        warning="#ffd75e",
        bad="#ff9b8f",
        waiting="#b5d9ff",
        review="#e3ccff",
        focus_width=3,
        radius=0,
    ),
}

_INKS: Final = ("text", "muted", "strong", "info", "good", "warning", "bad", "waiting", "review")

PAIRS: Final[tuple[tuple[str, str], ...]] = (
    *((ink, ground) for ink in _INKS for ground in ("window", "base", "raised", "hover")),
    ("on_chosen", "chosen"),
    ("on_action", "action"),
)
"""Text and the ground it is read on, by the names of tokens."""

STATE_INK: Final[dict[CardState, str]] = {
    CardState.DRAFT: "muted",
    CardState.READY: "info",
    CardState.QUEUED: "waiting",
    CardState.RUNNING: "warning",
    CardState.REVIEW: "review",
    CardState.APPLIED: "good",
    CardState.STALE: "warning",
    CardState.FAILED: "bad",
    CardState.CANCELLED: "muted",
}
"""The token a card's state is written in."""

JOB_INK: Final[dict[JobState, str]] = {
    JobState.WAITING: "muted",
    JobState.SENDING: "waiting",
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "warning",
    JobState.FINISHING: "warning",
    JobState.DONE: "good",
    JobState.FAILED: "bad",
    JobState.CANCELLED: "muted",
}
"""The same for the queue."""

LEVEL_INK: Final[dict[str, str]] = {"info": "text", "warning": "warning", "error": "bad"}
"""The same for notices."""


def contrast(one: str, other: str) -> float:
    """How far two colours lie apart in brightness, 1 to 21, as WCAG 2 counts it."""
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
