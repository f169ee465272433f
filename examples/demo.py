"""What `make demo` shows: a video from a prompt, and a gap filled between two clips.

    python examples/demo.py [FOLDER]

Makes demo.mp4 and filled.mp4 in FOLDER (default: out), with a contact sheet PNG of each. A runtime that
it had to start is stopped again.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from cutaway import Cutaway, Video
from cutaway.client import local
from cutaway.home import Home
from cutaway.media.decode import Clip
from cutaway.media.picture import contact_sheet

PROMPT = "a red ball rolls left across a desert at sunset"
RATE = 24
SHOT = 24
GAP = 8


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    was_running = local.running(Home.find()) is not None
    try:
        with Cutaway() as client:
            make(client, folder)
    finally:
        if not was_running:
            local.stop()
    print(f"Done in {time.monotonic() - started:.0f} s. Look at the pictures first.")


def make(client: Cutaway, folder: Path) -> None:
    """The two videos."""
    print(f'1. A video from a prompt: "{PROMPT}"')
    made = client.videos.create(prompt=PROMPT, seconds=4, rate=RATE, size="1280x720", seed=7)
    path = finish(made.wait(on_progress=show), folder / "demo.mp4")

    print(f"2. A gap between two clips: {GAP} frames cut out of that shot, and made anew from what lies around them")
    with Clip(path) as clip:
        before, after = clip.read(24, 24 + SHOT), clip.read(24 + SHOT + GAP, 24 + SHOT + GAP + SHOT)
    filled = client.videos.fill(before, after, num_frames=GAP, rate=RATE)
    finish(filled.wait(on_progress=show), folder / "filled.mp4")


def show(job: Video) -> None:
    if sys.stderr.isatty():
        print(f"\r   {job.progress:3d} %", end="", file=sys.stderr, flush=True)


def finish(video: Video, path: Path) -> Path:
    """Save a video and its contact sheet, and say where both are."""
    video.save(path)
    sheet = contact_sheet(path, path.with_suffix(".png"))
    print(f"\r   {path}  {video.size}, {float(video.seconds):.2f} s, model {video.model}")
    print(f"   {sheet}")
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out"))
