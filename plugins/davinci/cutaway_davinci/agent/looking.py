"""What the editor looks at: selection, playhead, and the picture under the playhead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cutaway_davinci.agent.session import TIMECODE_PAGES, Session
from cutaway_davinci.agent.trouble import DIALOG, Trouble, said

SELECTION_SINCE = (21, 0, 4)
MARKS_SINCE = (19, 1)


def selection(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """The ids of the selected items, the timecode of the playhead, and the in and out marks where both are set.

    Marks count from the start of the timeline. What the version or the page does not tell is left empty.
    """
    del asked
    timeline = session.timeline()
    on_page = session.resolve.GetCurrentPage() in TIMECODE_PAGES
    chosen = (timeline.GetSelectedClips() or []) if session.version >= SELECTION_SINCE else []
    return {
        "items": [item.GetUniqueId() for item in chosen if item is not None],
        "timecode": (timeline.GetCurrentTimecode() if on_page else None) or "",
        "marks": _marks(timeline) if session.version >= MARKS_SINCE else None,
    }


def _marks(timeline: Any) -> dict[str, int] | None:
    """In and out of the picture, else of the sound; None where not both are set."""
    found = timeline.GetMarkInOut() or {}
    for kind in ("video", "audio"):
        marks = found.get(kind) or {}
        if "in" in marks and "out" in marks:
            return {"in": int(marks["in"]), "out": int(marks["out"])}
    return None


def grab(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """The graded picture at a timecode, written to a file. Page and playhead are where they were afterwards.

    Raises:
        Trouble: no file came of it.
    """
    path, timeline = Path(asked["path"]), session.timeline()
    if path.exists():
        path.unlink()
    with session.page("edit", *TIMECODE_PAGES):
        before = said(timeline.GetCurrentTimecode(), "where the playhead is")
        try:
            session.move_playhead(timeline, asked["timecode"])
            session.project().ExportCurrentFrameAsStill(str(path))
        finally:
            timeline.SetCurrentTimecode(before)
    if not path.is_file() or not path.stat().st_size:
        raise Trouble(DIALOG, "Resolve wrote no picture of {} to {}".format(asked["timecode"], path))
    return {"path": str(path)}


def reveal(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """Moves the playhead, on a page that has one."""
    timeline = session.timeline()
    if session.resolve.GetCurrentPage() not in TIMECODE_PAGES:
        session.resolve.OpenPage("edit")
    session.move_playhead(timeline, asked["timecode"])
    return {}
