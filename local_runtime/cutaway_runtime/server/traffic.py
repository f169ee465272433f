"""What went through this server since it started: requests by route and answer, and how long they took."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import Final

BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds up to which answers are counted together, each taken up to its first byte."""

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Counted by name; anybody can invent more, and each would be kept for ever."""


class Traffic:
    """Plain counts, for one event loop."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        """By method, route as it is declared ("" where none matched) and status."""
        self.seconds: dict[str, list[int]] = {}
        """Of each route, how many answers took up to each of `BOUNDS`; the last number counts the longer ones."""
        self.total: defaultdict[str, float] = defaultdict(float)
        """Seconds of all answers of a route."""

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        method = method if method in METHODS else "other"
        self.requests[method, route, status] += 1
        self.seconds.setdefault(route, [0] * (len(BOUNDS) + 1))[bisect_left(BOUNDS, seconds)] += 1
        self.total[route] += seconds
