"""The versions and editions that are tested, and who is let in where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cutaway_davinci.testing.resolve import ResolveDouble


@dataclass(frozen=True)
class Edition:
    """One Resolve."""

    version: str
    studio: bool

    def __str__(self) -> str:
        return f"{self.version}-{'studio' if self.studio else 'free'}"

    def world(self) -> ResolveDouble:
        return ResolveDouble(self.version, studio=self.studio)


VERSIONS: Final = ("18.5", "19.1", "20.3", "21.0.4", "21.1.1")
STUDIO: Final = tuple(Edition(version, studio=True) for version in VERSIONS)
FREE: Final = tuple(Edition(version, studio=False) for version in VERSIONS)
WITH_PYTHON: Final = STUDIO + FREE[:-1]
"""Studio, and the free edition before 21.1 from its own Scripts menu."""
