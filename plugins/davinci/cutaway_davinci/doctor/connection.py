"""The way in: an interpreter that loads Blackmagic's module, a Resolve that answers, its project library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_davinci.agent.connect import FREE_LOSES_PYTHON
from cutaway_davinci.doctor.finding import HANGS, NOT_ASKED, Check, Level, Seen, Verdict

if TYPE_CHECKING:
    from cutaway_davinci.doctor.scene import Scene

_BITS: Final = 64


def _interpreter(scene: Scene) -> Seen:
    last = scene.tries[-1]
    if last.loads:
        facts = {"python": last.python, "version": last.steps["python"]["version"]}
        return ("binds" if last.steps["python"]["bits"] == _BITS else "narrow"), facts
    if any("module" in tried.steps for tried in scene.tries):
        tried = ", ".join(one.python for one in scene.tries)
        hung = [one for one in scene.tries if one.hung_at == "loaded"]
        if hung:
            return "hangs", {"seconds": scene.patience, "step": "its scripting module"}
        return "none", {"tried": tried, "why": scene.tries[0].trouble}
    if not last.steps:
        return "broken", {"tried": last.python, "why": last.trouble or f"nothing came within {scene.patience:g} s"}
    return "unknown", {"why": "Blackmagic's scripting module is not here, see D3"}


INTERPRETER: Final = Check(
    "D4",
    "interpreter",
    "whether a 64-bit Python here loads Blackmagic's module, tried in a process of its own",
    {
        "binds": Verdict(Level.OK, "Python {version} loads Blackmagic's module ({python})"),
        "narrow": Verdict(
            Level.FAIL, "Python {version} at {python} is a 32-bit one", "Install cutaway in a 64-bit Python"
        ),
        "none": Verdict(
            Level.FAIL,
            "no Python loads Blackmagic's module ({tried}): {why}",
            "Install a 64-bit Python 3.11 or later from python.org, and name it in CUTAWAY_DAVINCI_PYTHON",
        ),
        "broken": Verdict(
            Level.FAIL, "{tried} does not run cutaway's code: {why}", "Install cutaway again in a Python that works"
        ),
        "hangs": HANGS,
        "unknown": NOT_ASKED,
    },
    _interpreter,
)


def _answer(scene: Scene) -> Seen:
    said = scene.said
    if scene.is_inside or said.is_taken:
        return ("taken" if said.is_taken else "inside"), {}
    if said.answers:
        return "outside", {}
    if said.hung_at == "answer":
        return "hangs", {"seconds": scene.patience, "step": "itself"}
    if not said.loads:
        return "unknown", {"why": "no interpreter loads Blackmagic's module, see D4"}
    if scene.running and not scene.resolves():
        return "not running", {}
    version = scene.version()
    return ("shut" if version is None or version < FREE_LOSES_PYTHON else "shut since 21.1"), {}


ANSWER: Final = Check(
    "D5",
    "way in",
    "whether Resolve lets cutaway in, from outside or from its own menu",
    {
        "outside": Verdict(Level.OK, "Resolve answers from outside; the panel works live"),
        "inside": Verdict(Level.OK, "the script inside Resolve answers; the panel works in-app"),
        "taken": Verdict(
            Level.OK,
            "the script inside Resolve talks to a panel that is open (in-app); close it to have D6 to D8 asked",
        ),
        "not running": Verdict(Level.WARN, "Resolve does not run", "Start Resolve, open a project, and ask again"),
        "shut": Verdict(
            Level.WARN,
            "Resolve lets no other process in",
            "Studio: set Preferences > System > General > External scripting using to Local, then restart Resolve. "
            "The free edition has no such setting: up to 21.0 start Workspace > Scripts > Cutaway; from 21.1 on work "
            "by files: cutaway davinci panel --otio FILE",
        ),
        "shut since 21.1": Verdict(
            Level.WARN,
            "Resolve lets no other process in, and from 21.1 on the free edition runs no Python at all",
            "Studio: set Preferences > System > General > External scripting using to Local, then restart Resolve. "
            "Free: work by files: cutaway davinci panel --otio FILE",
        ),
        "hangs": HANGS,
        "unknown": NOT_ASKED,
    },
    _answer,
)


def _library(scene: Scene) -> Seen:
    if scene.said.hung_at == "library":
        return "hangs", {"seconds": scene.patience, "step": "its project library"}
    if (library := scene.said.steps.get("library")) is None:
        return "unknown", {"why": "Resolve does not answer, see D5"}
    return ("there" if library["is_there"] else "none"), {}


LIBRARY: Final = Check(
    "D6",
    "project library",
    "whether the Resolve that answers has a project library",
    {
        "there": Verdict(Level.OK, "a project library is connected"),
        "none": Verdict(
            Level.FAIL,
            "Resolve answers and has no project library: it came up broken, or a dialog is open",
            "Close the dialog; else restart Resolve, and pick a library in the Project Manager",
        ),
        "hangs": HANGS,
        "unknown": NOT_ASKED,
    },
    _library,
)
