"""How a checkpoint is run: what each profile does, and what each rung of the memory ladder adds.

exact        every step computed with the library's own attention; equals a bare pipeline call bit for bit
balanced     compiled blocks and the fastest attention of the device; steps that hardly differ are reused
fast         a distilled schedule where the manifest has one, else bolder reuse
low-memory   parts take turns on the device, weights stored in 8 bits, the picture decoded in tiles
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cutaway.wire import Profile

if TYPE_CHECKING:
    from collections.abc import Callable


class Offload(StrEnum):
    """What of the weights is on the device."""

    NONE = "none"  # all parts that are in use
    PARTS = "parts"  # one part at a time
    BLOCKS = "blocks"  # one block of the denoiser at a time


class Reuse(StrEnum):
    """How steps are saved. All go by what the blocks put out, so the picture changes a little."""

    NONE = "none"
    FIRST_BLOCK = "first-block"  # skip the other blocks where the first one hardly changes; MagCache where calibrated
    TAYLOR = "taylor"  # predict the blocks from the steps before, compute every few steps


@dataclass(frozen=True)
class Running:
    """How a checkpoint is run."""

    best_attention: bool = False
    compiled: bool = False
    reuse: Reuse = Reuse.NONE
    schedule: str = ""
    """The name of one of the manifest's schedules; its own one where there is none of that name."""
    offload: Offload = Offload.NONE
    eight_bits: bool = False
    tiles: bool = False

    @property
    def latents(self) -> str:
        """Of all this, what latents depend on: not where the weights lie, and not how they are decoded."""
        return repr(replace(self, offload=Offload.NONE, tiles=False))


PROFILES: Final[dict[Profile, Running]] = {
    Profile.EXACT: Running(),
    Profile.BALANCED: Running(best_attention=True, compiled=True, reuse=Reuse.FIRST_BLOCK),
    Profile.FAST: Running(best_attention=True, compiled=True, reuse=Reuse.TAYLOR, schedule="fast"),
    Profile.LOW_MEMORY: Running(offload=Offload.BLOCKS, eight_bits=True, tiles=True),
}


@dataclass(frozen=True)
class Rung:
    """One step down when memory does not suffice. `costs` is what it does to the picture; "" is nothing."""

    does: str
    apply: Callable[[Running], Running]
    costs: str = ""


def _offloaded(running: Running, least: Offload) -> Running:
    """With at least so much of the weights off the device."""
    return replace(running, offload=max(running.offload, least, key=list(Offload).index))


LADDER: Final = (
    Rung("other models leave memory", lambda running: running),
    Rung(
        "the picture is decoded in tiles",
        lambda running: replace(running, tiles=True),
        costs="faint seams where tiles meet",
    ),
    Rung("the parts take turns on the device", lambda running: _offloaded(running, Offload.PARTS)),
    Rung(
        "the blocks of the denoiser take turns, and the layers of the text encoder",
        lambda running: _offloaded(running, Offload.BLOCKS),
    ),
    Rung(
        "weights are stored in 8 bits",
        lambda running: replace(running, eight_bits=True),
        costs="small differences everywhere",
    ),
)
"""Tried in this order, each on top of those before. One more step needs consent: half the size, scaled up
(`smaller`). What would change the picture more than that is for the request to ask for: fewer frames, a smaller or
a quantised checkpoint.
"""


def next_rung(running: Running, rungs: int) -> int:
    """The rung that follows `rungs` of them and does something to a profile; `len(LADDER)` where none does."""
    steps = range(rungs, len(LADDER))
    return next((n for n in steps if n == 0 or after(running, n + 1) != after(running, n)), len(LADDER))


def after(running: Running, rungs: int) -> Running:
    """The profile with that many rungs of the ladder."""
    for rung in LADDER[:rungs]:
        running = rung.apply(running)
    return running
