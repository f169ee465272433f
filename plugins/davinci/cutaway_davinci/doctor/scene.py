"""What the doctor looks at. A test makes one of a machine of its own; `Scene.here` is this one."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cutaway.errors import CutawayError
from cutaway_davinci import modes
from cutaway_davinci.doctor.questioned import Said, from_inside, questioned
from cutaway_davinci.errors import Busy, NotResponding
from cutaway_davinci.install.places import Machine
from cutaway_davinci.loopback import LoopbackLink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE = 15.0
"""Seconds for one step, and for each thing that is tried in a process of its own."""


class Process(NamedTuple):
    """A program that runs."""

    pid: int
    name: str


class Ran(NamedTuple):
    """What a trial in a process of its own came to. `code` is None where it was ended after its time."""

    code: int | None
    said: str


def processes(system: str) -> list[Process]:
    """What runs on this machine; empty where it cannot be asked."""
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        if system.startswith("linux"):
            found = [(int(folder.name), folder) for folder in Path("/proc").glob("[0-9]*")]
            return [Process(pid, name) for pid, folder in found if (name := _name_of(folder))]
        if system == "win32":
            lines = _output(["tasklist", "/fo", "csv", "/nh"])
            rows = [[part.strip('"') for part in line.split('","')] for line in lines]
            return [Process(int(row[1]), row[0].strip('"')) for row in rows if len(row) > 1]
        pairs = [line.split(None, 1) for line in _output(["ps", "-axo", "pid=,comm="])]
        return [Process(int(pid), Path(name.strip()).name) for pid, name in pairs]
    return []


def session_variable(name: str) -> str:
    """What a program started from the desktop of macOS sees of a variable; what a terminal has is another matter."""
    with suppress(OSError, subprocess.SubprocessError):
        return "".join(_output(["launchctl", "getenv", name]))
    return ""


def tried(program: str, *arguments: str, patience: float = PATIENCE, python: str = sys.executable) -> Ran:
    """Runs a program text in a process of its own, which is ended after its time."""
    try:
        done = subprocess.run(  # noqa: S603 - our own text
            [python, "-c", program, *arguments], capture_output=True, text=True, timeout=patience, check=False
        )
    except subprocess.TimeoutExpired:
        return Ran(None, f"it did not end within {patience:g} s")
    except OSError as error:
        return Ran(1, str(error))
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return Ran(done.returncode, said[-1] if said else f"it ended with {done.returncode}")


@dataclass(frozen=True)
class Scene:
    """One machine with what runs on it.

    Args:
        machine: where things lie.
        pythons: interpreters to try, likeliest first.
        media: the folder of takes.
        data: where the script inside Resolve notes its address.
        environment: put over that of this process where Resolve is asked.
        live: whether Resolve is asked to export.
        patience: seconds, for each step.
        runs: what runs.
        trial: runs a program text in a process of its own.
        variable: what programs of the desktop see of a variable, on macOS.
    """

    machine: Machine
    pythons: tuple[str, ...]
    media: Path
    data: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    live: bool = False
    patience: float = PATIENCE
    runs: Callable[[], list[Process]] = list
    trial: Callable[..., Ran] = tried
    variable: Callable[[str], str] = session_variable

    @classmethod
    def here(cls, *, live: bool = False, media: Path | None = None) -> Scene:
        return cls(
            Machine.here(),
            modes.interpreters(),
            media or modes.media_folder(),
            modes.data_folder(),
            live=live,
            runs=lambda: processes(sys.platform),
        )

    @cached_property
    def export(self) -> Path:
        """Where the open timeline is exported to, for the one check that asks for it."""
        return self.media / f".cutaway-doctor-{os.getpid()}.otio"

    @cached_property
    def tries(self) -> tuple[Said, ...]:
        """Each interpreter up to the first that loads Blackmagic's module."""
        found: list[Said] = []
        for python in self.pythons:
            found.append(questioned(python, self.environment, patience=self.patience, export=self._export))
            if found[-1].loads:
                break
        return tuple(found)

    @cached_property
    def said(self) -> Said:
        """What Resolve said: from outside, else from the script inside it, else nothing."""
        outside = self.tries[-1] if self.tries else Said()
        if outside.answers or outside.hung_at:
            return outside
        return self._inside() or outside

    @cached_property
    def is_inside(self) -> bool:
        """The script inside Resolve is what answers."""
        return self.said.answers and not self.said.python

    @cached_property
    def running(self) -> tuple[Process, ...]:
        return tuple(self.runs())

    def resolves(self) -> list[Process]:
        """Resolves that run."""
        names = {"resolve", "resolve.exe", "davinci resolve"}
        return [one for one in self.running if one.name.lower() in names]

    def version(self) -> tuple[int, ...] | None:
        """Of the Resolve that answered, else of the one on disk."""
        about = self.said.steps.get("about")
        if about and about["version"]:
            return tuple(about["version"])
        on_disk = self.machine.version_on_disk()
        with suppress(ValueError):
            return tuple(int(part) for part in (on_disk or "").split(".")[:3])
        return None

    @cached_property
    def _export(self) -> str:
        """The same, where it is asked for; Resolve makes no folders."""
        if self.live:
            with suppress(OSError):
                self.media.mkdir(parents=True, exist_ok=True)
        return str(self.export) if self.live else ""

    def _inside(self) -> Said | None:
        link = LoopbackLink(self.data)
        try:
            answer = link.ask("examine", {"export": self._export}, deadline=self.patience)
        except Busy:
            return Said(is_taken=True)
        except NotResponding:
            return Said(hung_at="answer")
        except CutawayError:
            return None
        finally:
            link.close()
        return from_inside(answer["steps"])


def _name_of(folder: Path) -> str:
    """The program of a folder of /proc; the name that a process gives itself where its file is not told."""
    with suppress(OSError):
        return (folder / "exe").readlink().name
    with suppress(OSError):
        return (folder / "comm").read_text(encoding="utf-8", errors="replace").strip()
    return ""


def _output(command: list[str]) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)  # noqa: S603
    return done.stdout.splitlines()
