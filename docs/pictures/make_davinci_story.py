"""The picture of docs/davinci.md: `python docs/pictures/make_davinci_story.py`.

Twelve shots with three gaps lie in a Resolve that the strict double stands in for; the desk makes two takes for each
gap with the local runtime, one of them is applied, and what Resolve then has is drawn beside what it had. A test
(tests/plugins/davinci/test_story.py) goes the same way and looks at every step.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from cutaway import AsyncCutaway, Cutaway
from cutaway.client import local
from cutaway.home import Home
from cutaway.storyboard.card import BoardLook, CardState
from cutaway.storyboard.drawing import Drawing, Picture, Words
from cutaway.storyboard.footage import Footage
from cutaway.storyboard.stills import film_strip
from cutaway.storyboard.strip import EDGE, FAINT, GUTTER, INK, Panel, draw_strip
from cutaway_davinci.host import LiveHost
from cutaway_davinci.testing.items import ItemKept
from cutaway_davinci.testing.link import InAppLink
from cutaway_davinci.testing.resolve import ResolveDouble
from cutaway_panel.desk import Desk
from cutaway_panel.state import Mode

if TYPE_CHECKING:
    from cutaway_davinci.testing.timeline import TimelineKept
    from cutaway_panel.state import CardView, Storyboard

PICTURE: Final = Path(__file__).resolve().parent / "davinci-story.png"
RATE: Final = 24
FRAMES, LEFT, USED = 48, 8, 32
"""Of each shot: in its file, before its in point, in the cut."""
STRIP, ROW = 80, 116
"""Heights of what is drawn of a take, and of its row."""
SHOTS: Final = {
    "lake": "a white boat floats right on a lake",
    "sea": "a red boat floats left on the sea",
    "taxi": "a yellow taxi drives right through a city",
    "skyline": "a city at night",
    "snow": "a city in the snow",
    "woods": "a wolf runs right through a forest",
    "meadow": "a dog runs left across a meadow",
    "desert": "a red ball rolls left across a desert",
    "road": "a car drives right on a road in the mountains",
    "room": "a cat walks right through a room",
    "birds": "birds fly over the sea",
    "moon": "the moon over a lake at night",
}
GAPS: Final = {2: 30, 6: 24, 9: 36}
"""Before which shot a gap lies, and how many frames it is long."""
OTHER_STYLE: Final = "watercolor"
"""Of every second take."""
PROMPTS: Final = (
    "a red boat floats right to a city",
    "a wolf runs right across a meadow",
    "a car drives right on a road at night",
)


def filmed(folder: Path, size: str) -> dict[str, Path]:
    """Every shot as a file."""
    with Cutaway() as client:
        videos = {
            name: client.videos.create(prompt=prompt, num_frames=FRAMES, rate=RATE, size=size, seed=7, model="draft")
            for name, prompt in SHOTS.items()
        }
        return {name: video.wait().save(folder / f"{name}.mp4") for name, video in videos.items()}


def cut_in(world: ResolveDouble, shots: dict[str, Path]) -> TimelineKept:
    """The cut as an editor left it: twelve shots, three gaps, a title above one, a marker."""
    timeline, at = world.project.add_timeline("lake to moon"), 0
    for number, (name, path) in enumerate(shots.items()):
        at += GAPS.get(number, 0)
        timeline.put(world.project.add_clip(path), at, USED, left=LEFT, name=name)
        at += USED
    title = timeline.add_track("video", "Titles")
    title.put(ItemKept(world, "Title", timeline.start + 4, 30))
    timeline.on_add_marker(5, "Red", "mine", "", 1, "")
    return timeline


class Story:
    """The cut in the double, and a desk in front of it.

    Args:
        folder: where shots and takes lie.
        size: of the shots.
    """

    def __init__(self, folder: Path, *, size: str) -> None:
        self.world = ResolveDouble("21.1.1")
        self.timeline = cut_in(self.world, filmed(folder, size))
        self.host = LiveHost(InAppLink(self.world), folder=folder / "cutaway")
        self.host.snapshot()
        self.host.project.contents.look = BoardLook(model="draft", seed=7)
        self.desk = Desk(lambda: (Mode.LIVE, self.host), AsyncCutaway)

    def cards(self, state: Storyboard | None = None) -> list[CardView]:
        """Those of the gaps."""
        return [card for card in (state or self.desk.state).cards if card.kind == "fill"]

    def connected(self) -> None:
        self.desk.connect()
        self.desk.until(lambda state: len(self.cards(state)) == len(GAPS) and bool(state.connection.server))

    def prompted(self) -> None:
        for card, prompt in zip(self.cards(), PROMPTS, strict=True):
            self.desk.edit(card.id, prompt=prompt)
        self.desk.until(lambda state: all(card.card and card.card.prompt for card in self.cards(state)))

    def made(self, *, again: int) -> None:
        """A take of each card, and one in another style of the first `again`."""
        cards = self.cards()
        self._made(cards, 1)
        for card in cards[:again]:
            self.desk.edit(card.id, style=OTHER_STYLE)
        self._made(cards[:again], 2)

    def _made(self, cards: list[CardView], takes: int) -> None:
        wanted = {card.id for card in cards}
        self.desk.make(*wanted)
        self.desk.until(
            lambda state: all(len(card.takes) == takes for card in self.cards(state) if card.id in wanted), 300
        )

    def chosen(self, card: CardView, number: int) -> None:
        """Another take as the active one, counted from 1."""
        self.desk.use_take(card.id, card.takes[number - 1].take.id)
        self.desk.until(lambda state: state.by_id[card.id].takes[number - 1].is_active)

    def applied(self) -> None:
        """The active take of each card, in the cut."""
        for card in self.cards():
            self.desk.apply(card.id)
            self.desk.until(lambda state, name=card.id: state.by_id[name].state is CardState.APPLIED)

    def undone(self) -> None:
        for last in reversed(self.desk.state.applied):
            self.desk.undo_apply()
            self.desk.until(lambda state, name=last.card_id: state.by_id[name].state is CardState.REVIEW)

    def drawn(self, before: Panel, path: Path, *, width: int = 1600) -> Path:
        """What Resolve had, what it has now, and the two takes of each gap between their neighbours."""
        cards = [view.card for view in self.cards() if view.card is not None]
        known = {card.id: card for card in cards}
        after = Panel(self.host.snapshot().index, "after: a take in each gap, nothing else touched", (), known)
        draw_strip([before, after], path, width=width)
        rows = Drawing(width, len(cards) * ROW + EDGE)
        with Footage(before.index) as footage:
            for row, card in enumerate(cards):
                rows.add(Words(EDGE, row * ROW + ROW / 2, f"{row + 1}", FAINT, 14))
                for number, take in enumerate(card.takes):
                    is_there = take.id == card.applied_take
                    says = (
                        f"take {number + 1}{f', {OTHER_STYLE}' if number else ''}{', in the cut' if is_there else ''}"
                    )
                    left = EDGE + GUTTER + number * (width - EDGE - GUTTER) // 2
                    rows.add(Words(left, row * ROW, f"{card.prompt}: {says}", INK if is_there else FAINT, 13))
                    strip = film_strip(footage, card, take, self.host.project.takes_folder, height=STRIP)
                    rows.add(Picture(left, row * ROW + 20, strip))
        below = path.with_suffix(".rows.png")
        rows.save(below)
        with Image.open(path) as strips, Image.open(below) as takes:
            page = Image.new("RGB", (width, strips.height + takes.height), strips.getpixel((0, 0)))
            page.paste(strips, (0, 0))
            page.paste(takes, (0, strips.height))
        page.save(path)
        below.unlink()
        return path

    def close(self) -> None:
        self.desk.close()
        self.host.close()


def before_of(story: Story) -> Panel:
    cards = tuple(view.card for view in story.cards() if view.card is not None)
    return Panel(story.host.snapshot().index, "before: twelve shots, three gaps", cards)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CUTAWAY_HOME"] = str(Path(folder) / "home")
        try:
            story = Story(Path(folder), size="480x270")
            story.connected()
            story.prompted()
            before = before_of(story)
            story.made(again=len(GAPS))
            for card, number in zip(story.cards(), (1, 2, 1), strict=True):
                story.chosen(card, number)
            story.applied()
            story.drawn(before, PICTURE)
            story.close()
        finally:
            local.stop(Home.find())
    with Image.open(PICTURE) as drawn:
        small = drawn.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
