"""Finds Blackmagic's scripting module on this system, and the Resolve that runs.

RESOLVE_SCRIPT_API   the folder that holds Modules/DaVinciResolveScript.py, where it is not the usual one
RESOLVE_SCRIPT_LIB   the library that the module loads; set here to the usual one where it is not set
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.trouble import DIALOG, EDITION, NO_MODULE, UNREACHABLE, VERSION, Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

OLDEST = (18, 5)
FREE_LOSES_PYTHON = (21, 1)
FILES = (
    "Files work with every edition: export the timeline in Resolve (File > Export > Timeline, OTIO), "
    "fill it with `cutaway timeline fill`, write it with `cutaway timeline convert --to resolve`, "
    "and import the result (File > Import > Timeline)"
)
_VENDOR = "Blackmagic Design/DaVinci Resolve"


def usual_places(system: str, environment: Mapping[str, str]) -> tuple[list[Path], list[Path]]:
    """Where the scripting folder and the library lie on a system ("win32", "darwin", "linux"), likeliest first."""
    if system == "win32":
        shared = Path(environment.get("PROGRAMDATA", "C:/ProgramData"))
        programs = Path(environment.get("PROGRAMFILES", "C:/Program Files"))
        api = [shared / _VENDOR / "Support/Developer/Scripting"]
        return api, [programs / _VENDOR / "fusionscript.dll"]
    if system == "darwin":
        api = [Path("/Library/Application Support") / _VENDOR / "Developer/Scripting"]
        inside = "DaVinci Resolve.app/Contents/Libraries/Fusion/fusionscript.so"
        return api, [Path("/Applications/DaVinci Resolve") / inside]
    homes = [Path("/opt/resolve"), Path("/home/resolve")]
    return [h / "Developer/Scripting" for h in homes], [h / "libs/Fusion/fusionscript.so" for h in homes]


def module_folder(system: str, environment: Mapping[str, str]) -> Path:
    """The folder with Blackmagic's module.

    Raises:
        Trouble: there is none; the message names the places.
    """
    named = environment.get("RESOLVE_SCRIPT_API")
    places = [Path(named)] if named else usual_places(system, environment)[0]
    for place in places:
        if (place / "Modules" / "DaVinciResolveScript.py").is_file():
            return place / "Modules"
    looked = ", ".join(str(place) for place in places)
    raise Trouble(
        NO_MODULE,
        f"DaVinci Resolve's scripting module is not on this machine; looked in {looked}. "
        f"Set RESOLVE_SCRIPT_API where it lies elsewhere. {FILES}",
    )


def connected() -> Any:
    """The running Resolve.

    Raises:
        Trouble: no module, one that does not load here, no Resolve, or one that lets nobody in.
    """
    folder = module_folder(sys.platform, os.environ)
    if "RESOLVE_SCRIPT_LIB" not in os.environ:
        libraries = [path for path in usual_places(sys.platform, os.environ)[1] if path.is_file()]
        if libraries:
            os.environ["RESOLVE_SCRIPT_LIB"] = str(libraries[0])
    sys.path.append(str(folder))
    try:
        module = importlib.import_module("DaVinciResolveScript")
        resolve = module.scriptapp("Resolve")
    except Exception as error:
        raise Trouble(NO_MODULE, f"Resolve's scripting module does not load in this Python: {error}") from error
    return checked(resolve)


def checked(resolve: Any) -> Any:
    """The Resolve, if it is one that can be worked with.

    Raises:
        Trouble: it is none, too old, or free and too new.
    """
    if resolve is None:
        raise Trouble(
            UNREACHABLE,
            "no DaVinci Resolve answers. Is it running, and in Studio is Preferences > System > General > External "
            "scripting using set to Local? The free edition lets no process outside in, and from 21.1 on no Python "
            "at all. " + FILES,
        )
    facts = about(resolve)
    if tuple(facts["version"]) < OLDEST:
        raise Trouble(VERSION, "this is Resolve {}; 18.5 is the oldest that can place clips".format(facts["shown"]))
    if not facts["studio"] and tuple(facts["version"]) >= FREE_LOSES_PYTHON:
        raise Trouble(EDITION, "from 21.1 on the free edition of Resolve runs no Python. " + FILES)
    return resolve


def about(resolve: Any) -> dict[str, Any]:
    """Version and edition of a Resolve."""
    version, product = resolve.GetVersion(), resolve.GetProductName()
    if not version or not product:
        raise Trouble(
            DIALOG,
            "Resolve answers, and does not say its version: a dialog may be open in it. Close it, else restart",
        )
    numbers = [int(part) for part in list(version)[:3]]
    return {
        "version": numbers,
        "shown": ".".join(str(part) for part in numbers),
        "product": str(product),
        "studio": "Studio" in str(product),
    }
