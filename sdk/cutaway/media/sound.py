"""Sound for a new picture: pieces laid on one stereo track at 48 kHz, each from a file or from memory.

    kept     |#########|         a `SoundPiece` of a file, sample for sample
    made               |~~~~~~   a `Recording`, which may come while the picture is being written
                       |#,       the mirror image of what was kept, fading out, so that no step is heard

The clock of a piece's `start` is that of its file, with 0 at the first picture of the file; the clock
of `at` is that of the new track.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from threading import Lock
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

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
    """`duration` seconds of the sound of `path` from `start` on, heard from second `at` of the track.

    `lead` and `tail` are seconds in front of the piece and behind it that its mirror image fills, rising
    from silence and falling into it: where other sound goes on, neither begins with a step.
    """

    path: str | os.PathLike[str]
    container: Container | None
    start: Fraction
    duration: Fraction
    at: Fraction
    lead: Fraction = Fraction(0)
    tail: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound in memory, heard from second `at` of the track: (1 or 2, n) float32 in -1..1, `rate` of them a second."""

    samples: Samples
    rate: int
    at: Fraction

    @property
    def end(self) -> Fraction:
        """The second it ends at."""
        return self.at + Fraction(self.samples.shape[1], self.rate)


class SoundTrack:
    """The pieces as one track, read from its beginning to its end.

    Silent where no piece lies; pieces that overlap add up. `add` and `read` may be called from two threads.

    Raises:
        MediaError: a piece whose file is missing, damaged or without sound.
    """

    PATIENCE: Final = Fraction(1, 10)
    """Seconds that whoever reads stays behind the picture: a recording that comes with a frame may begin so long
    before it."""

    def __init__(self, pieces: Sequence[SoundPiece]) -> None:
        self._lock = Lock()
        self._read = 0
        self._waiting = sorted(pieces, key=lambda piece: piece.at - piece.lead)
        self._playing: list[_Playing] = []

    def add(self, recording: Recording) -> None:
        """Lays one more piece.

        Raises:
            MediaError: it begins where the track was read already.
        """
        made = _Recorded(recording)
        with self._lock:
            if made.at < self._read:
                raise MediaError(
                    f"sound for second {float(recording.at):.3f} comes when the track is written up to second "
                    f"{self._read / SAMPLE_RATE:.3f}; it has to come before its picture"
                )
            self._playing.append(made)

    def read(self, end: int) -> Samples:
        """The samples from where the last read ended up to, but not including, sample `end`."""
        with self._lock:
            start, self._read = self._read, end
            mixed = np.zeros((CHANNELS, end - start), np.float32)
            while self._waiting and _sample(self._waiting[0].at - self._waiting[0].lead) < end:
                self._playing.append(_Filed(self._waiting.pop(0)))
            for piece in self._playing:
                piece.add_to(mixed, start)
            for piece in [p for p in self._playing if p.end <= end]:
                piece.close()
                self._playing.remove(piece)
        return np.clip(mixed, -1, 1)

    def close(self) -> None:
        for piece in self._playing:
            piece.close()
        self._playing.clear()


class _Playing(Protocol):
    """A piece the track moves over; `end` is the sample behind its last."""

    end: int

    def add_to(self, mixed: Samples, start: int) -> None:
        """Adds what this piece has for the samples of the track from `start` on."""
        ...

    def close(self) -> None: ...


class _Recorded:
    """A recording, as the track wants it."""

    def __init__(self, recording: Recording) -> None:
        self.at = _sample(recording.at)
        self.end = _sample(recording.end)
        self._samples = _resampled(recording)[:, : self.end - self.at]

    def add_to(self, mixed: Samples, start: int) -> None:
        _lay(mixed, start, self._samples, self.at)

    def close(self) -> None:
        """Nothing is open."""


class _Filed:
    """One piece of a file, decoded as the track moves over it."""

    def __init__(self, piece: SoundPiece) -> None:
        self._at = _sample(piece.at)
        self._to = _sample(piece.at + piece.duration)
        self._lead, self._tail = (min(_sample(seconds), self._to - self._at) for seconds in (piece.lead, piece.tail))
        self.end = self._to + self._tail
        self._offset = self._at - _sample(piece.start)  # from samples of the file to samples of the track
        self._path, self._file = open_file(piece.path)
        self._heard: list[tuple[int, Samples]] = []
        self._heard_to = self._at
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
        end = start + mixed.shape[1]
        if start < self._at and self._lead:
            _lay(
                mixed,
                start,
                self._between(self._at, self._at + self._lead)[:, ::-1] * _rise(self._lead),
                self._at - self._lead,
            )
        first, last = max(start, self._at), min(end, self._to)
        if first < last:
            _lay(mixed, start, self._between(first, last), first)
        if end > self._to and self._tail:
            _lay(
                mixed,
                start,
                self._between(self._to - self._tail, self._to)[:, ::-1] * _rise(self._tail)[::-1],
                self._to,
            )

    def close(self) -> None:
        self._blocks.close()
        self._file.close()

    def _between(self, first: int, last: int) -> Samples:
        """Samples [first, last) of the track, silent where the file has none. Asked for in order, or from at most
        `tail` samples before.
        """
        with faults_of(self._path):
            while self._heard_to < last and not self._ended:
                self._advance()
        wanted = np.zeros((CHANNELS, last - first), np.float32)
        for at, block in self._heard:
            _lay(wanted, first, block, at)
        needed = min(first, last - self._tail)
        self._heard = [(at, block) for at, block in self._heard if at + block.shape[1] > needed]
        return wanted

    def _advance(self) -> None:
        following = next(self._blocks, None)
        if following is None:
            self._ended = True
            return
        at, block = following[0] + self._offset, following[1]
        past = max(0, self._heard_to - at)
        if past < block.shape[1]:
            self._heard.append((at + past, block[:, past:]))
            self._heard_to = at + block.shape[1]

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
            tick = Fraction(stream.time_base or 1)
            if tick <= Fraction(
                1, min(stream.rate, SAMPLE_RATE)
            ):  # milliseconds, as in MKV, cannot say at which sample one has come in
                with suppress(av.error.FFmpegError):  # a file that cannot be entered is read from its start
                    opened.seek(int(wanted / tick), stream=stream, backward=True)
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


def _lay(mixed: Samples, start: int, samples: Samples, at: int) -> None:
    """Adds samples that begin at `at` to a stretch of the track that begins at `start`, where both lie."""
    first, last = max(start, at), min(start + mixed.shape[1], at + samples.shape[1])
    if first < last:
        mixed[:, first - start : last - start] += samples[:, first - at : last - at]


def _rise(samples: int) -> Samples:
    """From silence to full level, at equal power beside its mirror image."""
    return np.sin(np.pi / 2 * (np.arange(samples, dtype=np.float32) + 0.5) / samples)


def _resampled(recording: Recording) -> Samples:
    """(2, n) float32 at the rate of the track; one channel is heard on both sides."""
    stereo = np.ascontiguousarray(
        np.broadcast_to(recording.samples, (CHANNELS, recording.samples.shape[1])), np.float32
    )
    if recording.rate == SAMPLE_RATE or not stereo.shape[1]:
        return stereo
    frame = av.AudioFrame.from_ndarray(stereo, format="fltp", layout="stereo")
    frame.sample_rate = recording.rate
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    blocks = [block.to_ndarray() for given in (frame, None) for block in resampler.resample(given)]
    return np.concatenate(blocks, axis=1)
