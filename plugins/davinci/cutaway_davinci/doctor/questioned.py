"""Resolve asked in a process of its own, which is ended when a step takes too long."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cutaway_davinci.agent.probe import STEPS
from cutaway_davinci.link import of_agent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import IO

MODULE_LOADED = "loaded"


@dataclass(frozen=True)
class Said:
    """What came back. `hung_at` is the step that did not end in time, `trouble` why it ended before the last one.

    `is_taken`: the script inside Resolve is there, and talks to a panel.
    """

    python: str = ""
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    hung_at: str = ""
    trouble: str = ""
    is_taken: bool = False

    @property
    def loads(self) -> bool:
        """Blackmagic's module was loaded."""
        return MODULE_LOADED in self.steps

    @property
    def answers(self) -> bool:
        """A Resolve answered, from outside or from inside."""
        return bool(self.steps.get("answer", {}).get("answers"))


def questioned(python: str, environment: Mapping[str, str], *, patience: float, export: str = "") -> Said:
    """Asks in one interpreter.

    Args:
        python: the interpreter.
        environment: put over that of this process.
        patience: seconds for each step.
        export: where the open timeline is exported to; "" leaves that out.
    """
    command = [python, "-m", "cutaway_davinci.agent.probe", *([export] if export else [])]
    steps: dict[str, dict[str, Any]] = {}
    try:
        process = subprocess.Popen(  # noqa: S603 - the interpreter that was named
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=of_agent(environment), encoding="utf-8",
        )  # fmt: skip
    except OSError as error:
        return Said(python, steps, trouble=f"it does not start: {error.strerror}")
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        while line := lines.get(timeout=patience):
            step = json.loads(line)
            name = step.pop("step")
            if "trouble" in step:
                return Said(python, steps, trouble=step["trouble"])
            steps[name] = step
        if not _is_whole(steps):
            return Said(python, steps, trouble=f"the process ended with {process.wait(patience)}")
        return Said(python, steps)
    except (queue.Empty, subprocess.TimeoutExpired):
        return Said(python, steps, hung_at=STEPS[len(steps)])
    except (ValueError, KeyError) as error:
        return Said(python, steps, trouble=f"it said something that is no answer: {error}")
    finally:
        process.kill()
        process.wait()
        reader.join()
        if process.stdout is not None:
            process.stdout.close()


def from_inside(steps: Iterable[Mapping[str, Any]]) -> Said:
    """What the script inside Resolve answered, as if it had been asked from outside."""
    said = {step["step"]: {name: value for name, value in step.items() if name != "step"} for step in steps}
    return Said("", {"answer": {"answers": True}, **said})


def _is_whole(steps: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether it ended because there was nothing more to ask, and did not crash."""
    if not steps.get("answer", {}).get("answers", True) or not steps.get("about", {}).get("version", True):
        return True
    return "timeline" in steps


def _read(stream: IO[str] | None, lines: queue.Queue[str]) -> None:
    """Hands on what is said; an empty line is the end."""
    for line in stream or ():
        lines.put(line)
    lines.put("")
