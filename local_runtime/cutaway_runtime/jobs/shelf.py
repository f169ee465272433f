"""Where the files of videos, uploads and characters lie, by id.

    <data>/videos/<id>/video.mp4        a finished video, and stills made from it
    <data>/videos/<id>/attempt-2/       what a worker writes while it works on the job for the second time
    <data>/files/<id>/content           an upload, alone in its folder
    <data>/characters/<id>/0.png        the stills of a character, the best one first
    <data>/lost/videos/<id>/            what the database knows nothing of, for a while; the same for the others

Every id is made here. No word a user wrote becomes part of a path. What the database, a backup or a job keeps of a file
is its name below the data folder, `videos/<id>/video.mp4`: the folder may be another tomorrow.

Each attempt at a job has a folder of its own, so that one that was given up and does not know it yet, because its
server was frozen, writes over nothing: what it finishes gets the video's name only from whoever has the job.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from cutaway.wire import MEDIA_TYPE, OutputFormat

if TYPE_CHECKING:
    from pathlib import Path

VIDEO_ID: Final = re.compile(r"video_[0-9a-f]{24}")
FILE_ID: Final = re.compile(r"file_[0-9a-f]{24}")
CHARACTER_ID: Final = re.compile(r"char_[0-9a-f]{24}")
ANY_ID: Final = re.compile(r"(?:video|file|char)_[0-9a-f]{24}")
"""Wherever one stands in a text."""
NAME: Final = re.compile(
    rf"videos/{VIDEO_ID.pattern}/video\.[a-z0-9]+|files/{FILE_ID.pattern}/content|"
    rf"characters/{CHARACTER_ID.pattern}/[0-9]{{1,3}}\.png"
)
"""Of a file that somebody may ask for, below the data folder."""
_ATTEMPT: Final = re.compile(r"^attempt-(\d{1,6})$")


class Superseded(Exception):
    """A later attempt at the job has begun: this one is over, whatever it knows."""


def new_video_id() -> str:
    return f"video_{secrets.token_hex(12)}"


def new_file_id() -> str:
    return f"file_{secrets.token_hex(12)}"


def new_character_id() -> str:
    return f"char_{secrets.token_hex(12)}"


class Shelf:
    """The folders of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.videos = self.data_dir / "videos"
        self.files = self.data_dir / "files"
        self.characters = self.data_dir / "characters"
        self.lost = self.data_dir / "lost"
        for folder in (self.videos, self.files, self.characters):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def video_folder(self, video_id: str) -> Path:
        """The folder of one job.

        Raises:
            ValueError: not an id that was made here.
        """
        return self._inside(self.videos, VIDEO_ID, video_id)

    def video(self, video_id: str, format: OutputFormat) -> Path:  # noqa: A002 - the field's name
        """The finished video; it exists once the job is completed."""
        return self.video_folder(video_id) / f"video{MEDIA_TYPE[format][1]}"

    def place(self, video_id: str, attempt: int, name: str) -> None:
        """What an attempt finished becomes the video: under its name, durably. May be called again.

        Raises:
            OSError: the attempt left no such file.
        """
        home = self.video_folder(video_id)
        made, video = attempt_folder(home, attempt) / name, home / name
        if made.exists() or not video.exists():
            made.replace(video)
        sync_folder(home)

    def remove_attempt(self, video_id: str, attempt: int) -> None:
        """What an attempt left; and the folder of the job, where nothing else is in it."""
        home = self.video_folder(video_id)
        shutil.rmtree(attempt_folder(home, attempt), ignore_errors=True)
        with suppress(OSError):
            home.rmdir()

    def attempted(self) -> list[tuple[str, int]]:
        """Every attempt that has a folder: the id of its video, and its number."""
        found = ((path.parent.name, _ATTEMPT.match(path.name)) for path in self.videos.glob("*/attempt-*"))
        return [(name, int(number[1])) for name, number in found if number and VIDEO_ID.fullmatch(name)]

    def file_folder(self, file_id: str) -> Path:
        return self._inside(self.files, FILE_ID, file_id)

    def file(self, file_id: str) -> Path:
        """The bytes of an upload."""
        return self.file_folder(file_id) / "content"

    def character_folder(self, character_id: str) -> Path:
        return self._inside(self.characters, CHARACTER_ID, character_id)

    def character_still(self, character_id: str, number: int) -> Path:
        """One still of a character, PNG."""
        return self.character_folder(character_id) / f"{number}.png"

    def name(self, path: Path) -> str:
        """What is kept of a file of this folder."""
        return path.relative_to(self.data_dir).as_posix()

    def named(self, name: str) -> Path:
        """The file of that name. Earlier versions kept whole paths, maybe of a folder that has been moved since.

        Raises:
            ValueError: it is no name of this runtime.
        """
        below = "/".join(re.split(r"[/\\]", name)[-3:])
        if not NAME.fullmatch(below):
            raise ValueError(f"{name!r} is no file of this runtime")
        return self.data_dir / below

    def holds(self, path: Path) -> bool:
        """Whether this file is there, and in this data folder also when all links on the way are followed."""
        whole = path.resolve()
        homes = (self.videos.resolve(), self.files.resolve(), self.characters.resolve())
        return whole.is_file() and any(whole.is_relative_to(home) for home in homes) and not path.is_symlink()

    def remove_video(self, video_id: str) -> None:
        shutil.rmtree(self.video_folder(video_id), ignore_errors=True)

    def remove_file(self, file_id: str) -> None:
        shutil.rmtree(self.file_folder(file_id), ignore_errors=True)

    def remove_character(self, character_id: str) -> None:
        shutil.rmtree(self.character_folder(character_id), ignore_errors=True)

    def character_ids(self, *, older_than: float = 0.0) -> list[str]:
        """Those of all characters that have had a folder for so many seconds."""
        return _there(self.characters, CHARACTER_ID, older_than)

    def folders(self, *, older_than: float = 0.0) -> tuple[list[str], list[str]]:
        """The ids of all videos that have a folder, and of all uploads that have had one for so many seconds."""
        return _there(self.videos, VIDEO_ID, 0.0), _there(self.files, FILE_ID, older_than)

    def lose(self, some_id: str) -> None:
        """The folder of a video, an upload or a character goes to `lost/`; one that is there already stays."""
        homes = {"video": self.video_folder, "file": self.file_folder, "char": self.character_folder}
        folder = homes[some_id.partition("_")[0]](some_id)
        kept = self.lost / folder.parent.name / some_id
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not kept.exists():
            with suppress(FileNotFoundError):  # another server was sooner
                os.utime(folder)
                folder.rename(kept)

    def forget_lost(self, *, older_than: float) -> None:
        """What was lost so many seconds ago is removed."""
        before = time.time() - older_than
        for kept in self.lost.glob("*/*"):
            if kept.stat().st_mtime < before:
                shutil.rmtree(kept, ignore_errors=True)

    @staticmethod
    def _inside(parent: Path, pattern: re.Pattern[str], name: str) -> Path:
        if not pattern.fullmatch(name):
            raise ValueError(f"{name!r} is no id of this runtime")
        return parent / name


def attempt_folder(home: Path, attempt: int) -> Path:
    """Where the worker writes that works on a job for that time; `home` is the folder of the job."""
    return home / f"attempt-{attempt}"


def enter(home: Path, attempt: int, keep: str) -> Path:
    """The folder of an attempt that begins, empty but for what is called `keep`, taken over from the one before.

    Raises:
        Superseded: a later one has begun.
    """
    here = attempt_folder(home, attempt)
    here.mkdir(mode=0o700, parents=True, exist_ok=True)
    sync_folder(home.parent)
    others = {int(found[1]): path for path in home.iterdir() if (found := _ATTEMPT.match(path.name))}
    if max(others) > attempt:
        raise Superseded(f"attempt {max(others)} has begun, and this is attempt {attempt}")
    for number in sorted(others, reverse=True):
        if number != attempt:
            if not (here / keep).exists():
                with suppress(OSError):
                    (others[number] / keep).rename(here / keep)
            shutil.rmtree(others[number], ignore_errors=True)
    # An earlier version of this runtime left what was begun beside the video.
    for left in (*here.iterdir(), *home.glob("*.part")):
        if left.name != keep:
            left.unlink()
    return here


def sync_folder(folder: Path) -> None:
    """Names are durable when their folder is; Windows has no such call and needs none."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _there(folder: Path, pattern: re.Pattern[str], older_than: float) -> list[str]:
    found = [path for path in folder.iterdir() if pattern.fullmatch(path.name)]
    if older_than:
        before = time.time() - older_than
        found = [path for path in found if path.exists() and path.stat().st_mtime < before]
    return [path.name for path in found]
