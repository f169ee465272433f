"""How each output format is coded: encoder, pixels, and the options that keep its promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cutaway.wire import OutputFormat

THREADS: Final = 2
"""Of the encoder. Each holds frames of its own; two keep a minute of 1080p within its memory."""


@dataclass(frozen=True, slots=True)
class Coding:
    """One way to write a moving picture; `pixels` and `rgb` are FFmpeg pixel formats."""

    muxer: str
    encoder: str
    pixels: str
    sound: str
    """Encoder of the sound track."""
    is_rgb: bool = False
    options: dict[str, str] = field(default_factory=dict)
    muxing: dict[str, str] = field(default_factory=dict)


CODINGS: Final[dict[OutputFormat, Coding]] = {
    # No B-frames: what is decoded next is what is shown next. No lookahead: it is memory, a frame each.
    # Beside `veryfast` this preset takes two thirds of the CPU for the same PSNR and a fifth more bytes.
    OutputFormat.MP4: Coding(
        "mp4",
        "libx264",
        "yuv420p",
        "aac",
        options={"preset": "superfast", "crf": "16", "bf": "0", "rc-lookahead": "0", "x264-params": "mbtree=0"},
        muxing={"movflags": "+faststart"},
    ),
    OutputFormat.PRORES: Coding(
        "mov", "prores_ks", "yuv422p10le", "pcm_s16le", options={"profile": "hq", "vendor": "apl0"}
    ),
    OutputFormat.DNXHR: Coding("mov", "dnxhd", "yuv422p", "pcm_s16le", options={"profile": "dnxhr_hq"}),
    OutputFormat.FFV1: Coding(
        "matroska", "ffv1", "bgr0", "pcm_s16le", is_rgb=True, options={"level": "3", "slices": "4", "slicecrc": "1"}
    ),
}
