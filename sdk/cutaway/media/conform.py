"""Footage at the size and rate of a canvas, without changing what is already right.

Nothing is held: frames are read, scaled and handed on as they are asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Literal, TypeAlias

from cutaway.errors import MediaError
from cutaway.media.extra import Image, np
from cutaway.timebase import round_half_up

if TYPE_CHECKING:
    from fractions import Fraction

    from cutaway.media.decode import Clip
    from cutaway.media.extra import Pixels
    from cutaway.timebase import Frames, Rate

Fit: TypeAlias = Literal["cover", "contain", "stretch"]
"""cover: fill the picture, crop the rest around the middle. contain: whole, with black bars. stretch: squeezed."""


class ConformedPlate:
    """Frames [start, end) of a clip, source time, as a plate of another size and rate.

    Each frame of the plate is the source frame presented nearest to its time (the later one in the
    middle between two), counted from frame `start`. The plate lasts as long as the range, rounded
    to whole frames, and at least one. Where size and rate are those of the clip, frames pass
    bit for bit.

    Raises:
        MediaError: no frames, or frames outside the clip.
    """

    def __init__(
        self,
        clip: Clip,
        width: int,
        height: int,
        rate: Rate,
        *,
        start: Frames = 0,
        end: Frames | None = None,
        fit: Fit = "cover",
    ) -> None:
        end = len(clip) if end is None else end
        if not 0 <= start < end <= len(clip):
            raise MediaError(
                f"frames [{start}, {end}) were asked of {clip.path.name}, which has {len(clip)} frames",
                source=clip.path,
            )
        self._clip = clip
        self._size = (width, height)
        self._fit: Fit = fit
        self._sources = _sources(clip, rate, start, end)

    def __len__(self) -> int:
        return len(self._sources)

    def source_frame(self, frame: Frames) -> Frames:
        """Which frame of the clip a frame of the plate shows."""
        return self._sources[frame]

    def read(self, start: Frames, end: Frames) -> Pixels:
        """Frames [start, end) of the plate: (end - start, height, width, 3) RGB uint8.

        Raises:
            MediaError: frames outside the plate.
        """
        if not 0 <= start <= end <= len(self):
            raise MediaError(f"frames [{start}, {end}) were asked of a plate of {len(self)} frames")
        width, height = self._size
        frames = np.empty((end - start, height, width, 3), np.uint8)
        shown = -1
        for at, source in enumerate(self._sources[start:end]):
            if source == shown:
                frames[at] = frames[at - 1]
            else:
                frames[at] = fitted(self._clip.read(source, source + 1)[0], width, height, self._fit)
                shown = source
        return frames


class StillPlate:
    """One picture as a plate of one frame."""

    def __init__(self, picture: Pixels) -> None:
        self._picture = picture

    def __len__(self) -> int:
        return 1

    def read(self, start: Frames, end: Frames) -> Pixels:
        if not 0 <= start <= end <= 1:
            raise MediaError(f"frames [{start}, {end}) were asked of a plate of 1 frame")
        return self._picture[None][start:end].copy()


def still_plate(picture: Pixels, width: int, height: int, fit: Fit = "cover") -> StillPlate:
    """A picture (H, W, 3) RGB uint8 at another size, as a plate of one frame."""
    return StillPlate(fitted(picture, width, height, fit))


def fitted(picture: Pixels, width: int, height: int, fit: Fit = "cover") -> Pixels:
    """One picture (H, W, 3) RGB uint8 at another size: (height, width, 3). The same size is the same pixels."""
    have_height, have_width = picture.shape[:2]
    if (have_width, have_height) == (width, height):
        return picture
    image = Image.fromarray(picture)
    if fit == "contain":
        scale = min(width / have_width, height / have_height)
        inside = (max(1, round(have_width * scale)), max(1, round(have_height * scale)))
        canvas = Image.new("RGB", (width, height))
        canvas.paste(
            image.resize(inside, Image.Resampling.LANCZOS), ((width - inside[0]) // 2, (height - inside[1]) // 2)
        )
        return np.asarray(canvas)
    box = (0.0, 0.0, float(have_width), float(have_height))
    if fit == "cover":
        scale = min(have_width / width, have_height / height)
        left, top = (have_width - width * scale) / 2, (have_height - height * scale) / 2
        box = (max(0.0, left), max(0.0, top), min(have_width, have_width - left), min(have_height, have_height - top))
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, box=box))


def covering(have: tuple[int, int], wanted: tuple[int, int]) -> tuple[int, int]:
    """The smallest size of the shape `have` (width, height) that covers `wanted`."""
    (width, height), (room, depth) = have, wanted
    if width * depth <= height * room:
        return room, max(depth, round(height * room / width))
    return max(room, round(width * depth / height)), depth


def cropped(picture: Pixels, width: int, height: int) -> Pixels:
    """The middle of a picture (H, W, 3), of another size."""
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width]


def _sources(clip: Clip, rate: Rate, start: Frames, end: Frames) -> list[Frames]:
    """For each frame at `rate`, the source frame presented nearest to its time."""
    if clip.info.rate is None:
        return [0]
    if clip.info.rate == rate and not clip.info.variable_rate:
        return list(range(start, end))
    origin = clip.seconds_at(start)
    times = [clip.seconds_at(frame) - origin for frame in range(start, end)]
    count = max(1, round_half_up((clip.seconds_at(end) - origin) * rate.fraction))
    return [start + _nearest(times, at / rate.fraction) for at in range(count)]


def _nearest(times: list[Fraction], time: Fraction) -> int:
    """The index of the time nearest to `time`; of two equally near ones the later."""
    after = bisect_left(times, time)
    if after == len(times):
        return after - 1
    if after and time - times[after - 1] < times[after] - time:
        return after - 1
    return after
