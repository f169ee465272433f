"""Frames as numbered PNG files in one ZIP, uncompressed as PNG already is; sound beside them as WAV."""

from __future__ import annotations

import io
import wave
import zipfile
from typing import TYPE_CHECKING, Final

from cutaway.media.extra import Image, np
from cutaway.media.sound import CHANNELS, SAMPLE_RATE
from cutaway.timebase import round_half_up

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.media.extra import av
    from cutaway.media.sound import SoundTrack
    from cutaway.timebase import Rate

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The same frames make the same file, whenever they are written."""
_COMPRESSION: Final = 3


class Sequence:
    """`frame_000000.png`, `frame_000001.png`, ... and, where there is sound, `sound.wav`."""

    def __init__(self, path: Path, *, rate: Rate, track: SoundTrack | None) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)
        self._rate = rate
        self._track = track
        self._frames = 0

    def add(self, frame: av.VideoFrame) -> None:
        png = io.BytesIO()
        Image.fromarray(frame.to_ndarray()).save(png, "PNG", compress_level=_COMPRESSION)
        self._zip.writestr(zipfile.ZipInfo(f"frame_{self._frames:06}.png", _EPOCH), png.getvalue())
        self._frames += 1

    def finish(self) -> None:
        if self._track is not None:
            self._write_sound(self._track, round_half_up(self._frames / self._rate.fraction * SAMPLE_RATE))
        self._zip.close()

    def close(self) -> None:
        if self._track is not None:
            self._track.close()
        self._zip.close()

    def _write_sound(self, track: SoundTrack, samples: int) -> None:
        with (
            self._zip.open(zipfile.ZipInfo("sound.wav", _EPOCH), "w") as entry,
            wave.open(entry, "wb") as sound,
        ):
            sound.setparams((CHANNELS, 2, SAMPLE_RATE, samples, "NONE", ""))
            for start in range(0, samples, SAMPLE_RATE):
                block = track.read(min(start + SAMPLE_RATE, samples))
                sound.writeframesraw(np.round(block * 32767).astype("<i2").T.tobytes())
