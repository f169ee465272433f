"""Flat shapes and two painters for them: a PNG through Pillow, and an SVG.

    drawing = Drawing(1600, 400)
    drawing.add(Box(10, 10, 200, 40, fill="#3b5374", radius=4), Words(14, 14, "A001"))
    drawing.save(Path("strip.svg"))

Lengths are pixels from the top left. Both painters draw the same list in the same order.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from xml.sax.saxutils import escape, quoteattr

from PIL import ImageDraw, ImageFont

from cutaway.media.extra import Image
from cutaway.media.picture import encoded

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.media.extra import Pixels

Anchor: TypeAlias = Literal["start", "middle", "end"]
PAPER: Final = "#18181a"
SHARPNESS: Final = 2
"""How much larger the PNG is painted before it is scaled down, so that slanted lines are smooth."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, filled or framed or both; `dash` is the length of dashes of the frame."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    frame: str | None = None
    line: float = 1
    radius: float = 0
    dash: float = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line from point to point."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 1


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; `y` is its top."""

    x: float
    y: float
    text: str
    colour: str = "#ebebeb"
    size: int = 13
    anchor: Anchor = "start"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture (H, W, 3) RGB uint8, at its own size."""

    x: float
    y: float
    pixels: Pixels


Shape: TypeAlias = Box | Line | Words | Picture


@dataclass
class Drawing:
    """A page and the shapes on it, from the back to the front."""

    width: int
    height: int
    shapes: list[Shape] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        self.shapes += shapes

    def save(self, path: Path) -> Path:
        """Writes it: as SVG where the name ends so, else as PNG."""
        if path.suffix.lower() == ".svg":
            path.write_text(self.svg(), encoding="utf-8")
        else:
            self.image().save(path, "PNG")
        return path

    def svg(self) -> str:
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" width="{self.width}">',
            '<g font-family="Helvetica, Arial, sans-serif">',
            f'<rect width="{self.width}" height="{self.height}" fill="{PAPER}"/>',
            *map(_as_svg, self.shapes),
            "</g>",
            "</svg>",
            "",
        ]
        return "\n".join(lines)

    def image(self) -> Image.Image:
        page = Image.new("RGB", (self.width * SHARPNESS, self.height * SHARPNESS), PAPER)
        draw = ImageDraw.Draw(page)
        for shape in self.shapes:
            _painted(page, draw, shape)
        return page.resize((self.width, self.height), Image.Resampling.LANCZOS)


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def width_of(text: str, size: int = 13) -> float:
    """How wide a line of text is."""
    return float(_font(size).getlength(text))


def fitting(text: str, room: float, size: int = 13) -> str:
    """As much of a text as fits, with an ellipsis where some does not; "" where nothing does."""
    if width_of(text, size) <= room:
        return text
    for length in range(len(text) - 1, 1, -1):
        cut = text[:length].rstrip() + "\u2026"
        if width_of(cut, size) <= room:
            return cut
    return ""


# -- PNG -------------------------------------------------------------------------------------------


def _painted(page: Image.Image, draw: ImageDraw.ImageDraw, shape: Shape) -> None:
    s = SHARPNESS
    if isinstance(shape, Box):
        _painted_box(draw, shape)
    elif isinstance(shape, Line):
        draw.line([(x * s, y * s) for x, y in shape.points], fill=shape.colour, width=max(1, round(shape.width * s)))
    elif isinstance(shape, Words):
        anchor = {"start": "la", "middle": "ma", "end": "ra"}[shape.anchor]
        draw.text((shape.x * s, shape.y * s), shape.text, shape.colour, _font(shape.size * s), anchor=anchor)
    else:
        picture = Image.fromarray(shape.pixels)
        large = picture.resize((picture.width * s, picture.height * s), Image.Resampling.BICUBIC)
        page.paste(large, (round(shape.x * s), round(shape.y * s)))


def _painted_box(draw: ImageDraw.ImageDraw, box: Box) -> None:
    s = SHARPNESS
    corners = (
        round(box.x * s),
        round(box.y * s),
        max(round(box.x * s), round((box.x + box.width) * s) - 1),
        max(round(box.y * s), round((box.y + box.height) * s) - 1),
    )
    line = max(1, round(box.line * s)) if box.frame else 0
    frame = None if box.dash else box.frame
    draw.rounded_rectangle(corners, box.radius * s, fill=box.fill, outline=frame, width=line if frame else 0)
    if box.dash and box.frame:
        left, top, right, bottom = corners
        for start, end in (
            ((left, top), (right, top)),
            ((right, top), (right, bottom)),
            ((right, bottom), (left, bottom)),
            ((left, bottom), (left, top)),
        ):
            _dashed(draw, start, end, box.dash * s, box.frame, line)


def _dashed(
    draw: ImageDraw.ImageDraw, start: tuple[int, int], end: tuple[int, int], dash: float, colour: str, width: int
) -> None:
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    at = 0.0
    while at < length:
        to = min(at + dash, length)
        points = [tuple(a + (b - a) * part / length for a, b in zip(start, end, strict=True)) for part in (at, to)]
        draw.line([(point[0], point[1]) for point in points], fill=colour, width=width)
        at += 2 * dash


# -- SVG -------------------------------------------------------------------------------------------


def _as_svg(shape: Shape) -> str:
    if isinstance(shape, Box):
        dash = f' stroke-dasharray="{shape.dash:g}"' if shape.dash else ""
        frame = f' stroke="{shape.frame}" stroke-width="{shape.line:g}"{dash}' if shape.frame else ""
        inset = shape.line / 2 if shape.frame else 0
        width, height = max(0.5, shape.width - 2 * inset), max(0.5, shape.height - 2 * inset)
        return (
            f'<rect x="{shape.x + inset:.2f}" y="{shape.y + inset:.2f}" width="{width:.2f}" '
            f'height="{height:.2f}" rx="{shape.radius:g}" '
            f'fill="{shape.fill or "none"}"{frame}/>'
        )
    if isinstance(shape, Line):
        points = " ".join(f"{x:.2f},{y:.2f}" for x, y in shape.points)
        return f'<polyline points="{points}" fill="none" stroke="{shape.colour}" stroke-width="{shape.width:g}"/>'
    if isinstance(shape, Words):
        baseline = shape.y + 0.86 * shape.size
        return (
            f'<text x="{shape.x:.2f}" y="{baseline:.2f}" font-size="{shape.size}" fill="{shape.colour}" '
            f'text-anchor="{shape.anchor}">{escape(shape.text)}</text>'
        )
    height, width = shape.pixels.shape[:2]
    data = base64.b64encode(encoded(shape.pixels, "jpeg", quality=82)).decode()
    return (
        f'<image x="{shape.x:.2f}" y="{shape.y:.2f}" width="{width}" height="{height}" '
        f"href={quoteattr(f'data:image/jpeg;base64,{data}')}/>"
    )
