"""What `make demo` shows: a video from a prompt, and a gap filled between two clips.

    python examples/demo.py [FOLDER]

Makes demo.mp4 and filled.mp4 in FOLDER (default: out), with a contact sheet PNG of each, in a runtime
of its own that it starts, and stops when it is done.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from cutaway import Cutaway, Video
from cutaway.client import local
from cutaway.media.picture import contact_sheet

PROMPT = "a red ball rolls left across a desert at sunset"
SIZE = "1280x720"
GAP = 24


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    was_running = local.find() is not None
    with Cutaway() as client:
        print(f'1. A video from a prompt: "{PROMPT}"')
        made = client.videos.create(prompt=PROMPT, seconds=4, size=SIZE, seed=7).wait(on_progress=show)
        finish(made, folder / "demo.mp4")

        print(f"2. A gap of {GAP} frames filled between two clips")
        a = client.videos.create(prompt=f"{PROMPT}", num_frames=36, size=SIZE, seed=1)
        b = client.videos.create(
            prompt="a red ball rolls left across a desert at night", num_frames=36, size=SIZE, seed=1
        )
        filled = client.videos.fill(a.wait(), b.wait(), num_frames=GAP).wait(on_progress=show)
        finish(filled, folder / "filled.mp4")
    if not was_running:
        local.stop()
    print(f"Done in {time.monotonic() - started:.0f} s. Open the .png files first.")


def show(job: Video) -> None:
    if sys.stderr.isatty():
        print(f"\r   {job.progress:3d} %", end="", file=sys.stderr, flush=True)


def finish(video: Video, path: Path) -> None:
    """Save a video and its contact sheet, and say where both are."""
    video.save(path)
    sheet = path.with_suffix(".png")
    contact_sheet(path, sheet)
    about = video.cutaway
    print(f"\r   {path}  {video.size}, {about.num_frames} frames, model {video.model}")
    print(f"   {sheet}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out"))
