"""Clips that have to be encoded before they can be sent: arrays, and the part of a file that a timeline shows.

Both become lossless video. That needs the extra `media`, loaded only then.
"""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeGuard
from urllib.parse import urlsplit
from urllib.request import url2pathname

from cutaway.client.request import FilePart
from cutaway.errors import MediaError
from cutaway.timebase import MAX_RATE, Rate
from cutaway.wire import OutputFormat

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cutaway.timebase import RateLike

ARRAY_RATE: Final = 24
"""Frames per second of a clip given as an array, which carries no rate, unless the call names one."""
AT_ONCE: Final = 8
"""Frames that are decoded at a time."""


class TimelineClip(Protocol):
    """A clip of an OpenTimelineIO timeline, `opentimelineio.schema.Clip`, by what is asked of it here."""

    @property
    def media_reference(self) -> Any: ...
    @property
    def source_range(self) -> Any: ...
    @property
    def effects(self) -> Any: ...


def is_timeline_clip(media: Any) -> TypeGuard[TimelineClip]:
    return all(hasattr(media, name) for name in ("media_reference", "source_range", "effects"))


def of_array(frames: Any, rate: RateLike | None) -> FilePart:
    """A lossless video file of an array (T, H, W, 3)."""
    _, height, width, _ = frames.shape
    return _encoded([frames], width, height, Rate.parse(ARRAY_RATE if rate is None else rate))


def of_timeline(clip: TimelineClip, span: Any = None) -> Path | FilePart:
    """What a timeline shows of a clip's file, as the file itself where that is all of it.

    `span` is a TimeRange in the clip's source time; without it, the clip's own `source_range` counts.

    Raises:
        MediaError: its media are not a file here, are retimed, or end before the range does.
    """
    path = _file_of(clip)
    retimed = [effect for effect in clip.effects if hasattr(effect, "time_scalar")]
    if retimed:
        raise MediaError(f"{path.name}: the clip is retimed ({retimed[0].schema_name()}); render it first", source=clip)
    span = span if span is not None else clip.source_range
    if span is None:
        return path
    available = clip.media_reference.available_range
    begins = _seconds(span.start_time) - (_seconds(available.start_time) if available else 0)
    return _part(path, begins, begins + _seconds(span.duration), clip)


def _part(path: Path, begins: Fraction, ends: Fraction, clip: TimelineClip) -> Path | FilePart:
    """The frames of a file from one time to another, seconds from its first frame."""
    from cutaway.media.decode import Clip

    with Clip(path) as film:
        rate = film.info.rate
        if rate is None:
            return path
        first, end = (round(at * rate.fraction) for at in (begins, ends))
        if (first, end) == (0, len(film)):
            return path
        if not 0 <= first < end <= len(film):
            raise MediaError(
                f"{path.name} has frames 0 to {len(film) - 1}, and the clip shows {first} to {end - 1} of it",
                source=clip,
            )
        chunks = (film.read(at, min(at + AT_ONCE, end)) for at in range(first, end, AT_ONCE))
        return _encoded(chunks, film.info.width, film.info.height, rate)


def _file_of(clip: TimelineClip) -> Path:
    url = getattr(clip.media_reference, "target_url", None)
    if not url:
        raise MediaError("the clip's media are no file: it has no target_url", source=clip)
    parts = urlsplit(url)
    if parts.scheme in {"http", "https"}:
        raise MediaError(f"the clip's media are not on this machine: {url}", source=clip)
    # Editors also write bare paths, unquoted; on Windows the letter of a drive looks like a scheme.
    path = Path(url2pathname(parts.path) if parts.scheme == "file" else url)
    if not path.is_file():
        raise MediaError(f"{path}: the clip's media are not there", source=clip)
    return path


def _seconds(time: Any) -> Fraction:
    """A RationalTime in exact seconds; 23.976 is 24000/1001."""
    ticks = Fraction(time.rate) if time.rate > MAX_RATE else Rate.parse(time.rate).fraction
    return Fraction(time.value) / ticks


def _encoded(chunks: Iterable[Any], width: int, height: int, rate: Rate) -> FilePart:
    from cutaway.media.encode import Writer

    with tempfile.TemporaryDirectory(prefix="cutaway-") as folder:
        path = Path(folder) / "clip.mkv"
        with Writer(path, width=width, height=height, rate=rate, format=OutputFormat.FFV1) as writer:
            for chunk in chunks:
                writer.write(chunk)
            writer.finish()
        # Lossless frames are no larger than the array that they were.
        return FilePart(path.name, path.read_bytes(), "video/x-matroska")
