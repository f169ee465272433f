"""Colour words as paint: a drawing in another colour that keeps its own light and shade."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB


def tint(straight: Pixels, color: RGB, kind: str) -> Pixels:
    """The drawing (H, W, 4), straight alpha, painted in `color`.

    Outlines, eyes and tyres stay dark; a person's skin and hair and a vehicle's windows keep their colour.
    What is lighter or darker than the body of the drawing stays lighter or darker than `color`.
    """
    rgb = straight[:, :, :3].astype(np.float32)
    light = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    paint = _paintable(straight, light, kind)
    solid = (straight[:, :, 3] > 128) & (paint > 0.5)
    if not solid.any():
        return straight
    body = float(np.median(light[solid]))
    relative = light / max(body, 1.0)
    target = np.array(color, np.float32)
    below = np.clip(relative, 0.0, 1.0)[..., None] ** 0.8
    above = np.clip((relative - 1.0) * 0.55, 0.0, 0.55)[..., None]
    painted = target * below
    painted += (255 - painted) * above
    if float(target.mean()) < 70:  # on black and navy, shading is what is left of the drawing
        painted += ((light - body) * 0.22)[..., None]
    out = straight.copy()
    out[:, :, :3] = np.clip(rgb + (painted - rgb) * paint[..., None], 0, 255).astype(np.uint8)
    return out


def _paintable(straight: Pixels, light: NDArray[np.float32], kind: str) -> NDArray[np.float32]:
    """How much of each pixel takes the paint, 0 to 1."""
    hsv = cv2.cvtColor(np.ascontiguousarray(straight[:, :, :3]), cv2.COLOR_RGB2HSV).astype(np.float32)
    hue, saturation, value = hsv[:, :, 0] * 2, hsv[:, :, 1] / 255, hsv[:, :, 2] / 255
    paint = np.clip((light - 48) / 40, 0, 1)
    if kind == "person":
        paint = np.clip((value - 0.25) / 0.15, 0, 1).astype(np.float32)
        skin = (hue > 34) & (hue < 54) & (saturation > 0.45) & (value > 0.6)
        hair = (hue < 40) & (value < 0.5)
        grey = (saturation < 0.2) & (value < 0.75)
        body = ~(skin | hair | grey) & (straight[:, :, 3] > 128)
        if body.any():
            tones = np.bincount((hue[body] // 12).astype(int), minlength=30)
            garment = float(tones.argmax() * 12 + 6)
            away = np.abs((hue - garment + 180) % 360 - 180)
            body &= (away < 22) | ((saturation < 0.2) & (garment < 12))
        paint[~body] = 0
    elif kind == "flame":
        paint[(hue < 60) & (saturation > 0.4)] = 0
    elif kind == "vehicle":
        glass = (hue > 180) & (hue < 230) & (saturation < 0.62) & (light > 150)
        slate = (hue > 180) & (hue < 220) & (light < 132) & (saturation < 0.5)
        warm_dark = light < 84
        panes = cv2.morphologyEx(glass.astype(np.uint8), cv2.MORPH_OPEN, np.ones((11, 11), np.uint8))
        glass &= np.asarray(cv2.dilate(panes, np.ones((15, 15), np.uint8))) > 0
        if not _mostly(straight, glass):
            paint[glass] = 0
        paint[slate | warm_dark] = 0
    # One stray pixel in a window frame would sparkle: neighbours decide.
    agreed = cv2.medianBlur(np.round(paint * 255).astype(np.uint8), 7 if kind == "vehicle" else 3)
    return np.asarray(cv2.GaussianBlur(agreed, (3, 3), 0) / 255, np.float32)


def _mostly(straight: Pixels, where: NDArray[np.bool_]) -> bool:
    solid = straight[:, :, 3] > 128
    return bool(where[solid].mean() > 0.5) if solid.any() else False


def main_color(straight: Pixels, rows: slice = slice(None)) -> RGB:
    """The colour most of the drawing has, outlines left out; `rows` narrows it to a part."""
    part = straight[rows]
    solid = part[:, :, 3] > 200
    colors = part[solid][:, :3]
    colors = colors[colors.max(axis=1) > 60]
    if not len(colors):
        return (128, 128, 128)
    coarse = (colors >> 4).astype(np.int32)
    codes = coarse[:, 0] << 8 | coarse[:, 1] << 4 | coarse[:, 2]
    values, counts = np.unique(codes, return_counts=True)
    chosen = colors[codes == values[counts.argmax()]].mean(axis=0)
    return (round(chosen[0]), round(chosen[1]), round(chosen[2]))
