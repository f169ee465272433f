"""One video told in three cards, with somebody in it whom the server was shown once.

python examples/told_in_cards.py
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from cutaway import Cutaway
from cutaway.media.picture import contact_sheet

CREAM, RED, DARK = (244, 238, 224), (206, 44, 38), (124, 22, 24)


def robot(height: int = 240, width: int = 180) -> np.ndarray:
    """A red robot before one plain colour, so that it can be cut out: (H, W, 3) RGB uint8."""
    picture = np.full((height, width, 3), CREAM, np.uint8)
    for top, bottom, left, right, colour in (
        (20, 90, 50, 130, RED), (95, 175, 40, 140, RED), (175, 225, 55, 80, DARK), (175, 225, 100, 125, DARK),
        (40, 58, 64, 82, CREAM), (40, 58, 98, 116, CREAM),
    ):  # fmt: skip
        picture[top:bottom, left:right] = colour
    return picture


with Cutaway() as client:
    known = {one.name: one for one in client.videos.list_characters()}
    robo = known.get("Robo") or client.videos.create_character(name="Robo", video=robot(), description="a tin robot")
    story = client.videos.create(
        prompt="a beach at sunset",
        cards=[
            {"at": 0, "prompt": "Robo walks to the right across a beach at sunset"},
            {"at_s": 2, "prompt": "Robo stands in a city at night in the rain"},
            {"at": -1, "image": Image.new("RGB", (640, 360), DARK)},
        ],
        num_frames=96,
        size="640x360",
        seed=7,
    ).wait()
    print(story.save("story.mp4"))
    print(contact_sheet("story.mp4", "story.png"))
    for segment in story.cutaway.segments if story.cutaway else []:
        print(f"frames {segment.start} to {segment.end}: {segment.method}")
