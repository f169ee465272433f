"""A media file opened for reading, and what is refused before a frame is decoded.

FFmpeg only ever gets a file that we opened ourselves, with the demuxer that its first bytes call
for and with decoders from a short list. No name and no address reaches it.
"""

from __future__ import annotations

import os
import struct
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from cutaway.errors import CutawayError, MediaError, UnreadableMedia
from cutaway.media.extra import av
from cutaway.media.sniff import HEAD_BYTES, Container, sniff
from cutaway.timebase import MAX_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.video.stream import VideoStream

MAX_SIDE: Final = 8192
MAX_PIXELS: Final = 50_000_000

PICTURE_CODECS: Final = (
    "h264", "hevc", "vp8", "vp9", "av1", "prores", "dnxhd", "mjpeg", "mpeg4", "mpeg2video", "ffv1",
    "png", "qtrle", "rawvideo", "v210", "cfhd", "huffyuv", "ffvhuff",
)  # fmt: skip
SOUND_CODECS: Final = (
    "aac", "mp3", "opus", "vorbis", "flac", "alac", "ac3", "eac3",
    "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_u8",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """What a film may be to be read. Pictures have `MAX_SIDE` and `MAX_PIXELS`."""

    side: int = MAX_SIDE
    pixels: int = MAX_PIXELS
    seconds: int = 600
    streams: int = 8
    """Of pictures and of sound."""
    all_streams: int = 16
    """With those that are never opened: timecode, subtitles, what a telephone measured while it filmed."""
    codecs: tuple[str, ...] = PICTURE_CODECS
    counted: int | None = None
    """Pixels that are decoded to count the frames of a film that gives them no times."""

    @property
    def frames(self) -> int:
        return self.seconds * MAX_RATE


FOOTAGE: Final = Limits()
"""What lies on somebody's own disk."""
UPLOADS: Final = Limits(
    side=4096, pixels=4096 * 4096, seconds=60, streams=4,
    codecs=("h264", "hevc", "vp8", "vp9", "av1", "prores", "dnxhd", "mjpeg", "ffv1"), counted=500_000_000,
)  # fmt: skip
"""What strangers send. No video that a server of ours makes is larger, longer or faster."""

_OVERHANG: Final = 1
"""Seconds that sound may go on behind the pictures, whose own length is counted later."""
_TITLES: Final[dict[str, Any]] = {} if int(av.__version__.split(".")[0]) >= 19 else {"metadata_errors": "replace"}
"""Names in a file that are no text are no reason to refuse it; from PyAV 19 on they are not looked at unasked."""
_OTHER_DECODERS: Final = (*SOUND_CODECS, "libdav1d", "libvpx", "libvpx-vp9", "mp3float", "libopus")

_DECODING_FAULTS: Final = (
    av.error.FFmpegError, OSError, EOFError, ValueError, LookupError, ArithmeticError, RuntimeError,
    SyntaxError, struct.error,
)  # fmt: skip
"""What PyAV and Pillow raise over damaged files: far more than FFmpeg's own errors."""


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Whatever a damaged file makes the libraries raise becomes an `UnreadableMedia` that names the file."""
    try:
        yield
    except CutawayError:
        raise
    except MemoryError as fault:
        raise UnreadableMedia(f"{path.name} needs more memory to be read than there is", source=path) from fault
    except _DECODING_FAULTS as fault:
        reason = getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
        raise UnreadableMedia(
            f"{path.name} begins like a media file and cannot be read: {reason}. "
            "It is damaged or incomplete; export it again from where it came from.",
            source=path,
        ) from fault


def open_file(path: str | os.PathLike[str]) -> tuple[Path, BinaryIO]:
    """The file at `path`, opened for reading.

    Raises:
        MediaError: there is none, or it may not be read.
    """
    path = Path(path)
    try:
        return path, path.open("rb")
    except OSError as fault:
        raise MediaError(f"{path} cannot be opened: {fault.strerror}", source=path) from fault


def container_of(path: Path, file: BinaryIO) -> Container:
    """What the file is, by its first bytes; leaves it rewound.

    Raises:
        UnreadableMedia: nothing we read.
    """
    head = file.read(HEAD_BYTES)
    file.seek(0)
    container = sniff(head)
    if container is None:
        found = f"{head[:12]!r}" if head else "nothing: the file is empty"
        raise UnreadableMedia(
            f"{path.name} is no picture or video that cutaway reads (MP4, MOV, MKV, WebM, AVI, PNG, JPEG, WebP, GIF, "
            f"TIFF); it begins with {found}",
            source=path,
        )
    return container


def open_container(path: Path, file: BinaryIO, container: Container, limits: Limits = FOOTAGE) -> InputContainer:
    """`file` demuxed as the kind it was recognised as, its streams within the limits; nothing decoded by strangers."""
    opened: InputContainer = av.open(
        file,
        "r",
        format=container.demuxer,
        options={
            "codec_whitelist": ",".join((*limits.codecs, *_OTHER_DECODERS)),
            "format_whitelist": container.demuxer,
            "protocol_whitelist": "",
            "max_pixels": str(limits.pixels),
        },
        **_TITLES,
    )
    try:
        _check_header(path, opened, limits)
        if container.demuxer == "mov":
            _check_whole(path, file, opened)
    except UnreadableMedia:
        opened.close()
        raise
    return opened


def _check_header(path: Path, opened: InputContainer, limits: Limits) -> None:
    every = len(opened.streams)
    seen_or_heard = len(opened.streams.video) + len(opened.streams.audio)
    if seen_or_heard > limits.streams or every > limits.all_streams:
        raise UnreadableMedia(
            f"{path.name} holds {every} streams, {seen_or_heard} of them pictures and sound; "
            f"up to {limits.all_streams} and {limits.streams} are read",
            source=path,
        )
    duration = Fraction(opened.duration or 0, av.time_base)
    if duration > limits.seconds + _OVERHANG:
        raise UnreadableMedia(
            f"{path.name} says it lasts {float(duration):.0f} s; up to {limits.seconds} s are read. Cut it first.",
            source=path,
        )


def _check_whole(path: Path, file: BinaryIO, opened: InputContainer) -> None:
    """The header of an MP4 lists where each frame lies; one behind the end of the file means that the rest is missing.

    Raises:
        UnreadableMedia: the file was cut off.
    """
    size = os.fstat(file.fileno()).st_size
    entries = [entry for stream in opened.streams.video for entry in stream.index_entries]
    missing = sum(entry.pos + entry.size > size for entry in entries)
    if missing:
        raise UnreadableMedia(
            f"{path.name} is cut off: {missing} of its {len(entries)} frames lie behind the end of the file. "
            "Copy or download it again.",
            source=path,
        )


def picture_stream(path: Path, opened: InputContainer, limits: Limits = FOOTAGE) -> VideoStream:
    """The video stream of a container: the first that is no cover picture, with a codec from the list.

    Raises:
        UnreadableMedia: there is none, or it is coded in a way, or a size, that is not read.
    """
    attached = av.stream.Disposition.attached_pic
    streams = [stream for stream in opened.streams.video if not stream.disposition & attached]
    if not streams:
        raise UnreadableMedia(f"{path.name} holds no video stream", source=path)
    stream = streams[0]
    codec = stream.codec_context.codec.canonical_name if stream.codec_context is not None else "an unknown codec"
    if codec not in limits.codecs:
        raise UnreadableMedia(
            f"{path.name} is coded as {codec}, which is not read; convert it to H.264, ProRes or DNxHR", source=path
        )
    check_size(path, stream.codec_context.width, stream.codec_context.height, limits)
    return stream


def check_size(path: Path, width: int, height: int, limits: Limits = FOOTAGE) -> None:
    """Refuses, before anything is decoded, what would not fit into memory.

    Raises:
        UnreadableMedia: no pixels, or too many.
    """
    if not (0 < width <= limits.side and 0 < height <= limits.side and width * height <= limits.pixels):
        raise UnreadableMedia(
            f"{path.name} says it is {width}x{height}; sizes up to {limits.side} pixels on a side and "
            f"{limits.pixels / 1_000_000:.3g} megapixels are read",
            source=path,
        )
