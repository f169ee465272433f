"""An extension in one piece, of a server that makes new frames only: the clip and they are joined when it is saved.

    clip             | A A A A |
    new frames             | a B B B |       the picture they share is there once
    saved            | A A A A B B B |

Which clip belongs to which job is noted in the home folder, so that any process of this person can save it:

    joins/<job>.json     {"clip": {"id"} | {"url"} | {"path"}, "backward": false}
    joins/<job>.clip     the clip itself, where it was given as bytes

A note is as old as its video: those of more than a month ago are removed when another one is made.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cutaway.client.request import FilePart, opened
from cutaway.errors import MediaError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cutaway.home import Home

KEPT: Final = 30 * 24 * 3600.0
"""Seconds for which a note is kept."""
CHUNK: Final = 16
"""Frames that are read and written at a time."""


@dataclass(frozen=True, slots=True)
class Join:
    """A clip that the new frames of a job go on from, or lead up to where `backward`."""

    clip: FilePart | Mapping[str, Any]
    backward: bool = False


Place: TypeAlias = "tuple[Path | Mapping[str, Any], bool]"
"""A clip, as a file or a reference, and whether the new frames lead up to it."""


def note(home: Home, server: str, video_id: str, join: Join) -> None:
    """Write down what a job's new frames are to be joined to.

    Raises:
        OSError: the home folder cannot be written to.
    """
    path = _place(home, server, video_id)
    home.create()
    path.parent.mkdir(exist_ok=True)
    _sweep(path.parent)
    clip: Mapping[str, Any]
    if not isinstance(join.clip, FilePart):
        clip = join.clip
    elif isinstance(join.clip.content, Path):
        clip = {"path": str(join.clip.content.absolute())}
    else:
        copy = path.with_suffix(".clip")
        with opened(join.clip.content) as file, copy.open("wb") as kept:
            while chunk := file.read(1 << 20):
                kept.write(chunk)
        clip = {"path": str(copy)}
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"clip": dict(clip), "backward": join.backward}), "utf-8")
    part.replace(path)


def noted(home: Home, server: str, video_id: str) -> Place | None:
    """What a job's new frames are to be joined to, if anything.

    Raises:
        MediaError: the clip is not where it was.
    """
    try:
        known = json.loads(_place(home, server, video_id).read_text("utf-8"))
        clip, backward = dict(known["clip"]), bool(known["backward"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if "path" not in clip:
        return clip, backward
    path = Path(clip["path"])
    if not path.is_file():
        raise MediaError(
            f"{video_id} is to be joined to {path}, which is no longer there: put it back, or fetch the new frames "
            "alone with download_content()",
            source=path,
        )
    return path, backward


def joined(clip: Path, new: Path, target: Path, *, backward: bool = False) -> Path:
    """Clip and new frames in one file, H.264 in MP4, at the clip's size and rate and with the sound of both; in the
    folder `target` under the name of the new frames.

    Raises:
        MissingExtra: the extra `media` is not there.
        MediaError: one of them cannot be decoded, or `target` cannot be written.
    """
    from cutaway.media.conform import ConformedPlate
    from cutaway.media.decode import Clip
    from cutaway.media.encode import SoundPiece, Writer
    from cutaway.timebase import Rate

    target = target.expanduser()
    target = target / new.name if target.is_dir() else target
    with Clip(clip) as given, Clip(new) as made:
        rate = given.info.rate or made.info.rate or Rate.parse(24)
        size = given.info.width, given.info.height
        whole, fresh = ConformedPlate(given, *size, rate), ConformedPlate(made, *size, rate)
        # The picture that both show, the last of the one and the first of the other, is taken from the clip.
        shared = min(1, len(fresh) - 1)
        parts = [(given, whole, 0, len(whole)), (made, fresh, shared, len(fresh))]
        if backward:
            parts = [(made, fresh, 0, len(fresh) - shared), parts[0]]
        sound, at = [], 0
        for film, _, start, end in parts:
            if film.info.has_audio:
                times = (moment / rate.fraction for moment in (start, end - start, at))
                sound.append(SoundPiece(film.path, None, *times))
            at += end - start
        with Writer(target, width=size[0], height=size[1], rate=rate, sound=sound or None) as writer:
            for _, plate, start, end in parts:
                for frame in range(start, end, CHUNK):
                    writer.write(plate.read(frame, min(end, frame + CHUNK)))
            writer.finish()
    return target


def _place(home: Home, server: str, video_id: str) -> Path:
    job = hashlib.sha256(f"{server}\n{video_id}".encode()).hexdigest()[:32]
    return home.joins / f"{job}.json"


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT:
                path.unlink()
