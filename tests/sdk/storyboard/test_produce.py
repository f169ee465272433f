"""Cards run through a real runtime: takes of the exact length, seams measured, nothing submitted twice."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "timeline"))
from cuts import by_library, clip, cut, dissolve, gap, span, text_of, track

from cutaway import Cutaway
from cutaway.client import local
from cutaway.client.files import FileOperations
from cutaway.hosts.assembly import carried_out, undone_run
from cutaway.hosts.base import PlacePlan
from cutaway.hosts.otio_file import FileHost
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.storyboard.board import board_of
from cutaway.storyboard.card import BoardLook, CardState
from cutaway.storyboard.produce import Gate, Production, arrivals, produce
from cutaway.timebase import Rate
from cutaway.timeline.doc import Document
from cutaway.wire import OutputFormat, Status


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("CUTAWAY_BASE_URL", raising=False)
        with Cutaway() as made:
            yield made
        local.stop()


@pytest.fixture(params=[23.976])
def host(request, tmp_path):
    """A cut of three shots with two gaps, the second behind a dissolve."""
    rate = request.param
    path = tmp_path / "shot.mkv"
    with Writer(path, width=96, height=64, rate=Rate.parse(rate), format=OutputFormat.FFV1) as writer:
        for n in range(96):
            frame = np.full((1, 64, 96, 3), 60, np.uint8)
            frame[:, 20:40, n % 80 : n % 80 + 12] = 220
            writer.write(frame)
        writer.finish()
    items = [
        clip("a", 30, rate),
        gap(12, rate),
        clip("b", 30, rate),
        dissolve(4, 4, rate),
        gap(8, rate),
        clip("c", 30, rate),
    ]
    for item in items:
        if item["OTIO_SCHEMA"] == "Clip.2":
            media = item["media_references"]["DEFAULT_MEDIA"]
            media |= {"target_url": str(path), "available_range": span(86400, 96, rate)}
    cut_path = tmp_path / "cut.otio"
    cut_path.write_text(text_of(cut(track(items), rate=rate)), encoding="utf-8")
    host = FileHost(cut_path)
    host.project.contents.look = BoardLook(model="bars", seed=5)
    host.project.put(*board_of(host.snapshot().index).cards)
    return host


def production(host, client, **more):
    return Production(host.project, host.snapshot().index, client, **more)


def jobs(client):
    return len(list(client.videos.list(limit=100)))


def test_every_hole_is_filled_with_a_take_of_its_length_and_the_cut_can_be_given_back(host, client):
    before, rows = host.path.read_bytes(), by_library(host.path.read_text())
    for card in produce(production(host, client), host.project.cards):
        take = card.take()
        assert card.state is CardState.REVIEW, card.error
        media = host.project.takes_folder / take.path
        with Clip(media) as made:
            assert len(made) == take.available_frames == card.placement.frames + card.head_handle + card.tail_handle
            assert (made.info.width, made.info.height, str(made.info.rate)) == (96, 64, "24000/1001")
        assert (take.used_start, take.seed, take.preview) == (card.head_handle, 5, True)
        assert take.seams.head is not None
        host.place(PlacePlan(host.snapshot().digest, card, take, media))
    now = by_library(host.path.read_text())
    assert [row[:2] for row in now[0]] == [row[:2] for row in rows[0]]
    assert not [row for row in now[0] if row[2] == "Gap"]
    host.undo(2)
    assert host.path.read_bytes() == before


def test_a_job_of_a_run_that_died_is_looked_up_and_not_sent_again(host, client):
    cards = produce(production(host, client), host.project.cards)
    next(cards)
    cards.close()  # the second card was submitted; nobody waited for it
    waiting = [card for card in FileHost(host.path).project.cards if card.job_id is not None]
    assert len(waiting) == 1
    sent = jobs(client)
    again = FileHost(host.path)
    (card,) = produce(production(again, client), waiting)
    assert card.state is CardState.REVIEW
    assert jobs(client) == sent


class Watched:
    """A client that lets every job it sent end first, and says of some of them that they still run."""

    def __init__(self, client, running=()):
        self.videos, self.client, self.running = self, client, running
        self.sent = []

    def __getattr__(self, name):
        return getattr(self.client.videos, name)

    def fill(self, *args, **more):
        self.sent.append(self.client.videos.fill(*args, **more).wait())
        return self.sent[-1]

    def retrieve(self, job):
        video = self.client.videos.retrieve(job)
        return StillRunning(video) if [v.id for v in self.sent].index(job) in self.running else video


class StillRunning:
    status = Status.IN_PROGRESS

    def __init__(self, video):
        self.video = video

    def wait(self, **more):
        return self.video.wait(**more)


@pytest.mark.parametrize(("running", "groups"), [((), [2]), ((1,), [1, 1])])
def test_takes_that_are_there_come_together_and_none_waits_for_a_job_that_runs(running, groups, host, client):
    watched = Watched(client, running)
    arrived = [[card.id for card in some] for some in arrivals(production(host, watched), host.project.cards)]
    assert [len(some) for some in arrived] == groups
    assert [name for some in arrived for name in some] == [card.id for card in host.project.cards]
    assert all(card.state is CardState.REVIEW for card in host.project.cards)


def test_a_run_that_was_killed_places_what_was_made_in_one_write(host, client):
    original = host.path.read_bytes()
    for card in produce(production(host, client), host.project.cards):
        assert card.state is CardState.REVIEW
    written = []
    save = Document.save
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Document, "save", lambda self, *args, **more: (written.append(1), save(self, *args, **more))[1])
        outcomes = list(carried_out(host, client, host.project.cards))
    assert [outcome.refusal for outcome in outcomes] == ["", ""]
    assert len(written) == 1
    assert FileHost(host.path).notes == ()
    undone_run(host, everything=True)
    assert host.path.read_bytes() == original


def test_below_the_gate_the_next_seeds_are_tried_and_the_best_take_is_kept(host, client, monkeypatch):
    sent, upload = [], FileOperations._upload

    async def counted(files, part, purpose, call):
        sent.append(part)
        return await upload(files, part, purpose, call)

    monkeypatch.setattr(FileOperations, "_upload", counted)
    (card,) = produce(production(host, client, gate=Gate(min_score=1.0, retries=2)), host.project.cards[:1])
    assert [take.seed for take in card.takes] == [5, 6, 7]
    assert len(sent) == 2, "both neighbours, each sent once for all three"
    assert card.take().seams.score == max(take.seams.score for take in card.takes)
    assert any("no take reached" in note for note in card.notes)


def test_one_card_that_fails_does_not_stop_the_others(host, client):
    first, second = host.project.cards
    first.model = "nobody-has-this"
    done = list(produce(production(host, client), [first, second]))
    assert [card.state for card in done] == [CardState.FAILED, CardState.REVIEW]
    assert "nobody-has-this" in done[0].error


def test_a_cancel_reaches_the_job(host, client):
    long = host.project.cards[0]
    long.placement.frames = 1400
    host.project.look.size = "960x540"
    (card,) = produce(production(host, client, cancelled=lambda: True), [long])
    assert card.state is CardState.CANCELLED, card.error
    assert card.takes == []
    assert list(host.project.takes_folder.iterdir()) == []
