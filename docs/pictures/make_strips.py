"""The strips of docs/timelines.md, made by the verbs they show: `python docs/pictures/make_strips.py`.

It films two shots, cuts them, runs `cutaway timeline` on the cut, and draws before and after.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import opentimelineio as otio
from PIL import Image

from cutaway import Cutaway
from cutaway.cli.app import run

STRIPS = Path(__file__).resolve().parent / "strips"
RATE = 24
PROMPTS = {
    "boat": "a white boat floats right on a lake",
    "taxi": "a yellow taxi drives right through a city",
    "night": "a city at night",
}
VERBS = {
    "fill": ["--model", "draft"],
    "extend": ["--at", "10", "--frames", "12"],
    "extend-roll": ["--at", "60", "--frames", "12", "--room", "roll"],
    "extend-ripple": ["--at", "10", "--frames", "12", "--room", "ripple"],
    "remix": ["--range", "70-90", "--prompt", "a city in the snow", "--style", "pixel"],
    "blend": ["--at", "100", "--frames", "16"],
    "loop": ["--at", "60"],
}
"""Strip, and what is said to the verb it is named for."""


def span(start: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, RATE), otio.opentime.RationalTime(frames, RATE))


def cut_of(films: dict[str, Path], path: Path) -> Path:
    """| boat | gap | taxi | night |, each shot with 20 spare frames at either end."""
    track = otio.schema.Track("V1", kind="Video")
    for name, film in films.items():
        media = otio.schema.ExternalReference(str(film), span(0, 80))
        track.append(otio.schema.Clip(name, media, span(20, 40)))
    track.insert(1, otio.schema.Gap(source_range=span(0, 20)))
    timeline = otio.schema.Timeline("strips", tracks=[track])
    timeline.global_start_time = otio.opentime.RationalTime(3600 * RATE, RATE)
    otio.adapters.write_to_file(timeline, str(path), "otio_json")
    return path


def main(names: list[str]) -> None:
    STRIPS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with Cutaway() as client:
            videos = {
                name: client.videos.create(prompt=prompt, num_frames=80, rate=RATE, size="480x270", seed=3)
                for name, prompt in PROMPTS.items()
            }
            films = {name: video.wait().save(folder / f"{name}.mp4") for name, video in videos.items()}
        cut = cut_of(films, folder / "cut.otio")
        for name in names or VERBS:
            out = folder / f"{name}.otio"
            for words in (
                [name.partition("-")[0], str(cut), "-o", str(out), *VERBS[name]],
                ["draw", str(cut), "--after", str(out), "-o", str(STRIPS / f"{name}.png"), "--width", "1280"],
            ):
                if run(["timeline", *words]):
                    raise SystemExit(f"cutaway timeline {' '.join(words)} failed")
            with Image.open(STRIPS / f"{name}.png") as drawn:
                small = drawn.quantize(256, method=Image.Quantize.MAXCOVERAGE)
            small.save(STRIPS / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
