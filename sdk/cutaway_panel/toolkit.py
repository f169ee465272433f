"""Whether Qt can be used here, found out before a window is opened. Importing this loads no Qt."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Final

NEEDED: Final = ("PySide6", "av", "numpy", "PIL", "opentimelineio")
"""What the panel imports; the extra `panel` brings all of it."""
INSTALL: Final = 'pip install "cutaway[panel]"'
DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
"""Where one of these is set, Qt knows on Linux where its windows go; without one it ends the process."""
_CALLS: Final = 200


def problem() -> str:
    """What is wrong, and what to do about it; "" where nothing is."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        return f"the panel needs {', '.join(missing)}, an optional part of cutaway: {INSTALL}"
    try:
        import PySide6
        import PySide6.QtWidgets
    except ImportError as error:
        return (
            f"Qt is installed and cannot be loaded: {error}. On Debian and Ubuntu: "
            "apt install libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1; with X11 also libxcb-cursor0 "
            "libxcb-icccm4 libxcb-keysyms1"
        )
    if _miscounts():
        return (
            f"PySide6 {PySide6.__version__} ends the process after some thousand calls on Python "
            f'{sys.version_info.major}.{sys.version_info.minor}; install another: pip install "pyside6-essentials<6.12"'
        )
    return ""


def no_display(system: str = sys.platform) -> str:
    """Why no window can be opened in this session; "" where one can."""
    if system.startswith("linux") and not any(os.environ.get(name) for name in DISPLAYS):
        return f"there is no display here ({' and '.join(DISPLAYS[:2])} are empty): open the panel in a desktop session"
    return ""


def _miscounts() -> bool:
    """Whether calls that return nothing give None back once too often, as PySide6 6.12.0 does before Python 3.12."""
    from PySide6.QtCore import QObject

    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(_CALLS):
        thing.setObjectName("")
    return before - sys.getrefcount(None) > _CALLS // 2
