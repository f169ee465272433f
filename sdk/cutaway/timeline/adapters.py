"""Other formats, through opentimelineio and its adapters (extra: timeline).

    converted = read_other("cut.edl", rate="25")
    converted.document, converted.lost
    write_other(document, "cut.xml")

An adapter is named by the format, never left to the suffix alone: two of them claim `.fcpxml`, and which
others are installed would decide. What a format cannot hold is counted before and after and said. Media
linkers and hooks of other packages are not run.
"""

from __future__ import annotations

import gc
import json
import sys
import warnings
from collections import Counter
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

from cutaway.errors import MissingExtra, TimelineError, UnreadableTimeline
from cutaway.timebase import Rate
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index

if TYPE_CHECKING:
    from cutaway.timebase import RateLike


@dataclass(frozen=True)
class Format:
    """A file format: its adapter's name, the package that brings it, and whether it needs to be told the rate."""

    name: str
    adapter: str
    package: str
    suffixes: tuple[str, ...]
    wants_rate: bool = False
    loses: tuple[str, ...] = field(default=())
    """What the format has no place for, whatever the file."""
    writing: dict[str, Any] = field(default_factory=dict)
    """What its adapter has to be told to write any cut."""


FORMATS: Final[dict[str, Format]] = {
    f.name: f
    for f in (
        Format(
            "edl", "cmx_3600", "otio-cmx3600-adapter", (".edl",), wants_rate=True,
            loses=(
                "all tracks but one", "gaps at the end", "the start timecode", "takes", "metadata",
                "markers of tracks and timeline",
            ),
        ),
        Format("fcp7xml", "fcp_xml", "otio-fcp-adapter", (".xml",), loses=("speed changes", "takes", "metadata")),
        Format(
            "fcpxml", "fcpx_xml", "otio-fcpx-xml-adapter", (".fcpxml", ".fcpxmld"),
            loses=("transitions", "speed changes", "the start timecode", "takes", "metadata"),
        ),
        Format(
            "aaf", "AAF", "otio-aaf-adapter", (".aaf",), loses=("metadata",),
            writing={"use_empty_mob_ids": True},  # else only clips that came from an AAF
        ),
    )
}  # fmt: skip
RATES: Final = "23.976, 24, 25, 29.97 or 30, most often"
_POINTS_BACK: Final = "SerializableObjectRef"
NATIVE: Final = (".otio",)
BUNDLES: Final = (".otioz", ".otiod")


@dataclass(frozen=True)
class Converted:
    """A document read from another format, and what did not come along."""

    document: Document
    format: Format
    lost: tuple[str, ...]


def format_of(path: Path | str, name: str | None = None) -> Format:
    """The format of a file, by the name given or by its suffix.

    Raises:
        UnreadableTimeline: no such format; the message lists those there are.
    """
    path = Path(path)
    known = ", ".join(FORMATS)
    if name is not None:
        if name not in FORMATS:
            raise UnreadableTimeline(f"there is no format {name!r}; the formats: {known}", path=path)
        return FORMATS[name]
    for found in FORMATS.values():
        if path.suffix.lower() in found.suffixes:
            return found
    raise UnreadableTimeline(
        f"{path.name}: nothing reads {path.suffix or 'a file without a suffix'}; the formats: otio, {known}", path=path
    )


def open_any(path: Path | str, *, rate: RateLike | None = None, format_name: str | None = None) -> Document:
    """The document in a file of any format: `.otio` losslessly, bundles by the timeline in them, others by adapter."""
    from cutaway.timeline.bundles import open_bundle

    path = Path(path)
    if format_name is None and path.suffix.lower() in BUNDLES:
        return open_bundle(path)
    if format_name is None and path.suffix.lower() not in {s for f in FORMATS.values() for s in f.suffixes}:
        return Document.open(path)
    return read_other(path, rate=rate, format_name=format_name).document


def read_other(path: Path | str, *, rate: RateLike | None = None, format_name: str | None = None) -> Converted:
    """A file of another format as a document.

    Raises:
        UnreadableTimeline: the adapter does not read it, or finds no timeline in it.
        MissingExtra: opentimelineio or the adapter is not installed.
    """
    path = Path(path)
    found = format_of(path, format_name)
    if not path.exists():
        raise UnreadableTimeline(f"{path} cannot be read: there is no such file", path=path)
    if path.is_file() and path.suffix.lower() in {".xml", ".fcpxml"}:
        _refuse_entities(path)
    otio = _library()
    arguments: dict[str, Any] = {}
    if found.wants_rate and rate is not None:
        arguments["rate"] = Rate.parse(rate).fps
    _installed(otio, found)
    text = problem = ""
    with warnings.catch_warnings(), redirect_stdout(sys.stderr):  # adapters print
        warnings.simplefilter("ignore")
        try:
            read = otio.adapters.read_from_file(
                str(path),
                adapter_name=found.adapter,
                media_linker_name=otio.media_linker.MediaLinkingPolicy.DoNotLinkMedia,
                **arguments,
            )
            text = read.to_json_string(indent=4)
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises
            problem = f"{path.name} cannot be read as {found.name}: {_first(error)}{_at_which_rate(found, rate, error)}"
        if problem:
            gc.collect()  # what an adapter that failed left open is closed here
    if problem:
        raise UnreadableTimeline(problem, path=path)
    document = Document.parse(text, path=path)
    return Converted(document.checked(), found, tuple(f"{found.name} files do not hold {what}" for what in found.loses))


def write_other(
    document: Document, path: Path | str, *, format_name: str | None = None, rate: RateLike | None = None
) -> tuple[str, ...]:
    """Writes a document in another format and returns what did not fit, item by item counted after reading it back.

    Raises:
        UnreadableTimeline: the adapter refuses the document; nothing is left at the path.
    """
    path = Path(path)
    found = format_of(path, format_name)
    otio = _library()
    _installed(otio, found)
    timeline = _spelled_out(to_otio(document), found)
    arguments: dict[str, Any] = (
        found.writing | {"rate": Rate.parse(rate).fps} if found.wants_rate and rate is not None else found.writing
    )
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    try:
        with warnings.catch_warnings(), redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            otio.adapters.write_to_file(timeline, str(part), adapter_name=found.adapter, **arguments)
        part.replace(path)
    except Exception as error:
        part.unlink(missing_ok=True)
        raise UnreadableTimeline(f"{found.name} cannot hold this timeline: {_first(error)}", path=path) from error
    try:
        again = read_other(path, rate=rate, format_name=found.name).document
    except UnreadableTimeline as error:
        return (f"the {found.name} file was written and cannot be read back: {error}",)
    return (*_lost(to_otio(document), to_otio(again)), *_moved(document, again, rate))


def to_otio(document: Document) -> Any:
    """The document as an opentimelineio object.

    Raises:
        UnreadableTimeline: the installed opentimelineio does not read it (a newer schema, most often).
    """
    otio = _library()
    text = document.text()
    if _POINTS_BACK in text or ("\\u" in text and _POINTS_BACK in json.dumps(json.loads(text))):
        raise UnreadableTimeline(
            f"parts of this timeline stand for other parts of it ({_POINTS_BACK}), and opentimelineio does not live "
            "through a circle of them; save it again without them",
            path=document.path,
        )
    try:
        return otio.adapters.read_from_string(text, "otio_json")
    except Exception as error:
        raise UnreadableTimeline(
            f"opentimelineio {otio.__version__} does not read this file: {_first(error)}", path=document.path
        ) from error


def from_otio(timeline: Any) -> Document:
    """An opentimelineio object as a document."""
    return Document.parse(timeline.to_json_string(indent=4))


def _refuse_entities(path: Path) -> None:
    """An XML document that defines words of its own may grow without end, or read other files.

    Raises:
        UnreadableTimeline: it does.
    """

    def refuse(name: str, *_more: object) -> None:
        raise UnreadableTimeline(
            f"{path.name} defines an entity of its own ({name[:40]}), which no editor writes; it was not read",
            path=path,
        )

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    with path.open("rb") as file, suppress(expat.ExpatError):  # what else is wrong with it, its adapter says
        parser.ParseFile(file)


def _lost(before: Any, after: Any) -> tuple[str, ...]:
    """What is in the first timeline and not in the second, counted by kind."""
    then, now = _counted(before), _counted(after)
    return tuple(f"{then[what] - now[what]} of {then[what]} {what}" for what in then if now[what] < then[what])


def _moved(before: Document, after: Document, rate: RateLike | None) -> tuple[str, ...]:
    """What is another start or another length than it was, in frames."""
    try:
        then, now = Index.of(before, rate=rate), Index.of(after, rate=rate)
    except TimelineError:
        return ()
    said = []
    if then.start != now.start:
        said.append(f"the start timecode: it starts at frame {now.start}, and was at {then.start}")
    if then.duration != now.duration:
        said.append(f"the length: {now.duration} frames, and was {then.duration}")
    return tuple(said)


def _spelled_out(timeline: Any, found: Format) -> Any:
    """The same timeline, as an adapter can write it: every item says its trim, and AAF has only its own transitions."""
    otio = _library()
    for track in timeline.tracks if isinstance(timeline, otio.schema.Timeline) else ():
        for item in track.find_children(descended_from_type=otio.core.Item):
            with suppress(otio.exceptions.OTIOError):
                item.source_range = item.source_range or item.trimmed_range()
        if found.name == "aaf":
            for n in reversed(range(len(track))):
                if isinstance(track[n], otio.schema.Transition) and "AAF" not in track[n].metadata:
                    del track[n]
    return timeline


def _counted(timeline: Any) -> Counter[str]:
    otio = _library()
    counted: Counter[str] = Counter()
    tracks = getattr(timeline, "tracks", None)
    for track in list(tracks) if tracks is not None else []:
        counted["tracks"] += 1
        for item in track.find_children() if hasattr(track, "find_children") else []:
            if isinstance(item, otio.schema.Transition):
                counted["transitions"] += 1
            elif isinstance(item, otio.schema.Clip):
                counted["clips"] += 1
                counted["speed changes"] += sum(isinstance(e, otio.schema.TimeEffect) for e in item.effects)
                counted["markers"] += len(item.markers)
                counted["clips with metadata"] += bool(len(item.metadata))
                counted["takes"] += max(0, len(item.media_references()) - 1)
    return counted


def _installed(otio: Any, found: Format) -> None:
    names = {adapter.name for adapter in otio.plugins.ActiveManifest().adapters}
    if found.adapter not in names:
        raise MissingExtra("timeline", needed_for=f"{found.name} (the package {found.package})")


def _library() -> Any:
    try:
        import opentimelineio
    except ImportError:
        raise MissingExtra("timeline", needed_for="reading and writing other timeline formats") from None
    return opentimelineio


def _at_which_rate(found: Format, rate: RateLike | None, error: Exception) -> str:
    """What may help where a format does not say its rate, nobody else did, and the trouble may come of it."""
    if not found.wants_rate or rate is not None or isinstance(error, AttributeError | TypeError):
        return ""
    return f". A file of this format does not say its rate, and 24 was tried; say another one with `rate` ({RATES})"


def _first(error: Exception) -> str:
    """The first line of a foreign message, or the name of its kind."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
