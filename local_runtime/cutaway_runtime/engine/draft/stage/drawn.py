"""Shapes the stage draws itself: balls and boxes, paper airplanes, a hoop, a creature with fur.

Each is drawn once into a square of 512 pixels and trimmed; all take a colour.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from cutaway_runtime.engine.draft.stage.cutout import ellipse, empty, polygon, stroke
from cutaway_runtime.engine.draft.stage.light import mix, shade

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB

SIZE: Final = 512
_WHITE: Final = (250, 250, 250)
_DARK: Final = (52, 46, 58)


def draw(key: str, color: RGB | None = None) -> Pixels:
    """The shape called `key`: (H, W, 4) premultiplied, trimmed.

    Raises:
        KeyError: nothing of that name can be drawn.
    """
    paint, usual = _SHAPES[key]
    picture = empty(SIZE, SIZE)
    paint(picture, color or usual)
    x, y, width, height = cv2.boundingRect(picture[:, :, 3])
    return np.ascontiguousarray(picture[y : y + height, x : x + width])


def names() -> frozenset[str]:
    return frozenset(_SHAPES)


def _sphere(picture: Pixels, color: RGB, radius: float = 250) -> None:
    """A disc that darkens towards its rim."""
    far = np.hypot(*np.meshgrid(np.arange(SIZE) - 255.5, np.arange(SIZE) - 255.5)) / radius
    tone = 1.0 - 0.30 * np.clip(far, 0, 1) ** 4
    alpha = np.clip((1 - far) * radius + 0.5, 0, 1)[..., None]
    picture[:, :, :3] = (np.array(color) * tone[..., None] * alpha).astype(np.uint8)
    picture[:, :, 3:] = (255 * alpha).astype(np.uint8)


def _ball(picture: Pixels, color: RGB) -> None:
    """Two bands in a lighter shade show that it turns."""
    _sphere(picture, color)
    mask = picture[:, :, 3:].copy()
    band = shade(color, 1.22) if sum(color) < 600 else shade(color, 0.86)
    for side in (-1, 1):
        arc = [
            (256 + side * (70 + 120 * (1 - math.cos(a))), 256 + 250 * math.sin(a)) for a in np.linspace(-1.5, 1.5, 40)
        ]
        stroke(picture, arc, band, 34)
    ellipse(picture, 256, 256, 30, 30, band)
    picture[:] = np.minimum(picture, mask)


def _gloss(picture: Pixels, color: RGB) -> None:
    """A highlight from above, and shade below: laid over something round that turns beneath it."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
    inside = np.clip((1 - np.hypot(x - 255.5, y - 255.5) / 250) * 250 + 0.5, 0, 1)
    light = np.exp(-(((x - 175) / 70) ** 2 + ((y - 150) / 55) ** 2)) * 0.55
    dark = np.clip((np.hypot(x - 190, y - 170) - 190) / 260, 0, 1) ** 1.5 * 0.34
    alpha = np.maximum(light, dark) * inside
    tone = np.where(light > dark, 255.0, 8.0)
    picture[:, :, :3] = (tone * alpha)[..., None] * np.array(color) / 255
    picture[:, :, 3] = alpha * 255


def _cube(picture: Pixels, color: RGB) -> None:
    polygon(picture, [(40, 170), (330, 170), (330, 480), (40, 480)], color)
    polygon(picture, [(40, 170), (170, 60), (470, 60), (330, 170)], shade(color, 1.25))
    polygon(picture, [(330, 170), (470, 60), (470, 350), (330, 480)], shade(color, 0.72))


def _circle(picture: Pixels, color: RGB) -> None:
    ellipse(picture, 256, 256, 250, 250, color)


def _square(picture: Pixels, color: RGB) -> None:
    polygon(picture, [(20, 20), (492, 20), (492, 492), (20, 492)], color)


def _triangle(picture: Pixels, color: RGB) -> None:
    polygon(picture, [(256, 30), (500, 470), (12, 470)], color)


def _ring(picture: Pixels, color: RGB) -> None:
    unit = 16
    cv2.ellipse(
        picture, (256 * unit, 256 * unit), (205 * unit, 205 * unit), 0, 0, 360, (*color, 255), 76, cv2.LINE_AA, 4
    )
    cv2.ellipse(
        picture,
        (256 * unit, 256 * unit),
        (222 * unit, 222 * unit),
        0,
        190,
        290,
        (*shade(color, 1.35), 255),
        14,
        cv2.LINE_AA,
        4,
    )


def _balloon(picture: Pixels, color: RGB) -> None:
    stroke(picture, [(256, 350), (262, 400), (246, 450), (258, 510)], (120, 120, 130), 5)
    ellipse(picture, 256, 180, 150, 176, color)
    polygon(picture, [(256, 345), (232, 380), (280, 380)], shade(color, 0.8))
    ellipse(picture, 200, 110, 34, 56, mix(color, _WHITE, 0.55), 25)


def _hot_air_balloon(picture: Pixels, color: RGB) -> None:
    for x, tone in ((-150, 0.85), (150, 0.85)):
        stroke(picture, [(256 + x * 0.62, 330), (256 + x * 0.24, 430)], (110, 84, 60), 5)
        del tone
    polygon(picture, [(92, 250), (420, 250), (312, 400), (200, 400)], shade(color, 0.9))
    ellipse(picture, 256, 190, 186, 184, color)
    for offset, tone in ((0.66, 0.8), (0.36, 1.28)):
        ellipse(picture, 256, 190, 186 * offset, 184, shade(color, tone))
    ellipse(picture, 256, 190, 26, 184, shade(color, 0.8))
    polygon(picture, [(206, 426), (306, 426), (294, 500), (218, 500)], (150, 104, 62))
    polygon(picture, [(200, 420), (312, 420), (310, 440), (202, 440)], (112, 76, 46))


def _paper_airplane(picture: Pixels, color: RGB) -> None:
    """A folded dart that flies to the left."""
    nose = (10.0, 262.0)
    polygon(picture, [nose, (500, 120), (330, 270)], shade(color, 1.0))
    polygon(picture, [nose, (330, 270), (250, 372)], shade(color, 0.70))
    polygon(picture, [nose, (250, 372), (272, 292), (330, 270)], shade(color, 0.82))
    polygon(picture, [(272, 292), (500, 120), (430, 390)], shade(color, 0.93))
    stroke(picture, [nose, (500, 120)], shade(color, 0.8), 4)
    stroke(picture, [nose, (272, 292), (500, 120)], shade(color, 0.62), 4)


def _fur(picture: Pixels, x: float, y: float, rx: float, ry: float, color: RGB, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for ring, tone in ((1.0, 0.78), (0.93, 0.9), (0.82, 1.0)):
        angles = np.sort(rng.uniform(0, 2 * math.pi, 90))
        for angle in angles:
            px, py = x + rx * ring * math.cos(angle), y + ry * ring * math.sin(angle)
            out = 24 + 16 * rng.random()
            tip = (px + out * math.cos(angle + 0.4), py + out * math.sin(angle + 0.4) + 7)
            side = angle + math.pi / 2
            polygon(
                picture,
                [
                    (px + 13 * math.cos(side), py + 13 * math.sin(side)),
                    tip,
                    (px - 13 * math.cos(side), py - 13 * math.sin(side)),
                ],
                shade(color, tone),
            )
        ellipse(picture, x, y, rx * ring, ry * ring, shade(color, tone))


def _fluffy_creature(picture: Pixels, color: RGB) -> None:
    """Short, round, furry, with large eyes and small horns."""
    for side in (-1, 1):
        ellipse(picture, 256 + side * 70, 474, 56, 26, shade(color, 0.62))
        polygon(picture, [(256 + side * 84, 110), (256 + side * 142, 14), (256 + side * 140, 132)], (236, 216, 170))
        _fur(picture, 256 + side * 158, 330, 36, 60, shade(color, 0.92), 5 + side)
    _fur(picture, 256, 290, 158, 168, color, 3)
    ellipse(picture, 256, 372, 92, 74, shade(color, 1.35))
    for side in (-1, 1):
        ellipse(picture, 256 + side * 66, 226, 56, 60, _WHITE)
        ellipse(picture, 256 + side * 58, 234, 34, 38, _DARK)
        ellipse(picture, 256 + side * 58 + 11, 220, 12, 13, _WHITE)
        ellipse(picture, 256 + side * 112, 296, 24, 15, mix(color, (255, 120, 130), 0.6))
    ellipse(picture, 256, 284, 20, 13, _DARK)
    smile = [(256 + dx, 318 + 16 * (1 - (dx / 52) ** 2)) for dx in range(-52, 53, 8)]
    stroke(picture, smile, _DARK, 8)
    polygon(picture, [(236, 331), (252, 333), (243, 350)], _WHITE)


def _hoop(picture: Pixels, color: RGB) -> None:
    """A basketball hoop on its pole, seen from the front; the rim is in `color`."""
    polygon(picture, [(244, 150), (268, 150), (272, 512), (240, 512)], (96, 100, 112))
    polygon(picture, [(106, 6), (406, 6), (406, 196), (106, 196)], (242, 244, 248))
    for box in (
        [(106, 6), (406, 6), (406, 196), (106, 196), (106, 6)],
        [(206, 78), (306, 78), (306, 158), (206, 158), (206, 78)],
    ):
        stroke(picture, [(float(x), float(y)) for x, y in box], (214, 74, 52), 9)
    for i in range(9):
        x = 176 + 20 * i
        stroke(picture, [(x, 182), (256 + (x - 256) * 0.56 + 9, 270)], (238, 238, 238), 4)
        stroke(picture, [(x, 182), (256 + (x - 256) * 0.56 - 9, 270)], (238, 238, 238), 4)
    cv2.ellipse(picture, (256 * 16, 182 * 16), (86 * 16, 17 * 16), 0, 0, 360, (*color, 255), 12, cv2.LINE_AA, 4)


def _lantern(picture: Pixels, color: RGB) -> None:
    stroke(picture, [(256, 0), (256, 60)], _DARK, 7)
    ellipse(picture, 256, 240, 170, 180, color)
    for offset in (0.72, 0.4):
        ellipse(picture, 256, 240, 170 * offset, 180, shade(color, 1.0 + 0.25 * (1 - offset)))
    polygon(picture, [(180, 54), (332, 54), (332, 88), (180, 88)], _DARK)
    polygon(picture, [(180, 396), (332, 396), (332, 430), (180, 430)], _DARK)
    for x in (226, 256, 286):
        stroke(picture, [(x, 430), (x, 506)], (236, 190, 70), 8)


def _bubble(picture: Pixels, color: RGB) -> None:
    far = np.hypot(*np.meshgrid(np.arange(SIZE) - 255.5, np.arange(SIZE) - 255.5)) / 250
    edge = np.clip((1 - far) * 250 + 0.5, 0, 1)
    alpha = (0.16 + 0.6 * np.clip(far, 0, 1) ** 6) * edge
    picture[:, :, :3] = (np.array(color) * alpha[..., None]).astype(np.uint8)
    picture[:, :, 3] = (alpha * 255).astype(np.uint8)
    ellipse(picture, 165, 150, 42, 26, _WHITE, -40)


def _selfie_stick(picture: Pixels, color: RGB) -> None:
    stroke(picture, [(150, 505), (262, 190)], (70, 74, 84), 22)
    stroke(picture, [(150, 505), (184, 410)], color, 34)
    polygon(picture, [(176, 10), (372, 62), (334, 216), (138, 164)], (44, 46, 56))
    polygon(picture, [(192, 30), (352, 72), (320, 196), (160, 154)], (150, 214, 240))
    ellipse(picture, 344, 82, 9, 9, (20, 20, 24))


def _surfboard(picture: Pixels, color: RGB) -> None:
    ellipse(picture, 256, 256, 84, 250, color)
    stroke(picture, [(256, 20), (256, 492)], shade(color, 1.5), 16)
    polygon(picture, [(176, 300), (336, 300), (334, 330), (178, 330)], shade(color, 0.7))


def _lamp_post(picture: Pixels, color: RGB) -> None:
    polygon(picture, [(248, 80), (264, 80), (268, 506), (244, 506)], color)
    polygon(picture, [(216, 490), (296, 490), (304, 512), (208, 512)], shade(color, 0.8))
    polygon(picture, [(214, 26), (298, 26), (280, 92), (232, 92)], (255, 232, 150))
    polygon(picture, [(256, 0), (310, 28), (202, 28)], shade(color, 0.8))


def _jellyfish(picture: Pixels, color: RGB) -> None:
    for i in range(7):
        x = 136 + 40 * i
        wave = [(x + 16 * math.sin(t / 34 + i), 210 + t) for t in range(0, 270 - 26 * abs(i - 3), 12)]
        stroke(picture, wave, shade(color, 0.85 + 0.1 * (i % 2)), 15)
    ellipse(picture, 256, 178, 186, 164, color)
    picture[262:, :, :][picture[262:, :, 3] == 0] = 0
    ellipse(picture, 200, 110, 56, 36, shade(color, 1.45), -25)
    for i in range(5):
        ellipse(picture, 256 + (i - 2) * 76, 268, 44, 30, shade(color, 1.18))


def _lighthouse(picture: Pixels, color: RGB) -> None:
    polygon(picture, [(206, 130), (306, 130), (346, 508), (166, 508)], (246, 246, 246))
    for i in (0, 2):
        top, bottom = 200 + i * 78, 278 + i * 78
        half = [50 + 40 * (y - 130) / 378 for y in (top, bottom)]
        polygon(
            picture,
            [(256 - half[0], top), (256 + half[0], top), (256 + half[1], bottom), (256 - half[1], bottom)],
            color,
        )
    polygon(picture, [(190, 112), (322, 112), (322, 134), (190, 134)], _DARK)
    polygon(picture, [(220, 56), (292, 56), (292, 112), (220, 112)], (255, 232, 140))
    polygon(picture, [(256, 4), (310, 58), (202, 58)], shade(color, 0.85))


def _windmill(picture: Pixels, color: RGB) -> None:
    polygon(picture, [(206, 210), (306, 210), (340, 508), (172, 508)], (238, 230, 214))
    polygon(picture, [(196, 214), (316, 214), (256, 140)], color)
    polygon(picture, [(236, 430), (276, 430), (276, 508), (236, 508)], (116, 78, 50))
    for i in range(4):
        angle = math.radians(28 + 90 * i)
        dx, dy = math.cos(angle), math.sin(angle)
        tip = (256 + 186 * dx, 200 + 186 * dy)
        polygon(
            picture,
            [(256, 200), tip, (tip[0] - 46 * dy, tip[1] + 46 * dx), (256 + 46 * dx - 46 * dy, 200 + 46 * dy + 46 * dx)],
            (224, 214, 190),
        )
        stroke(picture, [(256, 200), tip], (96, 74, 56), 9)
    ellipse(picture, 256, 200, 16, 16, (96, 74, 56))


def _bridge(picture: Pixels, color: RGB) -> None:
    for x in (120, 392):
        polygon(picture, [(x - 14, 130), (x + 14, 130), (x + 18, 400), (x - 18, 400)], color)
        for row in (170, 230):
            polygon(picture, [(x - 26, row), (x + 26, row), (x + 26, row + 14), (x - 26, row + 14)], shade(color, 0.8))
    cable = [(x, 140 + 120 * (1 - ((x - 256) / 136) ** 2) * 1.0) for x in range(120, 393, 8)]
    stroke(picture, [(0, 300), (120, 136), *cable, (392, 136), (512, 300)], shade(color, 0.8), 9)
    for x in range(20, 512, 32):
        y = 140 + 120 * (1 - ((x - 256) / 136) ** 2) if 120 < x < 392 else 136 + 164 * (abs(x - 256) - 136) / 120
        stroke(picture, [(x, y), (x, 312)], shade(color, 0.9), 4)
    polygon(picture, [(0, 304), (512, 304), (512, 332), (0, 332)], shade(color, 0.7))


def _train(picture: Pixels, color: RGB) -> None:
    """An engine and a coach from the side, heading left."""
    dark, glass = (52, 56, 66), (176, 220, 240)
    polygon(picture, [(2, 300), (24, 238), (70, 196), (236, 190), (236, 318), (6, 318)], color)
    polygon(picture, [(246, 190), (510, 190), (510, 318), (246, 318)], color)
    for left, right in ((20, 236), (246, 510)):
        polygon(picture, [(left, 270), (right, 270), (right, 286), (left, 286)], shade(color, 1.5))
    polygon(picture, [(30, 240), (72, 206), (92, 206), (92, 250), (30, 250)], glass)
    for left in (112, 154, 196, 268, 310, 352, 394, 436, 474):
        polygon(picture, [(left, 208), (left + 28, 208), (left + 28, 250), (left, 250)], glass)
    polygon(picture, [(60, 184), (236, 180), (236, 194), (60, 200)], shade(color, 0.7))
    polygon(picture, [(246, 180), (510, 180), (510, 194), (246, 194)], shade(color, 0.7))
    polygon(picture, [(4, 312), (510, 312), (510, 328), (8, 328)], shade(color, 0.6))
    for x in (56, 98, 186, 222, 284, 322, 440, 478):
        ellipse(picture, x, 332, 17, 17, dark)
        ellipse(picture, x, 332, 7, 7, (170, 174, 182))
    ellipse(picture, 14, 290, 8, 8, (255, 240, 170))


def _submarine(picture: Pixels, color: RGB) -> None:
    """From the side, heading left: tower, periscope, portholes, screw."""
    stroke(picture, [(246, 170), (246, 92), (214, 92)], shade(color, 0.7), 15)
    polygon(picture, [(470, 210), (506, 190), (510, 250), (506, 330), (470, 300)], shade(color, 0.7))
    polygon(picture, [(206, 150), (304, 150), (322, 222), (190, 222)], shade(color, 0.86))
    ellipse(picture, 246, 268, 236, 92, color)
    ellipse(picture, 246, 306, 206, 46, shade(color, 0.86))
    ellipse(picture, 190, 218, 130, 20, shade(color, 1.25))
    for x in (112, 196, 280, 364):
        ellipse(picture, x, 262, 31, 31, (92, 84, 90))
        ellipse(picture, x, 262, 23, 23, (176, 226, 246))
        ellipse(picture, x - 7, 254, 7, 6, _WHITE)


_SHAPES: Final[dict[str, tuple[Callable[[Pixels, RGB], None], RGB]]] = {
    "ball": (_ball, (222, 60, 50)),
    "gloss": (_gloss, (255, 255, 255)),
    "cube": (_cube, (70, 130, 220)),
    "circle": (_circle, (70, 130, 220)),
    "square": (_square, (70, 130, 220)),
    "triangle": (_triangle, (70, 130, 220)),
    "ring": (_ring, (236, 178, 52)),
    "balloon": (_balloon, (226, 58, 58)),
    "hot-air-balloon": (_hot_air_balloon, (226, 84, 60)),
    "paper-airplane": (_paper_airplane, (248, 248, 244)),
    "fluffy-creature": (_fluffy_creature, (126, 150, 214)),
    "hoop": (_hoop, (240, 110, 40)),
    "lantern": (_lantern, (240, 92, 50)),
    "bubble": (_bubble, (190, 226, 250)),
    "selfie-stick": (_selfie_stick, (230, 90, 80)),
    "surfboard": (_surfboard, (250, 190, 70)),
    "lamp-post": (_lamp_post, (64, 70, 80)),
    "jellyfish": (_jellyfish, (226, 130, 208)),
    "lighthouse": (_lighthouse, (214, 60, 54)),
    "windmill": (_windmill, (176, 90, 60)),
    "train": (_train, (214, 66, 58)),
    "submarine": (_submarine, (248, 202, 60)),
    "bridge": (_bridge, (190, 70, 56)),
}
