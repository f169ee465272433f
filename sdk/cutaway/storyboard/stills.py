"""A place at one glance: the last picture before it, what lies in it, the first picture behind it.

film_strip(footage, card, take, folder)     # left neighbour, first, middle and last of the take, right neighbour
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cutaway.media.conform import fitted
from cutaway.media.decode import Clip
from cutaway.media.extra import np
from cutaway.media.picture import encoded
from cutaway.storyboard.footage import Footage, Unavailable
from cutaway.timebase import FrameRange

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.media.extra import Pixels
    from cutaway.storyboard.card import Card, Take

HEIGHT: Final = 120
_EMPTY: Final = (46, 46, 52)
_LINE: Final = 3


def film_strip(footage: Footage, card: Card, take: Take | None, folder: Path, *, height: int = HEIGHT) -> Pixels:
    """The pictures around and in the place of a card: (height, W, 3) RGB uint8.

    A neighbour whose frames cannot be had, or a take that does not exist yet, is a dark field.
    """
    place = card.placement
    try:
        wide, high = footage.size()
    except Unavailable:
        wide, high = 16, 9
    width = max(1, round(height * wide / high))
    tiles = [_neighbour(footage, card, place.start - 1, width, height)]
    if take is None:
        tiles.append(_field(width, height))
    else:
        with Clip(folder / take.path) as clip:
            shown = (take.used.start, (take.used.start + take.used.end - 1) // 2, take.used.end - 1)
            tiles += [fitted(clip.read(frame, frame + 1)[0], width, height) for frame in shown]
    tiles.append(_neighbour(footage, card, place.behind, width, height))
    line = np.zeros((height, _LINE, 3), np.uint8)
    return np.concatenate([part for tile in tiles for part in (tile, line)][:-1], axis=1)


def written(path: Path, picture: Pixels) -> Path:
    """A picture as a PNG file."""
    path.write_bytes(encoded(picture, "png"))
    return path


def _neighbour(footage: Footage, card: Card, frame: int, width: int, height: int) -> Pixels:
    """What the card's own track shows at a record frame."""
    for item in footage.index.tracks[card.placement.track].items:
        if item.kind == "clip" and item.record.start <= frame < item.record.end:
            try:
                shown: Pixels = footage.frames(item, FrameRange.of(frame, 1), width, height)[0]
            except Unavailable:
                break
            return shown
    return _field(width, height)


def _field(width: int, height: int) -> Pixels:
    field = np.zeros((height, width, 3), np.uint8)
    field[:] = _EMPTY
    return field
