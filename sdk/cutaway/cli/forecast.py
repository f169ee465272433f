"""What a request would come to, for people: what it makes, then what it takes as far as that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cutaway.cli.screen import changes, shown_rate

if TYPE_CHECKING:
    from cutaway.cli.screen import Screen
    from cutaway.wire import Estimate


def show(screen: Screen, estimate: Estimate) -> None:
    """The estimate of a dry run. Nothing is guessed: what the server does not say is not written."""
    made = [
        estimate.size,
        f"{shown_rate(estimate.fps)} fps" if estimate.fps else "",
        f"{estimate.num_frames} frames" if estimate.num_frames else "",
        f"{estimate.duration_s:.2f} s" if estimate.duration_s else "",
        f"{estimate.model}, a preview" if estimate.preview else estimate.model,
    ]
    screen.say("  ".join(fact for fact in made if fact))
    how = f" ({estimate.basis})" if estimate.basis else ""
    costs = taken(estimate)
    screen.say(f"takes about {', '.join(costs)}{how}" if costs else "what it takes is not known here")
    for text in changes(estimate.adjustments, estimate.ignored_params):
        screen.note(f"  {text}", style="yellow")


def taken(estimate: Estimate) -> list[str]:
    """Time, memory, disk and money, as far as they are known."""
    known = (
        (estimate.wall_s, "{:.0f} s of work"),
        (estimate.queued_s or None, "{:.0f} s of waiting"),
        (estimate.vram_gb, "{:.1f} GB of video memory"),
        (estimate.disk_mb, "{:.0f} MB of disk"),
        (estimate.money, "{:.2f} of money"),
    )
    return [words.format(value) for value, words in known if value is not None]
