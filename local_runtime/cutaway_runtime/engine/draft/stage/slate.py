"""The slate: an honest title card for a prompt of which nothing can be drawn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cutaway_runtime.engine.draft.stage.clock import Clock
from cutaway_runtime.engine.draft.stage.cutout import ellipse, polygon
from cutaway_runtime.engine.draft.stage.scenery import gradient

if TYPE_CHECKING:
    from collections.abc import Callable

    from cutaway.timebase import Rate
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.draft.scene import RGB

_FONTS: Final = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKkr-Regular.otf",
    "NotoSansKR-Regular.otf",
    "NotoSansJP-Regular.otf",
    "NanumGothic.ttf",
    "UnBatang.ttf",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "NotoSerifCJK-Regular.ttc",
    "ipag.ttf",
    "TakaoGothic.ttf",
    "unifont.otf",
    "AppleSDGothicNeo.ttc",
    "ヒラギノ角ゴシック W4.ttc",
    "AppleGothic.ttf",
    "malgun.ttf",
    "msgothic.ttc",
    "meiryo.ttc",
    "arialuni.ttf",
)
"""Fonts with Korean and Japanese that systems are known to carry."""
_LATIN: Final = ("DejaVuSans.ttf", "Arial.ttf", "Helvetica.ttc", "LiberationSans-Regular.ttf")
_PAPERS: Final[tuple[tuple[RGB, RGB], ...]] = (
    ((34, 44, 66), (22, 28, 44)),
    ((58, 40, 70), (34, 24, 46)),
    ((28, 62, 64), (18, 38, 42)),
    ((70, 52, 40), (42, 30, 26)),
)


class Slate:
    """A card with the prompt on it, seen by a camera that moves in slowly."""

    def __init__(
        self, prompt: str, *, width: int, height: int, rate: Rate, frames: int, seed: int, closed: bool
    ) -> None:
        self.clock = Clock(frames, rate, closed)
        self.width, self.height = width, height
        text = " ".join(prompt.split()) or "(no prompt)"
        self.warning = ""
        self._card = self._painted(text, seed)
        self._shift = (seed % 7 - 3) / 3

    def draw(self, frame: int, out: Pixels) -> None:
        """Draw frame `frame` of the shot into `out` (H, W, 3), RGB."""
        moment = self.clock.at(frame)
        zoom = 1.04 + 0.08 * moment.ease()
        drift = 0.012 * self.width * self._shift * (2 * moment.ease() - 1)
        x, y = self.width / 2, self.height / 2
        matrix = np.array([[zoom, 0, x - zoom * x + drift], [0, zoom, y - zoom * y]])
        moved = cv2.warpAffine(
            self._card, matrix, (self.width, self.height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        cv2.cvtColor(moved, cv2.COLOR_RGBA2RGB, dst=out)

    def _painted(self, text: str, seed: int) -> Pixels:
        rng = np.random.default_rng(seed)
        top, foot = _PAPERS[int(rng.integers(len(_PAPERS)))]
        card = gradient(self.width, self.height, [(0, top), (1, foot)])
        unit = min(self.width, self.height)
        for _ in range(9):
            x, y, r = rng.uniform(0, self.width), rng.uniform(0, self.height), unit * rng.uniform(0.05, 0.3)
            veil = card.copy()
            ellipse(veil, x, y, r, r, (255, 255, 255))
            cv2.addWeighted(veil, 0.035, card, 0.965, 0, card)
        bar, edge = unit * 0.012, unit * 0.14
        polygon(
            card,
            [
                (edge, self.height / 2 - unit * 0.27),
                (edge + unit * 0.14, self.height / 2 - unit * 0.27),
                (edge + unit * 0.14, self.height / 2 - unit * 0.27 + bar),
                (edge, self.height / 2 - unit * 0.27 + bar),
            ],
            (255, 190, 80),
        )
        return self._lettered(card, text, edge)

    def _lettered(self, card: Pixels, text: str, edge: float) -> Pixels:
        image = Image.fromarray(card[:, :, :3])
        draw = ImageDraw.Draw(image)
        room_x, room_y = self.width - 2 * edge, self.height - 2 * edge
        size = max(9, round(min(self.width, self.height) * 0.085))
        if not font_for(text, size)[1]:
            self.warning = (
                "the slate does not show the prompt: no font of this system has all its letters (install Noto Sans CJK)"
            )
            text = "Nothing in this prompt could be drawn."
        while True:
            font, _ = font_for(text, size)
            lines = wrapped(text, partial(draw.textlength, font=font), room_x)
            if len(lines) * size * 1.35 <= room_y or size <= 9:
                break
            size = max(9, round(size * 0.88))
        y = (self.height - len(lines) * size * 1.35) / 2
        for line in lines:
            draw.text((edge, y), line, fill=(244, 240, 230), font=font)
            y += size * 1.35
        out = np.full((self.height, self.width, 4), 255, np.uint8)
        out[:, :, :3] = np.asarray(image)
        return out


def font_for(text: str, size: int) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    """A font of this system that has the letters of `text`; if none has, some font and False."""
    found: ImageFont.FreeTypeFont | None = None
    for name in (*_LATIN, *_FONTS):
        try:
            font = ImageFont.truetype(name, size)
        except OSError:
            continue
        if covers(font, text):
            return font, True
        found = found or font
    own = ImageFont.load_default(size)
    if isinstance(own, ImageFont.FreeTypeFont) and covers(own, text):
        return own, True
    return found or own, False


def covers(font: ImageFont.FreeTypeFont, text: str) -> bool:
    """No letter of `text` looks like the box that stands for a missing one."""
    missing = bytes(font.getmask("\U0010ffff"))
    return not any(bytes(font.getmask(letter)) == missing for letter in set(text) if not letter.isspace())


def wrapped(text: str, length: Callable[[str], float], room: float) -> list[str]:
    """The text in lines no longer than `room`; scripts without spaces break between letters."""
    lines, line = [], ""
    for word in text.split(" "):
        trial = f"{line} {word}".strip()
        if length(trial) <= room:
            line = trial
            continue
        if line:
            lines.append(line)
        line = ""
        for letter in word:
            if line and length(line + letter) > room:
                lines.append(line)
                line = ""
            line += letter
    return [*lines, line] if line else lines
