"""One frame of a video on a server, as pixels: fetched and decoded when it is asked for, and not before.

Servers that speak cutaway take "frame n of video id" as it is. For all others the frame is fetched here and travels as
a picture. Decoding needs the extra `media`, loaded only then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from cutaway.client.media_input import png
from cutaway.client.request import FilePart

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from cutaway.client.dialects.base import Submission
    from cutaway.client.io import IO
    from cutaway.wire import Variant

    Pixels = NDArray[np.uint8]


def lossless(number: int, variants: frozenset[str]) -> tuple[Variant, int]:
    """What to fetch for a frame, and which frame of that it is: the ends are there as pictures on some servers."""
    if number == 0 and "first_frame" in variants:
        return "first_frame", 0
    if number == -1 and "last_frame" in variants:
        return "last_frame", 0
    return "video", number


def decoded(path: Path, number: int) -> Pixels:
    """Frame `number` of a file, (H, W, 3) RGB; counted from the end where it is negative.

    Raises:
        MediaError: there is no such frame.
        UnreadableMedia: the file cannot be decoded.
    """
    from cutaway.media.decode import Clip

    with Clip(path) as clip:
        at = number if number >= 0 else len(clip) + number
        return clip.read(at, at + 1)[0]  # type: ignore[no-any-return]


async def with_frames_fetched(
    submission: Submission, fetch: Callable[[str, int], Awaitable[Pixels]], io: IO
) -> Submission:
    """The submission with a picture in the place of every frame of a video that it names."""
    fetched: dict[tuple[str, int], FilePart] = {}
    for video_id, number in _named(submission.body):
        if (video_id, number) not in fetched:
            pixels = await fetch(video_id, number)
            fetched[video_id, number] = await io.aside(partial(as_png, pixels, f"{video_id}-{number}.png"))
    return replace(submission, body=_replaced(submission.body, fetched)) if fetched else submission


def as_png(pixels: Pixels, name: str) -> FilePart:
    """A picture (H, W, 3) RGB as a PNG file in memory."""
    height, width, _ = pixels.shape
    return FilePart(name, png(pixels.tobytes(), width, height), "image/png")


def _named(value: Any) -> list[tuple[str, int]]:
    """Every frame of a video in a body."""
    if isinstance(value, Mapping):
        if isinstance(value.get("id"), str) and isinstance(value.get("frame"), int):
            return [(value["id"], value["frame"])]
        return [found for part in value.values() for found in _named(part)]
    return [found for part in value for found in _named(part)] if isinstance(value, list) else []


def _replaced(value: Any, pictures: Mapping[tuple[str, int], FilePart]) -> Any:
    if isinstance(value, Mapping):
        picture = pictures.get((value.get("id"), value.get("frame")))  # type: ignore[arg-type]
        return picture or {name: _replaced(part, pictures) for name, part in value.items()}
    return [_replaced(part, pictures) for part in value] if isinstance(value, list) else value
