"""The calls of a transcript to the double of the same version and edition, and what it answers otherwise.

    for line in differences(Path("resolve-21.1.1-studio.jsonl"), folder): print(line)

A difference is a place where the double is not true, or where the Resolve that was recorded has a rule nobody knew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutaway_davinci.testing.handle import Handle
from cutaway_davinci.testing.resolve import ResolveDouble
from cutaway_davinci.testing.vocabulary import Misuse
from cutaway_davinci.transcripts.footage import written_footage
from cutaway_davinci.transcripts.recorder import FORMAT, Neutral

_NOTHING = object()


class NotATranscript(Exception):
    """A file that no recorder wrote; the message says what is wrong."""


@dataclass(frozen=True)
class Difference:
    """Something that the double answers otherwise; `line` counts calls from 1."""

    line: int
    asked: str
    recorded: str
    double: str

    def __str__(self) -> str:
        return f"call {self.line}, {self.asked}: recorded {self.recorded}, the double {self.double}"


def header(path: Path) -> dict[str, Any]:
    """The first line of a transcript: source, version, studio, system, date.

    Raises:
        NotATranscript: it is none, or of a format that is not known here.
    """
    try:
        facts = json.loads(path.read_text(encoding="utf-8").partition("\n")[0])
        if facts["transcript"] != FORMAT:
            raise NotATranscript(f"{path.name} has format {facts['transcript']}; this reads {FORMAT}")
        return {key: facts[key] for key in ("source", "version", "studio", "system", "date")}
    except (ValueError, KeyError, TypeError) as error:
        raise NotATranscript(f"{path.name} does not begin as a transcript does: {error}") from error


def differences(path: Path, folder: Path, *, footage: Path | None = None) -> list[Difference]:
    """Holds the double against a transcript, call by call.

    Args:
        path: of the transcript.
        folder: an empty one; clips and exports go there.
        footage: where the clips lie, or are to stay, if not there.

    Raises:
        NotATranscript: it is none.
    """
    facts = header(path)
    media, out = footage or folder / "media", folder / "out"
    written_footage(media)
    out.mkdir(parents=True, exist_ok=True)
    world = ResolveDouble(facts["version"], studio=facts["studio"])
    replay = _Replay(world, Neutral({"media": media.resolve(), "out": out.resolve()}))
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        try:
            replay.step(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise NotATranscript(f"{path.name} has a line that is none of a transcript: {line[:80]}") from error
    return replay.found


class _Replay:
    def __init__(self, world: ResolveDouble, neutral: Neutral) -> None:
        self.world, self.neutral = world, neutral
        self.objects: dict[str, Any] = {"0": Handle(world)}
        self.found: list[Difference] = []

    def step(self, line: dict[str, Any]) -> None:
        if "look" in line:
            self.look(line)
            return
        given = [self.given(one) for one in line["with"]]
        asked = f"{line['call']}({', '.join(_shown(one) for one in line['with'])})"
        recorded = _NOTHING if line.get("lacks") else line["is"]
        of = self.objects.get(line["of"])
        if of is None or any(_is_lost(one) for one in given):
            return  # the double gave no such object, which stands among the differences already
        try:
            answer = getattr(of, line["call"])(*given)
        except Misuse as misuse:
            if recorded is not _NOTHING:
                self.differs(line["n"], asked, _shown(recorded), f"refuses it: {misuse}")
            return
        written, _ = self.neutral.said(line["call"], answer, str(line["n"]))
        self.keep(written, answer)
        if recorded is _NOTHING:
            self.differs(line["n"], asked, "no such call", _shown(written))
        elif not _same(recorded, written):
            self.differs(line["n"], asked, _shown(recorded), _shown(written))

    def look(self, line: dict[str, Any]) -> None:
        path = Path(self.neutral.real(line["look"]))
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        found = {"there": path.is_file(), "holds": [word for word in line["words"] if word in text]}
        if found != line["is"]:
            self.differs(line["n"], f"the file {line['look']}", json.dumps(line["is"]), json.dumps(found))

    def differs(self, number: int, asked: str, recorded: str, double: str) -> None:
        self.found.append(Difference(number, asked, recorded, double))

    def keep(self, written: Any, answer: Any) -> None:
        """Objects of an answer by the names they have in the transcript."""
        if isinstance(written, list):
            for one, real in zip(written, answer, strict=True):
                self.keep(one, real)
        elif isinstance(written, dict) and "@" in written:
            self.objects[written["@"]] = answer
        elif isinstance(written, dict):
            for key, one in written["pairs"]:
                self.keep(one, answer[key])

    def given(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.neutral.real(value)
        if isinstance(value, list):
            return [self.given(one) for one in value]
        if isinstance(value, dict):
            if "@" in value:
                return self.objects.get(value["@"], _NOTHING)
            if "constant" in value:
                return getattr(self.objects["0"], value["constant"])
            return {key: self.given(one) for key, one in value["pairs"]}
        return value


def _is_lost(value: Any) -> bool:
    if isinstance(value, list):
        return any(_is_lost(one) for one in value)
    if isinstance(value, dict):
        return any(_is_lost(one) for one in value.values())
    return value is _NOTHING


def _same(one: Any, other: Any) -> bool:
    """Equal; numbers by value, so that 24 and 24.0 are one."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict) and "pairs" in one and "pairs" in other:
        first, second = {_key(k): v for k, v in one["pairs"]}, {_key(k): v for k, v in other["pairs"]}
        return first.keys() == second.keys() and all(_same(first[key], second[key]) for key in first)
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _key(key: Any) -> str:
    return f"{key:g}" if isinstance(key, int | float) else str(key)


def _shown(value: Any) -> str:
    """A value of a transcript in words."""
    if isinstance(value, list):
        return f"[{', '.join(_shown(one) for one in value)}]"
    if isinstance(value, dict):
        if "@" in value:
            return f"the object of call {value['@']}"
        if "constant" in value:
            return str(value["constant"])
        return f"{{{', '.join(f'{key}: {_shown(one)}' for key, one in value['pairs'])}}}"
    return repr(value)
