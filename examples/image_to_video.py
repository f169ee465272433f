"""A video that starts with a picture of yours.

    python examples/image_to_video.py [PICTURE] [FILE.mp4]

Without a picture it paints one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw

from cutaway import Cutaway
from cutaway.media.picture import contact_sheet


def painted() -> Image.Image:
    """A house on a hill, 640x360."""
    picture = Image.new("RGB", (640, 360), "#9cc8e8")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((-120, 230, 760, 700), fill="#5f9e4f")
    draw.rectangle((260, 150, 400, 260), fill="#d9b48f")
    draw.polygon([(245, 150), (330, 85), (415, 150)], fill="#a4433a")
    draw.rectangle((315, 200, 345, 260), fill="#5b3a29")
    draw.ellipse((520, 40, 580, 100), fill="#f7d354")
    return picture


picture = Path(sys.argv[1]) if len(sys.argv) > 1 else painted()
path = Path(sys.argv[2] if len(sys.argv) > 2 else "image_to_video.mp4")

with Cutaway() as client:
    video = client.videos.create(prompt="the camera slowly zooms in", first_frame=picture, num_frames=48).wait()
    video.save(path)

contact_sheet(path, path.with_suffix(".png"))
print(path, path.with_suffix(".png"))
