"""A cut with two holes, and the cut in which they are filled. Nothing else has moved by a frame.

    python examples/fill_cut.py [CUT.otio] [FILE.mp4]

Without a cut it films two shots and cuts them badly first.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import opentimelineio as otio

from cutaway import Cutaway
from cutaway.hosts.assembly import carried_out
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.plan import planned
from cutaway.storyboard.playout import play_out
from cutaway.storyboard.strip import Panel, draw_strip
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index

RATE = 24


def span(start: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, RATE), otio.opentime.RationalTime(frames, RATE))


def shot(film: Path, start: int, frames: int) -> otio.schema.Clip:
    media = otio.schema.ExternalReference(str(film.resolve()), span(0, 88))
    return otio.schema.Clip(film.stem, media, span(start, frames))


def bad_cut(client: Cutaway, path: Path) -> Path:
    """Two shots with 12 frames missing inside the first, and 10 between both."""
    films = []
    for name, prompt in (
        ("boat", "a white boat floats right on a lake"),
        ("lake", "a lake in the mountains at sunset"),
    ):
        video = client.videos.create(prompt=prompt, num_frames=88, rate=RATE, size="480x270", seed=4)
        films.append(video.wait().save(f"{name}.mp4"))
    boat, lake = films
    track = otio.schema.Track("V1", kind="Video")
    track.extend(
        [
            shot(boat, 0, 36),
            otio.schema.Gap(source_range=span(0, 12)),
            shot(boat, 48, 32),
            otio.schema.Gap(source_range=span(0, 10)),
            shot(lake, 10, 36),
        ]
    )
    otio.adapters.write_to_file(otio.schema.Timeline("lake", tracks=[track]), str(path), "otio_json")
    return path


out, film = Path("filled.otio"), Path(sys.argv[2] if len(sys.argv) > 2 else "filled.mp4")

with Cutaway() as client:
    cut = Path(sys.argv[1]) if len(sys.argv) > 1 else bad_cut(client, Path("cut.otio"))
    shutil.copyfile(cut, out)
    host = FileHost(out, folders=[cut.parent], run="fill")
    cards = planned(host.snapshot().index, host.project).cards
    for outcome in carried_out(host, client, cards, source=cut):
        place = outcome.card.placement
        seams = outcome.take.seams if outcome.take else None
        print(f"frames {place.start:3d} to {place.start + place.frames:3d}:", outcome.refusal or seams)

before, after = (Index.of(Document.open(path)) for path in (cut, out))
play_out(after, film, folders=[cut.parent])
draw_strip([Panel.of(before, title=cut.name), Panel.of(after, title=out.name)], film.with_suffix(".png"))
print(film, film.with_suffix(".png"))
