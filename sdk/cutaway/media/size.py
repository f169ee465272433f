"""Which picture sizes a format can hold. Standard library only: a server asks before it takes a job."""

from __future__ import annotations

from itertools import product
from typing import Final, NamedTuple

from cutaway.errors import UnsupportedSize
from cutaway.wire import OutputFormat


class SizeRule(NamedTuple):
    """Width and height are multiples of these, and lie between `least` and `most` (width, height)."""

    multiple: tuple[int, int]
    least: tuple[int, int]
    most: tuple[int, int]
    why: str


_MOST: Final = (8192, 8192)

SIZE_RULES: Final[dict[OutputFormat, SizeRule]] = {
    OutputFormat.MP4: SizeRule((2, 2), (16, 16), _MOST, "H.264 in 4:2:0 shares its colour between 2x2 pixels"),
    OutputFormat.PRORES: SizeRule((2, 2), (16, 16), _MOST, "ProRes 4:2:2 shares its colour between pixels"),
    OutputFormat.DNXHR: SizeRule((2, 2), (256, 120), _MOST, "DNxHR is 4:2:2 and begins at 256x120"),
    OutputFormat.FFV1: SizeRule((1, 1), (1, 1), _MOST, "any size"),
    OutputFormat.PNG: SizeRule((1, 1), (1, 1), _MOST, "any size"),
}


def check_size(width: int, height: int, format: OutputFormat) -> None:  # noqa: A002 - the wire's word for it
    """A size is written exactly as asked, or not at all.

    Raises:
        UnsupportedSize: the format cannot hold it; `nearest` are the closest sizes that it can.
    """
    nearest = nearest_sizes(width, height, format)
    if nearest != ((width, height),):
        names = tuple(f"{w}x{h}" for w, h in nearest)
        raise UnsupportedSize(
            f"{width}x{height} cannot be written as {format.value}: {SIZE_RULES[format].why}. "
            f"Nearest: {', '.join(names)}",
            nearest=names,
            source=(width, height),
        )


def nearest_sizes(width: int, height: int, format: OutputFormat) -> tuple[tuple[int, int], ...]:  # noqa: A002
    """The legal sizes around one, closest first, wider before narrower; the size itself where it is legal."""
    rule = SIZE_RULES[format]
    widths = _around(width, rule.multiple[0], rule.least[0], rule.most[0])
    heights = _around(height, rule.multiple[1], rule.least[1], rule.most[1])
    return tuple(
        sorted(
            product(widths, heights),
            key=lambda size: (abs(size[0] - width) + abs(size[1] - height), -size[0], -size[1]),
        )
    )


def _around(side: int, multiple: int, least: int, most: int) -> list[int]:
    below = side - side % multiple
    return sorted({min(max(near, least), most) for near in (below, below if below == side else below + multiple)})
