"""Sound for a new picture: pieces of other files laid on one stereo track at 48 kHz.

The clock of a piece's `start` is that of its file, with 0 at the first picture of the file; the clock
of `at` is that of the new track.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from cutaway.errors import MediaError
from cutaway.media.extra import av, np
from cutaway.media.source import SOUND_CODECS, container_of, faults_of, open_container, open_file
from cutaway.timebase import round_half_up

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Sequence

    from av.container import InputContainer
    from numpy.typing import NDArray

    from cutaway.media.sniff import Container

    Samples: TypeAlias = NDArray[np.float32]
    """(2, n) float32 in -1..1: left, right."""

SAMPLE_RATE: Final = 48_000
CHANNELS: Final = 2
_PREROLL: Final = Fraction(1, 5)
"""Seconds decoded before a cut, so that a codec with memory has settled when it comes."""


@dataclass(frozen=True, slots=True)
class SoundPiece:
    """`duration` seconds of the sound of `path` from `start` on, heard from second `at` of the track."""

    path: str | os.PathLike[str]
    container: Container | None
    start: Fraction
    duration: Fraction
    at: Fraction


class SoundTrack:
    """The pieces as one track, read from its beginning to its end.

    Silent where no piece lies; pieces that overlap add up.

    Raises:
        MediaError: a piece whose file is missing, damaged or without sound.
    """

    def __init__(self, pieces: Sequence[SoundPiece]) -> None:
        self._read = 0
        self._waiting = sorted(pieces, key=lambda piece: piece.at)
        self._playing: list[_Player] = []

    def read(self, end: int) -> Samples:
        """The samples from where the last read ended up to, but not including, sample `end`."""
        start, self._read = self._read, end
        mixed = np.zeros((CHANNELS, end - start), np.float32)
        while self._waiting and _sample(self._waiting[0].at) < end:
            self._playing.append(_Player(self._waiting.pop(0)))
        for player in self._playing:
            player.add_to(mixed, start)
        for player in [p for p in self._playing if p.end <= end]:
            player.close()
            self._playing.remove(player)
        return np.clip(mixed, -1, 1)

    def close(self) -> None:
        for player in self._playing:
            player.close()
        self._playing.clear()


class _Player:
    """One piece, decoded as the track moves over it."""

    def __init__(self, piece: SoundPiece) -> None:
        self._at = _sample(piece.at)
        self.end = _sample(piece.at + piece.duration)
        self._offset = self._at - _sample(piece.start)  # from samples of the file to samples of the track
        self._path, self._file = open_file(piece.path)
        self._block = np.zeros((CHANNELS, 0), np.float32)
        self._block_at = 0
        self._ended = False
        try:
            with faults_of(self._path):
                kind = piece.container or container_of(self._path, self._file)
                if kind.kind == "image":
                    raise MediaError(f"{self._path.name} is a picture and has no sound", source=self._path)
                self._blocks = self._decode(kind, piece.start)
                self._advance()
        except BaseException:
            self._file.close()
            raise

    def add_to(self, mixed: Samples, start: int) -> None:
        """Adds what this piece has for the samples of the track from `start` on."""
        first, last = max(start, self._at), min(start + mixed.shape[1], self.end)
        while first < last and not self._ended:
            lo, hi = max(first, self._block_at), min(last, self._block_at + self._block.shape[1])
            if lo < hi:
                mixed[:, lo - start : hi - start] += self._block[:, lo - self._block_at : hi - self._block_at]
            if self._block_at + self._block.shape[1] >= last:
                return
            with faults_of(self._path):
                self._advance()

    def close(self) -> None:
        self._blocks.close()
        self._file.close()

    def _advance(self) -> None:
        following = next(self._blocks, None)
        if following is None:
            self._ended = True
        else:
            position, self._block = following
            self._block_at = position + self._offset

    def _decode(self, kind: Container, start: Fraction) -> Generator[tuple[int, Samples]]:
        """(position, samples) of the file from a little before `start` on, in samples from its first picture."""
        with open_container(self._path, self._file, kind) as opened:
            stream = next(iter(opened.streams.audio), None)
            if stream is None:
                raise MediaError(f"{self._path.name} has no sound to keep", source=self._path)
            codec = (
                stream.codec_context.codec.canonical_name if stream.codec_context is not None else "an unknown codec"
            )
            if codec not in SOUND_CODECS:
                raise MediaError(f"the sound of {self._path.name} is coded as {codec}, which is not read")
            origin = _first_picture(opened)
            wanted = origin + max(start - _PREROLL, Fraction(0))
            with suppress(av.error.FFmpegError):  # a file that cannot be entered is read from its start
                opened.seek(int(wanted / Fraction(stream.time_base or 1)), stream=stream, backward=True)
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
            position: int | None = None
            for packet in opened.demux(stream):
                for frame in packet.decode():
                    if position is None and frame.pts is not None:
                        position = _sample(frame.pts * Fraction(frame.time_base or 1) - origin)
                    for block in resampler.resample(frame):
                        yield position or 0, block.to_ndarray().astype(np.float32, copy=False)
                        position = (position or 0) + block.samples
            for block in resampler.resample(None):
                yield position or 0, block.to_ndarray().astype(np.float32, copy=False)
                position = (position or 0) + block.samples


def _first_picture(opened: InputContainer) -> Fraction:
    """When the first picture is presented, in seconds on the clock of the file."""
    stream = next(iter(opened.streams.video), None)
    if stream is None or stream.start_time is None:
        return Fraction(0)
    return Fraction(stream.start_time * (stream.time_base or 1))


def _sample(seconds: Fraction) -> int:
    return round_half_up(seconds * SAMPLE_RATE)
