"""A run that would change nothing, recognised before anything is loaded: only the standard library is needed.

The last complete run notes its words, and size and time of change of every file it read and wrote. While all of
them are so, the same words come to the same result; the reports say so and the run is over.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NAME: Final = os.path.join(".cutaway", "stamp.json")  # noqa: PTH118 - pathlib costs a third of the whole answer
ALWAYS_RUN: Final = frozenset({"--force", "--update", "--dry-run", "--check", "--locked", "-h", "--help"})
"""Words that ask for more than the result."""
ENVIRONMENT: Final = ("CUTAWAY_HOME", "CUTAWAY_BASE_URL")


def answered(words: Sequence[str], version: str) -> int | None:
    """The exit code of a run that has nothing to do, or None where it has to be looked at. Never raises."""
    if ALWAYS_RUN & {word.partition("=")[0] for word in words}:
        return None
    try:
        out = _output_of(words)
        if out is None:
            return None
        with open(os.path.join(out, NAME), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            stamp = json.load(file)
        if stamp["run"] != _run(words, version) or any(_seen(path) != seen for path, seen in stamp["files"].items()):
            return None
        for name, text in stamp["reports"].items():
            _put(os.path.join(out, name), text)  # noqa: PTH118
        sys.stdout.write(stamp["json" if "--json" in words else "said"] + "\n")
        return 0
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def left(
    out: Path,
    words: Sequence[str],
    version: str,
    files: Iterable[Path],
    *,
    reports: dict[str, str],
    said: str,
    told: str,
) -> None:
    """Notes a run after which everything is there. `reports` are those of a run that makes nothing."""
    from cutaway.storyboard.render.hashes import write_atomically

    stamp = {
        "run": _run(words, version),
        "files": {os.path.abspath(path): _seen(path) for path in files},  # noqa: PTH100
        "reports": reports,
        "said": said,
        "json": told,
    }
    write_atomically(out / NAME, json.dumps(stamp))


def _run(words: Sequence[str], version: str) -> list[Any]:
    return [version, list(words), os.getcwd(), [os.environ.get(name) for name in ENVIRONMENT]]  # noqa: PTH109


def _seen(path: str | os.PathLike[str]) -> list[int] | None:
    try:
        about = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return [about.st_size, about.st_mtime_ns, about.st_ino]


def _output_of(words: Sequence[str]) -> str | None:
    """The output folder among a command's words."""
    for at, word in enumerate(words):
        if word in {"-o", "--output"}:
            return words[at + 1] if at + 1 < len(words) else None
        if word.startswith("--output="):
            return word.partition("=")[2]
    return None


def _put(path: str, text: str) -> None:
    """Replaces a file whole, where it says something else."""
    data = text.encode()
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            if file.read() == data:
                return
    except FileNotFoundError:
        pass
    part = f"{path}.{os.getpid()}.part"
    with open(part, "wb") as file:  # noqa: PTH123
        file.write(data)
    os.replace(part, path)  # noqa: PTH105
