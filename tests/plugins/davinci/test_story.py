"""The whole story, without a window: a cut with three gaps in the double of Resolve, and a desk in front of it.

Twelve shots, cards, draft takes of a real runtime, two of them compared, applied, exported by Resolve, read by
opentimelineio, taken back.
"""

import sys
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[3] / "docs" / "pictures"))
from make_davinci_story import GAPS, PROMPTS, SHOTS, USED, Story, before_of

from cutaway.client import local
from cutaway.storyboard.card import CardState
from cutaway_davinci.testing.handle import Handle


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("CUTAWAY_BASE_URL", raising=False)
        story = Story(tmp_path_factory.mktemp("story"), size="128x72")
        yield story
        story.close()
        local.stop()
    assert story.world.misuses == []


def exported(story, path):
    """What Resolve writes of the timeline, as text and as opentimelineio reads it."""
    resolve = Handle(story.world)
    timeline = resolve.GetProjectManager().GetCurrentProject().GetCurrentTimeline()
    assert timeline.Export(str(path), resolve.EXPORT_OTIO, resolve.EXPORT_NONE) is True
    return path.read_text(encoding="utf-8"), otio.adapters.read_from_file(str(path))


def rows(timeline):
    """Track by track: what lies where, what it shows, from which frame, with its markers."""
    return [
        [
            (
                type(item).__name__,
                item.name,
                item.range_in_parent().start_time.to_frames(),
                item.duration().to_frames(),
                getattr(getattr(item, "media_reference", None), "target_url", ""),
                item.source_range.start_time.to_frames(),
            )
            for item in track
        ]
        for track in timeline.tracks
    ]


@pytest.mark.slow
def test_a_cut_with_three_gaps_is_filled_compared_exported_and_given_back(story, tmp_path):
    text, before = exported(story, tmp_path / "before.otio")
    (shots, titles, sounds) = rows(before)
    assert [row[0] for row in shots].count("Clip") == len(SHOTS)
    assert [row[3] for row in shots if row[0] == "Gap"] == list(GAPS.values())

    # cards: one for each gap, where it lies
    story.connected()
    cards = story.cards()
    gaps = [(row[2], row[3]) for row in shots if row[0] == "Gap"]
    assert [(card.span.start, card.frames) for card in cards] == gaps
    assert (cards[0].before, cards[0].after) == ("sea", "taxi")
    assert cards[0].timecode_in == "01:00:02:16"
    story.prompted()
    unfilled = before_of(story)

    # a take of each, made by the runtime, and of the first another one, which is compared with it
    story.made(again=1)
    for card in story.cards():
        assert {view.take.used_frames for view in card.takes} == {card.frames}
    first = story.cards()[0]
    reels = [story.desk.reel(first.id, view.take.id) for view in first.takes]
    place = reels[0].place
    assert [reel.frames for reel in reels] == [reels[0].frames] * 2
    for frame, differs in ((place.start - 1, False), (place.start + place.duration // 2, True), (place.end, False)):
        a, b = (reel.frame(frame, 96, 54).astype(int) for reel in reels)
        assert (np.abs(a - b).mean() > 1) == differs  # the neighbours are the same in both
    for reel in reels:
        reel.close()
    story.chosen(first, 1)

    # what would be done is said before it is
    said = []
    story.desk.effect(first.id, None, said.append)
    story.desk.until(lambda _: bool(said))
    assert (said[0].refusal, "01:00:02:16" in said[0].where) == ("", True)
    assert exported(story, tmp_path / "same.otio")[0] == text

    story.applied()
    assert all(card.state is CardState.APPLIED for card in story.cards())
    assert first.takes[0].take.id == next(v.take.id for v in story.cards()[0].takes if v.is_applied)
    _, after = exported(story, tmp_path / "after.otio")
    (filled, *others) = rows(after)
    assert others == [titles, sounds]
    assert [row for row in filled if row[1] in SHOTS] == [row for row in shots if row[1] in SHOTS]
    takes = [row for row in filled if row[1] not in SHOTS]
    assert [(row[0], row[2], row[3]) for row in takes] == [("Clip", start, frames) for start, frames in gaps]
    assert all(Path(row[4]).is_file() for row in takes)
    assert after.duration().to_frames() == before.duration().to_frames() == len(SHOTS) * USED + sum(GAPS.values())
    assert [m.name for m in after.tracks.markers if m.name == "mine"] == ["mine"]
    assert [timeline.name for timeline in story.world.project.timelines] == [
        "lake to moon", "lake to moon before Cutaway 1",
    ]  # fmt: skip

    picture = story.drawn(unfilled, tmp_path / "story.png")
    with Image.open(picture) as drawn:
        assert drawn.width == 1600
        assert len(drawn.convert("RGB").quantize(64).getcolors()) > 32

    story.undone()
    assert exported(story, tmp_path / "undone.otio")[0] == text
    assert all(card.state is CardState.REVIEW for card in story.cards())
    assert len(PROMPTS) == len(story.cards()) == 3
