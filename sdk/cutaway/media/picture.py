"""Pictures of a clip: its thumbnail, a sprite sheet to scrub over, a contact sheet to look at."""

from __future__ import annotations

import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from PIL import ImageDraw, ImageFont

from cutaway.media.conform import fitted
from cutaway.media.decode import Clip
from cutaway.media.extra import Image, np
from cutaway.timebase import Rate, timecode

if TYPE_CHECKING:
    import os

    from cutaway.media.extra import Pixels
    from cutaway.timebase import Frames

_PAPER: Final = (24, 24, 26)
_INK: Final = (235, 235, 235)
_FAINT: Final = (150, 150, 155)
_EDGE: Final = 12
"""Pixels between tiles and around them."""
_LEGEND: Final = 42
"""Pixels under a row of tiles, for what is written there."""
_WORLD_FONTS: Final = (
    "NotoSansCJK-Regular.ttc", "AppleSDGothicNeo.ttc", "Hiragino Sans GB.ttc", "malgun.ttf", "YuGothR.ttc",
    "NanumGothic.ttf", "DroidSansFallbackFull.ttf", "wqy-zenhei.ttc",
)  # fmt: skip
"""Where a system keeps Korean and Japanese letters; Pillow's own font has none."""


def encoded(picture: Pixels, kind: Literal["png", "jpeg", "webp"], *, quality: int = 90) -> bytes:
    """A picture (H, W, 3) RGB uint8 as the bytes of a file. `quality` (1-100) is for JPEG and WebP."""
    file = io.BytesIO()
    options = {"compress_level": 6} if kind == "png" else {"quality": quality}
    Image.fromarray(np.ascontiguousarray(picture)).save(file, kind.upper(), **options)
    return file.getvalue()


def spread(frames: Frames, count: int) -> list[Frames]:
    """`count` frame numbers over a clip of `frames`, the first and the last among them; fewer where it is shorter."""
    count = min(count, frames)
    if count == 1:
        return [0]
    return [(2 * i * (frames - 1) + count - 1) // (2 * (count - 1)) for i in range(count)]


def thumbnail(clip: Clip, width: int) -> Pixels:
    """A frame from a third into the clip, `width` wide: (h, width, 3). The first one is often black."""
    return _tile(clip, len(clip) // 3, width)


def sprite_sheet(clip: Clip, columns: int, rows: int, tile_width: int) -> Pixels:
    """`columns` x `rows` evenly spread frames, edge to edge, read like a page; black where the clip is shorter."""
    height = _height(clip, tile_width)
    sheet = np.zeros((rows * height, columns * tile_width, 3), np.uint8)
    for place, frame in enumerate(spread(len(clip), columns * rows)):
        row, column = divmod(place, columns)
        sheet[row * height : (row + 1) * height, column * tile_width : (column + 1) * tile_width] = _tile(
            clip, frame, tile_width
        )
    return sheet


def contact_sheet(
    path: str | os.PathLike[str],
    out_png: str | os.PathLike[str],
    *,
    columns: int = 4,
    rows: int = 2,
    width: int = 1600,
    caption: str | None = None,
) -> Path:
    """A page of evenly spread frames of the file at `path`, each with its timecode and number, as a PNG.

    Raises:
        MediaError: the file is missing or cannot be read.
    """
    with Clip(path) as clip:
        info = clip.info
        chosen = spread(len(clip), columns * rows)
        rows = -(-len(chosen) // columns)
        tile_width = (width - _EDGE * (columns + 1)) // columns
        tile_height = _height(clip, tile_width)
        small = ImageFont.load_default(17)
        name = Path(path).name
        top = 58 + (34 if caption else 0)
        page = Image.new("RGB", (width, top + rows * (tile_height + _LEGEND)), _PAPER)
        draw = ImageDraw.Draw(page)
        rate = info.rate or Rate.parse(25)
        about = f"{info.width}x{info.height}"
        if info.rate is not None:
            about += f"   {rate.fps:.6g} fps{' (variable)' if info.variable_rate else ''}   {info.frames} frames"
            about += f"   {float(info.duration):.3f} s"
        draw.text((_EDGE, 14), name, _INK, _font_for(name, 26))
        draw.text((width - _EDGE, 20), about, _FAINT, small, anchor="ra")
        if caption:
            draw.text((_EDGE, 50), caption, _INK, _font_for(caption, 17))
        for place, frame in enumerate(chosen):
            row, column = divmod(place, columns)
            x, y = _EDGE + column * (tile_width + _EDGE), top + row * (tile_height + _LEGEND)
            page.paste(Image.fromarray(_tile(clip, frame, tile_width)), (x, y))
            draw.text((x, y + tile_height + 6), timecode(frame, rate), _INK, small)
            draw.text((x + tile_width, y + tile_height + 6), f"frame {frame}", _FAINT, small, anchor="ra")
    out = Path(out_png)
    page.save(out, "PNG")
    return out


def _font_for(text: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's built-in font, or one of this system that knows the letters of `text`."""
    if max(map(ord, text), default=0) > 0x24F:  # beyond Latin
        for name in _WORLD_FONTS:
            with suppress(OSError):
                return ImageFont.truetype(name, size)
    return ImageFont.load_default(size)


def _height(clip: Clip, width: int) -> int:
    return max(1, round(clip.info.height * width / clip.info.width))


def _tile(clip: Clip, frame: Frames, width: int) -> Pixels:
    return fitted(clip.read(frame, frame + 1)[0], width, _height(clip, width), "stretch")
