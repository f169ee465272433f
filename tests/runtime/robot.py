"""A red robot, drawn: somebody to make a character of."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from cutaway.media.encode import Writer
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat

RED, DARK, GREY = (206, 44, 38), (120, 20, 22), (150, 155, 165)


def robot(ground=(255, 255, 255), width: int = 240, height: int = 320, *, busy: bool = False, lean: int = 0):
    """An RGB picture (height, width, 3); `lean` moves it sideways, in pixels."""
    image = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(image)
    if busy:
        rng = np.random.default_rng(1)
        for x, y, r, *color in zip(
            *rng.integers((0, 0, 6), (width, height, 30), (300, 3)).T, *rng.integers(20, 240, (300, 3)).T, strict=True
        ):
            draw.ellipse([x - r, y - r, x + r, y + r], fill=tuple(int(c) for c in color))
    x = width // 2 + lean
    draw.rounded_rectangle([x - 45, 40, x + 45, 115], 10, fill=RED)
    for side in (-1, 1):
        draw.ellipse([x + side * 22 - 11, 60, x + side * 22 + 11, 82], fill=(250, 250, 250))
        draw.ellipse([x + side * 22 - 5, 66, x + side * 22 + 5, 76], fill=(20, 20, 30))
    draw.rectangle([x - 10, 115, x + 10, 130], fill=GREY)
    draw.rounded_rectangle([x - 55, 130, x + 55, 225], 13, fill=RED)
    draw.rectangle([x - 30, 150, x + 30, 190], fill=GREY)
    for side in (-1, 1):
        low, high = sorted((x + side * 12, x + side * 42))
        draw.rounded_rectangle([low, 225, high, 290], 6, fill=DARK)
    return np.asarray(image)


def png(picture) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def film(path: Path, frames, rate: str = "24") -> Path:
    """A clip of frames (T, H, W, 3)."""
    height, width = frames.shape[1:3]
    with Writer(path, width=width, height=height, rate=Rate.parse(rate), format=OutputFormat.MP4) as writer:
        writer.write(frames)
        writer.finish()
    return path


def redness(frame) -> float:
    """The part of a frame that is of the robot's red."""
    pixels = frame.reshape(-1, 3).astype(int)
    red, green, blue = pixels.T
    return float(((red > 150) & (green < 90) & (blue < 90)).mean())
