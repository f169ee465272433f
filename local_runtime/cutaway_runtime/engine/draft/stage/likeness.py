"""Likenesses: the pictures of characters as cutouts that can act.

    alpha         the picture says itself what belongs to it
    plain         it stands before one colour, or one that turns slowly into another: that is taken away
    grown         what stands out in the middle is told from what lies at the edges (graph cut)
    card          none of that can be trusted: the picture stands there in a frame, whole

Always the same for the same pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import cv2
import numpy as np

from cutaway_runtime.engine.draft.stage.cutout import Cutout, premultiply
from cutaway_runtime.engine.draft.stage.light import lit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cutaway_runtime.canvas import Character, Pixels

    Mask: TypeAlias = NDArray[np.uint8]
    """(H, W): 255 where somebody is, 0 where the background is."""

ALPHA, PLAIN, GROWN, CARD = "alpha", "plain", "grown", "card"
_TRUST: Final = (ALPHA, PLAIN, GROWN, CARD)
"""The ways, the surer one first."""
_NEAR: Final = 12.0
"""Difference in CIELAB up to which a pixel has the colour of the background."""
_PLAIN: Final = 0.88
"""The part of the rim that has to have it."""
_LEAST, _MOST = 0.015, 0.92
"""How much of the picture somebody may take up whose background was plain."""
_SMALL: Final = 320
"""The longer side at which a graph is cut, in pixels."""
_SHARED: Final = 0.15
"""The part of its colours that somebody may have in common with the background of a cut."""
_UNREST: Final = 15.0
"""Mean slope of the background, in code values per Sobel step, beyond which a cut follows its patterns instead."""


@dataclass(frozen=True)
class Likeness:
    """A picture of somebody, (H, W, 4) premultiplied RGBA, trimmed; `way` is how it came out of its background."""

    name: str
    pixels: Pixels
    way: str

    @property
    def foot(self) -> float:
        """Where it stands, as a fraction of its width: the middle of what is lowest."""
        alpha = self.pixels[..., 3].astype(np.float32)
        low = alpha[-max(1, round(alpha.shape[0] * 0.06)) :].sum(axis=0)
        return float((low * (np.arange(alpha.shape[1]) + 0.5)).sum() / max(low.sum(), 1) / alpha.shape[1])

    def cutout(self, factors: tuple[float, float, float]) -> Cutout:
        """It, in the light of a scene."""
        return Cutout(lit(self.pixels, factors), foot=self.foot)


class Company:
    """The cast of a canvas, drawn when a scene first needs somebody."""

    def __init__(self, cast: Sequence[Character] = ()) -> None:
        self._cast = cast

    def __getitem__(self, character: int) -> Likeness:
        one = self._cast[character]
        return likeness(one.name, one.pictures)


def likeness(name: str, pictures: Sequence[Pixels]) -> Likeness:
    """The best likeness among some pictures (H, W, 4) RGBA: the first of those that come out of it most surely."""
    found: Likeness | None = None
    for picture in pictures:
        pixels, way = _seen(np.ascontiguousarray(picture).tobytes(), picture.shape[:2])
        if found is None or _TRUST.index(way) < _TRUST.index(found.way):
            found = Likeness(name, pixels, way)
        if way in {ALPHA, PLAIN}:
            break
    if found is None:
        raise ValueError(f"{name!r} has no picture")
    return found


@lru_cache(maxsize=16)
def _seen(data: bytes, shape: tuple[int, int]) -> tuple[Pixels, str]:
    """A picture without its background, premultiplied and trimmed, and the way it was done."""
    picture = np.frombuffer(data, np.uint8).reshape(*shape, 4)
    alpha = picture[..., 3]
    if (alpha < 16).mean() > 0.02 and (alpha > 239).mean() > 0.01:
        return _trimmed(premultiply(picture)), ALPHA
    rgb = np.ascontiguousarray(picture[..., :3])
    for way, find in ((PLAIN, _before_one_colour), (GROWN, _in_the_middle)):
        mask = find(rgb)
        if mask is not None:
            return _trimmed(_freed(rgb, mask)), way
    return card(rgb), CARD


def _before_one_colour(rgb: Pixels) -> Mask | None:
    """Everything that is not joined to the rim by the colour of the rim; None where the rim has more than one."""
    lab = _lab(rgb)
    height, width = lab.shape[:2]
    thick = max(2, min(height, width) // 50)
    rim = np.ones((height, width), bool)
    rim[thick:-thick, thick:-thick] = False
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    plane = np.stack([np.ones_like(x), x, y], axis=-1)
    near = np.ones(int(rim.sum()), bool)
    colours, places = lab[rim], plane[rim]
    slope = np.zeros((3, 3), np.float32)
    for _ in range(3):  # what stands at the rim does not count
        middle = np.median(colours[near], axis=0)
        slope = np.linalg.lstsq(places[near], colours[near] - middle, rcond=None)[0]
        slope[0] += middle
        off = np.linalg.norm(colours - places @ slope, axis=-1)
        near = off <= max(_NEAR, float(np.quantile(off, 0.6)))
    if (off <= _NEAR).mean() < _PLAIN:
        return None
    like = (np.linalg.norm(lab - plane @ slope, axis=-1) <= _NEAR).astype(np.uint8)
    _count, labels = cv2.connectedComponents(like, connectivity=4)
    behind = np.isin(labels, np.unique(labels[rim & (like > 0)])) & (like > 0)
    mask = _solid(np.where(behind, 0, 255).astype(np.uint8))
    return mask if _LEAST <= (mask > 0).mean() <= _MOST else None


def _in_the_middle(rgb: Pixels) -> Mask | None:
    """What a cut through the graph of neighbouring pixels takes for the foreground; None where it cannot be trusted."""
    height, width = rgb.shape[:2]
    scale = min(1.0, _SMALL / max(height, width))
    size = max(16, round(width * scale)), max(16, round(height * scale))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = np.full(small.shape[:2], cv2.GC_PR_BGD, np.uint8)
    centre, axes = (size[0] // 2, round(size[1] * 0.53)), (round(size[0] * 0.42), round(size[1] * 0.46))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, cv2.GC_PR_FGD, -1)
    rim = max(2, min(size) // 20)
    mask[:rim] = mask[:, :rim] = mask[:, -rim:] = cv2.GC_BGD
    cv2.setRNGSeed(7)
    cv2.grabCut(small, mask, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
    found = _whole(np.where((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD), 255, 0).astype(np.uint8))
    if not _stands_out(small, found):
        return None
    grown = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(cv2.GaussianBlur(grown, (0, 0), max(1.0, 0.7 / scale)) > 127, 255, 0), np.uint8)


def _stands_out(picture: Pixels, mask: Mask) -> bool:
    """Whether a cut follows something: it has other colours than its background, and its outline lies on edges."""
    inside = mask > 0
    share = float(inside.mean())
    if not 0.04 <= share <= 0.65:
        return False
    sides = np.concatenate([inside[:, 4], inside[:, -5], inside[4]])
    if sides.mean() > 0.08:
        return False
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    counts = [cv2.calcHist([lab], [0, 1, 2], part, [8, 8, 8], [0, 256] * 3) for part in (mask, 255 - mask)]
    shared = float(np.minimum(*(count / max(float(count.sum()), 1.0) for count in counts)).sum())
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 1.0).astype(np.float32)
    steep = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    kernel = np.ones((3, 3), np.uint8)
    outline = cv2.dilate(mask, kernel) != cv2.erode(mask, kernel)
    unrest = float(steep[~outline & ~inside].mean())
    return shared < _SHARED and unrest < _UNREST and float(steep[outline].mean()) > 1.6 * (unrest + 1)


def _whole(mask: Mask) -> Mask:
    """Without specks, narrow cracks and holes."""
    reach = max(3, min(mask.shape) // 40) | 1
    kernel = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)), np.uint8)
    closed = _solid(np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(closed, outlines, -1, (255,), cv2.FILLED), np.uint8)


def _solid(mask: Mask) -> Mask:
    """Without specks: what has at least a thirtieth of the largest piece's area stays."""
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas):
        return np.zeros_like(mask)
    large = [n + 1 for n, area in enumerate(areas) if area * 30 >= areas.max()]
    return np.where(np.isin(labels, large), 255, 0).astype(np.uint8)


def _freed(rgb: Pixels, mask: Mask) -> Pixels:
    """Somebody with a soft outline that has no colour of the old background in it, premultiplied."""
    soft = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3), np.uint8)), (0, 0), 0.9)
    sure = (cv2.erode(mask, np.ones((5, 5), np.uint8)) > 0).astype(np.float32)
    weight = cv2.GaussianBlur(sure, (0, 0), 2.0)[..., None]
    own = cv2.GaussianBlur(rgb.astype(np.float32) * sure[..., None], (0, 0), 2.0) / np.maximum(weight, 1e-3)
    colours = np.where(sure[..., None] > 0, rgb, np.where(weight > 0.02, own, rgb))
    return premultiply(np.dstack([np.clip(colours, 0, 255).astype(np.uint8), soft]))


def card(rgb: Pixels) -> Pixels:
    """A picture in a frame that stands on the ground."""
    height, width = rgb.shape[:2]
    scale = 640 / max(height, width)
    inside = np.asarray(cv2.resize(rgb, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA))
    high, wide = inside.shape[:2]
    edge, foot = round(0.035 * max(high, wide)), round(0.05 * high) + 6
    out = np.zeros((high + 2 * edge + foot, wide + 2 * edge, 4), np.uint8)
    frame = out[: high + 2 * edge]
    cv2.rectangle(frame, (0, 0), (frame.shape[1] - 1, frame.shape[0] - 1), (250, 248, 242, 255), -1)
    cv2.rectangle(frame, (1, 1), (frame.shape[1] - 2, frame.shape[0] - 2), (150, 146, 138, 255), 3)
    frame[edge : edge + high, edge : edge + wide, :3] = inside
    for x in (round(0.2 * out.shape[1]), round(0.8 * out.shape[1])):
        cv2.rectangle(out, (x - edge // 2, frame.shape[0]), (x + edge // 2, out.shape[0] - 1), (92, 84, 74, 255), -1)
    return out


def _lab(rgb: Pixels) -> NDArray[np.float32]:
    """CIELAB, L from 0 to 100."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.8), np.float32)


def _trimmed(pixels: Pixels) -> Pixels:
    x, y, width, height = cv2.boundingRect((pixels[..., 3] > 24).astype(np.uint8))
    return np.ascontiguousarray(pixels[y : y + height, x : x + width])
