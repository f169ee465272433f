"""Which way into Resolve there is: live, inside Resolve, or by files.

mode, host = open_host()                # in this order; by files there always is
host.info().notes                       # why the ones before were not

live      Studio, from outside: a process of its own that talks to Resolve, started in the Python that suits it
in-app    the same code, started by a script of Resolve's own menu (Free up to 21.0.x)
files     exports and imports, every edition; from 21.1 on the only way of the free one
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cutaway.home import Home
from cutaway_davinci.agent.in_app import is_served
from cutaway_davinci.errors import EditionLimit, NotConnected, NotLoaded, NotResponding, VersionLimit
from cutaway_davinci.handoff import HandoffHost
from cutaway_davinci.host import LiveHost
from cutaway_davinci.link import AgentProcess
from cutaway_davinci.loopback import LoopbackLink
from cutaway_panel.state import Mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cutaway.errors import HostUnavailable
    from cutaway_davinci.link import Link

PYTHONS: Final = "CUTAWAY_DAVINCI_PYTHON"
"""More interpreters to try, as PATH lists folders."""
FIRST_WORD: Final = 20.0
"""Seconds in which a Resolve has to say which one it is."""
FREE_HAS_FILES: Final = "from 21.1 on the free edition of Resolve works by files only"
_REMEMBERED: Final = "interpreter"


def data_folder() -> Path:
    """Where this person's address of the script inside Resolve and the interpreter that works are noted."""
    return Home.find().folder / "davinci"


def media_folder(system: str = sys.platform) -> Path:
    """Where takes lie and Resolve exports to, if nobody says another: beside the films of this person."""
    return Path.home() / ("Movies" if system == "darwin" else "Videos") / "Cutaway"


def bundled(system: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Path:
    """The Python that Resolve brings along from 21.1 on, where it is usually installed."""
    if system == "win32":
        programs = Path(environment.get("PROGRAMFILES", "C:/Program Files"))
        return programs / "Blackmagic Design/DaVinci Resolve/ResolvePython/ResolvePython.exe"
    if system == "darwin":
        return Path("/Applications/DaVinci Resolve/DaVinci Resolve.app/Contents/Applications/ResolvePython")
    return Path("/opt/resolve/bin/ResolvePython")


def interpreters(data: Path | None = None, named: Iterable[str] = ()) -> tuple[str, ...]:
    """The Pythons to try, likeliest first: the one that worked last, Resolve's own, this one, those that were named."""
    tried = [str(path) for path in [bundled()] if path.is_file()]
    tried += [sys.executable, *named, *filter(None, os.environ.get(PYTHONS, "").split(os.pathsep))]
    with suppress(OSError):
        last = ((data or data_folder()) / _REMEMBERED).read_text(encoding="utf-8").strip()
        tried = [last, *tried] if Path(last).is_file() else tried
    return tuple(dict.fromkeys(tried))


def live_link(
    data: Path,
    named: Iterable[str] = (),
    *,
    environment: Mapping[str, str] | None = None,
) -> AgentProcess:
    """The agent in the first Python in which Resolve answers, which is remembered.

    One that crashes or hangs costs a process, and the next one is tried.

    Raises:
        HostUnavailable: none does; what the first one said that could load Blackmagic's module, else the first.
    """
    refusals: list[HostUnavailable] = []
    for python in interpreters(data, named):
        link = AgentProcess(python, environment=environment)
        try:
            link.ask("about", {}, deadline=FIRST_WORD)
        except (NotLoaded, NotResponding) as refusal:
            link.close()
            refusals.append(refusal)
        except BaseException:
            link.close()
            raise
        else:
            _remembered(data, python)
            return link
    raise next((refusal for refusal in refusals if not isinstance(refusal, NotLoaded)), refusals[0])


def _remembered(data: Path, python: str) -> None:
    """Notes the interpreter that works; one that cannot be noted is found again."""
    with suppress(OSError):
        data.mkdir(parents=True, exist_ok=True)
        (data / _REMEMBERED).write_text(python + "\n", encoding="utf-8")


def open_host(
    mode: str = "auto",
    *,
    otio: Path | None = None,
    folder: Path | None = None,
    data: Path | None = None,
    pythons: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    take_selector: bool = False,
    changed: Callable[[], object] | None = None,
) -> tuple[Mode, LiveHost | HandoffHost]:
    """The timeline that is open in Resolve, or that it exported last.

    Args:
        mode: auto, live, in-app or files. `auto` goes on to the next way only where one is not there; a Resolve that
            answers and shows a dialog is to be set right, not passed by.
        otio: an exported file; it is the cut then, by files.
        folder: of takes and exports; `media_folder()` if not given.
        data: where the notes about Resolve lie; `data_folder()` if not given.
        pythons: more interpreters for the live way.
        environment: put over that of the process that talks to Resolve.
        take_selector: more takes of a card go into Resolve's own take selector, on the item of the first.
        changed: called, on some thread, when another timeline is open or was exported.

    Raises:
        ValueError: there is no such mode.
        HostUnavailable: the way that was asked for is not there, or Resolve does not answer now.
    """
    if mode not in {"auto", "live", "in-app", "files"}:
        raise ValueError(f"{mode!r} is no way into Resolve; there are auto, live, in-app and files")
    folder, data = folder or media_folder(), data or data_folder()
    refused: list[str] = []
    ways: dict[Mode, Callable[[], Link]] = {
        Mode.LIVE: lambda: live_link(data, pythons, environment=environment),
        Mode.IN_APP: lambda: _inside(data),
    }
    for way, link in ways.items() if otio is None else ():
        if mode not in {"auto", str(way)}:
            continue
        try:
            host = LiveHost(link(), folder=folder / "timelines", notes=refused, take_selector=take_selector)
        except (NotConnected, EditionLimit, VersionLimit) as refusal:
            if mode != "auto":
                raise
            refused.append(f"not {way}: {_first_sentence(refusal)}")
        else:
            if changed is not None:
                host.listen(changed)
            return way, host
    folder.mkdir(parents=True, exist_ok=True)  # Resolve is to export there
    files = HandoffHost(folder, otio, notes=[*refused, FREE_HAS_FILES] if refused else ())
    if changed is not None:
        files.listen(changed)
    return Mode.FILES, files


def _inside(data: Path) -> LoopbackLink:
    """The script inside Resolve.

    Raises:
        HostUnavailable: it does not run, or Resolve does not answer it.
    """
    link = LoopbackLink(data)
    try:
        link.ask("about", {}, deadline=FIRST_WORD)
    except BaseException:
        link.close()
        raise
    return link


def is_inside(data: Path | None = None) -> bool:
    """Whether the script inside Resolve runs and answers."""
    return is_served(data or data_folder())


def _first_sentence(refusal: HostUnavailable) -> str:
    return str(refusal).partition(". ")[0].rstrip(".")
