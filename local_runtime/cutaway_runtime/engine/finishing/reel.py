"""Frames that wait: a few in memory, or a whole window on disk, bit for bit as they were painted."""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cutaway_runtime.canvas import Pixels


class Stack:
    """Frames in memory (T, H, W, 3), as a plate."""

    def __init__(self, frames: Pixels) -> None:
        self.frames = frames

    def __len__(self) -> int:
        return len(self.frames)

    def read(self, start: int, end: int) -> Pixels:
        return self.frames[start:end]


class LastFrames:
    """The last few frames that passed, at most `count`."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._frames: list[Pixels] = []

    def see(self, chunk: Pixels) -> None:
        if self._count:
            self._frames = [*self._frames, *(frame.copy() for frame in chunk[-self._count :])][-self._count :]

    def stack(self, count: int) -> Stack:
        return Stack(np.stack(self._frames[-count:]))


class Reel:
    """Frames on disk, as a plate. The file has no name and goes with the process, however that ends.

    Raises:
        OSError: the disk is full.
    """

    def __init__(self, width: int, height: int, folder: Path | None = None) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._shape = (height, width, 3)
        self._bytes = height * width * 3
        self._frames = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self._frames

    def wind(self, chunks: Iterable[Pixels]) -> None:
        """Appends frames."""
        for chunk in chunks:
            self._file.seek(self._frames * self._bytes)
            self._file.write(np.ascontiguousarray(chunk).data)
            self._frames += len(chunk)

    def read(self, start: int, end: int) -> Pixels:
        if not 0 <= start <= end <= self._frames:
            raise ValueError(f"frames [{start}, {end}) of a reel of {self._frames}")
        frames = np.empty((end - start, *self._shape), np.uint8)
        self._file.seek(start * self._bytes)
        if self._file.readinto(frames.reshape(-1)) != frames.nbytes:  # type: ignore[attr-defined]
            raise OSError(f"frames [{start}, {end}) could not be read back")
        return frames

    def close(self) -> None:
        self._file.close()
