"""How long things take, in the words of people who wait. No Qt.

spoken(95)     # "1 min 35 s"
"""

from __future__ import annotations


def spoken(seconds: float | None) -> str:
    """A wait in words, "12 s" or "2 h 05 min"; a dash where nobody knows."""
    if seconds is None:
        return "–"
    seconds = max(0.0, seconds)
    if seconds < 0.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
