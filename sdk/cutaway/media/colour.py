"""From what a decoder gives to RGB: colour matrix, range, bit depth, alpha, pixel shape and orientation."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, cast

from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from cutaway.media.extra import av, np

if TYPE_CHECKING:
    from av.sidedata.sidedata import SideData

    from cutaway.media.extra import Pixels

_MATRIX: Final = {1: Colorspace.ITU709, 4: Colorspace.FCC, 5: Colorspace.ITU601, 6: Colorspace.ITU601,
                  7: Colorspace.SMPTE240M, 9: Colorspace.BT2020, 10: Colorspace.BT2020}  # fmt: skip
"""Swscale's matrix for each number of ISO/IEC 23091-2 (as in H.264's `matrix_coefficients`)."""
MATRIX_NAMES: Final = {0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco",
                       9: "bt2020nc", 10: "bt2020c"}  # fmt: skip
PRIMARIES_NAMES: Final = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film",
                          9: "bt2020", 11: "smpte431", 12: "smpte432"}  # fmt: skip
TRANSFER_NAMES: Final = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear",
                         11: "iec61966-2-4", 13: "srgb", 14: "bt2020-10", 15: "bt2020-12", 16: "pq",
                         18: "hlg"}  # fmt: skip

_SMALLER: Final = Interpolation.BILINEAR | Interpolation.ACCURATE_RND
"""Averages what is made smaller; a sixth of the time of the exact way, since only what is seen is converted."""
_EXACT: Final = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Swscale's fast path to packed RGB is one code value too dark on average; this way, over planar RGB, is not."""

UPRIGHT: Final = (1, 0, 0, 1)


def has_alpha(pixel_format: str) -> bool:
    return pixel_format.startswith(("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya", "pal8"))


def is_full_range(frame: av.VideoFrame) -> bool:
    """Whether black is 0 and white the highest code value; without a word about it YUV is limited and RGB full."""
    name = frame.format.name
    rgb = frame.format.is_rgb or name == "pal8"
    return rgb or name.startswith("yuvj") or frame.color_range == ColorRange.JPEG


def orientation(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """The signs (a, b, c, d) of the frame's display matrix: x' = a x + c y, y' = b x + d y, y pointing down."""
    matrix = cast("SideData | None", frame.side_data.get("DISPLAYMATRIX"))
    if matrix is None:
        return UPRIGHT
    a, b, _, c, d = struct.unpack_from("=5i", bytes(matrix))
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return (_sign(a), 0, 0, _sign(d))
    return (0, _sign(b), _sign(c), 0)


def _sign(value: int) -> int:
    return -1 if value < 0 else 1


def turned(pixels: Pixels, matrix: tuple[int, int, int, int]) -> Pixels:
    """One picture (H, W, C), or several (T, H, W, C), as a display matrix shows it."""
    a, b, c, d = matrix
    if b:
        pixels, a, d = pixels.swapaxes(-3, -2), c, b
    if a < 0:
        pixels = pixels[..., :, ::-1, :]
    if d < 0:
        pixels = pixels[..., ::-1, :, :]
    return np.ascontiguousarray(pixels)


def over_black(rgba: Pixels) -> Pixels:
    """RGBA with straight alpha laid over black: RGB."""
    alpha = rgba[..., 3:].astype(np.uint16)
    return ((rgba[..., :3] * alpha + 127) // 255).astype(np.uint8)


class Converter:
    """Turns decoded frames of one stream into RGB or RGBA arrays of `width` x `height` (before orientation).

    `smaller` says that they are to be looked at and smaller than the stream: quicker, and not to be measured.
    """

    def __init__(self, width: int, height: int, *, alpha: bool, smaller: bool = False) -> None:
        self._interpolation = _SMALLER if smaller else _EXACT
        self._width = width
        self._height = height
        self._alpha = alpha
        # One swscale context for the arithmetic and one for the interleaving.
        self._arithmetic = VideoReformatter()
        self._interleaving = VideoReformatter()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of what it makes."""
        return self._width, self._height

    def __call__(self, frame: av.VideoFrame) -> Pixels:
        name = frame.format.name
        if name in {"rgb24", "rgba"} and (frame.width, frame.height) == (self._width, self._height):
            planar = frame
        else:
            planar = self._arithmetic.reformat(
                frame,
                width=self._width,
                height=self._height,
                format="gbrap" if self._alpha else "gbrp",
                src_colorspace=_matrix_of(frame),
                dst_colorspace=_matrix_of(frame),
                src_color_range=ColorRange.JPEG if is_full_range(frame) else ColorRange.MPEG,
                dst_color_range=ColorRange.JPEG,
                interpolation=self._interpolation,
                threads=1,
            )
        packed = self._interleaving.reformat(
            planar,
            format="rgba" if self._alpha else "rgb24",
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        return cast("Pixels", packed.to_ndarray())


def _matrix_of(frame: av.VideoFrame) -> Colorspace:
    """The matrix a frame was coded with; where it does not say, HD is 709 and anything smaller 601, as in players."""
    guess = Colorspace.ITU709 if frame.height >= 720 or frame.width >= 1280 else Colorspace.ITU601
    return _MATRIX.get(int(frame.colorspace), guess)
