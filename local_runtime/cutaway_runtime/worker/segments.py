"""What a long job has painted, kept in its folder, so that another attempt goes on behind it.

    segments/mark                  who painted what follows, and from which request
    segments/0003-0000/frames      canvas 3, its part 0: frames, each as what changed since the one before, deflated
    segments/0003-0000/told.json   how many, and what was noted of them
    segments/0003-0000/sound.npz   what is heard with them

A segment has its name once it is whole and on the disk; what a kill leaves of another is removed by the next attempt.
Frames come back as they were painted, bit for bit. All this costs room on the disk, and gives way where there is
little: then another attempt begins anew. What is painted of what is said in `resuming`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from cutaway.wire import Segment
from cutaway_runtime.engine.base import Notes
from cutaway_runtime.jobs.shelf import sync_folder
from cutaway_runtime.models.base import Sound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from io import BufferedRandom
    from pathlib import Path

    from cutaway_runtime.canvas import Pixels

CHUNK: Final = 8
"""Frames read back at a time."""
MARK: Final = "mark"
PART: Final = ".part"
_LENGTH: Final = 4
"""Bytes before each frame that say how many it takes."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """A segment that is whole: `frames` from `start` of a canvas on, and what was told of them."""

    folder: Path
    start: int
    frames: int
    notes: Notes

    def read(self, height: int, width: int) -> Iterator[Pixels]:
        """The frames in chunks (n, H, W, 3) RGB uint8."""
        with (self.folder / "frames").open("rb") as file:
            before = np.zeros((height, width, 3), np.uint8)
            for start in range(0, self.frames, CHUNK):
                chunk = np.empty((min(CHUNK, self.frames - start), height, width, 3), np.uint8)
                for frame in chunk:
                    size = int.from_bytes(file.read(_LENGTH), "little")
                    change = np.frombuffer(zlib.decompress(file.read(size)), np.uint8)
                    np.add(before, change.reshape(frame.shape), out=frame)
                    before = frame.copy()
                yield chunk

    def sounds(self) -> list[tuple[Sound, Fraction]]:
        """What is heard with the frames, and the second of the canvas each begins at."""
        path = self.folder / "sound.npz"
        if not path.exists():
            return []
        with np.load(path, allow_pickle=False) as held:
            told = zip(held["rates"], held["starts"], strict=True)
            return [(Sound(held[f"s{n}"], int(rate)), Fraction(str(at))) for n, (rate, at) in enumerate(told)]


class Segments:
    """Those of one job, in a folder of one attempt. A thread of its own deflates them, so it is closed in the end.

    Args:
        folder: theirs alone; made with the first of them.
        mark: who paints, and what. What bears another one is removed.
        spare: bytes of the disk that are not for them.
    """

    def __init__(self, folder: Path, mark: str, *, spare: int = 0) -> None:
        self._folder = folder
        self._mark = mark
        self._spare = spare
        self._full = False
        self._thread = ThreadPoolExecutor(1, "segments")
        if folder.exists() and _text(folder / MARK) != mark:
            remove(folder)
        for torn in folder.glob(f"*{PART}"):
            remove(torn)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown()

    def get(self, name: str, start: int = 0) -> Kept | None:
        """A segment that begins at frame `start`; None where there is none, or it is not what was written."""
        folder = self._folder / name
        try:
            told = json.loads((folder / "told.json").read_text("utf-8"))
            with (folder / "frames").open("rb") as file:
                whole = told["start"] == start and hashlib.file_digest(file, "sha256").hexdigest() == told["sha256"]
            runs = [Segment.model_validate(run) for run in told["notes"].pop("segments")]
            notes = Notes(**told["notes"], segments=runs)
        except (OSError, ValueError, KeyError, TypeError):
            whole = False
        if not whole:
            remove(folder)
            return None
        return Kept(folder, start, told["frames"], notes)

    def record(self, name: str, start: int = 0) -> Recording | None:
        """A segment from frame `start` of its canvas on, begun; None where there is no room for any."""
        try:
            if not self._has_room():
                return None
            self._begin()
            remove(self._folder / name)
            return Recording(self._folder / name, start, self._thread)
        except OSError as error:
            self.give_way(error)
            return None

    def add(self, recording: Recording | None, chunk: Pixels) -> Recording | None:
        """The same with more frames (n, H, W, 3); None where it had to be given up."""
        if recording is None:
            return None
        try:
            if self._has_room():
                recording.add(chunk)
                return recording
        except OSError as error:
            self.give_way(error)
        recording.discard()
        return None

    def finish(self, recording: Recording | None, notes: Notes, sounds: list[tuple[Sound, Fraction]]) -> None:
        """The segment, whole; or given up, where there is no room for its rest."""
        if recording is None:
            return
        try:
            recording.finish(notes, sounds)
        except OSError as error:
            self.give_way(error)
            recording.discard()

    def give_way(self, error: OSError) -> None:
        """Without these the job still comes to its end: on a full disk they go. Raises `error` if that is not it."""
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise error
        self._full = True
        log.warning("the disk is full: what was painted is not kept for another attempt")
        remove(self._folder)

    def _begin(self) -> None:
        """The folder with its mark; that is there before any segment is."""
        if self._folder.exists():
            return
        self._folder.mkdir(mode=0o700)
        with (self._folder / MARK).open("w", encoding="utf-8") as file:
            file.write(self._mark)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._folder.parent)

    def _has_room(self) -> bool:
        if not self._full and shutil.disk_usage(self._folder.parent).free < self._spare:
            self._full = True
            log.warning("little room is left on the disk: what is painted from here on is not kept for another attempt")
        return not self._full


class Recording:
    """A segment that is being written. Deflating goes on while the next frames are painted."""

    def __init__(self, folder: Path, start: int, thread: ThreadPoolExecutor) -> None:
        self._folder = folder
        self._start = start
        self._part = folder.with_name(folder.name + PART)
        self._part.mkdir(mode=0o700)
        self._file: BufferedRandom = (self._part / "frames").open("w+b")
        self._thread = thread
        self._pending: Future[None] | None = None
        self._before: Pixels | None = None
        self.frames = 0

    @property
    def end(self) -> int:
        """Frames of the canvas up to here."""
        return self._start + self.frames

    def add(self, chunk: Pixels) -> None:
        """Appends frames (n, H, W, 3). Raises `OSError`, also over those before."""
        self._settle()
        self._pending = self._thread.submit(self._write, chunk.copy())
        self.frames += len(chunk)

    def finish(self, notes: Notes, sounds: list[tuple[Sound, Fraction]]) -> None:
        """On the disk, then under its name."""
        self._settle()
        self._file.seek(0)
        digest = hashlib.file_digest(self._file, "sha256").hexdigest()
        os.fsync(self._file.fileno())
        self._file.close()
        if sounds:
            with (self._part / "sound.npz").open("wb") as file:
                held: dict[str, Any] = {f"s{n}": sound.samples for n, (sound, _) in enumerate(sounds)}
                rates, starts = [sound.rate for sound, _ in sounds], [str(at) for _, at in sounds]
                np.savez(file, allow_pickle=False, rates=rates, starts=starts, **held)
                file.flush()
                os.fsync(file.fileno())
        said = asdict(notes) | {"segments": [segment.model_dump() for segment in notes.segments]}
        with (self._part / "told.json").open("w", encoding="utf-8") as file:
            json.dump({"start": self._start, "frames": self.frames, "sha256": digest, "notes": said}, file)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._part)
        self._part.rename(self._folder)
        sync_folder(self._folder.parent)

    def discard(self) -> None:
        """Nothing is left of it."""
        if self._pending is not None:
            self._pending.exception()
            self._pending = None
        self._file.close()
        remove(self._part)

    def _settle(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    def _write(self, chunk: Pixels) -> None:
        for frame in chunk:
            change = frame if self._before is None else frame - self._before
            self._before = frame
            data = zlib.compress(np.ascontiguousarray(change).data, 1)
            self._file.write(len(data).to_bytes(_LENGTH, "little"))
            self._file.write(data)


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError):
        return None


def remove(path: Path) -> None:
    """A file or a folder, gone if it was there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
