"""A board of five cards from nothing: one style, one family of seeds. It ends as a cut, a film and a page.

python examples/five_card_board.py [FILE.mp4]
"""

from __future__ import annotations

import sys
from pathlib import Path

from cutaway import Cutaway
from cutaway.hosts.assembly import carried_out
from cutaway.hosts.otio_file import FileHost
from cutaway.media.picture import contact_sheet
from cutaway.storyboard.playout import play_out
from cutaway.storyboard.sheet import Sheet
from cutaway.storyboard.strip import Panel, draw_strip
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index

film = Path(sys.argv[1] if len(sys.argv) > 1 else "board.mp4")
board, cut, strip = film.with_suffix(".json"), film.with_suffix(".otio"), film.with_name(f"{film.stem}-strip.png")

sheet = Sheet.of_prompts(
    "A day by the sea",
    [
        "a lighthouse by the sea at sunrise",
        "a sailboat sails right on the sea",
        "a whale swims left in the sea",
        "a dog runs right along a beach at sunset",
        "a lighthouse by the sea at night",
    ],
    seconds=1.5,
    size="480x270",
    style="papercraft",
    seed=21,
)
board.write_text(sheet.text(), encoding="utf-8")
sheet.timeline().save(cut)

with Cutaway() as client:
    host = FileHost(cut, run="render")
    host.project.contents.look = sheet.look
    for outcome in carried_out(host, client, sheet.cards(host.snapshot().index)):
        print(f"{outcome.card.prompt}: {outcome.refusal or 'made'}")

made = Index.of(Document.open(cut))
play_out(made, film)
draw_strip([Panel.of(made, title=sheet.name)], strip)
contact_sheet(film, film.with_suffix(".png"), columns=5, rows=2, width=2000, caption=sheet.name)
print(film, film.with_suffix(".png"), strip)
