"""Draws docs/boards.md and its contact sheets anew: well-known prompts, as the draft engine shows them.

    python docs/pictures/make_boards.py [NAME ...]

Each prompt goes through the client to a local runtime of its own, 1280x720 at 24 fps, with a fixed seed; the
sheet shows six evenly spread frames. The prompts are the published ones that introduced Sora in February 2024,
word for word.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from PIL import Image

from cutaway import Cutaway, Video
from cutaway.client import local
from cutaway.media.picture import contact_sheet

HERE = Path(__file__).parent
SEED, FRAMES, SIZE = 24, 108, "1280x720"
MAX_BYTES = 250_000


class Board(NamedTuple):
    """A prompt and what its picture is called."""

    name: str
    title: str
    prompt: str


BOARDS = (
    Board(
        "tokyo-street",
        "The Tokyo street",
        "A stylish woman walks down a Tokyo street filled with warm glowing neon and animated city signage. She wears "
        "a black leather jacket, a long red dress, and black boots, and carries a black purse. She wears sunglasses "
        "and red lipstick. She walks confidently and casually. The street is damp and reflective, creating a mirror "
        "effect of the colorful lights. Many pedestrians walk about.",
    ),
    Board(
        "mountain-road",
        "The white SUV",
        "The camera follows behind a white vintage SUV with a black roof rack as it speeds up a steep dirt road "
        "surrounded by pine trees on a steep mountain slope, dust kicks up from its tires, the sunlight shines on the "
        "SUV as it speeds along the dirt road, casting a warm glow over the scene. The dirt road curves gently into "
        "the distance, with no other cars or vehicles in sight. The trees on either side of the road are redwoods, "
        "with patches of greenery scattered throughout. The car is seen from the rear following the curve with ease, "
        "making it seem as if it is on a rugged drive through the rugged terrain. The dirt road itself is surrounded "
        "by steep hills and mountains, with a clear blue sky above with wispy clouds.",
    ),
    Board(
        "monster-candle",
        "The monster and the candle",
        "Animated scene features a close-up of a short fluffy monster kneeling beside a melting red candle. The art "
        "style is 3D and realistic, with a focus on lighting and texture. The mood of the painting is one of wonder "
        "and curiosity, as the monster gazes at the flame with wide eyes and open mouth. Its pose and expression "
        "convey a sense of innocence and playfulness, as if it is exploring the world around it for the first time. "
        "The use of warm colors and dramatic lighting further enhances the cozy atmosphere of the image.",
    ),
    Board(
        "fluffy-forest",
        "The fluffy creature in the forest",
        "3D animation of a small, round, fluffy creature with big, expressive eyes explores a vibrant, enchanted "
        "forest. The creature, a whimsical blend of a rabbit and a squirrel, has soft blue fur and a bushy, striped "
        "tail. It hops along a sparkling stream, its eyes wide with wonder. The forest is alive with magical elements: "
        "flowers that glow and change colors, trees with leaves in shades of purple and silver, and small floating "
        "lights that resemble fireflies. The creature stops to interact playfully with a group of tiny, fairy-like "
        "beings dancing around a mushroom ring. The creature looks up in awe at a large, glowing tree that seems to be "
        "the heart of the forest.",
    ),
    Board(
        "paper-airplanes",
        "The paper airplanes",
        "A flock of paper airplanes flutters through a dense jungle, weaving around trees as if they were migrating "
        "birds.",
    ),
    Board(
        "wolf-pups",
        "The wolf pups",
        "Five gray wolf pups frolicking and chasing each other around a remote gravel road, surrounded by grass. The "
        "pups run and leap, chasing each other, and nipping at each other, playing.",
    ),
    Board("basketball", "The basketball", "Basketball through hoop then explodes."),
    Board("maui-corgi", "The corgi", "A corgi vlogging itself in tropical Maui."),
)


def draw(client: Cutaway, board: Board, folder: Path) -> Video:
    """One clip and its sheet; the sheet gets as many colours as its file may hold."""
    video = client.videos.create(prompt=board.prompt, num_frames=FRAMES, rate=24, size=SIZE, seed=SEED, model="draft")
    video.wait(timeout=600).save(folder / f"{board.name}.mp4")
    raw = folder / f"{board.name}.png"
    contact_sheet(folder / f"{board.name}.mp4", raw, columns=3, rows=2, width=1200)
    out = HERE / "boards" / raw.name
    out.parent.mkdir(exist_ok=True)
    for colors, dither in ((256, Image.Dither.FLOYDSTEINBERG), *((n, Image.Dither.NONE) for n in (256, 160, 96, 64))):
        with Image.open(raw) as sheet:
            whole = sheet.convert("RGB")
        whole.quantize(palette=whole.quantize(colors), dither=dither).save(out, optimize=True)
        if out.stat().st_size <= MAX_BYTES:
            break
    print(f"{out.name}: {out.stat().st_size // 1000} kB; not drawn: {', '.join(video.cutaway.unmatched_terms)}")
    return video


def page(videos: dict[str, Video]) -> str:
    lines = [
        "# Boards",
        "",
        "The prompts that introduced Sora to the world, as the `draft` engine shows them: moving storyboards drawn",
        "by rules from pictograms, in seconds, without a GPU and without weights. They are no model's work and are",
        "not meant to pass for one; they show who is there, where, and what happens. Each sheet has six evenly",
        f"spread frames of a clip of {FRAMES} frames at {SIZE}, 24 fps, seed {SEED}. Drawn anew by",
        "`python docs/pictures/make_boards.py`.",
        "",
    ]
    for board in BOARDS:
        lines += [f"## {board.title}", "", f"> {board.prompt}", ""]
        lines += [f"![{board.title}: six frames](pictures/boards/{board.name}.png)", ""]
        unmatched = videos[board.name].cutaway.unmatched_terms
        said = ", ".join(unmatched) if unmatched else "nothing"
        lines += [f"Reported as not drawn: {said}.", ""]
    return "\n".join(lines)


def main(names: list[str]) -> None:
    with TemporaryDirectory() as home:
        os.environ["CUTAWAY_HOME"] = home
        try:
            with Cutaway() as client:
                chosen = [board for board in BOARDS if not names or board.name in names]
                videos = {board.name: draw(client, board, Path(home)) for board in chosen}
        finally:
            local.stop()
    if len(videos) == len(BOARDS):
        (HERE.parent / "boards.md").write_text(page(videos), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
