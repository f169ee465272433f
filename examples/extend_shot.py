"""A shot of a cut made longer by 24 frames, which the gap behind it gives up.

python examples/extend_shot.py [FILE.mp4]
"""

from __future__ import annotations

import sys
from pathlib import Path

import opentimelineio as otio

from cutaway import Cutaway
from cutaway.hosts.assembly import carried_out
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.asks import extension, shot_at
from cutaway.storyboard.plan import named_card
from cutaway.storyboard.playout import play_out
from cutaway.storyboard.strip import Panel, draw_strip
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index

FRAMES, RATE = 24, 24
cut, film = Path("short.otio"), Path(sys.argv[1] if len(sys.argv) > 1 else "longer.mp4")


def span(start: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, RATE), otio.opentime.RationalTime(frames, RATE))


with Cutaway() as client:
    track = otio.schema.Track("V1", kind="Video")
    for name, prompt in (
        ("taxi", "a yellow taxi drives right through a city"),
        ("night", "the moon over a city at night"),
    ):
        video = client.videos.create(prompt=prompt, num_frames=40, rate=RATE, size="480x270", seed=11).wait()
        media = otio.schema.ExternalReference(str(video.save(f"{name}.mp4").resolve()), span(0, 40))
        track.append(otio.schema.Clip(name, media, span(0, 40)))
    track.insert(1, otio.schema.Gap(source_range=span(0, FRAMES + 8)))
    otio.adapters.write_to_file(otio.schema.Timeline("city", tracks=[track]), str(cut), "otio_json")
    before = Index.of(Document.open(cut))

    host = FileHost(cut, run="extend")
    card = named_card(extension(before, shot_at(before, 10), FRAMES))
    for outcome in carried_out(host, client, [card]):
        print(f"{outcome.card.kind} by {outcome.card.placement.frames} frames: {outcome.refusal or 'placed'}")

after = Index.of(Document.open(cut))
play_out(after, film)
draw_strip([Panel.of(before, title="before"), Panel.of(after, title="after")], film.with_suffix(".png"))
print(film, film.with_suffix(".png"))
