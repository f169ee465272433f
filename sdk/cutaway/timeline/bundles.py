"""A timeline together with its media: `.otioz` (a ZIP) and `.otiod` (a folder), as OpenTimelineIO lays them out.

    cut.otioz
        content.otio         the timeline; its media are named media/<file>
        version.txt          1.0.0
        media/               every file it shows, and every take it could show

Ours carries all takes of a clip, where the library's own carries only the active one. Extraction writes
below the folder it was given and nowhere else; a bundle that tries otherwise is refused whole.
"""

from __future__ import annotations

import json
import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from cutaway.errors import TimelineError, UnreadableTimeline
from cutaway.timeline.cutting import closed, opened_once
from cutaway.timeline.doc import MAX_BYTES, Document, children, member, with_children
from cutaway.timeline.rope import Element, Leaf, Node, Obj

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTENT: Final = "content.otio"
MEDIA: Final = "media"
VERSION: Final = "1.0.0"
MAX_ENTRIES: Final = 10_000
MAX_RATIO: Final = 100
"""How much larger than its packed form an entry may be, beyond a first megabyte, and all of them than the bundle."""
MAX_TIMELINE_RATIO: Final = 200
"""The same of the timeline: one of thousands of shots is packed to a hundredth."""


MEDIA_SUFFIXES: Final = frozenset({
    ".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mxf", ".mts", ".m2ts", ".ts", ".mpg", ".mpeg", ".wmv", ".flv",
    ".3gp", ".gif", ".r3d", ".braw", ".ari", ".arx", ".crm", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr",
    ".dpx", ".cin", ".webp", ".bmp", ".tga", ".heic", ".heif", ".avif", ".dng", ".psd", ".svg", ".hdr", ".jp2",
    ".wav", ".bwf", ".aif", ".aiff", ".caf", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".opus", ".w64", ".srt",
    ".vtt", ".ttml", ".ass",
})  # fmt: skip
"""What a bundle takes along. A timeline from elsewhere may name a key or a password file as its footage."""
_A_MEGABYTE: Final = 1 << 20


class BundleError(TimelineError):
    """A bundle that cannot be made or must not be unpacked; nothing was left behind."""


def open_bundle(path: Path) -> Document:
    """The timeline in a bundle. Its media stay where they are; `extract` brings them along.

    Raises:
        UnreadableTimeline: no bundle, or one without a timeline.
    """
    if path.is_dir():
        return Document.open(path / CONTENT)
    try:
        with zipfile.ZipFile(path) as bundle:
            _checked(bundle, path)
            return Document.parse(bundle.read(CONTENT), path=path)
    except KeyError:
        raise UnreadableTimeline(f"{path.name} holds no {CONTENT}", path=path) from None
    except _DAMAGED as error:
        raise _unreadable(path, error) from error


def extract(path: Path, folder: Path) -> Path:
    """Unpacks a bundle into a new folder and returns the timeline in it, whose media are named beside it.

    Raises:
        BundleError: the folder exists, an entry would land outside of it, or there is far more in it than it weighs.
        UnreadableTimeline: no bundle, or a damaged one; or the disk refuses.
    """
    if folder.exists():
        raise BundleError(f"{folder} exists; say a new folder", path=path)
    part = folder.with_name(folder.name + ".part")
    try:
        if path.is_dir():
            shutil.copytree(path, part)
        else:
            with zipfile.ZipFile(path) as bundle:
                _checked(bundle, path)
                for entry in bundle.infolist():
                    target = part.joinpath(*PurePosixPath(entry.filename).parts)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    if not entry.is_dir():
                        with bundle.open(entry) as packed, target.open("wb") as unpacked:
                            shutil.copyfileobj(packed, unpacked)
        part.replace(folder)
    except BaseException as error:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, _DAMAGED):
            raise _unreadable(path, error) from error
        raise
    return folder / CONTENT


def bundle(document: Document, path: Path, locate: Callable[[str], Path | None]) -> tuple[str, ...]:
    """Writes a timeline and its media as a bundle; returns what was not found, or is no media by its name.

    Those stay named as they were.

    Args:
        document: the timeline.
        path: `.otioz` or `.otiod`; must not exist.
        locate: from a target_url to a file here, or None.

    Raises:
        BundleError: the path exists.
    """
    if path.exists():
        raise BundleError(f"{path} exists; a bundle is never written over something else", path=path)
    names: dict[str, str] = {}
    files: dict[str, Path] = {}
    missing: list[str] = []

    def packed(url: str) -> str:
        if url not in names:
            found = locate(url)
            if found is None or found.suffix.lower() not in MEDIA_SUFFIXES:
                missing.append(url)
                names[url] = url
            else:
                name = _free_name(found.name, set(files))
                files[name] = found
                names[url] = f"{MEDIA}/{name}"
        return names[url]

    text = with_urls(document, packed).text()
    part = path.with_name(path.name + ".part")
    try:
        if path.suffix.lower() == ".otiod":
            (part / MEDIA).mkdir(parents=True)
            (part / CONTENT).write_text(text, encoding="utf-8", newline="")
            for name, file in files.items():
                shutil.copyfile(file, part / MEDIA / name)
        else:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED, allowZip64=True) as out:
                out.writestr(zipfile.ZipInfo(CONTENT), text, zipfile.ZIP_DEFLATED)
                out.writestr("version.txt", VERSION)
                for name, file in files.items():
                    out.write(file, f"{MEDIA}/{name}")
        part.replace(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True) if part.is_dir() else part.unlink(missing_ok=True)
        raise
    return tuple(missing)


def with_urls(document: Document, renamed: Callable[[str], str]) -> Document:
    """The same timeline with other media URLs, in every reference of every clip; all else keeps its text."""
    timeline = document.timeline
    stack = timeline.get("tracks")
    if not isinstance(stack, Obj):
        return document
    return document.with_timeline(timeline.with_field("tracks", _renamed(stack, renamed)))


def _renamed(node: Node, renamed: Callable[[str], str]) -> Node:
    if isinstance(node, Obj):
        elements = tuple(Element(e.lead, _renamed(e.node, renamed)) for e in children(node))
        return with_children(node, elements) if elements else node
    if not isinstance(node, Leaf) or not any(_urls(node)):
        return node
    opened = opened_once(node)
    for key in ("media_reference", "media_references"):
        value = member(node, key)
        if isinstance(value, dict):
            changed = json.loads(json.dumps(value))
            for reference in [changed] if key == "media_reference" else changed.values():
                url = reference.get("target_url") if isinstance(reference, dict) else None
                if isinstance(url, str) and url:
                    reference["target_url"] = renamed(url)
            if changed != value:
                opened = opened.with_field(key, Leaf.new(changed))
    return closed(opened)


def _urls(node: Node) -> Iterator[str]:
    """The URLs of every media reference of a clip."""
    several: Any = member(node, "media_references")
    one: Any = member(node, "media_reference")
    for reference in [*(several.values() if isinstance(several, dict) else []), one]:
        url = reference.get("target_url") if isinstance(reference, dict) else None
        if isinstance(url, str) and url:
            yield url


def _free_name(name: str, taken: set[str]) -> str:
    """A file name nobody else in the bundle has, in characters every tool takes."""
    stem, suffix = Path(name).stem, Path(name).suffix
    clean = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in stem) or "media"
    candidate, n = clean + suffix, 1
    while candidate in taken:
        n += 1
        candidate = f"{clean}-{n}{suffix}"
    return candidate


_DAMAGED: Final = (OSError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading an archive raises where it is damaged, packed in another way, or wants a password."""


def _unreadable(path: Path, error: BaseException) -> UnreadableTimeline:
    return UnreadableTimeline(f"{path.name} is not a bundle that can be read: {error}", path=path)


def _checked(bundle: zipfile.ZipFile, path: Path) -> None:
    """Refuses a bundle whose entries would leave its folder, are too many, or swell beyond reason."""
    entries = bundle.infolist()
    if len(entries) > MAX_ENTRIES:
        raise BundleError(f"{path.name} holds {len(entries)} entries; at most {MAX_ENTRIES} are unpacked", path=path)
    for entry in entries:
        name = PurePosixPath(entry.filename)
        raw = getattr(entry, "orig_filename", entry.filename)
        outside = name.is_absolute() or ".." in name.parts or "\\" in raw or ":" in raw or "\0" in raw
        is_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
        if outside or is_link:
            raise BundleError(f"{path.name} names {raw!r}, which lies outside of it; it was not unpacked", path=path)
        ratio = MAX_TIMELINE_RATIO if entry.filename == CONTENT else MAX_RATIO
        if entry.file_size > _A_MEGABYTE and entry.file_size > ratio * max(1, entry.compress_size):
            raise BundleError(
                f"{path.name}: {raw!r} swells from {entry.compress_size} to {entry.file_size} bytes", path=path
            )
        if entry.filename == CONTENT and entry.file_size > MAX_BYTES:
            raise BundleError(f"{path.name}: its timeline is larger than {MAX_BYTES >> 30} GiB", path=path)
    size = path.stat().st_size
    packed, unpacked = (sum(getattr(one, what) for one in entries) for what in ("compress_size", "file_size"))
    if packed > size or unpacked > max(_A_MEGABYTE, MAX_TIMELINE_RATIO * size):
        raise BundleError(
            f"{path.name} has {size} bytes and says that {packed} of them hold {unpacked}; it was not unpacked",
            path=path,
        )
