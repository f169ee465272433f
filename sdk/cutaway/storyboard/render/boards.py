"""The timeline of a board: its shots one behind the other, as an OTIO file beside them.

| 01 | 02 | 03 | ...        each as long as its media, at the rate of the first one
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from cutaway.errors import EditRefused
from cutaway.storyboard.render.hashes import write_atomically
from cutaway.timebase import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cutaway.storyboard.render.expansion import Board
    from cutaway.storyboard.render.outcome import Outcome


def written(board: Board, shots: Sequence[Outcome], out: Path) -> Path:
    """Writes a board's timeline, where it is not so already.

    Raises:
        EditRefused: the shots are of different rates, or a server did not say how long one is.
    """
    path = out / board.output
    text = json.dumps(timeline(board, shots), indent=4) + "\n"
    if not path.is_file() or path.read_text("utf-8") != text:
        write_atomically(path, text)
    return path


def timeline(board: Board, shots: Sequence[Outcome]) -> dict[str, Any]:
    """The timeline as OTIO's JSON. Media are named relative to it, so that the folder can be moved."""
    rates = {shot.locked.rate for shot in shots if shot.locked}
    if len(rates) != 1 or None in rates or any(shot.locked is None or shot.locked.frames is None for shot in shots):
        raise EditRefused(
            f"the shots of {board.id} cannot be cut together: their rates are {sorted(map(str, rates))}; "
            "give the board a rate",
            items=tuple(shot.id for shot in shots),
        )
    rate = float(Fraction(Rate.parse(str(rates.pop())).fraction))
    folder = PurePosixPath(board.output).parent
    clips = [_clip(shot, rate, folder) for shot in shots]
    track = _composition("Track.1", "V1", clips) | {"kind": "Video"}
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {},
        "name": board.id,
        "global_start_time": None,
        "tracks": _composition("Stack.1", "tracks", [track]),
    }


def _clip(shot: Outcome, rate: float, folder: PurePosixPath) -> dict[str, Any]:
    assert shot.locked is not None
    frames = shot.locked.frames or 0
    whole = _range(frames, rate)
    media = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "metadata": {},
        "name": shot.id,
        "available_range": whole,
        "target_url": str(PurePosixPath(shot.output).relative_to(folder)),
    }
    return {
        "OTIO_SCHEMA": "Clip.2",
        "metadata": {"cutaway": {"prompt": shot.prompt, "model": shot.locked.model, "seed": shot.locked.seed}},
        "name": shot.id,
        "source_range": whole,
        "effects": [],
        "markers": [],
        "enabled": True,
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _composition(schema: str, name: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": schema,
        "metadata": {},
        "name": name,
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": children,
    }


def _range(frames: int, rate: float) -> dict[str, Any]:
    def time(value: int) -> dict[str, Any]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}

    return {"OTIO_SCHEMA": "TimeRange.1", "duration": time(frames), "start_time": time(0)}
