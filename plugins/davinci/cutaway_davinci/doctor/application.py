"""Resolve itself: which one, how old, its scripting files, what it left running, where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_davinci.agent.connect import OLDEST
from cutaway_davinci.doctor.finding import HANGS, NOT_ASKED, Check, Level, Seen, Verdict

if TYPE_CHECKING:
    from cutaway_davinci.doctor.scene import Scene

_LEFT: Final = ("fuscript", "fusionscript")


def _resolve(scene: Scene) -> Seen:
    said, about = scene.said, scene.said.steps.get("about")
    if said.hung_at == "about":
        return "hangs", {"seconds": scene.patience, "step": "its version"}
    if about is not None:
        if not about["version"] or not about["product"]:
            return "silent", {}
        return "answers", {"product": about["product"], "version": _dotted(about["version"])}
    if there := scene.machine.applications():
        version = scene.machine.version_on_disk()
        running = ", and runs" if scene.resolves() else ", and does not run"
        return "there", {"path": there[0], "version": f" {version}" if version else "", "running": running}
    if scene.resolves():
        return "elsewhere", {"pid": scene.resolves()[0].pid}
    return ("store", {}) if scene.machine.app_store() else ("missing", {})


RESOLVE: Final = Check(
    "D1",
    "Resolve",
    "which DaVinci Resolve is here: version and edition",
    {
        "answers": Verdict(Level.OK, "{product} {version} answers"),
        "there": Verdict(
            Level.OK, "Resolve{version} is installed at {path}{running}; which edition it is was not said"
        ),
        "elsewhere": Verdict(
            Level.OK, "a Resolve runs (process {pid}), from a place where it is not usually installed"
        ),
        "silent": Verdict(
            Level.FAIL,
            "Resolve answers, and does not say which one it is",
            "Close the dialog that is open in Resolve; else restart Resolve",
        ),
        "hangs": HANGS,
        "store": Verdict(Level.WARN, "the only Resolve here is one of the App Store", "See D17"),
        "missing": Verdict(
            Level.FAIL,
            "no DaVinci Resolve is where it is usually installed",
            "Install Resolve 18.5 or later from Blackmagic Design; to work on files of another machine none is needed: "
            "cutaway davinci panel --otio FILE",
        ),
    },
    _resolve,
)


def _version(scene: Scene) -> Seen:
    version = scene.version()
    if version is None:
        return "unknown", {"why": "no Resolve said its version"}
    return ("new enough" if version >= OLDEST else "old"), {"version": _dotted(version)}


VERSION: Final = Check(
    "D2",
    "version",
    "whether it is 18.5 or later",
    {
        "new enough": Verdict(Level.OK, "{version} is 18.5 or later"),
        "old": Verdict(
            Level.FAIL,
            "{version} is too old: scripts place clips, and OTIO is read, from 18.5 on",
            "Update Resolve to 18.5 or later",
        ),
        "unknown": NOT_ASKED,
    },
    _version,
)


def _scripting(scene: Scene) -> Seen:
    folders, libraries = scene.machine.scripting()
    modules = [folder / "Modules/DaVinciResolveScript.py" for folder in folders]
    if not (module := next((file for file in modules if file.is_file()), None)):
        if not scene.machine.applications() and not scene.resolves():
            return "none", {"why": "no Resolve is installed"}
        return "no module", {"places": " or ".join(map(str, folders))}
    if not any(library.is_file() for library in libraries):
        return "no library", {"places": " or ".join(map(str, libraries))}
    return "there", {"module": module}


SCRIPTING: Final = Check(
    "D3",
    "scripting files",
    "whether Blackmagic's scripting module and its library are there",
    {
        "there": Verdict(Level.OK, "module and library are there ({module})"),
        "no module": Verdict(
            Level.FAIL,
            "Blackmagic's scripting module is not in {places}",
            "Set RESOLVE_SCRIPT_API to the folder with Modules/DaVinciResolveScript.py; else install Resolve again",
        ),
        "no library": Verdict(
            Level.FAIL,
            "the module is there, and its library is not at {places}",
            "Set RESOLVE_SCRIPT_LIB to fusionscript.dll (Windows) or fusionscript.so; else install Resolve again",
        ),
        "none": NOT_ASKED,
    },
    _scripting,
)


def _left_running(scene: Scene) -> Seen:
    if not scene.running:
        return "unknown", {"why": "what runs here cannot be listed"}
    left = [one for one in scene.running if one.name.lower().startswith(_LEFT)]
    facts = {"pids": ", ".join(f"{one.name} {one.pid}" for one in left)}
    if left and not scene.resolves():
        return "left", facts
    if left and (scene.said.hung_at or (scene.said.loads and not scene.said.answers)):
        return "hung", facts
    return "none", {}


LEFT_RUNNING: Final = Check(
    "D16",
    "script processes",
    "whether a script process of Resolve was left behind, or hangs",
    {
        "none": Verdict(Level.OK, "no script process of Resolve is in the way"),
        "left": Verdict(
            Level.WARN,
            "Resolve does not run, and a script process of it still does: {pids}",
            "End that process, then start Resolve",
        ),
        "hung": Verdict(
            Level.WARN,
            "Resolve does not answer, and a script process of it runs: {pids}; after an update such a one may hang",
            "End that process; if Resolve does not answer then, restart it",
        ),
        "unknown": NOT_ASKED,
    },
    _left_running,
)


def _app_store(scene: Scene) -> Seen:
    if scene.machine.system != "darwin":
        return "elsewhere", {"why": "only macOS has an App Store"}
    there = scene.machine.app_store()
    if not there:
        return "none", {}
    return ("beside" if scene.machine.applications() else "only"), {"path": there[0]}


APP_STORE: Final = Check(
    "D17",
    "App Store",
    "whether a Resolve comes from Apple's App Store, which shuts it off from other programs",
    {
        "none": Verdict(Level.OK, "no Resolve here comes from the App Store"),
        "beside": Verdict(
            Level.WARN,
            "{path} belongs to a Resolve of the App Store; cutaway is in the menu of the other one only",
            "Use the Resolve of Blackmagic Design's web site",
        ),
        "only": Verdict(
            Level.FAIL,
            "the Resolve here comes from the App Store ({path}) and is shut off from other programs",
            "Install Resolve from Blackmagic Design's web site; or work by files: cutaway davinci panel --otio FILE",
        ),
        "elsewhere": NOT_ASKED,
    },
    _app_store,
)


def _dotted(version: tuple[int, ...] | list[int]) -> str:
    return ".".join(map(str, version))
