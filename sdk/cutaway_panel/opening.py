"""A cut named by its file, opened for the panel. Called on the host's thread; no Qt.

    Desk(lambda: open_file(Path("cut.otio")), AsyncCutaway)

An `.otio` file is worked on itself. Of another format a copy is made beside it, `cut.xml.otio`, and gone on with
when the same cut is opened again; the cut itself is never written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway.errors import UnreadableTimeline
from cutaway.hosts.otio_file import FileHost
from cutaway.timeline.adapters import BUNDLES, FORMATS, read_other
from cutaway_panel.state import Mode

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.hosts.base import Host

OTIO: Final = ".otio"


def suffixes() -> tuple[str, ...]:
    """What can be opened, `.otio` first."""
    return (OTIO, *(suffix for found in FORMATS.values() for suffix in found.suffixes))


def open_file(path: Path) -> tuple[Mode, Host]:
    """The host of a cut.

    Raises:
        UnreadableTimeline: there is no such file, it is packed, or nothing reads it.
    """
    return Mode.FILES, FileHost(worked_on(path), folders=(path.parent,))


def worked_on(path: Path) -> Path:
    """The `.otio` file that is edited for a cut: itself, or the copy of it, which is made if there is none yet."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UnreadableTimeline(f"{path} {what}; name a timeline: {', '.join(suffixes())}", path=path)
    if path.suffix.lower() == OTIO:
        return path
    copy = path.with_name(path.name + OTIO)
    if copy.exists():
        return copy
    if path.suffix.lower() in BUNDLES:
        raise UnreadableTimeline(
            f"{path.name} is packed; unpack it first: cutaway timeline convert {path.name} -o {path.stem}{OTIO}",
            path=path,
        )
    read_other(path).document.save(copy, backup=False)
    return copy
