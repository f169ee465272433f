"""What a media file is: measured from its packets and its first frame, not believed from its header."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from av.video.reformatter import ColorRange

from cutaway.media.colour import MATRIX_NAMES, PRIMARIES_NAMES, TRANSFER_NAMES, has_alpha, is_full_range, orientation
from cutaway.media.film import Film
from cutaway.media.source import FOOTAGE, Limits, check_size, container_of, faults_of, open_file
from cutaway.media.still import Still

if TYPE_CHECKING:
    import os

    from cutaway.media.extra import av
    from cutaway.media.sniff import Container
    from cutaway.timebase import Frames, Rate
    from cutaway.wire import MediaFacts


@dataclass(frozen=True, slots=True)
class Colour:
    """How code values become light, in the words of H.273; None where the file does not say."""

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    range: Literal["full", "limited"] | None = None


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What is in a file.

    `width` and `height` are what a viewer sees: orientation applied, pixels made square by stretching
    the width. `rotation` is what was turned for that, in degrees clockwise. `frames` is exact. A still
    has one frame, no rate and no duration; a variable rate is the mean rate of the frames.
    `duration` is in seconds, from the first frame's start to the last one's end.
    """

    kind: Literal["image", "video"]
    container: str
    codec: str
    width: int
    height: int
    frames: Frames
    rate: Rate | None
    variable_rate: bool
    duration: Fraction
    rotation: int
    pixel_format: str
    bit_depth: int
    has_alpha: bool
    has_audio: bool
    audio_rate: int | None
    audio_channels: int | None
    colour: Colour

    def facts(self) -> MediaFacts:
        """What of this travels in an answer about an uploaded file."""
        from cutaway.wire import MediaFacts

        return MediaFacts.model_validate(self.told())

    def told(self) -> dict[str, str | int | float | None]:
        """The members of `facts`, for a process that only prints them: to load pydantic would double its time."""
        return {
            "kind": self.kind,
            "width": self.width,
            "height": self.height,
            "frames": self.frames,
            "fps": None if self.rate is None else str(self.rate),
            "duration_s": float(self.duration) if self.kind == "video" else None,
            "has_audio": self.has_audio,
            "has_alpha": self.has_alpha,
        }


def probe(path: str | os.PathLike[str], container: Container | None = None, limits: Limits = FOOTAGE) -> MediaInfo:
    """What the file at `path` is. `container` is what `sniff` said, where somebody has asked already.

    Reads every packet once and decodes one frame.

    Raises:
        MediaError: no such file.
        UnreadableMedia: nothing that is read, damaged, or beyond the limits of `cutaway.media.source`.
    """
    where, file = open_file(path)
    with file, faults_of(where):
        kind = container or container_of(where, file)
        if kind.kind == "image":
            still = Still(where, file, kind)
            still.check()
            return still_info(still, kind)
        film = Film(where, file, kind, limits)
        try:
            return film_info(film, film.frame(0), kind, limits)
        finally:
            film.close()


def still_info(still: Still, container: Container) -> MediaInfo:
    return MediaInfo(
        kind="image",
        container=container.name,
        codec=container.name,
        width=still.size[0],
        height=still.size[1],
        frames=1,
        rate=None,
        variable_rate=False,
        duration=Fraction(0),
        rotation=still.rotation,
        pixel_format=still.mode,
        bit_depth=16 if still.mode.startswith("I") else 8,
        has_alpha=still.has_alpha,
        has_audio=False,
        audio_rate=None,
        audio_channels=None,
        colour=Colour(matrix="rgb", range="full"),
    )


def film_info(film: Film, first: av.VideoFrame, container: Container, limits: Limits = FOOTAGE) -> MediaInfo:
    """From the index of a film and its first frame."""
    width, height = square_size(film, first, limits)
    matrix = orientation(first)
    if matrix[1]:
        width, height = height, width
    sound = next(iter(film.stream.container.streams.audio), None)
    return MediaInfo(
        kind="video",
        container=container.name,
        codec=film.codec,
        width=width,
        height=height,
        frames=len(film.index),
        rate=film.index.rate,
        variable_rate=film.index.variable,
        duration=film.index.seconds_at(len(film.index)),
        rotation=round(math.degrees(math.atan2(matrix[1], matrix[0]))) % 360,
        pixel_format=first.format.name,
        bit_depth=max(component.bits for component in first.format.components),
        has_alpha=has_alpha(first.format.name),
        has_audio=sound is not None,
        audio_rate=sound.codec_context.sample_rate if sound is not None and sound.codec_context else None,
        audio_channels=sound.codec_context.channels if sound is not None and sound.codec_context else None,
        colour=Colour(
            primaries=PRIMARIES_NAMES.get(int(first.color_primaries)),
            transfer=TRANSFER_NAMES.get(int(first.color_trc)),
            matrix=MATRIX_NAMES.get(int(first.colorspace)),
            range=_range(first),
        ),
    )


def _range(frame: av.VideoFrame) -> Literal["full", "limited"] | None:
    if is_full_range(frame):
        return "full"
    return "limited" if frame.color_range == ColorRange.MPEG else None


def square_size(film: Film, first: av.VideoFrame, limits: Limits = FOOTAGE) -> tuple[int, int]:
    """The size of a frame before orientation, its pixels made square.

    Raises:
        UnreadableMedia: a pixel shape that makes a picture of no size, or too large a one.
    """
    aspect = film.stream.sample_aspect_ratio or Fraction(1)
    width = first.width if aspect <= 0 else min(round(first.width * aspect), limits.side + 1)
    check_size(film.path, width, first.height, limits)
    return width, first.height
