"""Passes calls on to a Resolve and writes each with its answer, as one line of JSON.

    {"n": 3, "of": "1", "call": "CreateProject", "with": ["Cutaway transcript"], "is": {"@": "3"}}

An object is named by the line that gave it, and by its place in what that line gave: "12", "12.0",
"14.mediaPoolItem". Paths lie in <media> or <out>; ids are <id 1>, <id 2> in the order in which they came, so that the
same one can be told; a constant is named. A call that a version does not have is not made.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import TextIO

FORMAT = 1
IDS = ("GetUniqueId", "GetMediaId")


class Thing:
    """An object of Resolve, by the name it has in the transcript."""

    def __init__(self, name: str, real: Any) -> None:
        self.name, self.real = name, real


class Constant:
    """A constant of Resolve, by its name; its number is nobody's business."""

    def __init__(self, name: str, value: Any) -> None:
        self.name, self.value = name, value


class Neutral:
    """Takes out of values what is somebody's: places of files, and ids."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self.folders = folders
        self._ids: dict[str, str] = {}

    def id(self, value: str) -> str:
        return self._ids.setdefault(value, f"<id {len(self._ids) + 1}>") if value else ""

    def text(self, value: str) -> str:
        """Text with known folders by name; another path is not told at all."""
        for name, folder in self.folders.items():
            for spelled in (str(folder), folder.as_posix()):
                if value.startswith(spelled):
                    return f"<{name}>" + value[len(spelled) :].replace("\\", "/")
        looks_like_a_path = value.startswith(("/", "\\\\")) or value[1:3] in {":\\", ":/"}
        return "<path>" if looks_like_a_path else value

    def real(self, value: str) -> str:
        """The other way: text with the folders of this machine."""
        for name, folder in self.folders.items():
            if value.startswith(f"<{name}>"):
                return str(folder / value[len(name) + 3 :]) if value != f"<{name}>" else str(folder)
        return value

    def said(self, call: str, value: Any, name: str) -> tuple[Any, Any]:
        """An answer as it is written, and as a script goes on with it."""
        if value is None or isinstance(value, (bool, int, float)):
            return value, value
        if isinstance(value, str):
            return (self.id(value) if call in IDS else self.text(value)), value
        if isinstance(value, (list, tuple)):
            pairs = [self.said(call, one, f"{name}.{n}") for n, one in enumerate(value)]
            return [written for written, _ in pairs], [held for _, held in pairs]
        if isinstance(value, dict):
            told = {key: self.said(call, one, f"{name}.{key}") for key, one in value.items()}
            rows = [[key, written] for key, (written, _) in sorted(told.items(), key=lambda one: str(one[0]))]
            return {"pairs": rows}, {key: held for key, (_, held) in told.items()}
        return {"@": name}, Thing(name, value)


class Recorder:
    """Asks, and writes down.

    Args:
        resolve: the application, as a script gets it.
        out: where lines go.
        folders: places by the names that are written for them.
    """

    def __init__(self, resolve: Any, out: TextIO, folders: Mapping[str, Path]) -> None:
        self.neutral = Neutral(folders)
        self.resolve = Thing("0", resolve)
        self._out = out
        self._count = 0

    def constant(self, name: str) -> Constant:
        return Constant(name, getattr(self.resolve.real, name))

    def ask(self, of: Any, call: str, *given: Any) -> Any:
        """The answer of a call, written down; None, and nothing asked, where there is no object to ask."""
        if not isinstance(of, Thing):
            return None
        try:
            answer = getattr(of.real, call)(*[_real(one) for one in given])
        except (AttributeError, TypeError) as error:
            if "NoneType" not in str(error):
                raise
            self._write({"of": of.name, "call": call, "with": [self._told(one) for one in given], "lacks": True})
            return None
        number = self._count + 1
        written, held = self.neutral.said(call, answer, str(number))
        self._write({"of": of.name, "call": call, "with": [self._told(one) for one in given], "is": written})
        return held

    def look(self, path: Path, *words: str) -> None:
        """Writes down whether a file is there, and which of some words stand in it."""
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        found = {"there": path.is_file(), "holds": [word for word in words if word in text]}
        self._write({"look": self.neutral.text(str(path)), "words": list(words), "is": found})

    def note(self, **facts: Any) -> None:
        """A line about the transcript itself."""
        self._out.write(json.dumps(facts, ensure_ascii=False) + "\n")

    def _write(self, line: dict[str, Any]) -> None:
        self._count += 1
        self.note(n=self._count, **line)
        self._out.flush()

    def _told(self, value: Any) -> Any:
        if isinstance(value, Thing):
            return {"@": value.name}
        if isinstance(value, Constant):
            return {"constant": value.name}
        if isinstance(value, list):
            return [self._told(one) for one in value]
        if isinstance(value, dict):
            return {"pairs": [[key, self._told(one)] for key, one in value.items()]}
        return self.neutral.text(value) if isinstance(value, str) else value


def _real(value: Any) -> Any:
    if isinstance(value, Thing):
        return value.real
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, list):
        return [_real(one) for one in value]
    if isinstance(value, dict):
        return {key: _real(one) for key, one in value.items()}
    return value
