"""Clips whose frames say their own number: ten blocks of light or dark, read back from the pixels."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

BITS = 10
DARK, LIGHT = 40, 215


def draw(n, width=160, height=96):
    """Picture n: five columns in two rows carry its number in binary; a coloured edge on the left says which way is up."""
    picture = np.full((height, width, 3), 96, np.uint8)
    for bit in range(BITS):
        row, column = divmod(bit, 5)
        y, x = height * (1 + row * 4) // 10, width * (1 + column * 2) // 11
        picture[y : y + height * 3 // 10, x : x + width // 11] = LIGHT if n >> bit & 1 else DARK
    picture[:, : width // 20] = (200, 30, 60)
    return picture


def decipher(picture):
    """The number in a picture made by `draw`, upright and at any size. Grey blocks mean that nothing is written there."""
    height, width = picture.shape[:2]
    number = 0
    for bit in range(BITS):
        row, column = divmod(bit, 5)
        y, x = height * (1 + row * 4) // 10, width * (1 + column * 2) // 11
        level = picture[y + height // 10 : y + height // 5, x + width // 44 : x + width // 15, :3].mean()
        assert level < 75 or level > 160, f"no number in this picture: level {level:.0f} at bit {bit}"
        number |= int(level > 128) << bit
    return number


@pytest.fixture
def numbered():
    """Picture n, 160x96 unless another size is given."""
    return draw


@pytest.fixture
def number_of():
    """The number in a picture."""
    return decipher


@pytest.fixture
def numbers_of():
    """The numbers in several pictures."""
    return lambda frames: [decipher(frame) for frame in frames]


@pytest.fixture
def make_clip(tmp_path):
    """Writes a clip of numbered frames with PyAV itself, in any way a camera or an editor might."""

    def make(
        name="clip.mp4",
        *,
        frames=48,
        codec="libx264",
        pixels="yuv420p",
        size=(160, 96),
        rate=Fraction(24),
        times=None,
        time_base=None,
        options=None,
        muxing=None,
        gop=12,
        b_frames=0,
        rotation=None,
        picture=draw,
        source="rgb24",
        sound=None,
        metadata=None,
        tune=None,
    ):
        path = tmp_path / name
        with av.open(str(path), "w", options=muxing or {}) as container:
            stream = container.add_stream(codec, rate=rate, options=options or {})
            stream.width, stream.height, stream.pix_fmt = *size, pixels
            stream.codec_context.gop_size = gop
            stream.codec_context.max_b_frames = b_frames
            stream.codec_context.time_base = time_base or 1 / Fraction(rate)
            stream.metadata.update(metadata or {})
            if rotation is not None:
                stream.set_display_rotation(rotation)
            if tune is not None:
                tune(stream)
            heard = None
            if sound is not None:
                heard = container.add_stream(
                    "aac" if name.endswith((".mp4", ".mov")) else "pcm_s16le", rate=48000, layout="mono"
                )
            for n in range(frames):
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture(n, *size)), format=source)
                frame = frame.reformat(format=pixels, dst_colorspace=stream.codec_context.colorspace or None)
                frame.pts = times[n] if times is not None else n
                frame.time_base = stream.codec_context.time_base
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if heard is not None:
                block = av.AudioFrame.from_ndarray(sound.astype(np.float32)[None], format="fltp", layout="mono")
                block.sample_rate = 48000
                block.pts = 0
                for part in av.AudioResampler(
                    format=heard.format.name, layout="mono", rate=48000, frame_size=1024
                ).resample(block):
                    container.mux(heard.encode(part))
                container.mux(heard.encode(None))
        return path

    return make
