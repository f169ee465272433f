"""What a person sees, and what a script reads.

People: a bar and notes on stderr, one closing line on stdout. Scripts (`--json`): exactly one JSON
object on stdout, whatever happened; stderr stays for people.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.segment import Segment

from cutaway.timebase import Rate
from cutaway.wire import Rank, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.console import ConsoleOptions, RenderableType
    from rich.table import Table

    from cutaway.wire import Adjustment, Details, Video

    Watch = Callable[[Video], None]
    """Called with each new state of a job."""

WIDE = 110
"""Columns of a terminal from which a table may show everything."""
PREVIEW_NOTE = {
    "draft": "draft: a moving storyboard, not a model",
    "bars": "bars: a test picture, not a model",
}


_COMMANDS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys instead of showing it, and what turns the order of words round."""


class _Plain(Console):
    """A console on which words of a server, or of a file, are words: what would be a command is spelled out."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            if segment.control or _COMMANDS.search(segment.text) is None:
                yield segment
            else:
                yield Segment(_COMMANDS.sub(lambda found: ascii(found[0])[1:-1], segment.text), segment.style)


class Screen:
    """Where one command writes."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._err = _Plain(emoji=False, file=sys.stderr, highlight=False, soft_wrap=True)
        width = None if sys.stdout.isatty() else 4 * WIDE
        self._out = _Plain(emoji=False, file=sys.stdout, highlight=False, soft_wrap=True, width=width)
        self.is_wide = self._out.width >= WIDE

    def say(self, text: str) -> None:
        """The answer, for people."""
        if not self.as_json:
            self._out.print(text, markup=False)

    def show(self, table: Table) -> None:
        """The answer as a table, for people; as wide as it needs to be where no terminal limits it."""
        if not self.as_json:
            self._out.print(table, soft_wrap=False)

    def note(self, text: str, *, style: str = "dim") -> None:
        """Beside the answer: on stderr, with or without `--json`."""
        self._err.print(text, style=style, markup=False)

    def emit(self, value: dict[str, Any]) -> None:
        """The one object of `--json`."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")

    @contextmanager
    def progress(self) -> Iterator[Watch]:
        """A bar while a job moves; without a terminal, one line per phase."""
        if not self._err.is_terminal:
            yield self._line_per_phase()
            return
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TextColumn("{task.fields[step]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[eta]}"),
        )
        with Progress(*columns, console=self._err, transient=True) as bars:
            bar = bars.add_task("waiting", total=100, step="", eta="")

            def watch(job: Video) -> None:
                about = job.cutaway
                bars.update(bar, completed=job.progress, description=phase_of(job), step=steps(about), eta=eta(about))

            yield watch

    def _line_per_phase(self) -> Watch:
        last = ""

        def watch(job: Video) -> None:
            nonlocal last
            phase = phase_of(job)
            if phase != last:
                last = phase
                self.note(f"{job.id}: {phase}")

        return watch

    def closing_line(self, job: Video, path: Path | None) -> None:
        """Where the video is and what it is; then what a person should know about it."""
        self.say("  ".join([str(path) if path else job.id, *facts(job)]))
        for text in notes(job):
            self.note(f"  {text}", style="yellow")


def facts(job: Video) -> list[str]:
    """Size, rate, frames, seconds, seed and model of a finished job, as far as the server says."""
    about = job.cutaway
    found = [job.size]
    if about is not None:
        found.append(f"{shown_rate(about.fps)} fps" if about.fps else "")
        found.append(f"{about.num_frames} frames" if about.num_frames else "")
    found.append(f"{shown_seconds(job.seconds)} s" if job.seconds else "")
    if about is not None:
        found.append(f"seed {about.seed}" if about.seed is not None else "")
    found.append(job.model)
    return [fact for fact in found if fact]


def notes(job: Video) -> list[str]:
    """What must not go unsaid: a preview, what was lost, changed values, words that could not be drawn, warnings."""
    about = job.cutaway
    if about is None:
        return []
    said = [PREVIEW_NOTE.get(job.model, f"{job.model}: a preview, not a model")] if about.preview else []
    if about.rank is Rank.DEGRADED:
        said.append(f"made by a degraded way, as allowed{': ' + about.path if about.path else ''}")
    if about.expanded_prompt:
        said.append(f"prompt written out as: {about.expanded_prompt}")
    said += changes(about.adjustments, about.ignored_params)
    said += [f"not the server's own way: {way}" for way in about.emulated]
    if about.unmatched_terms:
        said.append(f"not drawn: {', '.join(about.unmatched_terms)}")
    return said + list(about.warnings)


def changes(adjustments: Sequence[Adjustment], ignored: Sequence[str]) -> list[str]:
    """What is not as it was asked for."""
    said = []
    for change in adjustments:
        because = f" ({change.reason})" if change.reason else ""
        said.append(f"{change.field}: asked for {change.requested}, got {change.effective}{because}")
    return said + ([f"ignored: {', '.join(ignored)}"] if ignored else [])


def phase_of(job: Video) -> str:
    about = job.cutaway
    if about is None:
        return str(job.status)
    if about.state is State.QUEUED and about.queue_position:
        return f"queued, {about.queue_position} before it"
    return about.phase or str(about.state)


def steps(about: Details | None) -> str:
    return f"{about.step}/{about.total_steps}" if about is not None and about.step and about.total_steps else ""


def eta(about: Details | None) -> str:
    return f"about {max(1, round(about.eta_s))} s left" if about is not None and about.eta_s else ""


def shown_rate(text: str) -> str:
    """The rate 24000/1001 as people say it: 23.976."""
    return f"{Rate.parse(text).fps:.3f}".rstrip("0").rstrip(".")


def shown_seconds(text: str) -> str:
    """Seconds to a thousandth, as far as the server writes a number."""
    try:
        return f"{float(text):.3f}".rstrip("0").rstrip(".")
    except ValueError:
        return text


def age(seconds: float) -> str:
    """How long ago, in the largest unit that is not zero."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
