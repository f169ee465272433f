# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels show, as plain values: no bpy in this file, nothing is read or asked here.

for row in card_rows(project.cards, desk.worklist.jobs, chosen=card_id): ...
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cutaway.storyboard.card import Card, Seam
    from cutaway.storyboard.job import Job, Server, Worklist

    from .settings import Settings

MOST: Final = 40
"""Rows a list has at most; a sidebar is no place for a thousand."""
ICONS: Final = {
    "draft": "GREASEPENCIL", "ready": "RADIOBUT_OFF", "queued": "TIME", "running": "RENDER_ANIMATION",
    "review": "HIDE_OFF", "applied": "CHECKMARK", "stale": "ERROR", "failed": "CANCEL", "cancelled": "X",
}  # fmt: skip
GOOD_SEAM: Final = 0.7
POOR_SEAM: Final = 0.4


@dataclass(frozen=True)
class Line:
    """A sentence, and the sign before it."""

    text: str
    icon: str = "NONE"
    alert: bool = False


@dataclass(frozen=True)
class CardRow:
    """A card in the list."""

    id: str
    title: str
    where: str
    """Scene frames, the last one included, as Blender shows them."""
    state: str
    icon: str
    takes: int
    is_chosen: bool = False
    progress: float | None = None
    """0 to 1 while it is made; None where it is not."""
    note: str = ""


@dataclass(frozen=True)
class TakeRow:
    """A take of the chosen card."""

    id: str
    title: str
    is_active: bool
    is_applied: bool
    score: float | None


@dataclass(frozen=True)
class JobRow:
    """A card that is being made, or was."""

    card_id: str
    title: str
    state: str
    progress: float | None
    time: str
    error: str
    can_cancel: bool
    can_retry: bool


def connection(settings: Settings, server: Server | None, *, is_asked: bool = False) -> tuple[Line, ...]:
    """Which server, whether it answers, and what is wrong."""
    where = settings.base_url or "the runtime on this machine"
    lines = [Line(where, "HOME" if settings.is_local else "WORLD")]
    if settings.obstacle:
        lines.append(Line(settings.obstacle, "ERROR", alert=True))
    elif is_asked:
        lines.append(Line("asking ...", "TIME"))
    elif server is not None and server.problem:
        lines.append(Line(server.problem, "ERROR", alert=True))
    elif server is not None and server.models:
        lines.append(Line("answers: " + ", ".join(server.models), "CHECKMARK"))
    elif server is not None and server.address:
        lines.append(Line("answers, and has no model installed", "ERROR", alert=True))
    else:
        lines.append(Line("not asked yet", "QUESTION"))
    if not settings.is_local:
        lines.append(Line(f"key: {'found' if settings.api_key else 'none'} ({settings.key_from})", "KEY_HLT"))
    return tuple(lines)


def card_rows(
    cards: Sequence[Card], jobs: Iterable[Job] = (), *, chosen: str = "", begin: int = 0
) -> tuple[tuple[CardRow, ...], int]:
    """The cards in order of the timeline, those around the chosen one where there are many; how many are left out.

    `begin` is the scene frame of record frame 0.
    """
    running = {job.card_id: job for job in jobs}
    at = next((n for n, card in enumerate(cards) if card.id == chosen), 0)
    first = max(0, min(at - MOST // 2, len(cards) - MOST))
    rows = []
    for card in cards[first : first + MOST]:
        place, job = card.placement, running.get(card.id)
        is_made = job is not None and job.state.value in {"waiting", "sending", "queued", "running", "finishing"}
        state = job.state.value if is_made and job is not None else card.state.value
        icon = ICONS["running" if job.state.value in {"sending", "running", "finishing"} else "queued"] if (
            is_made and job is not None
        ) else ICONS[card.state.value]  # fmt: skip
        title = f"{card.kind} {card.prompt}".strip()
        where = f"{place.start + begin}-{place.start + place.frames - 1 + begin}"
        progress = (job.progress or 0.0) if is_made and job is not None else None
        rows.append(
            CardRow(card.id, title, where, state, icon, len(card.takes), card.id == chosen, progress, card.error)
        )
    return tuple(rows), len(cards) - len(rows)


def take_rows(card: Card) -> tuple[TakeRow, ...]:
    """The takes of a card, oldest first."""
    active = card.take()
    return tuple(
        TakeRow(
            take.id,
            f"{n}  {take.used_frames} f" + (f"  seed {take.seed}" if take.seed is not None else ""),
            active is not None and take.id == active.id,
            take.id == card.applied_take,
            take.seams.score if take.seams is not None else None,
        )
        for n, take in enumerate(card.takes, 1)
    )


def seam_lines(card: Card) -> tuple[Line, ...]:
    """How the active take meets its neighbours, in words and figures."""
    take = card.take()
    if take is None:
        return ()
    if take.seams is None or (take.seams.head is None and take.seams.tail is None):
        return (Line("no neighbour to meet", "INFO"),)
    sides = (("in", take.seams.head), ("out", take.seams.tail))
    return tuple(_seam(name, seam) for name, seam in sides if seam is not None)


def job_rows(worklist: Worklist, titles: dict[str, str]) -> tuple[JobRow, ...]:
    """What is made, in order; `titles` by card."""
    rows = []
    for job in worklist.jobs[:MOST]:
        ended = job.state.value in {"done", "failed", "cancelled"}
        time = f"{job.elapsed:.0f} s" if job.remaining is None or ended else f"{job.remaining:.0f} s left"
        if job.cost is not None:
            time += f", {job.cost:g}"
        rows.append(
            JobRow(
                job.card_id,
                titles.get(job.card_id, job.card_id[:6]),
                job.state.value,
                None if ended else job.progress or 0.0,
                time,
                job.error,
                can_cancel=not ended,
                can_retry=job.state.value in {"failed", "cancelled"},
            )
        )
    return tuple(rows)


def status(worklist: Worklist) -> tuple[str, float] | None:
    """What is being made, in a few words, and how far all of it is together; None where nothing is."""
    now = [job for job in worklist.jobs if job.state.value not in {"done", "failed", "cancelled"}]
    if not now:
        return None
    share = sum(job.progress or 0.0 for job in now) / len(now)
    left = [job.remaining for job in now if job.remaining is not None]
    return f"Cutaway: {len(now)} being made" + (f", {max(left):.0f} s left" if left else ""), share


def letters(width: int, scale: float = 1.0) -> int:
    """How many letters of a sentence a sidebar of so many pixels shows beside its sign, its margin and its tabs."""
    return max(20, int((width / scale - 60) / 5.8))


def wrapped(text: str, width: int = 44) -> tuple[str, ...]:
    """A sentence in lines of a sidebar."""
    from textwrap import wrap

    return tuple(wrap(text, width)) or ("",)


def _seam(name: str, seam: Seam) -> Line:
    verdict = "good" if seam.score >= GOOD_SEAM else "fair" if seam.score >= POOR_SEAM else "poor"
    figures = [f"{seam.score:.2f}"]
    if seam.colour_shift is not None:
        figures.append(f"colour {seam.colour_shift:.1f}")
    if seam.motion_jump is not None:
        figures.append(f"motion {seam.motion_jump:.1f} px")
    icon = {"good": "CHECKMARK", "fair": "DOT", "poor": "ERROR"}[verdict]
    return Line(f"{name}: {verdict} ({', '.join(figures)})", icon, alert=verdict == "poor")
