"""A copy of the timeline before it is touched for the first time.

Resolve may leave the copy open. Which timeline was open is therefore written down before, so that it is opened again
even where Resolve hung, or the agent was killed, in between.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.listing import listing
from cutaway_davinci.agent.trouble import CHANGED, DIALOG, Trouble, said

if TYPE_CHECKING:
    from cutaway_davinci.agent.session import Session

_NOTE = "backup.json"


def backup(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """Makes a copy, whose name is the answer. The timeline itself is the open one afterwards.

    Args:
        session: the Resolve.
        asked: journal, digest (of the timeline that is to be copied).

    Raises:
        Trouble: there is no copy, or the timeline is not open; it was not touched.
    """
    session.saveable()
    found, journal = listing(session), asked["journal"]
    if found["digest"] != asked["digest"]:
        raise Trouble(CHANGED, "the timeline has changed since this was planned; nothing was done")
    base, there = found["timeline"]["name"], {timeline.GetName() for timeline in _timelines(session)}
    number = 1
    while f"{base} before Cutaway {number}" in there:
        number += 1
    name = f"{base} before Cutaway {number}"
    note = _note(journal)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"key": found["timeline"]["key"], "copy": name}), encoding="utf-8")
    made = session.timeline().DuplicateTimeline(name)
    if made is None or made.GetName() != name:
        raise Trouble(DIALOG, "Resolve made no backup of the timeline, so nothing was done; a dialog may be open")
    opened_again(session, journal)
    if listing(session)["digest"] != found["digest"]:
        raise Trouble(CHANGED, "the timeline is not the open one after its backup was made; open it again")
    return {"copy": name}


def opened_again(session: Session, journal: str) -> None:
    """The timeline that was open before its copy was made, where the copy is open now.

    Raises:
        Trouble: Resolve does not open it.
    """
    note = _note(journal)
    if not note.exists():
        return
    told = json.loads(note.read_text(encoding="utf-8"))
    if said(session.timeline().GetName(), "which timeline is open") == told["copy"]:
        for timeline in _timelines(session):
            if timeline.GetUniqueId() == told["key"]:
                session.project().SetCurrentTimeline(timeline)
        if said(session.timeline().GetUniqueId(), "which timeline is open") != told["key"]:
            raise Trouble(DIALOG, "{} is open; open the timeline it is a copy of".format(told["copy"]))
    note.unlink()


def _timelines(session: Session) -> list[Any]:
    project = session.project()
    count = int(said(project.GetTimelineCount(), "how many timelines there are"))
    return [said(project.GetTimelineByIndex(n), "which timelines there are") for n in range(1, count + 1)]


def _note(journal: str) -> Path:
    """Beside the folders of the timelines, since the copy has another one."""
    return Path(journal).parents[1] / _NOTE
