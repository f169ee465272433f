"""A check knows everything it can find, as data: the page on troubleshooting is drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cutaway_davinci.doctor.scene import Scene


class Level(StrEnum):
    """How bad it is, best first."""

    OK = "ok"
    SKIP = "skip"  # nothing to look at here
    WARN = "warn"  # works, or works another way
    FAIL = "fail"

    @property
    def code(self) -> int:
        """The exit code of a command whose worst finding this is."""
        return {Level.WARN: 1, Level.FAIL: 2}.get(self, 0)


@dataclass(frozen=True)
class Verdict:
    """One thing that a check can find: a sentence with places for facts, and what to do."""

    level: Level
    found: str
    fix: str = ""


Seen: TypeAlias = "tuple[str, dict[str, Any]]"
"""Which of its verdicts a check comes to, and the facts of it."""


@dataclass(frozen=True)
class Check:
    """One question.

    Args:
        id: D1 to D17.
        what: it is about, in a word or two.
        asks: what is looked at, as a sentence without a subject.
        verdicts: everything that can be found, by name.
        look: finds one of them.
        mend: puts right what can be put right from here; said in the finding.
    """

    id: str
    what: str
    asks: str
    verdicts: Mapping[str, Verdict]
    look: Callable[[Scene], Seen]
    mend: Callable[[Scene], str] | None = None
    mends: tuple[str, ...] = ()
    """The verdicts that `mend` can do something about."""

    def finding(self, seen: Seen) -> Finding:
        name, facts = seen
        verdict = self.verdicts[name]
        return Finding(
            self.id, self.what, verdict.level, verdict.found.format_map(facts), verdict.fix.format_map(facts), name
        )


@dataclass(frozen=True)
class Finding:
    """What one check found here. `verdict` is its name among those of the check."""

    id: str
    what: str
    level: Level
    found: str
    fix: str
    verdict: str

    def facts(self) -> dict[str, str]:
        return {
            "id": self.id, "what": self.what, "level": self.level, "found": self.found, "fix": self.fix,
            "verdict": self.verdict,
        }  # fmt: skip


HANGS = Verdict(
    Level.FAIL,
    "Resolve did not answer within {seconds:g} s when it was asked for {step}; the process that asked was ended",
    "Close the dialog that is open in Resolve, or stop playback and rendering; else restart Resolve",
)
NOT_ASKED = Verdict(Level.SKIP, "not asked: {why}")
