"""Frames in, a finished file out: in constant memory, of exactly the size, rate and count that was asked.

    with Writer(path, width=1280, height=720, rate=Rate.parse(24)) as writer:
        for chunk in painted:
            writer.write(chunk)
        written = writer.finish()

Frames go to `<path>.part`; only a finished, synced file takes the real name. The encoder works in a
thread of its own, a few frames behind, so that painting goes on meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

from cutaway.errors import CutawayError, MediaError
from cutaway.media.extra import av, np
from cutaway.media.movie import Movie
from cutaway.media.sequence import Sequence as ImageSequence
from cutaway.media.size import check_size
from cutaway.media.sound import Recording, SoundPiece, SoundTrack
from cutaway.wire import OutputFormat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from fractions import Fraction

    from cutaway.media.extra import Pixels
    from cutaway.timebase import Frames, Rate

__all__ = ["Recording", "SoundPiece", "Writer", "Written"]

_WAITING: Final = 2
"""Frames between the painter and the encoder. More would only be memory."""


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file. `duration` is in seconds, `bytes` and `sha256` are of the file as it lies on disk."""

    path: Path
    frames: Frames
    bytes: int
    sha256: str
    duration: Fraction


class Encoder(Protocol):
    """What takes frames in order and leaves a whole file behind."""

    def add(self, frame: av.VideoFrame) -> None: ...
    def finish(self) -> None: ...
    def close(self) -> None:
        """Lets go of the file, whole or not. May be called twice."""
        ...


class Writer:
    """Writes one video. Leaving the block without `finish()` leaves no file.

    `sound` lays pieces of other files on one track as long as the picture; None makes no track. More may be
    laid with `add_sound` as long as their picture is not written.
    `metadata` goes into the container (`title`, `comment`, ...).

    Raises:
        UnsupportedSize: the format cannot hold this size; nothing was written.
        MediaError: the file cannot be written, or a piece of sound cannot be read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        width: int,
        height: int,
        rate: Rate,
        format: OutputFormat = OutputFormat.MP4,  # noqa: A002 - the wire's word for it
        sound: Sequence[SoundPiece] | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        check_size(width, height, format)
        self.path = Path(path)
        self.part = self.path.with_name(self.path.name + ".part")
        self._shape = (height, width, 3)
        self._rate = rate
        self._frames = 0
        self._written: Written | None = None
        self._closed = False
        self._fault: BaseException | None = None
        track = self._track = None if sound is None else SoundTrack(sound)
        try:
            self._encoder: Encoder = (
                ImageSequence(self.part, rate=rate, track=track)
                if format is OutputFormat.PNG
                else Movie(
                    self.part, width=width, height=height, rate=rate, format=format, track=track, metadata=metadata
                )
            )
        except (OSError, ValueError) as fault:
            self.part.unlink(missing_ok=True)
            raise MediaError(f"{self.part} cannot be written: {fault}", source=self.part) from fault
        self._queue: queue.Queue[av.VideoFrame | None] = queue.Queue(maxsize=_WAITING)
        self._thread = threading.Thread(target=self._encode, name=f"encode {self.path.name}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()

    def write(self, chunk: Pixels) -> None:
        """Appends frames: (n, H, W, 3) or one (H, W, 3), RGB uint8. The array may be reused at once.

        Raises:
            MediaError: another shape than this video has, or the encoder stopped (disk full, damaged sound).
        """
        frames = chunk[None] if chunk.ndim == 3 else chunk
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[1:] != self._shape:
            height, width, _ = self._shape
            raise MediaError(
                f"frames of {width}x{height} are (n, {height}, {width}, 3) uint8, not {chunk.shape} {chunk.dtype}"
            )
        if self._closed:
            raise MediaError(f"{self.path.name} is finished and takes no more frames", source=self.path)
        for pixels in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts = self._frames
            self._hand_over(frame)
            self._frames += 1

    def add_sound(self, recording: Recording) -> None:
        """Lays one more piece of sound. It has to come before the frame it is heard with, and may begin up to
        `SoundTrack.PATIENCE` before that.

        Raises:
            MediaError: it comes too late, or this video was opened without a track.
        """
        if self._track is None:
            raise MediaError(f"{self.path.name} was opened without a sound track", source=self.path)
        self._track.add(recording)

    def finish(self) -> Written:
        """Waits for the encoder, makes the file whole and durable, and gives it its name.

        Raises:
            MediaError: no frames were written, or the encoder stopped.
        """
        if self._written is not None:
            return self._written
        if self._closed:
            raise MediaError(f"{self.path.name} was given up and cannot be finished", source=self.path)
        try:
            if not self._frames:
                raise MediaError(f"{self.path.name} got no frames; a video has at least one", source=self.path)
            self._hand_over(None)
            self._thread.join()
            self._check()
            size, digest = _synced(self.part)
            self.part.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as fault:
            self.abort()
            raise MediaError(f"{self.path} cannot be written: {fault}", source=self.path) from fault
        except BaseException:
            self.abort()
            raise
        self._closed = True
        self._written = Written(self.path, self._frames, size, digest, self._frames / self._rate.fraction)
        return self._written

    def abort(self) -> None:
        """Gives the video up and removes what was written of it. Does nothing after `finish()`."""
        if self._closed:
            return
        self._closed = True
        if self._thread.is_alive():
            self._fault = self._fault or MediaError("given up")
            self._queue.put(None)
            self._thread.join()
        self.part.unlink(missing_ok=True)

    def _hand_over(self, frame: av.VideoFrame | None) -> None:
        self._check()
        self._queue.put(frame)
        self._check()

    def _check(self) -> None:
        if isinstance(self._fault, CutawayError):
            raise self._fault
        if self._fault is not None:
            raise MediaError(f"{self.path.name} could not be encoded: {self._fault}", source=self.path) from self._fault

    def _encode(self) -> None:
        """The encoder's thread. After a fault it goes on emptying the queue, so that nobody waits for it."""
        while (frame := self._queue.get()) is not None:
            if self._fault is None:
                self._attempt(self._encoder.add, frame)
        if self._fault is None:
            self._attempt(self._encoder.finish)
        self._attempt(self._encoder.close)

    def _attempt(self, step: Callable[..., None], *arguments: av.VideoFrame) -> None:
        try:
            step(*arguments)
        except Exception as fault:  # noqa: BLE001 - carried over to the caller's thread
            self._fault = self._fault or fault


def _synced(path: Path) -> tuple[int, str]:
    """Size and sha256 of a file, once it is on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """A rename is durable when its folder is; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
