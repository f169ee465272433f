"""A process that makes one variant of a finished video and ends: `python -m cutaway_runtime.worker.variants VIDEO OUT`.

The name of OUT says which: thumbnail.jpg, spritesheet.jpg, first_frame.png, last_frame.png, audio.wav.
"""

from __future__ import annotations

import errno
import os
import sys
import wave
from fractions import Fraction
from pathlib import Path
from typing import Final

THUMBNAIL_WIDTH: Final = 480
SHEET: Final = (5, 5, 240)
"""Columns, rows, and the width of one tile in pixels."""
SILENT: Final = 3
"""Exit code: the video has no sound, so there is no file."""
FULL: Final = 4
"""Exit code: the disk is full."""
_LOUDEST: Final = 32767


def main(arguments: list[str]) -> int:
    source, out = Path(arguments[0]), Path(arguments[1])
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        if out.stem == "audio":
            if not _sound(source, part):
                return SILENT
        else:
            part.write_bytes(_still(source, out.stem))
        part.replace(out)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return FULL
    finally:
        part.unlink(missing_ok=True)
    return 0


def _still(source: Path, which: str) -> bytes:
    from cutaway.media.decode import Clip
    from cutaway.media.picture import encoded, sprite_sheet, thumbnail

    with Clip(source) as clip:
        if which == "thumbnail":
            return encoded(thumbnail(clip, min(THUMBNAIL_WIDTH, clip.info.width)), "jpeg")
        if which == "spritesheet":
            return encoded(sprite_sheet(clip, *SHEET), "jpeg", quality=85)
        at = {"first_frame": 0, "last_frame": len(clip) - 1}[which]
        return encoded(clip.read(at, at + 1)[0], "png")


def _sound(source: Path, part: Path) -> bool:
    """The sound under the pictures as 16-bit stereo at 48 kHz, as long as they are; whether there is any."""
    import numpy as np

    from cutaway.media.decode import Clip
    from cutaway.media.sound import CHANNELS, SAMPLE_RATE, SoundPiece, SoundTrack

    with Clip(source) as clip:
        if not clip.info.has_audio:
            return False
        lasts = clip.info.duration
    samples = round(lasts * SAMPLE_RATE)
    track = SoundTrack([SoundPiece(source, None, Fraction(0), lasts, Fraction(0))])
    try:
        with wave.open(str(part), "wb") as file:
            file.setnchannels(CHANNELS)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            for end in [*range(SAMPLE_RATE, samples, SAMPLE_RATE), samples]:
                file.writeframes(np.rint(track.read(end).T * _LOUDEST).astype("<i2").tobytes())
    finally:
        track.close()
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
