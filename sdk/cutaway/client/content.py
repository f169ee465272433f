"""The bytes of a video, a thumbnail or a frame, fetched whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


@dataclass(frozen=True, slots=True)
class Content:
    """What `download_content` gives: the bytes in memory. For a file on disk, `video.save` streams instead."""

    content: bytes
    media_type: str

    def read(self) -> bytes:
        return self.content

    def write_to_file(self, file: str | os.PathLike[str]) -> None:
        """Write the bytes to a file, under its name only when all of them are on disk."""
        target = Path(file)
        part = target.with_name(target.name + ".part")
        part.write_bytes(self.content)
        part.replace(target)

    def __len__(self) -> int:
        return len(self.content)
