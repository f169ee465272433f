"""The judge: what colour the moving thing of a clip has, where it travels, and in what kind of place.

It is given decoded frames and nothing else: no prompt, no seed, no engine. It shares no code with any
engine, and every rule below says what such a thing looks like in general. `test_checker.py` puts the judge
itself to the proof with pictures of its own.

    background    what each pixel shows while nothing moves over it
    foreground    what differs from the background and is no shadow
    hero          the foreground blob that carries most movement
    colour        the name most of the hero's pixels would be given
    travel        the hero's mean velocity against the background
    place         see `places.py`

Frames are RGB uint8 (T, H, W, 3); distances are pixels of a picture scaled to 320 in width.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from semantics.places import hsv, place_scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Plane = NDArray[np.float32]
    Mask = NDArray[np.bool_]

WIDTH = 320
STILL = 0.035
"""Net travel below this share of the picture's width over the clip is no travel."""


@dataclass(frozen=True)
class Verdict:
    """What the judge saw. The shares and scores behind each answer are kept for whoever looks at a failure."""

    color: str
    direction: str
    place: str
    travel: tuple[float, float]
    """Net way of the hero over the clip, in picture widths: x to the right, y downwards."""
    color_shares: dict[str, float] = field(default_factory=dict)
    place_scores: dict[str, float] = field(default_factory=dict)
    hero_share: float = 0.0
    """Share of the picture that the hero covers."""


def judge(frames: Picture) -> Verdict:
    """Colour, direction and place of a clip (T, H, W, 3) RGB uint8 with T >= 8."""
    if frames.ndim != 4 or frames.shape[3] != 3 or len(frames) < 8:
        raise ValueError(f"a clip has at least 8 frames (T, H, W, 3), not {frames.shape}")
    clip = _scaled(frames)
    stride = max(1, round(len(clip) / 14))
    flows = [_flow(clip[t], clip[t + stride]) for t in range(0, len(clip) - stride, stride)]
    sampled = clip[::stride][: len(flows)]
    still = background(sampled, flows)
    heroes = [_hero(frame, still, flow, stride) for frame, flow in zip(sampled, flows, strict=True)]
    found = [hero for hero in heroes if hero is not None]
    scores = place_scores(still)
    place = max(scores, key=lambda name: scores[name])
    if len(found) < len(flows) // 4:
        return Verdict("none", "still", place, (0.0, 0.0), {}, scores)
    shares = color_shares(sampled, heroes, still)
    travel = _travel(found, (len(clip) - 1) / WIDTH)
    return Verdict(
        _color(shares),
        _direction(travel),
        place,
        travel,
        shares,
        scores,
        float(np.median([hero.mask.mean() for hero in found])),
    )


# -- motion ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Blob:
    """One candidate in one frame: where it is, how it moves (pixels per frame)."""

    mask: Mask
    velocity: tuple[float, float]
    weight: float


def _scaled(frames: Picture) -> Picture:
    height = round(frames.shape[1] * WIDTH / frames.shape[2] / 2) * 2
    if frames.shape[2] == WIDTH and frames.shape[1] == height:
        return frames
    return np.stack([cv2.resize(f, (WIDTH, height), interpolation=cv2.INTER_AREA) for f in frames])  # type: ignore[return-value]


def _flow(first: Picture, second: Picture) -> Plane:
    """Dense motion in pixels from one frame to another, the picture's own drift taken off."""
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    gray = [cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in (first, second)]
    flow = dis.calc(gray[0], gray[1], None)
    drift = np.median(flow.reshape(-1, 2), axis=0)
    return np.asarray(flow - drift, dtype=np.float32)


def background(frames: Picture, flows: list[Plane]) -> Picture:
    """What stands still: each pixel's median over the moments at which nothing moves there.

    Where something moves all the time, the surroundings are continued inwards if the place is small (a slow hero
    covers its own background), and the plain median is taken if it is large (moving water).
    """
    unseen = np.int16(999)  # sorts behind every value a pixel can have
    stack = frames.astype(np.int16)
    kernel = np.ones((7, 7), np.uint8)
    for index, flow in enumerate(flows):
        moving = (np.hypot(flow[..., 0], flow[..., 1]) > 0.6).astype(np.uint8)
        stack[index][cv2.dilate(moving, kernel) > 0] = unseen
    seen = (stack[..., 0] != unseen).sum(axis=0)
    rarely = seen < max(2, len(frames) // 8)
    stack[:, rarely] = frames[:, rarely]
    seen[rarely] = len(frames)
    stack.sort(axis=0)
    middle = np.broadcast_to((seen // 2)[None, ..., None], (1, *stack.shape[1:]))
    still = np.take_along_axis(stack, middle, axis=0)[0].astype(np.uint8)
    if rarely.mean() < 0.12:
        still = cv2.inpaint(still, rarely.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    return np.asarray(still)


def _extremes(picture: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The least and the greatest of each pixel's three channels; along so short an axis NumPy itself takes its time."""
    red, green, blue = (picture[..., n] for n in range(3))
    return np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)


def _foreground(frame: Picture, still: Picture) -> Mask:
    """Pixels that differ from the background and are not merely darker ones of the same hue (a shadow)."""
    now, then = frame.astype(np.float32), still.astype(np.float32)
    differs = _extremes(np.abs(now - then))[1] > 30
    low, high = _extremes((now + 4) / (then + 4))
    shadow = (high < 1.0) & (low > 0.42) & (high - low < 0.12)
    mask = (differs & ~shadow).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(mask > 0)


def _hero(frame: Picture, still: Picture, flow: Plane, stride: int) -> Blob | None:
    """The foreground blob with the most movement in it: area times speed, thin and frame-wide ones left out."""
    mask = _foreground(frame, still)
    height, width = mask.shape
    joined = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    best: Blob | None = None
    for label in range(1, count):
        w, h, area = (int(v) for v in stats[label][2:])
        if area < 0.0012 * mask.size or w > 0.7 * width or h > 0.92 * height or min(w, h) < 4:
            continue
        body = (labels == label) & mask
        if body.sum() < 20:
            continue
        motion = flow[body].reshape(-1, 2)
        speed = np.median(motion, axis=0) / stride
        along = float(np.hypot(*speed))
        weight = float(body.sum()) * min(along, 6.0)
        if best is None or weight > best.weight:
            # Ground that was wrongly taken for background elsewhere differs too, but does not move along.
            moves = flow @ (speed / max(along, 1e-6)) > 0.4 * along * stride
            best = Blob(np.asarray(body & moves), (float(speed[0]), float(speed[1])), weight)
    if best is None or np.hypot(*best.velocity) < 0.05:
        return None
    return best


def _travel(heroes: list[Blob], frames_per_width: float) -> tuple[float, float]:
    """Mean velocity times the length of the clip; each axis trimmed, so that one wrong moment says nothing."""
    velocity = np.array([hero.velocity for hero in heroes])
    weight = np.array([hero.weight for hero in heroes])
    velocity = velocity[weight > 0.25 * np.median(weight)]
    low, high = np.percentile(velocity, [10, 90], axis=0)
    mean = np.clip(velocity, low, high).mean(axis=0)
    return float(mean[0] * frames_per_width), float(mean[1] * frames_per_width)


def _direction(travel: tuple[float, float]) -> str:
    x, y = travel
    if max(abs(x), abs(y)) < STILL:
        return "still"
    if abs(x) >= abs(y):
        return "left" if x < 0 else "right"
    return "up" if y < 0 else "down"


# -- colour ------------------------------------------------------------------------------------


def name_pixels(pixels: NDArray[np.uint8]) -> NDArray[np.str_]:
    """The everyday colour name of each RGB pixel (n, 3)."""
    hue, saturation, value = hsv(pixels)
    pale = (saturation < 0.2) | ((saturation < 0.28) & (value < 0.3))
    names = np.full(len(pixels), "gray", dtype="<U6")
    for name, low, high in (
        ("red", 0, 15), ("orange", 15, 41), ("yellow", 41, 68), ("green", 68, 168),
        ("blue", 168, 254), ("purple", 254, 298), ("pink", 298, 342), ("red", 342, 361),
    ):  # fmt: skip
        names[(hue >= low) & (hue < high)] = name
    reddish = (hue < 15) | (hue >= 342)
    names[reddish & (saturation < 0.5) & (value > 0.72)] = "pink"
    names[reddish & (saturation < 0.5) & (value <= 0.72)] = "brown"
    names[(hue >= 8) & (hue < 48) & (value < 0.62)] = "brown"
    names[(hue >= 20) & (hue < 60) & (saturation < 0.42)] = "beige"
    names[pale] = "gray"
    names[pale & (value > 0.74)] = "white"
    names[(value < 0.2) | (pale & (value < 0.32))] = "black"
    return names


def color_shares(frames: Picture, heroes: list[Blob | None], still: Picture) -> dict[str, float]:
    """How the hero's pixels divide over the colour names.

    Its rim is left out, and whatever hardly differs from the background: there the two mix, as in a mirror image
    on water.
    """
    taken = []
    weights = [hero.weight for hero in heroes if hero is not None]
    for frame, hero in zip(frames, heroes, strict=True):
        if hero is None or hero.weight < 0.25 * float(np.median(weights)):
            continue
        inner = cv2.erode(hero.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        inner &= _extremes(np.abs(frame.astype(np.int16) - still))[1] > 60
        taken.append(frame[inner if inner.sum() > 30 else hero.mask])
    names = name_pixels(np.concatenate(taken))
    found, counts = np.unique(names, return_counts=True)
    return {str(n): round(float(c / len(names)), 3) for n, c in zip(found, counts, strict=True)}


def _color(shares: dict[str, float]) -> str:
    """The leading chromatic name where it holds a fair part, else the leading one of white, gray and black.

    A red car has dark tyres and grey windows, and is red; a white rabbit has pink ears and a white boat a blue
    flag, and they are white.
    """
    chromatic = {n: s for n, s in shares.items() if n not in {"white", "gray", "black", "beige", "brown"}}
    plain = {n: s for n, s in shares.items() if n not in chromatic}
    hue = max(chromatic, key=lambda n: chromatic[n], default="")
    tone = max(plain, key=lambda n: plain[n], default="")
    if hue and (not tone or chromatic[hue] > plain[tone] or (chromatic[hue] >= 0.33 and tone != "white")):
        return hue
    return tone
