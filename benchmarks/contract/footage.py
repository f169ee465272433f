"""What both clients send: a still and a clip, of a few frames and a few kilobytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Footage:
    """Files on disk."""

    still: Path
    clip: Path


def film(folder: Path) -> Footage:
    """A red still, and a second of grey at 24 frames a second, both 832x480."""
    import av
    import numpy as np

    made = Footage(folder / "still.png", folder / "clip.mp4")
    with av.open(str(made.still), "w", format="image2") as container:
        stream = container.add_stream("png")
        stream.width, stream.height, stream.pix_fmt = 832, 480, "rgb24"
        red = np.zeros((480, 832, 3), np.uint8)
        red[..., 0] = 200
        container.mux(stream.encode(av.VideoFrame.from_ndarray(red, format="rgb24")))
        container.mux(stream.encode())
    with av.open(str(made.clip), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 832, 480, "yuv420p"
        for number in range(24):
            grey = np.full((480, 832, 3), 10 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey)))
        container.mux(stream.encode())
    return made
