"""The files of takes: a codec that Resolve reads, and a folder that it sees."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cutaway_davinci.codecs import take_format
from cutaway_davinci.doctor.finding import Check, Level, Seen, Verdict

if TYPE_CHECKING:
    from cutaway_davinci.doctor.scene import Scene

LOW_DISK: Final = 5_000_000_000
"""Bytes; a minute of 1080p ProRes takes about one of the five."""

_ENCODE: Final = """
import sys
try:
    import numpy as np
    from pathlib import Path
    from cutaway.media.encode import Writer
    from cutaway.timebase import Rate
    from cutaway.wire import OutputFormat
except ModuleNotFoundError as error:
    print(error.name)
    sys.exit(3)
with Writer(Path(sys.argv[1]), width=256, height=144, rate=Rate.parse("24"), format=OutputFormat(sys.argv[2])) as file:
    file.write(np.zeros((2, 144, 256, 3), np.uint8))
    file.finish()
"""
_NO_MEDIA: Final = 3


def _codec(scene: Scene) -> Seen:
    product = scene.said.steps.get("about", {}).get("product", "")
    kept = take_format(system=scene.machine.system, studio="Studio" in product)
    facts = {"format": kept, "why": ""}
    with tempfile.TemporaryDirectory(prefix="cutaway-doctor-", ignore_cleanup_errors=True) as folder:
        ran = scene.trial(_ENCODE, str(Path(folder) / "take.mov"), str(kept), patience=scene.patience)
    if ran.code == 0:
        return "writes", facts
    return ("missing" if ran.code == _NO_MEDIA else "refused"), facts | {"why": ran.said}


CODEC: Final = Check(
    "D13",
    "codec",
    "whether takes can be written in a codec that this Resolve reads (the free edition on Linux: DNxHR)",
    {
        "writes": Verdict(Level.OK, "takes are kept as {format}, and it can be written here"),
        "missing": Verdict(Level.FAIL, "{why} is not installed", 'pip install "cutaway[davinci]"'),
        "refused": Verdict(
            Level.FAIL,
            "takes are kept as {format}, and it cannot be written: {why}",
            "pip install --force-reinstall av",
        ),
    },
    _codec,
)


def _folder(scene: Scene) -> Seen:
    folder = scene.media
    there = next(one for one in (folder, *folder.parents) if one.exists())
    facts: dict[str, object] = {"folder": folder, "there": there}
    if not there.is_dir() or not _writes(there):
        return "shut", facts
    free = shutil.disk_usage(there).free
    facts |= {"free": f"{free / 1e9:.1f} GB"}
    if free < LOW_DISK:
        return "full", facts
    if any(part.startswith(".") for part in folder.parts):
        return "hidden", facts
    return ("there" if folder.is_dir() else "to be made"), facts


def _writes(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _made(scene: Scene) -> str:
    scene.media.mkdir(parents=True, exist_ok=True)
    return f"{scene.media} was made"


FOLDER: Final = Check(
    "D14",
    "folder of takes",
    "whether the folder of takes can be written, has room, and is one that Resolve shows",
    {
        "there": Verdict(Level.OK, "takes go to {folder}, {free} are free"),
        "to be made": Verdict(Level.OK, "takes will go to {folder}, which is made with the first one; {free} are free"),
        "full": Verdict(Level.WARN, "takes go to {folder}, and only {free} are free", "Make room on that disk"),
        "hidden": Verdict(
            Level.WARN,
            "takes go to {folder}; Resolve's media storage does not show folders that begin with a dot",
            "Name another one: cutaway davinci panel --folder FOLDER",
        ),
        "shut": Verdict(
            Level.FAIL, "takes go to {folder}, and {there} cannot be written", "Make {there} yours to write"
        ),
    },
    _folder,
    mend=_made,
    mends=("to be made",),
)
