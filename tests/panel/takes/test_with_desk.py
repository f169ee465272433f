"""The same views in front of a real desk and a real file: what is seen, applied and undone is what lies on disk."""

import os

import pytest

from cutaway.client.client import AsyncCutaway
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import CardState, Take
from cutaway.timebase import FrameRange
from cutaway.timeline.doc import Document
from cutaway.timeline.index import Index
from cutaway_panel.bridge import Bridge
from cutaway_panel.desk import Desk
from cutaway_panel.state import Mode
from cutaway_panel.takes import ApplyBar, PlayerView, TakesView
from cutaway_panel.takes.screen import View

OTIO = """{{
  "OTIO_SCHEMA": "Timeline.1", "name": "alley",
  "global_start_time": {{"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 86400.0}},
  "tracks": {{"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [
    {{"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": [{items}]}}]}}
}}"""
RANGE = """{{"OTIO_SCHEMA": "TimeRange.1", "start_time": {{"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": 0.0}},
 "duration": {{"OTIO_SCHEMA": "RationalTime.1", "rate": 24.0, "value": {frames}.0}}}}"""


def shot(name, path, frames):
    length = RANGE.format(frames=frames)
    return f"""{{"OTIO_SCHEMA": "Clip.2", "name": "{name}", "source_range": {length},
      "media_references": {{"DEFAULT_MEDIA": {{"OTIO_SCHEMA": "ExternalReference.1", "target_url": "{path}",
      "available_range": {length}}}}}, "active_media_reference_key": "DEFAULT_MEDIA"}}"""


@pytest.fixture
def cut(clips, tmp_path):
    """| Alley, 48 | hole, 24 | Door, 48 | in a file, and a card with two takes in its project."""
    hole = f'{{"OTIO_SCHEMA": "Gap.1", "source_range": {RANGE.format(frames=24)}}}'
    items = ", ".join((shot("Alley", clips["before"], 48), hole, shot("Door", clips["after"], 48)))
    path = tmp_path / "alley.otio"
    path.write_text(OTIO.format(items=items), encoding="utf-8")
    host = FileHost(path)
    (card,) = board_of(host.snapshot().index).cards
    takes = host.project.takes_folder
    takes.mkdir(parents=True, exist_ok=True)
    for n in (1, 2):
        os.link(clips[n], takes / f"take{n}.mp4")
        take = Take(id=f"take{n}", path=f"take{n}.mp4", available_frames=36, used_start=6, used_frames=24)
        card.takes.append(take)
    card.active_take, card.state, card.prompt = "take1", CardState.REVIEW, "a red ball"
    host.project.put(card)
    return path


@pytest.fixture
def real(cut, qapp):
    nobody = "http://127.0.0.1:9/v1"  # nothing here needs a server
    desk = Desk(lambda: (Mode.FILES, FileHost(cut)), lambda: AsyncCutaway(base_url=nobody, api_key="x", max_retries=0))
    desk.connect()
    state = desk.until(lambda s: s.connection.server_problem is not None and any(c.takes for c in s.cards), 20)
    bridge = Bridge(desk)
    bridge.choose(next(card.id for card in state.cards if card.takes))
    yield bridge
    bridge.close()
    desk.close()


def opened(qtbot, view, size=(500, 380)):
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    return view


def test_the_player_shows_the_frames_of_the_files(qtbot, real, seen, colours):
    player = opened(qtbot, PlayerView(real))
    qtbot.waitUntil(lambda: player.shown == 0, timeout=10000)
    for frame in (-24, -1, 0, 12, 23, 24, 47):
        player.playhead.seek(frame)
        qtbot.waitUntil(lambda f=frame: player.shown == f, timeout=10000)
        if frame < 0:
            wanted = colours("before", 48 + frame)
        else:
            wanted = colours(1, 6 + frame) if frame < 24 else colours("after", frame - 24)
        assert seen(player.screen_, 0.5, 0.5) == pytest.approx(wanted, abs=3), frame
    player.hide()


def test_takes_are_wiped_used_deleted_and_brought_back(qtbot, real, seen, colours):
    takes = opened(qtbot, TakesView(real), (900, 460))
    compare = takes.compare
    compare.set_view(View.WIPE)
    qtbot.waitUntil(
        lambda: compare.b is not None and compare.b.shot(compare.playhead.frame) is not None and compare.shown == 0,
        timeout=10000,
    )
    assert seen(compare.screen_, 0.3, 0.5) == pytest.approx(colours(1, 6), abs=3)
    assert seen(compare.screen_, 0.7, 0.5) == pytest.approx(colours(2, 6), abs=3)
    takes.star()
    qtbot.waitUntil(lambda: takes.take.star, timeout=10000)
    takes.delete()
    qtbot.waitUntil(lambda: takes.list.takes.rowCount() == 1, timeout=10000)
    assert takes.take.take.id == "take2"
    real.desk.undo_edit()
    qtbot.waitUntil(lambda: takes.list.takes.rowCount() == 2, timeout=10000)
    takes.hide()


def shown_at(path, frame):
    """Which file the cut shows at a record frame."""
    index = Index.of(Document.open(path))
    (item,) = [item for item in index.video_tracks[0].items if item.record.start <= frame < item.record.end]
    return item


def test_what_the_bar_says_is_what_is_done_and_undone(qtbot, real, cut):
    before = cut.read_bytes()
    bar = opened(qtbot, ApplyBar(real))
    bar.apply_asked.connect(lambda card, take, policy: real.desk.apply(card, take, policy=policy))
    bar.undo_asked.connect(real.desk.undo_apply)
    qtbot.waitUntil(lambda: bar.effect is not None, timeout=10000)
    assert not bar.effect.refusal
    assert "01:00:02:00, 24 frames" in bar.where.text()
    assert cut.read_bytes() == before
    bar.apply()
    qtbot.waitUntil(bar.undo_button.isEnabled, timeout=10000)
    placed = shown_at(cut, 48)
    assert FrameRange(int(placed.record.start), int(placed.record.end)) == FrameRange(48, 72)
    assert placed.kind == "clip"
    bar.undo()
    qtbot.waitUntil(lambda: not bar.undo_button.isEnabled(), timeout=10000)
    assert cut.read_bytes() == before


def test_a_policy_that_is_refused_says_why(qtbot, real):
    bar = opened(qtbot, ApplyBar(real))
    bar.policy.setCurrentIndex(bar.policy.findData("take"))
    qtbot.waitUntil(lambda: bar.effect is not None, timeout=10000)
    assert bar.effect.refusal
    assert bar.refusal.text() == f"Cannot be applied: {bar.effect.refusal}"
    assert not bar.apply_button.isEnabled()


def test_the_double_of_the_other_tests_has_the_desks_own_calls(desk):
    import inspect

    for name, call in inspect.getmembers(type(desk), inspect.isfunction):
        if name in {"change", "card", "take", "with_takes", "job", "with_job"} or name.startswith("_"):
            continue
        ours, theirs = inspect.signature(call), inspect.signature(getattr(Desk, name))
        assert list(ours.parameters) == list(theirs.parameters), name
