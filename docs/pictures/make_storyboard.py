"""Draws the picture of docs/characters-and-cards.md anew: a character, and a video told in cards that it acts in.

    python docs/pictures/make_storyboard.py

The character is drawn here, shown to a local runtime of its own, and named in the prompts; the draft engine makes
the video. The picture shows the drawing, and frames of the video with the card each of them belongs to.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

from cutaway import Cutaway
from cutaway.client import local
from cutaway.media.decode import Clip

if TYPE_CHECKING:
    from cutaway.client.keywords import CardInput

HERE: Final = Path(__file__).parent
OUT: Final = HERE / "storyboard.png"
RED, DARK, STEEL, EYE = (206, 44, 38), (124, 22, 24), (150, 156, 166), (250, 250, 250)
PAPER, INK, FAINT = (246, 246, 243), (32, 32, 36), (120, 120, 126)
PROMPT: Final = "a beach at sunset"
CARDS: Final[tuple[CardInput, ...]] = (
    {"at_s": 2, "prompt": "Robo walks to the right across the beach at sunset"},
    {"at_s": 4, "image": "postcard.png"},
    {"at_s": 5, "prompt": "Robo and a dog run through a park"},
    {"at_s": 7, "prompt": "Robo dances in a city at night, neon"},
)
SHOWN: Final = (24, 70, 90, 96, 126, 150, 174, 204)
TILE: Final = 384
EDGE: Final = 20


def robot(path: Path) -> Path:
    """A red tin robot before a white wall."""
    image = Image.new("RGB", (480, 640), "white")
    draw = ImageDraw.Draw(image)
    draw.line([240, 60, 240, 110], fill=STEEL, width=8)
    draw.ellipse([224, 36, 256, 68], fill=(255, 206, 40))
    draw.rounded_rectangle([150, 105, 330, 240], 22, fill=RED)
    for x in (202, 278):
        draw.ellipse([x - 24, 138, x + 24, 186], fill=EYE)
        draw.ellipse([x - 9, 154, x + 9, 172], fill=(20, 20, 30))
    draw.rectangle([195, 206, 285, 218], fill=DARK)
    draw.rectangle([220, 240, 260, 262], fill=STEEL)
    draw.rounded_rectangle([130, 260, 350, 450], 26, fill=RED)
    draw.rounded_rectangle([180, 300, 300, 380], 8, fill=STEEL)
    for x, colour in ((206, (44, 160, 220)), (240, (255, 206, 40)), (274, (60, 188, 92))):
        draw.ellipse([x - 12, 328, x + 12, 352], fill=colour)
    for side in (-1, 1):
        for inner, outer, top, foot, colour in (
            (120, 165, 272, 420, DARK),  # arm
            (25, 85, 450, 570, DARK),  # leg
            (15, 105, 560, 605, STEEL),  # shoe
        ):
            low, high = sorted((240 + side * inner, 240 + side * outer))
            draw.rounded_rectangle([low, top, high, foot], 14, fill=colour)
        draw.ellipse([240 + side * 142 - 30, 408, 240 + side * 142 + 30, 464], fill=STEEL)
    image.save(path)
    return path


def postcard(path: Path) -> Path:
    """A picture that somebody pinned into the story."""
    image = Image.new("RGB", (640, 360), (250, 238, 214))
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 230, 640, 360], fill=(72, 150, 176))
    draw.ellipse([420, 110, 540, 230], fill=(244, 176, 66))
    draw.polygon([(60, 230), (190, 90), (320, 230)], fill=(96, 120, 98))
    draw.text((40, 284), "wish you were here", fill=(250, 246, 236), font=ImageFont.load_default(34))
    image.save(path)
    return path


def tell(client: Cutaway, folder: Path) -> tuple[Path, list[int | None]]:
    """The video, and for each frame that is shown the card it belongs to."""
    client.videos.create_character(name="Robo", video=robot(folder / "robot.png"), description="a red tin robot")
    picture = postcard(folder / "postcard.png")
    cards: list[CardInput] = [{**card, "image": picture} if "image" in card else card for card in CARDS]
    video = client.videos.create(
        prompt=PROMPT, cards=cards, size="1280x720", rate=24, seconds=9, seed=24, model="draft"
    )
    video.wait(timeout=600).save(folder / "story.mp4")
    segments = video.cutaway.segments if video.cutaway else []
    return folder / "story.mp4", [next(s.card for s in segments if s.start <= at < s.end) for at in SHOWN]


def page(story: Path, drawing: Path, whose: list[int | None]) -> Image.Image:
    """The drawing, and four frames a row, each over the words of its card."""
    high = TILE * 9 // 16
    legend, side = 52, round((2 * high + 52) * 0.75)
    sheet = Image.new("RGB", (side + 4 * (TILE + EDGE) + 2 * EDGE, 2 * (high + legend) + 2 * EDGE), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    with Image.open(drawing) as one:
        still = one.convert("RGB")
    still.thumbnail((side - EDGE, 2 * high))
    sheet.paste(still, (EDGE, EDGE + (2 * high + legend - still.height) // 2))
    draw.text((EDGE, sheet.height - legend + 6), "the character Robo, as it was drawn", INK, font)
    with Clip(story) as clip:
        for place, (frame, card) in enumerate(zip(SHOWN, whose, strict=True)):
            row, column = divmod(place, 4)
            x, y = side + EDGE + column * (TILE + EDGE), EDGE + row * (high + legend)
            tile = Image.fromarray(clip.read(frame, frame + 1)[0]).resize((TILE, high), Image.Resampling.LANCZOS)
            sheet.paste(tile, (x, y))
            draw.text((x, y + high + 5), f"frame {frame}", FAINT, font)
            draw.text((x + TILE, y + high + 5), _who(card), FAINT, font, anchor="ra")
            draw.text((x, y + high + 24), _words(card), INK, font)
    return sheet


def _who(card: int | None) -> str:
    return "the request's prompt" if card is None else f"card {card}"


def _words(card: int | None) -> str:
    words = PROMPT if card is None else str(CARDS[card].get("prompt", "image: postcard.png"))
    return words if len(words) < 50 else f"{words[:47]}..."


def main() -> None:
    with TemporaryDirectory() as home:
        os.environ["CUTAWAY_HOME"] = home
        folder = Path(home)
        try:
            with Cutaway() as client:
                story, whose = tell(client, folder)
        finally:
            local.stop()
        sheet = page(story, folder / "robot.png", whose)
    sheet.quantize(palette=sheet.quantize(256), dither=Image.Dither.NONE).save(OUT, optimize=True)
    print(f"{OUT.name}: {OUT.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
