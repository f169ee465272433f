"""What is open in Resolve: the project, the timeline, and the timeline through a file and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway.errors import CutawayError
from cutaway.timebase import Rate, TimebaseError
from cutaway_davinci.doctor.finding import HANGS, NOT_ASKED, Check, Level, Seen, Verdict

if TYPE_CHECKING:
    from cutaway_davinci.doctor.scene import Scene


def _project(scene: Scene) -> Seen:
    if scene.said.hung_at == "project":
        return "hangs", {"seconds": scene.patience, "step": "its project"}
    if (project := scene.said.steps.get("project")) is None:
        return "unknown", {"why": "Resolve does not answer, see D5"}
    if not project["is_open"]:
        return "none", {}
    return ("saved" if project["is_saved"] else "untitled"), {}


PROJECT: Final = Check(
    "D7",
    "project",
    "whether a project is open, and was saved once",
    {
        "saved": Verdict(Level.OK, "a project is open, and has a name"),
        "untitled": Verdict(
            Level.WARN,
            "the project was never saved; takes are refused in it, since Resolve would wait for a name",
            "File > Save Project in Resolve, once",
        ),
        "none": Verdict(Level.FAIL, "no project is open", "Open a project in Resolve's Project Manager"),
        "hangs": HANGS,
        "unknown": NOT_ASKED,
    },
    _project,
)


def _timeline(scene: Scene) -> Seen:
    if scene.said.hung_at == "timeline":
        return "hangs", {"seconds": scene.patience, "step": "its timeline"}
    if (timeline := scene.said.steps.get("timeline")) is None:
        return "unknown", {"why": "Resolve does not answer, see D5"}
    if not timeline["is_open"]:
        return "none", {}
    facts = {"rate": timeline["rate"] or "nothing", "start": timeline["start"] or "nothing"}
    try:
        Rate.parse(timeline["rate"].split()[0])
    except (TimebaseError, ValueError, IndexError):
        return "unreadable", facts
    return ("open" if timeline["start"] else "unreadable"), facts


TIMELINE: Final = Check(
    "D8",
    "timeline",
    "whether a timeline is open, with a rate and a start timecode that can be read",
    {
        "open": Verdict(Level.OK, "the open timeline runs at {rate} fps and starts at {start}"),
        "none": Verdict(Level.WARN, "no timeline is open", "Open the timeline that you cut"),
        "unreadable": Verdict(
            Level.FAIL,
            "a timeline is open, and says {rate} for its rate and {start} for its start",
            "Close the dialog that is open in Resolve; if it stays so, report it with `cutaway davinci doctor --json`",
        ),
        "hangs": HANGS,
        "unknown": NOT_ASKED,
    },
    _timeline,
)


def _round_trip(scene: Scene) -> Seen:
    if not scene.live:
        return "unknown", {"why": "only with --live"}
    try:
        return _exported(scene)
    finally:
        scene.export.unlink(missing_ok=True)


def _exported(scene: Scene) -> Seen:
    if scene.said.hung_at == "export":
        return "hangs", {"seconds": scene.patience, "step": "an export"}
    if (export := scene.said.steps.get("export")) is None:
        return "unknown", {"why": "no timeline is open, see D8"}
    if not export["done"] or not scene.export.is_file():
        return "nothing", {"folder": scene.media}
    from cutaway.hosts.otio_file import FileHost
    from cutaway.timeline.index import Kind

    try:
        index = FileHost(scene.export).snapshot().index
    except CutawayError as error:
        return "unread", {"why": error}
    read = sum(track.count(Kind.CLIP) for track in index.video_tracks)
    return ("same" if read == export["clips"] else "other"), {"read": read, "clips": export["clips"]}


ROUND_TRIP: Final = Check(
    "D15",
    "round trip",
    "whether the open timeline, exported as OTIO into the folder of takes, is read back with every clip (`--live`)",
    {
        "same": Verdict(Level.OK, "the open timeline was exported, and read back with its {read} clips"),
        "nothing": Verdict(
            Level.FAIL,
            "Resolve exported nothing into {folder}",
            "See D14; and export once by hand: File > Export > Timeline, type OTIO",
        ),
        "unread": Verdict(
            Level.FAIL, "Resolve's export cannot be read: {why}", "Report it, with the exported file if you may"
        ),
        "other": Verdict(
            Level.WARN,
            "Resolve lists {clips} clips on its video tracks, and {read} were read from its export",
            "Nested timelines and Fusion clips may be the reason; report it, with the exported file if you may",
        ),
        "hangs": HANGS,
        "unknown": NOT_ASKED,
    },
    _round_trip,
)
