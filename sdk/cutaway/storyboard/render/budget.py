"""What a run may spend: seconds of work on the server, or money. Nothing is begun that would go beyond.

What is under way counts with its estimate, what is done with what it took. Something for which there is no
estimate is begun only while nothing else is under way, so that what it takes is known before the next one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cutaway.storyboard.render.manifest import Prices

_SECONDS: Final = re.compile(r"^(\d+(?:\.\d+)?)\s*(s|m|h)?$")
_MONEY: Final = re.compile(r"^(\d+(?:\.\d+)?)\s*([A-Z]{3})$")
_UNIT: Final = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Limit:
    """`amount` of seconds, or of `currency`."""

    amount: float
    currency: str | None = None

    @classmethod
    def parse(cls, text: str) -> Limit:
        """A limit written "600", "600s", "10m", "1.5h" or "5.00 USD".

        Raises:
            ValueError: none of these.
        """
        if seconds := _SECONDS.match(text.strip()):
            return cls(float(seconds[1]) * _UNIT[seconds[2] or "s"])
        if money := _MONEY.match(text.strip()):
            return cls(float(money[1]), money[2])
        raise ValueError(f"a budget is written 600, 600s, 10m, 1.5h or '5.00 USD', not {text!r}")

    def __str__(self) -> str:
        return f"{self.amount:.2f} {self.currency}" if self.currency else f"{self.amount:g} s"


class Budget:
    """What was spent and what is under way, against a limit; without one everything may begin."""

    def __init__(self, limit: Limit | None = None) -> None:
        self.limit = limit
        self.spent = 0.0
        self.reserved = 0.0
        self.exceeded = False

    def reserve(self, estimate: float | None) -> bool:
        """Whether something may begin; if so it is under way from now on."""
        if self.limit is not None and self.spent + self.reserved + (estimate or 0.0) > self._most(estimate):
            self.exceeded = True
            return False
        self.reserved += estimate or 0.0
        return True

    def settle(self, estimate: float | None, took: float) -> None:
        """It is done, and took so much."""
        self.reserved -= estimate or 0.0
        self.spent += took

    def _most(self, estimate: float | None) -> float:
        assert self.limit is not None
        # With nothing left, not even something unknown may begin.
        return self.limit.amount if estimate is not None else self.limit.amount * (1 - 1e-12)


def cost(prices: Prices | None, model: str, seconds: float | None) -> float | None:
    """What a clip of so many seconds costs; None where the manifest names no price or the length is not known."""
    if prices is None or seconds is None or model not in prices.per_second:
        return None
    return prices.per_second[model] * seconds
