"""A process that makes one still of a finished video and ends: `python -m cutaway_runtime.worker.stills VIDEO OUT`.

The name of OUT says which: thumbnail.jpg, spritesheet.jpg, first_frame.png, last_frame.png.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

THUMBNAIL_WIDTH: Final = 480
SHEET: Final = (5, 5, 240)
"""Columns, rows, and the width of one tile in pixels."""


def main(arguments: list[str]) -> int:
    source, out = Path(arguments[0]), Path(arguments[1])
    from cutaway.media.decode import Clip
    from cutaway.media.picture import encoded, sprite_sheet, thumbnail

    with Clip(source) as clip:
        last = len(clip) - 1
        if out.stem == "thumbnail":
            data = encoded(thumbnail(clip, min(THUMBNAIL_WIDTH, clip.info.width)), "jpeg")
        elif out.stem == "spritesheet":
            data = encoded(sprite_sheet(clip, *SHEET), "jpeg", quality=85)
        else:
            at = {"first_frame": 0, "last_frame": last}[out.stem]
            data = encoded(clip.read(at, at + 1)[0], "png")
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
