"""Resolve's menu: our entry in it, and the Python that it starts scripts with."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cutaway.errors import CutawayError
from cutaway_davinci.agent.connect import FREE_LOSES_PYTHON
from cutaway_davinci.doctor.finding import NOT_ASKED, Check, Level, Seen, Verdict
from cutaway_davinci.install.installer import planned, stale
from cutaway_davinci.install.record import Record, UnreadableRecord, hash_of
from cutaway_davinci.launcher import scripts

if TYPE_CHECKING:
    from cutaway_davinci.doctor.scene import Scene
    from cutaway_davinci.install.places import Machine


def _entry(scene: Scene) -> Seen:
    machine = scene.machine
    try:
        shared, own = Record.read(machine.record(all_users=True)), Record.read(machine.record())
    except UnreadableRecord as error:
        return "damaged", {"why": error}
    record = own or shared
    if record is None:
        folder = machine.own_scripts
        there = next(one for one in (folder, *folder.parents) if one.exists())
        return ("missing", {}) if os.access(there, os.W_OK) else ("shut", {"folder": there})
    return _files(record) or _installed_as(record, machine, all_users=record is shared)


def _files(record: Record) -> Seen | None:
    """What is wrong with a file that was installed; None where all are as they were written."""
    for name, written in record.files.items():
        file = Path(name)
        if not file.is_file():
            return "gone", {"file": file}
        if hash_of(file.read_bytes()) != written:
            return "edited", {"file": file}
    return None


def _installed_as(record: Record, machine: Machine, *, all_users: bool) -> Seen:
    if not Path(record.python).exists() or not (Path(record.packages) / "cutaway_davinci").is_dir():
        return "moved", {"python": record.python}
    new = scripts(machine.record(all_users=all_users))
    if any(hash_of(content) not in record.files.values() for content in new.values()):
        return "old", {"version": record.cutaway}
    if copies := [str(file) for file in stale(machine, but=Path(record.scripts))]:
        return "copies", {"files": ", ".join(copies)}
    return "there", {"folder": record.scripts}


def _installed(scene: Scene) -> str:
    """Installs for this person, as `cutaway davinci install` does."""
    plan = planned(scene.machine, python=sys.executable)
    plan.carry_out()
    return f"installed: {len(plan.changes)} paths changed; start Resolve again"


ENTRY: Final = Check(
    "D9",
    "menu entry",
    "whether Cutaway is in Workspace > Scripts, as it was written, and once only",
    {
        "there": Verdict(Level.OK, "Cutaway is in the menu, from {folder}"),
        "missing": Verdict(
            Level.WARN, "Cutaway is not in Resolve's menu", "cutaway davinci install, then start Resolve again"
        ),
        "gone": Verdict(
            Level.WARN, "{file} was installed, and is gone", "cutaway davinci install, then start Resolve again"
        ),
        "old": Verdict(
            Level.WARN, "the menu entry is of cutaway {version}", "cutaway davinci install, then start Resolve again"
        ),
        "copies": Verdict(
            Level.WARN,
            "older copies may hide the menu entry: {files}",
            "cutaway davinci install removes them; one that it keeps, remove by hand",
        ),
        "edited": Verdict(
            Level.WARN, "{file} is not as cutaway wrote it", "Move it away, then cutaway davinci install"
        ),
        "moved": Verdict(
            Level.FAIL,
            "the menu entry starts {python}, where cutaway is no more",
            "cutaway davinci install, in the Python that cutaway is in now",
        ),
        "damaged": Verdict(Level.FAIL, "{why}", "Move the file away, then cutaway davinci install"),
        "shut": Verdict(
            Level.FAIL,
            "the scripts folder cannot be made: {folder} is not yours to write",
            "Make {folder} yours, or install with --scripts-dir",
        ),
    },
    _entry,
    mend=_installed,
    mends=("missing", "gone", "old", "copies", "moved"),
)


def _python_of_menu(scene: Scene) -> Seen:
    machine = scene.machine
    if machine.system != "darwin":
        return "elsewhere", {"why": "on this system Resolve finds Python by itself"}
    version = scene.version()
    if version is not None and version >= FREE_LOSES_PYTHON:
        return "own", {"why": "from 21.1 on Resolve brings its own Python"}
    named = scene.variable("PYTHON3HOME")
    places = [Path(named)] if named else []
    places += [machine.rooted("/usr/local/bin/python3"), machine.rooted("/Library/Frameworks/Python.framework")]
    there = next((place for place in places if place.exists()), None)
    return ("found", {"path": there}) if there else ("none", {})


PYTHON_OF_MENU: Final = Check(
    "D10",
    "Python of the menu",
    "whether Resolve on macOS, before 21.1, finds a Python for the scripts of its menu",
    {
        "found": Verdict(Level.OK, "Resolve finds the Python at {path}"),
        "none": Verdict(
            Level.WARN,
            "Resolve will list no Python scripts: it finds no Python where it looks",
            "Install Python from python.org; those of Homebrew, pyenv, uv and conda it does not see",
        ),
        "own": NOT_ASKED,
        "elsewhere": NOT_ASKED,
    },
    _python_of_menu,
)


def mended(check: Check, scene: Scene) -> str:
    """What was put right, or why it could not be."""
    assert check.mend is not None
    try:
        return check.mend(scene)
    except (CutawayError, OSError) as error:
        return f"not put right: {error}"
