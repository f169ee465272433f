"""A moving picture with its sound in one container, encoded as it comes."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter

from cutaway.media.codecs import CODINGS, THREADS, Coding
from cutaway.media.extra import av, np
from cutaway.media.sound import SAMPLE_RATE
from cutaway.timebase import round_half_up

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

    from cutaway.media.sound import Samples, SoundTrack
    from cutaway.timebase import Rate
    from cutaway.wire import OutputFormat


class Movie:
    """Writes frames, and the sound that belongs beside them, to `path`."""

    def __init__(
        self,
        path: Path,
        *,
        width: int,
        height: int,
        rate: Rate,
        format: OutputFormat,  # noqa: A002 - the wire's word for it
        track: SoundTrack | None,
        metadata: Mapping[str, str] | None,
    ) -> None:
        coding = self._coding = CODINGS[format]
        self._rate = rate.fraction
        self._frames = 0
        self._converter = VideoReformatter()
        # A "file:" address, so that a name with a colon in it is never taken for a protocol.
        self._container: OutputContainer = av.open(
            f"file:{path.absolute()}", "w", format=coding.muxer, options=coding.muxing
        )
        self._container.metadata.update(metadata or {})
        self._picture = _picture_stream(self._container, coding, width, height, self._rate)
        self._sound = None if track is None else _Sound(self._container, coding.sound, track)
        self._container.start_encoding()  # a file or a size that cannot be is an error now, not at the first frame

    def add(self, frame: av.VideoFrame) -> None:
        context = self._picture.codec_context
        coded = self._converter.reformat(
            frame,
            format=self._coding.pixels,
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.JPEG if self._coding.is_rgb else ColorRange.MPEG,
            interpolation=Interpolation.BICUBIC | Interpolation.FULL_CHR_H_INP,
            dst_color_primaries=context.color_primaries,
            dst_color_trc=context.color_trc,
            threads=1,
        )
        coded.pts = self._frames
        coded.time_base = 1 / self._rate
        self._mux(coded)
        self._frames += 1
        if self._sound is not None:
            self._sound.write_until(self._frames / self._rate - self._sound.track.PATIENCE)

    def finish(self) -> None:
        self._mux(None)
        if self._sound is not None:
            self._sound.finish(self._frames / self._rate)
        self._container.close()

    def close(self) -> None:
        if self._sound is not None:
            self._sound.track.close()
        self._container.close()

    def _mux(self, frame: av.VideoFrame | None) -> None:
        for packet in self._picture.encode(frame):
            packet.duration = 1  # in frames; without it the last one of a file would last no time
            self._container.mux(packet)


def _picture_stream(container: OutputContainer, coding: Coding, width: int, height: int, rate: Fraction) -> VideoStream:
    stream = cast("VideoStream", container.add_stream(coding.encoder, rate=rate, options=coding.options))
    stream.width, stream.height, stream.pix_fmt = width, height, coding.pixels
    context = stream.codec_context
    context.time_base = 1 / rate
    context.gop_size = max(1, round_half_up(rate))  # a keyframe a second
    context.thread_count = THREADS
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.IEC61966_2_1 if coding.is_rgb else ColorTrc.BT709
    context.colorspace = 0 if coding.is_rgb else Colorspace.ITU709
    context.color_range = ColorRange.JPEG if coding.is_rgb else ColorRange.MPEG
    return stream


class _Sound:
    """The sound stream, written up to where the picture is."""

    def __init__(self, container: OutputContainer, encoder: str, track: SoundTrack) -> None:
        self.track = track
        self._container = container
        self._stream = cast("AudioStream", container.add_stream(encoder, rate=SAMPLE_RATE, layout="stereo"))
        self._stream.codec_context.time_base = Fraction(1, SAMPLE_RATE)
        if encoder == "aac":
            self._stream.bit_rate = 192_000
        self._at = 0

    def write_until(self, seconds: Fraction) -> None:
        """Whole encoder frames up to `seconds`."""
        # An encoder without a frame of its own takes any number of samples.
        block = self._stream.codec_context.frame_size or 1024
        while (self._at + block) <= seconds * SAMPLE_RATE:
            self._encode(self.track.read(self._at + block))

    def finish(self, seconds: Fraction) -> None:
        """The rest, so that the sound ends with the picture."""
        self.write_until(seconds)
        end = round_half_up(seconds * SAMPLE_RATE)
        if end > self._at:
            self._encode(self.track.read(end))
        for packet in self._stream.encode(None):
            self._container.mux(packet)

    def _encode(self, samples: Samples) -> None:
        if self._stream.codec_context.format.name == "s16":
            packed = np.round(samples * 32767).astype(np.int16).T.reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(packed), format="s16", layout="stereo")
        else:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = Fraction(1, SAMPLE_RATE)
        frame.pts = self._at
        self._at += samples.shape[1]
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
