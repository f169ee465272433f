"""A video stream, decoded frame by frame and entered anywhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, cast

from cutaway.errors import UnreadableMedia
from cutaway.media.extra import av
from cutaway.media.index import Entry, FrameIndex, counted_index, declared_rates, index_of
from cutaway.media.source import FOOTAGE, Limits, check_size, open_container, picture_stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.video.codeccontext import VideoCodecContext

    from cutaway.media.sniff import Container
    from cutaway.timebase import Frames

_THREADS: Final = min(4, os.cpu_count() or 1)
_ALPHA_DECODERS: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders of these leave the alpha of a WebM out."""


class _Decoded(NamedTuple):
    at: Frames
    frame: av.VideoFrame


class Film:
    """The picture stream of an open container and the index of its frames."""

    def __init__(self, path: Path, file: BinaryIO, container: Container, limits: Limits = FOOTAGE) -> None:
        self.path = path
        self._limits = limits
        self._file = file
        self._kind = container
        self._open()
        self.index = self._indexed()
        self._entry = Entry(0, 0)
        self._next = 0
        self._restart(self.index.entries[0])

    def frame(self, n: Frames) -> av.VideoFrame:
        """Frame n as the decoder gives it. Frames in sequence cost one decode each, without a seek.

        Raises:
            UnreadableMedia: the data of this frame is damaged.
        """
        entry = self.index.entry_before(n)
        if not entry.frame <= self._next <= n:
            self._restart(entry)
        while (frame := self._forward_to(n)) is None:
            # An intra-refreshed group may need an earlier start than its keyframe; the last resort is the first.
            if self._entry.frame == 0:
                raise UnreadableMedia(
                    f"frame {n} of {self.path.name} is damaged and cannot be decoded", source=self.path
                )
            self._restart(self.index.entry_before(entry.frame - 1) if self._entry is entry else self.index.entries[0])
        return frame

    def close(self) -> None:
        self._container.close()

    # -- the decoder ---------------------------------------------------------------------------

    def _open(self) -> None:
        self._file.seek(0)
        self._container = open_container(self.path, self._file, self._kind, self._limits)
        self.stream = picture_stream(self.path, self._container, self._limits)
        self.codec = self.stream.codec_context.codec.canonical_name
        self._decoder = self._decoder_of()

    def _decoder_of(self) -> VideoCodecContext:
        context = self.stream.codec_context
        marks = {key.lower(): value for key, value in self.stream.metadata.items()}
        if marks.get("alpha_mode") == "1" and self.codec in _ALPHA_DECODERS:
            context = cast("VideoCodecContext", av.CodecContext.create(_ALPHA_DECODERS[self.codec], "r"))
            context.extradata = self.stream.codec_context.extradata
        context.options = {"max_pixels": str(self._limits.pixels)}
        context.thread_count = _THREADS
        context.thread_type = "AUTO"
        return context

    def _indexed(self) -> FrameIndex:
        index = index_of(self.path, self._container, self.stream, self._limits)
        if index is not None:
            return index
        self._reopen()
        frames = pixels = 0
        for frame in self._decode():
            frames += 1
            pixels += frame.width * frame.height
            if frames > self._limits.frames:
                raise UnreadableMedia(
                    f"{self.path.name} has more than {self._limits.frames} frames; cut it first", source=self.path
                )
            if self._limits.counted is not None and pixels > self._limits.counted:
                raise UnreadableMedia(
                    f"{self.path.name} gives its frames no times, and is too long to count them; convert it to MP4",
                    source=self.path,
                )
        if not frames:
            raise UnreadableMedia(f"{self.path.name} holds no frame that can be decoded", source=self.path)
        return counted_index(frames, declared_rates(self.stream))

    def _restart(self, entry: Entry) -> None:
        """Decode from `entry` on."""
        self._next = 0
        try:
            if self.index.counted:
                raise av.error.PermissionError(1, "no times to seek by")
            self._container.seek(entry.timestamp, stream=self.stream, backward=True)
            self._decoder.flush_buffers()
        except av.error.FFmpegError:  # a stream that cannot be entered is read from its start
            self._reopen()
            entry = self.index.entries[0]
        self._entry = entry
        self._coming = self._numbered()

    def _reopen(self) -> None:
        self._container.close()
        self._open()

    def _forward_to(self, n: Frames) -> av.VideoFrame | None:
        """Decodes on until frame n; None where the stream passes it by."""
        for decoded in self._coming:
            self._next = decoded.at + 1
            if decoded.at >= n:
                return decoded.frame if decoded.at == n else None
        self._next = len(self.index) + 1  # nothing comes any more
        return None

    def _numbered(self) -> Iterator[_Decoded]:
        for count, frame in enumerate(self._decode()):
            at = count if self.index.counted else self._frame_at(frame)
            if at is not None:
                yield _Decoded(at, frame)

    def _frame_at(self, frame: av.VideoFrame) -> Frames | None:
        return None if frame.pts is None else self.index.frame_at(frame.pts)

    def _decode(self) -> Iterator[av.VideoFrame]:
        for packet in self._container.demux(self.stream):
            try:
                frames = self._decoder.decode(packet)
            except av.error.InvalidDataError:  # the frame will be missed when it is asked for; those behind it go on
                continue
            for frame in frames:
                check_size(self.path, frame.width, frame.height, self._limits)
                yield frame
