"""A shot made longer at both ends.

    python examples/extend.py [CLIP] [FILE.mp4]

Without a clip it makes one first.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cutaway import Cutaway
from cutaway.media.picture import contact_sheet

path = Path(sys.argv[2] if len(sys.argv) > 2 else "extended.mp4")

with Cutaway() as client:
    if len(sys.argv) > 1:
        shot = Path(sys.argv[1])
    else:
        shot = client.videos.create(prompt="a blue car drives right on a road", num_frames=36, size="640x360").wait()
    later = client.videos.extend(video=shot, num_frames=24).wait()
    both = client.videos.extend(video=later, num_frames=24, direction="backward").wait()
    both.save(path)

for segment in both.cutaway.segments:
    print(f"frames {segment.start:3d} to {segment.end:3d}: {segment.method}")
contact_sheet(path, path.with_suffix(".png"))
print(path, path.with_suffix(".png"))
