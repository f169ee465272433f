"""The window: whether Qt starts here, and what it needs of a Linux system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway_davinci.doctor.finding import NOT_ASKED, Check, Level, Seen, Verdict

if TYPE_CHECKING:
    from cutaway_davinci.doctor.scene import Scene

_QT: Final = """
import os, sys
if sys.argv[1:]:
    os.environ["QT_QPA_PLATFORM"] = sys.argv[1]
from cutaway_panel.toolkit import problem
if wrong := problem():
    print(wrong)
    sys.exit(3)
from PySide6.QtWidgets import QApplication
print(QApplication([]).platformName())
"""
_UNFIT: Final = 3

_LIBRARIES: Final = """
import ctypes, sys
missing = []
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(name)
    except OSError:
        missing.append(name)
print(" ".join(missing) or "-")
"""

SYSTEM_LIBRARIES: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
"""What Qt loads, and the Debian package that has it."""


def _qt(scene: Scene) -> Seen:
    environment = scene.machine.environment
    sightless = scene.machine.system.startswith("linux") and not any(
        environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )
    unseen = scene.trial(_QT, "offscreen", patience=scene.patience)
    if unseen.code == _UNFIT:
        return "unfit", {"why": unseen.said}
    if unseen.code != 0:
        return "broken", {"why": unseen.said}
    if sightless:
        return "no display", {}
    seen = scene.trial(_QT, patience=scene.patience)
    return ("starts", {"platform": seen.said}) if seen.code == 0 else ("hidden", {"why": seen.said})


QT: Final = Check(
    "D11",
    "window",
    "whether Qt starts, with a display and without one, tried in a process of its own",
    {
        "starts": Verdict(Level.OK, "Qt starts ({platform})"),
        "no display": Verdict(
            Level.WARN, "Qt starts, and there is no display here", "Open the panel in a session with a desktop"
        ),
        "hidden": Verdict(
            Level.FAIL, "Qt starts, but not on this display: {why}", "See D12; else report it with this line"
        ),
        "broken": Verdict(
            Level.FAIL,
            "Qt is installed and does not start: {why}",
            "See D12; else pip install --force-reinstall pyside6-essentials",
        ),
        "unfit": Verdict(
            Level.FAIL, "Qt cannot be used here: {why}", 'pip install --upgrade "cutaway[davinci]"; see D12'
        ),
    },
    _qt,
)


def _libraries(scene: Scene) -> Seen:
    if not scene.machine.system.startswith("linux"):
        return "elsewhere", {"why": "only Linux leaves them to its distribution"}
    ran = scene.trial(_LIBRARIES, *SYSTEM_LIBRARIES, patience=scene.patience)
    if ran.code != 0:
        return "unknown", {"why": ran.said}
    missing = [name for name in ran.said.split() if name in SYSTEM_LIBRARIES]
    packages = " ".join(SYSTEM_LIBRARIES[name] for name in missing)
    return ("missing", {"names": ", ".join(missing), "packages": packages}) if missing else ("there", {})


LIBRARIES: Final = Check(
    "D12",
    "system libraries",
    "whether a Linux system has the libraries that Qt loads",
    {
        "there": Verdict(Level.OK, "the libraries that Qt needs are there"),
        "missing": Verdict(
            Level.WARN,
            "Qt will miss {names}",
            "Debian, Ubuntu: sudo apt install {packages}. Rocky, Fedora: dnf provides NAME says the package",
        ),
        "unknown": NOT_ASKED,
        "elsewhere": NOT_ASKED,
    },
    _libraries,
)
