"""Media in the pool, in bins of our own: Cutaway/<timeline>."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.listing import same_file
from cutaway_davinci.agent.trouble import MEDIA, Trouble, said

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "Cutaway"


def clip_for(pool: Any, timeline: str, path: str) -> Any:
    """The clip of a file: the one that is there, or imported into our bin. The bin that was open is open afterwards.

    Raises:
        Trouble: Resolve does not take the file.
    """
    if not Path(path).is_file():
        raise Trouble(MEDIA, f"there is no file {path}")
    found = _there(said(pool.GetRootFolder(), "what is in the media pool"), path)
    if found is not None:
        return found
    with _open_bin(pool, timeline):
        made = pool.ImportMedia([{"FilePath": path}]) or []
    clip = next((one for one in made if one is not None and one.GetUniqueId()), None)
    if clip is None or not same_file(str(clip.GetClipProperty("File Path") or ""), path):
        raise Trouble(
            MEDIA,
            f"Resolve does not take {path}. Free on Linux reads no H.264, H.265 or AAC: render as DNxHR there",
        )
    return clip


def _there(folder: Any, path: str) -> Any | None:
    """A clip of this very file, anywhere below a bin: importing again would make a second one."""
    for clip in folder.GetClipList() or []:
        if same_file(str(clip.GetClipProperty("File Path") or ""), path):
            return clip
    for below in folder.GetSubFolderList() or []:
        found = _there(below, path)
        if found is not None:
            return found
    return None


@contextmanager
def _open_bin(pool: Any, timeline: str) -> Iterator[None]:
    """Our bin as the open one; imports go there and nowhere else."""
    before = pool.GetCurrentFolder()
    folder = _below(pool, _below(pool, pool.GetRootFolder(), ROOT), timeline)
    pool.SetCurrentFolder(folder)
    if said(pool.GetCurrentFolder(), "which bin is open").GetUniqueId() != folder.GetUniqueId():
        raise Trouble(MEDIA, f"Resolve does not open the bin {ROOT}/{timeline}; nothing was imported")
    try:
        yield
    finally:
        if before is not None:
            pool.SetCurrentFolder(before)


def _below(pool: Any, folder: Any, name: str) -> Any:
    for there in folder.GetSubFolderList() or []:
        if there.GetName() == name:
            return there
    return said(pool.AddSubFolder(folder, name), f"that the bin {name} was made")
