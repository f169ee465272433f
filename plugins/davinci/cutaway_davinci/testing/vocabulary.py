"""Which names the scripting interface of DaVinci Resolve has, since when, and with how many arguments.

The calls stand in `calls.tsv`, one a row. A call that is not there does not exist in any version; one whose
`since` lies above the version, or whose `until` does not, does not exist in that one. `late argument` is the
version in which the last optional argument came.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, TypeAlias

Version: TypeAlias = tuple[int, ...]


class Misuse(AssertionError):
    """Something was asked of Resolve that this version of it does not have: the test is to fail."""


def version_of(text: str) -> Version:
    """A version such as 21.0.4 as numbers that can be compared."""
    return tuple(int(part) for part in text.split("."))


@dataclass(frozen=True)
class Call:
    """One call of one object."""

    kind: str
    name: str
    fewest: int
    most: int
    since: Version
    deprecated: Version | None = None
    until: Version | None = None
    late_argument: Version | None = None

    def most_in(self, version: Version) -> int:
        """How many arguments it takes in a version."""
        late = self.late_argument is not None and version < self.late_argument
        return self.most - 1 if late else self.most

    def is_in(self, version: Version) -> bool:
        return self.since <= version and (self.until is None or version < self.until)


@cache
def calls() -> dict[tuple[str, str], Call]:
    """Every call by its object and name."""
    text = files(__package__).joinpath("calls.tsv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        deprecated, until, late = (
            None if row[key] == "-" else version_of(row[key]) for key in ("deprecated", "until", "late argument")
        )
        call = Call(
            row["object"],
            row["call"],
            int(row["fewest"]),
            int(row["most"]),
            version_of(row["since"]),
            deprecated,
            until,
            late,
        )
        found[call.kind, call.name] = call
    return found


def call_of(kind: str, name: str, version: Version) -> Call:
    """A call of this version.

    Raises:
        Misuse: there is none of the name, or not in this version.
    """
    call = calls().get((kind, name))
    shown = ".".join(map(str, version))
    if call is None:
        raise Misuse(f"{kind} has no {name} in any version")
    if not call.is_in(version):
        came, gone = ".".join(map(str, call.since)), ".".join(map(str, call.until or ()))
        raise Misuse(f"{kind}.{name} is not in {shown}: it is there from {came}{f' up to {gone}' if gone else ''}")
    if call.deprecated is not None and call.deprecated <= version:
        raise Misuse(f"{kind}.{name} is deprecated in {shown}")
    return call


MARKER_COLORS: Final = frozenset(
    [
        "Blue",
        "Cyan",
        "Green",
        "Yellow",
        "Red",
        "Pink",
        "Purple",
        "Fuchsia",
        "Rose",
        "Lavender",
        "Sky",
        "Mint",
        "Lemon",
        "Sand",
        "Cocoa",
        "Cream",
    ]
)
CLIP_COLORS: Final = frozenset(
    [
        "Orange",
        "Apricot",
        "Yellow",
        "Lime",
        "Olive",
        "Green",
        "Teal",
        "Navy",
        "Blue",
        "Purple",
        "Violet",
        "Pink",
        "Tan",
        "Beige",
        "Brown",
        "Chocolate",
    ]
)
TRACK_TYPES: Final = frozenset({"video", "audio", "subtitle"})
MARK_TYPES: Final = frozenset({"video", "audio", "all"})
AUDIO_FORMATS: Final = frozenset(
    ["mono", "stereo", "lrc", "lcr", "lrcs", "lcrs", "quad", "5.0", "5.0film", "5.1", "5.1film"]
    + ["7.0", "7.0film", "7.1", "7.1film"]
    + [f"adaptive{n}" for n in range(1, 37)]
)
PAGES: Final = dict.fromkeys(("media", "cut", "edit", "fusion", "color", "fairlight", "deliver"), (17, 4)) | {
    "photo": (21,)
}
TIMECODE_PAGES: Final = frozenset({"cut", "edit", "color", "fairlight", "deliver"})
CLIP_PROPERTIES: Final = frozenset(
    [
        "Clip Name",
        "File Name",
        "File Path",
        "FPS",
        "Frames",
        "Start",
        "Start TC",
        "End TC",
        "Duration",
        "Resolution",
        "PAR",
        "Type",
        "Audio Ch",
        "Video Codec",
        "Online Status",
        "Usage",
        "In",
        "Out",
    ]
)
TIMELINE_SETTINGS: Final = frozenset(
    [
        "useCustomSettings",
        "timelineFrameRate",
        "timelineDropFrameTimecode",
        "timelineResolutionWidth",
        "timelineResolutionHeight",
        "timelinePixelAspectRatio",
    ]
)


@dataclass(frozen=True)
class Key:
    """One key of a dict that is handed to a call."""

    types: tuple[str, ...]
    required: bool = False
    since: Version = (17, 4)


APPEND_KEYS: Final = {
    "mediaPoolItem": Key(("MediaPoolItem",), required=True),
    "startFrame": Key(("int", "float")),
    "endFrame": Key(("int", "float")),
    "mediaType": Key(("int",)),
    "trackIndex": Key(("int",), since=(18, 5)),
    "recordFrame": Key(("int", "float"), since=(18, 5)),
}
FLOAT_FRAMES_SINCE: Final = (19, 0, 3)
IMPORT_KEYS: Final = {
    "FilePath": Key(("str",), required=True),
    "StartIndex": Key(("int",)),
    "EndIndex": Key(("int",)),
}
TIMELINE_IMPORT_KEYS: Final = {
    "timelineName": Key(("str",)),
    "importSourceClips": Key(("bool",)),
    "sourceClipsPath": Key(("str",)),
    "sourceClipsFolders": Key(("list",)),
    "interlaceProcessing": Key(("bool",)),
}
TRACK_OPTIONS: Final = {"audioType": Key(("str",), since=(19, 0)), "index": Key(("int",), since=(19, 0))}


def checked_dict(what: str, given: object, keys: dict[str, Key], version: Version) -> dict[str, object]:
    """A dict with no key that this version does not know, and every one that it needs.

    Raises:
        Misuse: it is none, or has a key or a type that is not documented.
    """
    if not isinstance(given, dict):
        raise Misuse(f"{what} is given as a dict, not as {given!r}; the other forms are deprecated")
    for name, value in given.items():
        key = keys.get(name)
        shown = ".".join(map(str, version))
        if key is None or version < key.since:
            raise Misuse(f"{what} has no key {name!r} in {shown}; it has {', '.join(keys)}")
        found = getattr(value, "kind_of_handle", type(value).__name__)
        if found not in key.types or (found == "float" and version < FLOAT_FRAMES_SINCE):
            raise Misuse(f"{what}: {name} is {' or '.join(key.types)} in {shown}, not {value!r}")
    if missing := [name for name, key in keys.items() if key.required and name not in given]:
        raise Misuse(f"{what} lacks {', '.join(missing)}")
    return given


def one_of(what: str, value: object, values: frozenset[str]) -> None:
    """Raises:
    Misuse: a value the interface does not know.
    """
    if value not in values:
        raise Misuse(f"{what} is one of {', '.join(sorted(values))}, not {value!r}")
