"""The frames between two shots.

    python examples/fill_gap.py [A B] [FILE.mp4]

Without clips it makes a shot and cuts a hole into it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cutaway import Cutaway
from cutaway.media.decode import Clip
from cutaway.media.picture import contact_sheet

GAP = 8
path = Path(sys.argv[3] if len(sys.argv) > 3 else "filled.mp4")

with Cutaway() as client:
    if len(sys.argv) > 2:
        joined = client.videos.fill(Path(sys.argv[1]), Path(sys.argv[2]), num_frames=GAP).wait()
    else:
        shot = client.videos.create(
            prompt="a white boat floats right on a lake", num_frames=56, rate=24, size="640x360"
        )
        with Clip(shot.wait().save("shot.mp4")) as clip:
            before, after = clip.read(0, 24), clip.read(24 + GAP, 48 + GAP)
        joined = client.videos.fill(before, after, num_frames=GAP, rate=24).wait()
    joined.save(path)

for segment in joined.cutaway.segments:
    print(f"frames {segment.start:3d} to {segment.end:3d}: {segment.method}")
contact_sheet(path, path.with_suffix(".png"))
print(path, path.with_suffix(".png"))
