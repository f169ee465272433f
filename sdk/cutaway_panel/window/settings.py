"""What the panel remembers between two runs: how it looks, and where its parts lay."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings

from cutaway.home import Home
from cutaway_panel.theme import Look, Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QMainWindow, QSplitter


class Settings:
    """A small file in cutaway's home folder."""

    def __init__(self, home: Home | None = None) -> None:
        self._kept = QSettings(str((home or Home.find()).folder / "panel.ini"), QSettings.Format.IniFormat)

    def look(self) -> Look:
        """How the panel looked last; what cannot be read is the default."""
        look = Look()
        with suppress(ValueError):
            look = Look(theme=Theme(str(self._kept.value("look/theme", look.theme))))
        with suppress(ValueError):
            scale = float(str(self._kept.value("look/scale", look.scale)))
            look = Look(look.theme, min(2.0, max(0.8, scale)), self.switch("still"))
        return look

    def keep_look(self, look: Look) -> None:
        self._kept.setValue("look/theme", str(look.theme))
        self._kept.setValue("look/scale", look.scale)
        self._kept.setValue("window/still", look.still)

    def switch(self, name: str, default: bool = False) -> bool:  # noqa: FBT001, FBT002
        """Something that is on or off."""
        return str(self._kept.value(f"window/{name}", default)).lower() == "true"

    def keep_switch(self, name: str, *, on: bool) -> None:
        self._kept.setValue(f"window/{name}", on)

    def lay_out(self, window: QMainWindow, splitters: Mapping[str, QSplitter]) -> None:
        """The window and its parts lie where they lay last."""
        restores = {name: splitter.restoreState for name, splitter in splitters.items()}
        for name, restore in (("window", window.restoreGeometry), *restores.items()):
            kept: Any = self._kept.value(f"layout/{name}")
            if kept:
                restore(kept)

    def keep_layout(self, window: QMainWindow, splitters: Mapping[str, QSplitter]) -> None:
        self._kept.setValue("layout/window", window.saveGeometry())
        for name, splitter in splitters.items():
            self._kept.setValue(f"layout/{name}", splitter.saveState())
        self._kept.sync()
