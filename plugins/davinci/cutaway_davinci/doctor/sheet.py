"""The seventeen checks in order, carried out one after the other, each within its time.

findings = list(Doctor.here().examine())
raise SystemExit(worst(findings).code)
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cutaway_davinci.doctor.application import APP_STORE, LEFT_RUNNING, RESOLVE, SCRIPTING, VERSION
from cutaway_davinci.doctor.connection import ANSWER, INTERPRETER, LIBRARY
from cutaway_davinci.doctor.desktop import LIBRARIES, QT
from cutaway_davinci.doctor.finding import Check, Finding, Level, Seen
from cutaway_davinci.doctor.media import CODEC, FOLDER
from cutaway_davinci.doctor.menu import ENTRY, PYTHON_OF_MENU, mended
from cutaway_davinci.doctor.project import PROJECT, ROUND_TRIP, TIMELINE
from cutaway_davinci.doctor.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.table import Table

CHECKS: Final[tuple[Check, ...]] = (
    RESOLVE, VERSION, SCRIPTING, INTERPRETER, ANSWER, LIBRARY, PROJECT, TIMELINE, ENTRY, PYTHON_OF_MENU, QT, LIBRARIES,
    CODEC, FOLDER, ROUND_TRIP, LEFT_RUNNING, APP_STORE,
)  # fmt: skip
_WAYS: Final = {"outside": "live", "inside": "in-app", "taken": "in-app"}
LONGEST: Final = 120.0
"""Seconds for one check, whatever it waits for: a network drive may hang as well."""
_MARKS: Final = {
    Level.OK: "[green]ok[/]",
    Level.SKIP: "[dim]skip[/]",
    Level.WARN: "[yellow]warn[/]",
    Level.FAIL: "[red]fail[/]",
}


@dataclass(frozen=True)
class Doctor:
    """Looks at a scene."""

    scene: Scene
    longest: float = LONGEST

    @classmethod
    def here(cls, *, live: bool = False, media: Path | None = None) -> Doctor:
        return cls(Scene.here(live=live, media=media))

    def examine(self, *, fix: bool = False) -> Iterator[Finding]:
        """Each finding as it is made, in order. With `fix` what can be put right from here is, and looked at again."""
        for check in CHECKS:
            yield self._examined(check, fix=fix)

    def _examined(self, check: Check, *, fix: bool) -> Finding:
        finding = self._found(check)
        if not fix or finding.verdict not in check.mends:
            return finding
        done = mended(check, self.scene)
        after = self._found(check)
        return replace(after, found=f"{after.found}. {done[0].upper()}{done[1:]}")

    def _found(self, check: Check) -> Finding:
        """Looks on a thread of its own, which is left behind when it does not come back."""
        answers: queue.Queue[Seen | Exception] = queue.Queue()

        def look() -> None:
            try:
                answers.put(check.look(self.scene))
            except Exception as error:  # noqa: BLE001 - a check that fails is a finding, and the others go on
                answers.put(error)

        threading.Thread(target=look, name=f"cutaway-{check.id}", daemon=True).start()
        try:
            seen = answers.get(timeout=self.longest)
        except queue.Empty:
            found = f"it could not be found out within {self.longest:g} s"
            return Finding(check.id, check.what, Level.FAIL, found, "Is a network drive gone? Ask again", "late")
        if isinstance(seen, Exception):
            found = f"it could not be found out: {type(seen).__name__}: {seen}"
            return Finding(check.id, check.what, Level.FAIL, found, "Report this line", "failed")
        return check.finding(seen)


def worst(findings: Iterable[Finding]) -> Level:
    levels = list(Level)
    return max((finding.level for finding in findings), key=levels.index)


def concluded(findings: Iterable[Finding]) -> str:
    """What it comes to for who wants to work: which way the panel takes, and what to look at."""
    by_id = {finding.id: finding for finding in findings}
    way = _WAYS.get(by_id[ANSWER.id].verdict, "by files")
    opens = by_id[QT.id].level is not Level.FAIL
    bad = [finding.id for finding in by_id.values() if finding.level.code]
    says = f"The panel works {way}." if opens else f"The panel does not open here yet, see {QT.id}."
    return f"{says} Look at {', '.join(bad)}." if bad else says


def shown(finding: Finding) -> Table:
    """As a row for a terminal; rows stand below each other."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for wide in (3, 4, max(len(check.what) for check in CHECKS)):
        table.add_column(min_width=wide, no_wrap=True)
    table.add_column(overflow="fold")
    fix = f"\n[bold]{escape(finding.fix)}[/]" if finding.fix else ""
    table.add_row(finding.id, _MARKS[finding.level], finding.what, escape(finding.found) + fix)
    return table
