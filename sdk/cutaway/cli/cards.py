"""Timed cards as a person writes them: `--card "48: it bursts"`, `--card "2.5s: mid.png"`, `--card "end: last.png"`.

Before the colon stands when: a frame, seconds with an s, or `end`. Behind it stands what: a picture, a clip or the id
of a video, else words. Words and a picture of one time are one card.
"""

from __future__ import annotations

import mimetypes
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from cutaway.cli.target import VIDEO_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

WRITTEN: Final = re.compile(
    r"^\s*(?:(?P<frame>\d+)|(?P<seconds>\d+(?:\.\d+)?)\s*s|(?P<end>end))\s*:\s*(?P<what>\S.*?)\s*$", re.DOTALL
)
HOW: Final = 'a card is written WHEN: WHAT, such as "48: it bursts", "2.5s: mid.png" or "end: last.png"'


def cards(written: Sequence[str]) -> list[dict[str, Any]]:
    """The cards, as the client takes them.

    Raises:
        typer.BadParameter: one is not written as a card is, names a file that is not there, or says a thing twice.
    """
    found: list[dict[str, Any]] = []
    for text in written:
        match = WRITTEN.match(text)
        if match is None:
            raise typer.BadParameter(f"{text!r}: {HOW}")
        when, what = _when(match), _what(match["what"])
        there = next((card for card in found if when.items() <= card.items()), None)
        if there is None:
            found.append(when | what)
        elif twice := there.keys() & what.keys() - when.keys():
            raise typer.BadParameter(f"{text!r}: that time has its {twice.pop()} already")
        else:
            there.update(what)
    return found


def _when(match: re.Match[str]) -> dict[str, Any]:
    if match["end"]:
        return {"at": -1}
    return {"at": int(match["frame"])} if match["frame"] else {"at_s": float(match["seconds"])}


def _what(text: str) -> dict[str, Any]:
    if VIDEO_ID.match(text):
        return {"clip": {"id": text}}
    kind = (mimetypes.guess_type(text)[0] or "").partition("/")[0]
    if kind not in {"image", "video"}:
        return {"prompt": text}
    path = Path(text)
    if not path.is_file():
        raise typer.BadParameter(f"{text} does not exist; name a picture or a clip, or write what should be seen")
    return {"image" if kind == "image" else "clip": path}
