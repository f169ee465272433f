"""A video from a prompt.

python examples/text_to_video.py ["PROMPT"] [FILE.mp4]
"""

from __future__ import annotations

import sys
from pathlib import Path

from cutaway import Cutaway
from cutaway.media.picture import contact_sheet

prompt = sys.argv[1] if len(sys.argv) > 1 else "two white rabbits jump through a meadow in the rain"
path = Path(sys.argv[2] if len(sys.argv) > 2 else "text_to_video.mp4")

with Cutaway() as client:
    video = client.videos.create(prompt=prompt, seconds=3, size="640x360").wait()
    video.save(path)

print("drawn:", ", ".join(video.cutaway.understood_terms))
print("not drawn:", ", ".join(video.cutaway.unmatched_terms) or "nothing was left out")
contact_sheet(path, path.with_suffix(".png"))
print(path, path.with_suffix(".png"))
