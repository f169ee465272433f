"""Numbers of a command line, within their bounds: each is a type for argparse, which says what was wrong."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST: Final = 2**31 - 1
"""Of a whole number, as a database keeps it."""
FARTHEST: Final = 1e9
"""Of any other; thirty years in seconds."""


def whole(least: int, most: int = LARGEST) -> Callable[[str], int]:
    """A whole number from `least` to `most`, both among them."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:  # of more than 4,300 digits as well
            number = least - 1
        if not least <= number <= most:
            raise ArgumentTypeError(f"a whole number from {least} to {most}, not {text[:40]!r}")
        return number

    return read


def above(least: float, unit: str, *, inclusive: bool = False) -> Callable[[str], float]:
    """A number above `least`, or from it on, up to `FARTHEST`; `unit` is said with it."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not least <= number <= FARTHEST or (number == least and not inclusive):
            bound = f"{least:g} or more" if inclusive else f"above {least:g}"
            raise ArgumentTypeError(f"a number of {unit}, {bound}, not {text[:40]!r}")
        return number

    return read
