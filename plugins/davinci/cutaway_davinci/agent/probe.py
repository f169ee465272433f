"""What the doctor asks of Resolve, step by step: each is said before the next begins, so that one that hangs is known.

    python -m cutaway_davinci.agent.probe [EXPORT.otio]

    {"step": "python", "bits": 64, "version": "3.14.0"}
    {"step": "module", "folder": "/opt/resolve/Developer/Scripting/Modules"}
    ...
    {"step": "loaded", "trouble": "..."}         the last line, where something is wrong

Nothing in Resolve is changed. With the name of a file the open timeline is exported there.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.connect import module_folder, usual_places
from cutaway_davinci.agent.listing import NEW_SETTINGS
from cutaway_davinci.agent.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cutaway_davinci.agent.session import Session

STEPS = ("python", "module", "loaded", "answer", "about", "library", "project", "timeline", "export")
_UNTITLED = "Untitled Project"


def steps(export: str = "") -> Iterator[dict[str, Any]]:
    """Every step from this Python on. It ends early where there is nothing more to be asked."""
    yield {"step": "python", "bits": struct.calcsize("P") * 8, "version": platform.python_version()}
    folder = module_folder(sys.platform, os.environ)
    yield {"step": "module", "folder": str(folder)}
    if "RESOLVE_SCRIPT_LIB" not in os.environ:
        there = [path for path in usual_places(sys.platform, os.environ)[1] if path.is_file()]
        if there:
            os.environ["RESOLVE_SCRIPT_LIB"] = str(there[0])
    sys.path.append(str(folder))
    module = importlib.import_module("DaVinciResolveScript")
    yield {"step": "loaded"}
    resolve = module.scriptapp("Resolve")
    yield {"step": "answer", "answers": resolve is not None}
    if resolve is not None:
        yield from asked_of(resolve, export)


def asked_of(resolve: Any, export: str = "") -> Iterator[dict[str, Any]]:
    """Every step from a Resolve on."""
    version, product = resolve.GetVersion(), resolve.GetProductName()
    numbers = [int(part) for part in list(version or ())[:3]]
    yield {"step": "about", "version": numbers, "product": product or ""}
    if not numbers:
        return
    manager = resolve.GetProjectManager()
    yield {"step": "library", "is_there": manager is not None and manager.GetCurrentDatabase() is not None}
    project = manager.GetCurrentProject() if manager is not None else None
    name = project.GetName() if project is not None else None
    yield {"step": "project", "is_open": project is not None, "is_saved": name not in (None, _UNTITLED)}
    timeline = project.GetCurrentTimeline() if project is not None else None
    if timeline is None:
        yield {"step": "timeline", "is_open": False}
        return
    settings = timeline.GetSettings() if tuple(numbers) >= NEW_SETTINGS else timeline.GetSetting()
    yield {
        "step": "timeline",
        "is_open": True,
        "rate": str((settings or {}).get("timelineFrameRate") or ""),
        "start": timeline.GetStartTimecode() or "",
    }
    if export:
        done = timeline.Export(export, resolve.EXPORT_OTIO, resolve.EXPORT_NONE)
        tracks = range(1, int(timeline.GetTrackCount("video") or 0) + 1)
        clips = sum(len(timeline.GetItemListInTrack("video", number) or ()) for number in tracks)
        yield {"step": "export", "done": bool(done) and Path(export).is_file(), "clips": clips}


def examine(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """The same from inside Resolve, as an operation of the agent: the steps that there are from a Resolve on."""
    return {"steps": list(asked_of(session.resolve, asked.get("export", "")))}


def main() -> None:
    """Says each step on standard output; what others print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    said = 0
    try:
        for step in steps(*sys.argv[1:]):
            answers.write(json.dumps(step) + "\n")
            answers.flush()
            said += 1
    except Exception as error:  # noqa: BLE001 - whatever it is, the doctor says it
        trouble = error.message if isinstance(error, Trouble) else f"{type(error).__name__}: {error}"
        answers.write(json.dumps({"step": STEPS[said], "trouble": trouble}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
