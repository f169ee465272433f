"""The frames between two shots.

    python examples/fill_gap.py [A B] [FILE.mp4]

Without clips it makes two: the same street before and after sunset.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cutaway import Cutaway
from cutaway.media.picture import contact_sheet

GAP = 24
path = Path(sys.argv[3] if len(sys.argv) > 3 else "filled.mp4")

with Cutaway() as client:
    if len(sys.argv) > 2:
        before, after = Path(sys.argv[1]), Path(sys.argv[2])
    else:
        day, night = "a yellow taxi drives right through a city", "a yellow taxi drives right through a city at night"
        before = client.videos.create(prompt=day, num_frames=36, size="640x360", seed=3).wait()
        after = client.videos.create(prompt=night, num_frames=36, size="640x360", seed=3).wait()
    joined = client.videos.fill(before, after, num_frames=GAP).wait()
    joined.save(path)

for segment in joined.cutaway.segments:
    print(f"frames {segment.start:3d} to {segment.end:3d}: {segment.method}")
contact_sheet(path, path.with_suffix(".png"))
print(path, path.with_suffix(".png"))
