"""Timelines of the double as files: what `Timeline.Export` writes, and what `ImportTimelineFromFile` takes.

OTIO is written and read; FCPXML 1.10 makes a folder once (Q17); of the other formats the double knows no rules.
Resolve says no with None and not a word (Q18, Q19), and so does this. Two things the sheet has from single versions
are taken for all before and after: links to media that is in the pool already are lost before 21.1 (measured on
19.1.3), and from 21.1 on such media may not be imported again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from cutaway_davinci.testing.constants import NEEDS_SUBTYPE
from cutaway_davinci.testing.otio_in import read
from cutaway_davinci.testing.otio_out import written
from cutaway_davinci.testing.vocabulary import Misuse

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway_davinci.testing.resolve import ProjectKept
    from cutaway_davinci.testing.timeline import TimelineKept

_OTIO_SINCE: Final = (18, 5)


def exported(timeline: TimelineKept, path: Path, kind: str, sub: float | None) -> bool:
    """Writes a file of a timeline. True also where none could be written: the file is to be looked for (Q16)."""
    if sub is not None:
        timeline.world.constant_of("export subtype", sub)
    if kind in NEEDS_SUBTYPE and sub is None:
        raise Misuse(f"{kind} needs a subtype")
    if kind == "EXPORT_FCPXML_1_10":
        if path.exists():
            return False
        path.mkdir(parents=True)
        return True
    if kind != "EXPORT_OTIO":
        raise Misuse(f"the double has no rules for what {kind} writes")
    if path.parent.is_dir():
        path.write_text(json.dumps(written(timeline), ensure_ascii=False, indent=4), encoding="utf-8")
    return True


def imported(project: ProjectKept, path: Path, options: dict[str, Any]) -> TimelineKept | None:
    """A timeline of a file, which is then the open one; None where anything about it is not as Resolve wants it."""
    if path.suffix.lower() != ".otio":
        raise Misuse(f"the double has no rules for importing {path.suffix} files")
    if project.world.version < _OTIO_SINCE:
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    made = read(data, project, options)
    if made is not None:
        project.timelines.append(made)
        project.on_set_current_timeline(made)
    return made
