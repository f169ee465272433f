"""docs/pictures/blender-gaps.png: ten strips with two gaps, before and after, as Blender renders the sequence.

    .venv-bpy-5.0/bin/python docs/blender_pictures.py [FOLDER]

The runtime of `.venv` makes the shots and fills the gaps with its draft engine; the verbs of the extension do the
rest, as an editor would: `Fill Gap` with all gaps, one after the other with words of its own. With FOLDER the shots
and the file are kept there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bpy
import numpy as np
from PIL import Image, ImageDraw

import cutaway_blender
from cutaway import Cutaway
from cutaway.client.local import running
from cutaway.home import Home
from cutaway.media.decode import Clip
from cutaway_blender import compat, frames, jobs

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "blender-gaps.png"
RATE, SIZE, FRAMES, SHOWN = 24, "320x180", 48, 36
SHOTS = (
    "a white boat floats right on a lake at dawn",
    "a red boat floats left on the sea",
    "a yellow taxi drives right through a city",
    "a city at night",
    "a wolf runs right through a forest",
    "a dog runs left across a meadow",
    "a red ball rolls left across a desert",
    "a car drives right on a road in the mountains",
    "birds fly over the sea",
    "the moon over a lake at night",
)
GAPS = {
    2: (24, "the red boat lands and a yellow taxi waits at the shore"),
    6: (30, "a red ball rolls across the meadow towards a dog"),
}
"""Before which shot a gap lies, how many frames it is long, and what is to be seen in it."""


def main(folder: Path) -> None:
    """Films, cuts, fills, and puts the picture together."""
    home = Home(folder / "runtime")
    home.create()
    command = [str(ROOT / ".venv/bin/python"), "-m", "cutaway_runtime", "serve", "--port", "0", "--idle-exit", "300"]
    server = subprocess.Popen(command, env={**os.environ, "CUTAWAY_HOME": str(home.folder)})  # noqa: S603 - ours
    try:
        while (found := running(home)) is None:
            time.sleep(0.2)
        os.environ["CUTAWAY_BASE_URL"] = found["url"]
        os.environ["CUTAWAY_API_KEY"] = home.token.read_text("utf-8").strip()
        films = filmed(folder)
        cutaway_blender.register()
        places = cut(films, folder)
        before = rows_of(places, folder / "before")
        fill(places)
        save(before, rows_of(places, folder / "after"), places)
        cutaway_blender.unregister()
    finally:
        server.terminate()


def filmed(folder: Path) -> list[Path]:
    """Every shot as a file; those that are there are not made again."""
    there = [folder / f"shot-{n + 1:02}.mp4" for n in range(len(SHOTS))]
    with Cutaway() as client:
        videos = {
            path: client.videos.create(prompt=words, num_frames=FRAMES, rate=RATE, size=SIZE, seed=7, model="draft")
            for path, words in zip(there, SHOTS, strict=True)
            if not path.exists()
        }
        for path, video in videos.items():
            video.wait().save(path)
    return there


def cut(films: list[Path], folder: Path) -> list[tuple[int, int, str]]:
    """The sequence; first frame, length and words of its gaps."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.resolution_x, scene.render.resolution_y = RATE, 320, 180
    editor = compat.editor(scene, create=True)
    at, places = scene.frame_start, []
    for n, film in enumerate(films):
        if n in GAPS:
            length, words = GAPS[n]
            places.append((at, length, words))
            at += length
        strip = compat.new_movie(editor, film.stem, str(film), 1, 100_000)
        compat.show(strip, (FRAMES - SHOWN) // 2, SHOWN)
        compat.move_to(strip, at)
        at += SHOWN
    scene.frame_end = at - 1
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "edit.blend"))
    return places


def fill(places: list[tuple[int, int, str]]) -> None:
    """Both gaps, by the verb."""
    scene = bpy.context.scene
    for start, _, words in places:
        scene.frame_set(start)
        bpy.ops.cutaway.fill_gap(where="PLAYHEAD", prompt=words, model="draft")
    desk = jobs.session()
    while desk.is_waiting:
        jobs.pump()
        time.sleep(0.1)
    print(*desk.said, sep="\n")
    bpy.ops.wm.save_mainfile()


def rows_of(places: list[tuple[int, int, str]], folder: Path) -> list[list[Image.Image]]:
    """For each gap two frames before it, four in it, two behind it."""
    folder.mkdir(exist_ok=True)
    listed = []
    for start, length, _ in places:
        inside = [start + round(part * (length - 1)) for part in (0, 1 / 3, 2 / 3, 1)]
        shown = [start - 12, start - 1, *inside, start + length, start + length + 11]
        listed.append([rendered(frame, folder) for frame in shown])
    return listed


def rendered(frame: int, folder: Path) -> Image.Image:
    path = frames.picture_at(bpy.context.scene, frame, folder / f"{frame:04}.png")
    with Clip(path) as still:
        return Image.fromarray(np.asarray(still.read(0, 1)[0])).resize((160, 90))


def save(before: list[list[Image.Image]], after: list[list[Image.Image]], places: list[tuple[int, int, str]]) -> None:
    """Two rows for each gap, the gap marked."""
    wide, high, head = 164, 94, 22
    sheet = Image.new("RGB", (8 * wide + 4, len(places) * (2 * high + head + 8)), (32, 32, 34))
    pen = ImageDraw.Draw(sheet)
    for n, (start, length, words) in enumerate(places):
        top = n * (2 * high + head + 8)
        pen.text((6, top + 5), f"frames {start} to {start + length - 1}: {words}", fill=(220, 220, 220))
        for row, pictures in enumerate((before[n], after[n])):
            for column, picture in enumerate(pictures):
                sheet.paste(picture, (4 + column * wide, top + head + row * high))
        pen.rectangle((2 + 2 * wide, top + head - 2, 1 + 6 * wide, top + head + 2 * high - 3), outline=(90, 190, 220))
    PICTURE.parent.mkdir(exist_ok=True)
    sheet.save(PICTURE, optimize=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
    sys.stdout.flush()
    os._exit(0)  # Blender 4.2 and 4.5 do not end well
