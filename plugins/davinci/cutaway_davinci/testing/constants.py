"""The constants of the interface: live attributes of the Resolve, with numbers that nobody has written down.

resolve.EXPORT_OTIO        # 1093.0 here, another number in another version: a script that writes one down fails
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

from cutaway_davinci.testing.vocabulary import Misuse, Version, version_of

_SINCE: Final = {
    "export type": {
        "EXPORT_AAF": "17.4",
        "EXPORT_DRT": "17.4",
        "EXPORT_EDL": "17.4",
        "EXPORT_FCP_7_XML": "17.4",
        "EXPORT_FCPXML_1_8": "17.4",
        "EXPORT_FCPXML_1_9": "18.0",
        "EXPORT_FCPXML_1_10": "18.0",
        "EXPORT_HDR_10_PROFILE_A": "17.4",
        "EXPORT_HDR_10_PROFILE_B": "17.4",
        "EXPORT_TEXT_CSV": "17.4",
        "EXPORT_TEXT_TAB": "17.4",
        "EXPORT_DOLBY_VISION_VER_2_9": "17.4",
        "EXPORT_DOLBY_VISION_VER_4_0": "17.4",
        "EXPORT_DOLBY_VISION_VER_5_1": "18.1.3",
        "EXPORT_OTIO": "18.5",
        "EXPORT_ALE": "19.0",
        "EXPORT_ALE_CDL": "19.0",
    },
    "export subtype": dict.fromkeys(
        [
            "EXPORT_NONE",
            "EXPORT_AAF_NEW",
            "EXPORT_AAF_EXISTING",
            "EXPORT_CDL",
            "EXPORT_SDL",
            "EXPORT_MISSING_CLIPS",
        ],
        "17.4",
    ),
}
"""Which of each kind there are, and since which version."""
NEEDS_SUBTYPE: Final = frozenset({"EXPORT_AAF", "EXPORT_EDL"})


def constants(version: Version, *, studio: bool) -> dict[str, dict[str, float]]:
    """The constants of one Resolve, by what they are for. Numbers are floats, and others in every version."""
    first = crc32(repr((version, studio)).encode()) % 1000 + 1000
    names = {
        kind: [name for name, since in there.items() if version_of(since) <= version] for kind, there in _SINCE.items()
    }
    return {kind: {name: float(first + 7 * n) for n, name in enumerate(there)} for kind, there in names.items()}


def named(known: dict[str, dict[str, float]], name: str) -> float:
    """The number of a constant.

    Raises:
        Misuse: this version has none of the name.
    """
    for there in known.values():
        if name in there:
            return there[name]
    raise Misuse(f"Resolve has no {name} in this version")


def name_of(known: dict[str, dict[str, float]], kind: str, value: object) -> str:
    """The constant that a number is.

    Raises:
        Misuse: it is text, or a number that somebody wrote down.
    """
    found = next((name for name, number in known[kind].items() if isinstance(value, float) and number == value), None)
    if found is None:
        raise Misuse(f"an {kind} is a live constant of this Resolve, not {value!r}")
    return found
