"""The pictures of docs/panel.md, taken of the panel as it runs: `python docs/panel_pictures.py [--films FOLDER]`.

It films twelve shots, cuts them with three gaps between, and opens the panel on the cut, on a screen that is not
there. Nothing is painted by hand: takes are made by the local runtime, and what is applied lies in the cut. With
`--films` the shots are kept there for the next time.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import opentimelineio as otio
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from cutaway import AsyncCutaway, Cutaway
from cutaway.client import local
from cutaway.home import Home
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.card import CardState
from cutaway_panel.bridge import Bridge
from cutaway_panel.desk import Desk
from cutaway_panel.opening import open_file
from cutaway_panel.state import Mode
from cutaway_panel.theme import Look, Theme, wear
from cutaway_panel.window.panel import PanelWindow
from cutaway_panel.window.settings import Settings
from cutaway_panel.window.start import StartWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cutaway.hosts.base import Snapshot
    from cutaway_panel.state import CardView, Storyboard

PICTURES = Path(__file__).resolve().parent / "pictures"
RATE, SIZE, FRAMES = 24, "640x360", 72
MAX_BYTES = 200_000
SHOTS = {
    "harbour": "a white boat floats right on a lake at dawn",
    "boat": "a red boat floats left on the sea",
    "taxi": "a yellow taxi drives right through a city",
    "skyline": "a city at night",
    "snow": "a city in the snow",
    "woods": "a wolf runs right through a forest",
    "field": "a dog runs left across a meadow",
    "desert": "a red ball rolls left across a desert",
    "road": "a car drives right on a road in the mountains",
    "cats": "a cat walks right through a room",
    "birds": "birds fly over the sea",
    "moon": "the moon over a lake at night",
}
GAPS = {2: 48, 6: 36, 9: 60}
"""Before which shot a gap lies, and how many frames it is long."""
PROMPTS = (
    "the boat lands and a yellow taxi waits at the shore",
    "the wolf stops and a dog comes out of the forest",
    "a car drives right on a road in the mountains, at sunset",
)


def films(folder: Path) -> dict[str, Path]:
    """Every shot as a file; those that are there are not made again."""
    folder.mkdir(parents=True, exist_ok=True)
    there = {name: folder / f"{name}.mp4" for name in SHOTS}
    missing = [name for name, path in there.items() if not path.exists()]
    if missing:
        with Cutaway() as client:
            videos = {
                name: client.videos.create(prompt=SHOTS[name], num_frames=FRAMES, rate=RATE, size=SIZE, seed=7)
                for name in missing
            }
            for name, video in videos.items():
                video.wait().save(there[name])
    return there


def span(start: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, RATE), otio.opentime.RationalTime(frames, RATE))


def cut_of(shots: dict[str, Path], path: Path) -> Path:
    """Twelve shots of two seconds, with spare frames at either end, and three gaps; it starts at 01:00:00:00."""
    track = otio.schema.Track("V1", kind="Video")
    for number, (name, film) in enumerate(shots.items()):
        if number in GAPS:
            track.append(otio.schema.Gap(source_range=span(0, GAPS[number])))
        track.append(otio.schema.Clip(name, otio.schema.ExternalReference(str(film), span(0, FRAMES)), span(12, 48)))
    timeline = otio.schema.Timeline("harbour to moon", tracks=[track])
    timeline.global_start_time = otio.opentime.RationalTime(3600 * RATE, RATE)
    otio.adapters.write_to_file(timeline, str(path), "otio_json")
    return path


class Hanging(FileHost):
    """An application that does not answer: whoever looks waits until it is let go."""

    def __init__(self, path: Path, go: Event) -> None:
        super().__init__(path)
        self.go, self.hangs = go, False

    def snapshot(self) -> Snapshot:
        if getattr(self, "hangs", False):
            self.go.wait(60)
        return super().snapshot()


class Studio:
    """The window in front of a desk, and a camera."""

    def __init__(self, application: QApplication, desk: Desk, settings: Settings) -> None:
        self.application, self.desk = application, desk
        self.bridge = Bridge(desk)
        self.window = PanelWindow(self.bridge, settings, opens=True)
        self.window.resize(QSize(1440, 900))
        self.window.show()

    def until(self, wanted: Callable[[Storyboard], bool], seconds: float = 500) -> None:
        """Paints and listens until the window shows such a state.

        Raises:
            TimeoutError: it does not come.
        """
        end = time.monotonic() + seconds
        while not wanted(self.bridge.state):
            if time.monotonic() > end:
                raise TimeoutError(str(self.bridge.state.notices[-3:]))
            self.rest(0.05)

    def rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.application.processEvents()
            time.sleep(0.01)

    def take(self, name: str, widget: QWidget | None = None) -> None:
        """A picture of the window, once its thumbnails are there."""
        end = time.monotonic() + 30
        self.rest(1.5)
        pool = self.window.pictures
        while (pool.waiting or pool.making) and time.monotonic() < end:
            self.rest(0.2)
        self.rest(1.5)
        save(widget or self.window, name)

    def close(self) -> None:
        self.window.close()
        self.desk.close()


def save(widget: QWidget, name: str) -> None:
    """Few colours where many would make the file too large."""
    path = PICTURES / f"panel-{name}.png"
    widget.grab().save(str(path))
    with Image.open(path) as taken:
        small = taken.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.name}: {size / 1000:.0f} kB")
    if size > MAX_BYTES:
        raise SystemExit(f"{path.name} has {size} bytes, more than {MAX_BYTES}")


def gap_cards(state: Storyboard) -> list[CardView]:
    return [card for card in state.cards if card.kind == "fill"]


@contextmanager
def a_home() -> Iterator[Path]:
    """A home folder of its own, whose runtime is stopped at the end."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CUTAWAY_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            local.stop(Home.find())


def story(application: QApplication, cut: Path, settings: Settings) -> None:
    """From a cut with gaps to a take in the cut, and every look of it."""
    studio = Studio(application, Desk(lambda: open_file(cut), AsyncCutaway), settings)
    desk = studio.desk
    desk.connect()
    studio.until(lambda state: len(gap_cards(state)) == len(GAPS) and bool(state.connection.server))
    gaps = gap_cards(studio.bridge.state)
    studio.bridge.choose(gaps[0].id)
    studio.take("gaps")
    for gap, prompt in zip(gaps, PROMPTS, strict=True):
        desk.edit(gap.id, prompt=prompt)
    studio.until(lambda state: all(card.card and card.card.prompt for card in gap_cards(state)))
    desk.make(gaps[0].id, gaps[1].id, gaps[2].id)
    studio.until(lambda state: any(card.state is CardState.RUNNING and card.progress for card in state.cards))
    save(studio.window, "running")
    studio.until(lambda state: all(card.takes for card in gap_cards(state)))
    desk.make(gaps[0].id)
    studio.until(lambda state: len(state.card(gaps[0].id).takes) == 2)
    studio.window.stage.setCurrentIndex(1)
    studio.take("takes")
    studio.window.doings.apply()
    studio.rest(1.5)
    dialog = application.activeModalWidget()
    if dialog is not None:
        save(dialog, "confirm")
        dialog.accept()
    studio.until(lambda state: bool(state.applied))
    studio.window.stage.setCurrentIndex(0)
    studio.take("applied")
    for theme in (Theme.LIGHT, Theme.CONTRAST):
        studio.window.wear_theme(theme)
        studio.take(theme.value)
    studio.window.wear_theme(Theme.DARK)
    studio.window.actions_["keys"].trigger()
    studio.rest(0.3)
    save(studio.window.keys, "keys")
    studio.close()


def hanging(application: QApplication, cut: Path, settings: Settings) -> None:
    """The application stops answering while the window is open."""
    go = Event()
    host = Hanging(cut, go)
    studio = Studio(application, Desk(lambda: (Mode.FILES, host), AsyncCutaway), settings)
    studio.desk.connect()
    studio.until(lambda state: bool(state.cards))
    host.hangs = True
    studio.desk.sync()
    studio.until(lambda state: bool(state.connection.busy))
    studio.rest(4)
    studio.take("hanging")
    go.set()
    studio.close()


def failed(application: QApplication, cut: Path, settings: Settings) -> None:
    """A server that is not there, and a cut that is not."""
    no_server = lambda: AsyncCutaway(base_url="http://127.0.0.1:9/v1", api_key="none", max_retries=0)  # noqa: E731
    studio = Studio(application, Desk(lambda: open_file(cut), no_server), settings)
    studio.desk.connect()
    studio.until(lambda state: bool(gap_cards(state)))
    gap = gap_cards(studio.bridge.state)[0]
    studio.bridge.choose(gap.id)
    studio.desk.make(gap.id)
    studio.until(lambda state: any(card.state is CardState.FAILED for card in state.cards))
    studio.window.side.setCurrentIndex(3)
    studio.take("failed")
    studio.close()


def no_cut(application: QApplication, cut: Path, settings: Settings) -> None:
    del cut
    window = StartWindow()
    window.show()
    application.processEvents()
    save(window, "start")
    window.close()
    gone = Path("cuts", "harbour.otio")
    studio = Studio(application, Desk(lambda: open_file(gone), AsyncCutaway), settings)
    studio.desk.connect()
    studio.until(lambda state: state.connection.problem is not None)
    studio.take("no-cut")
    studio.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", help="story, hanging, failed, no_cut; all of them if none is named")
    options.add_argument("--films", type=Path, help="where the shots are kept")
    asked = options.parse_args()
    acts = {act.__name__: act for act in (no_cut, story, hanging, failed)}
    with a_home() as home:
        application = QApplication([])
        shots = films(asked.films or home / "films")
        for name in asked.names or acts:
            wear(application, Look())
            folder = home / name / "Harbour film"
            folder.mkdir(parents=True)
            acts[name](application, cut_of(shots, folder / "harbour.otio"), Settings())


if __name__ == "__main__":
    main()
