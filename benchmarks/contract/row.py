"""A row of the table: what is tried, and how its outcome is written."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT: Final = 90.0
"""Seconds after which a try has not come back."""


class Wrong(Exception):
    """It came back, with something else than the contract says."""


def must(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - a condition
    if not holds:
        raise Wrong(otherwise)


@dataclass(frozen=True)
class Row:
    """`do` takes the client's object for one server. What it returns is the cell; None is "yes"."""

    title: str
    do: Callable[[Any], str | None]

    def cell(self, client: Any) -> str:
        said: list[str] = []

        def attempt() -> None:
            try:
                said.append(self.do(client) or "yes")
            except Wrong as wrong:
                said.append(f"no: {wrong}")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
                name = _named(error)
                said.append("refused" if name == "UnsupportedCapability" else f"no: {name}")

        worker = threading.Thread(target=attempt, daemon=True)
        worker.start()
        worker.join(LIMIT)
        return said[0] if said else f"no: still busy after {LIMIT:.0f} s"


def _named(error: Exception) -> str:
    """The status where there is one, else the error's class."""
    return str(getattr(error, "status_code", None) or type(error).__name__)
