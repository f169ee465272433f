"""Manifests rendered by a real runtime: only what changed, nothing twice, everything reported."""

import json
import os
import shutil
import signal
import subprocess
import sys
from xml.etree import ElementTree as ET

import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from cutaway import Cutaway, Rate
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.storyboard.render.ledger import Ledger
from cutaway.storyboard.render.pictures import digest


def jobs():
    """How many jobs the runtime has ever been given."""
    with Cutaway() as client:
        return sum(1 for _ in client.videos.list())


pytestmark = pytest.mark.usefixtures("runtime")

CARS = "  car:\n    matrix: {colour: [red, blue], way: [left, right]}\n    prompt: a ${{ matrix.colour }} car drives ${{ matrix.way }}\n"


def test_the_second_run_makes_nothing_and_a_changed_prompt_makes_one(folder):
    folder.write(CARS + "  ball: a red ball\n")
    before = jobs()
    first = folder.render()
    assert first.code == 0, first.stderr
    assert len(first.results("made")) == 5
    with Clip(folder.out / "car-red-left.mp4") as clip:
        assert (clip.info.width, clip.info.height, len(clip)) == (64, 36, 6)

    second = folder.render()
    assert second.results("fresh") == first.results("made")
    assert second.object["jobs_submitted"] == 0
    assert jobs() - before == 5

    folder.write(CARS + "  ball: a green ball\n")
    third = folder.render()
    assert third.results("made") == ["ball"]
    assert len(third.results("fresh")) == 4
    assert jobs() - before == 6


def test_a_file_that_is_gone_comes_from_the_cache_also_elsewhere_and_without_a_lock(folder, tmp_path):
    folder.write("  ball: a ball of its own\n")
    assert folder.render().code == 0
    made = (folder.out / "ball.mp4").read_bytes()
    (folder.out / "ball.mp4").unlink()
    assert folder.render().results("restored") == ["ball"]
    (tmp_path / "cutaway.lock").unlink()
    assert folder.render(out=tmp_path / "elsewhere").results("restored") == ["ball"]
    assert (tmp_path / "elsewhere/ball.mp4").read_bytes() == made


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_cache_may_be_any_url(folder, tmp_path, kind):
    url = f"memory://{tmp_path.name}" if kind == "memory" else (tmp_path / "shared").as_uri()
    folder.write(f"  ball: a ball in {kind}\n")
    assert folder.render(cache=url).results("made") == ["ball"]
    (folder.out / "ball.mp4").unlink()
    assert folder.render(cache=url).results("restored") == ["ball"]


def test_a_damaged_cache_is_seen_and_made_good(folder):
    folder.write("  ball: a ball that is damaged\n")
    folder.render()
    media = next((folder.path / "cache").rglob("media.mp4"))
    media.write_bytes(b"damaged")
    (folder.out / "ball.mp4").unlink()
    before = jobs()
    again = folder.render()
    assert (again.code, again.results("made")) == (0, ["ball"])
    assert jobs() == before, "the server still had the job of this very request"
    assert media.read_bytes() == (folder.out / "ball.mp4").read_bytes()


def test_force_makes_it_again_and_only_chooses(folder):
    folder.write("  a: one forced\n  b: another\n")
    folder.render()
    before = jobs()
    forced = folder.render("--force", "--only", "a")
    assert forced.results("made") == ["a"]
    assert jobs() - before == 1
    assert set(folder.lock) == {"a", "b"}
    assert folder.render("--only", "nothing*").code == 2


def test_check_and_dry_run_do_nothing_and_say_what_would_be_done(folder):
    folder.write("  a: one to check\n")
    unknown = folder.render("--dry-run")
    assert unknown.code == 0
    assert unknown.object["assets"][0]["action"] == "make"
    assert folder.render("--check").code == 7
    assert not folder.out.exists()
    assert not (folder.path / "cutaway.lock").exists()
    folder.render()
    assert folder.render("--check").code == 0
    (folder.out / "a.mp4").write_bytes(b"changed by hand")
    assert folder.render("--check").code == 7
    folder.write("  a: one to check\n  b: a second\n")
    known = folder.render("--dry-run").object["estimate"]
    assert known["units"] == 1
    assert known["seconds"] > 0
    assert known["unknown"] == 0


def test_a_lock_makes_a_run_repeatable_and_refuses_what_differs(folder):
    folder.write("  a: one that is locked\n")
    assert folder.render("--locked").code == 7
    folder.render()
    locked = (folder.path / "cutaway.lock").read_bytes()
    assert folder.lock["a"]["revision"] == "bars-1"
    made = digest(folder.out / "a.mp4")

    (folder.out / "a.mp4").unlink()
    again = folder.render("--locked", "--force", cache=str(folder.path / "empty"))
    assert again.code == 0, again.stderr
    assert digest(folder.out / "a.mp4") == folder.lock["a"]["pictures"] == made
    assert (folder.path / "cutaway.lock").read_bytes() == locked
    assert folder.render("--locked", "--check", cache=str(folder.path / "empty")).code == 0

    folder.write("  a: another\n")
    refused = folder.render("--locked")
    assert refused.code == 7
    assert "a is asked for otherwise than in the lock" in refused.stderr


def test_a_result_that_is_not_the_locked_one_is_a_failure(folder):
    folder.write("  a: one that comes out otherwise\n")
    folder.render()
    path = folder.path / "cutaway.lock"
    text = path.read_text()
    for known in (folder.lock["a"]["files"]["a.mp4"], folder.lock["a"]["pictures"]):
        text = text.replace(known, "0" * 64)
    path.write_text(text)
    other = folder.render("--locked", cache=str(folder.path / "empty"))
    assert other.code == 3
    assert "shows other pictures than the one of the lock" in other.object["assets"][0]["error"]


def test_what_is_made_from_something_made_follows_it(folder):
    text = (
        "  ball: {{prompt: {0}}}\n  long: {{extend: '${{{{ assets.ball }}}}', frames: 4}}\n  other: {{prompt: aside}}\n"
    )
    folder.write(text.format("a first ball"))
    assert folder.render().code == 0
    with Clip(folder.out / "long.mp4") as clip:
        assert len(clip) == 6 + 4
    folder.write(text.format("a second ball"))
    assert folder.render().results("made") == ["ball", "long"]


def test_one_that_fails_leaves_the_others_alone_and_says_so_everywhere(folder):
    folder.write("  good: one that works\n  bad: {prompt: x, size: 65x37}\n  after: {loop: '${{ assets.bad }}'}\n")
    ended = folder.render()
    assert ended.code == 3
    assert ended.results("made") == ["good"]
    assert ended.results("failed") == ["bad", "after"]
    rows = {row["id"]: row for row in ended.object["assets"]}
    assert "66x36" in rows["bad"]["error"]
    assert rows["after"]["error"] == "it needs bad, which was not made"
    suites = ET.parse(folder.out / "report.xml").getroot()
    assert (suites.get("tests"), suites.get("failures")) == ("3", "2")
    assert "it needs bad" in (folder.out / "index.html").read_text()
    assert json.loads((folder.out / "report.json").read_text()) == ended.object
    assert set(folder.lock) == {"good"}


@pytest.mark.slow
def test_seams_are_measured_and_can_be_a_gate(folder, clip):
    for name, seed in (("a.mp4", 0), ("b.mp4", 3)):
        clip(name, seed=seed)
    folder.write(
        "  same: {extend: a.mp4, frames: 6, seed: 0}\n"
        "  only-new: {fill: [a.mp4, b.mp4], frames: 6, part: segment}\n"
        "  longer: {extend: a.mp4, frames: 6, part: segment, seed: 3}\n"
    )
    done = folder.render()
    assert done.code == 0, done.stderr
    seams = {row["id"]: row["seam"] for row in done.object["assets"]}
    assert seams["longer"] < 0.1 < seams["same"], "bars of another seed have other colours"
    gated = folder.render("--fail-under-seam", "0.1")
    assert gated.code == 3
    assert "longer" in [row["id"] for row in gated.object["assets"] if row["below_gate"]]
    assert gated.object["jobs_submitted"] == 0
    assert folder.render("--fail-under-seam", "0").code == 0


def test_a_budget_stops_before_it_is_exceeded(folder):
    folder.write("  a: one in the budget\n  b: one beyond it\n", HEAD_SLOW)
    folder.render("--only", "a")  # so that the pace of this size is known
    first = folder.render("--only", "a", "--force").object["seconds_of_work"]
    stopped = folder.render("--force", "--budget", f"{first * 0.01:.4f}")
    assert stopped.code == 8
    assert stopped.results("skipped") == ["a", "b"]
    assert "the budget of" in stopped.object["assets"][0]["error"]
    assert folder.render("--budget", "10m").code == 0


HEAD_SLOW = "version: 1\ndefaults: {model: bars, size: 320x180, rate: 24, frames: 24}\nassets:\n"


def test_a_budget_in_money_goes_by_the_manifest_s_prices(folder):
    head = "version: 1\nprices: {currency: EUR, per_second: {bars: 0.5}}\n" + HEAD_SLOW.split("\n", 1)[1]
    folder.write("  a: one second\n  b: another second\n", head)
    assert folder.render("--dry-run").object["estimate"]["money"] == pytest.approx(1.0)
    stopped = folder.render("--budget", "0.60 EUR", "--jobs", "1")
    assert stopped.code == 8
    assert (stopped.results("made"), stopped.results("skipped")) == (["a"], ["b"])
    refused = folder.render("--budget", "1 USD")
    assert refused.code == 2
    assert "needs `prices:` in USD" in refused.stderr


def test_a_board_is_cut_together(folder):
    shots = "  film:\n    board:\n      shots:\n        - {prompt: a dog}\n        - {prompt: a cat, frames: 9}\n"
    folder.write(shots)
    assert folder.render().code == 0
    timeline = otio.adapters.read_from_file(str(folder.out / "film.otio"))
    played = [(c.name, c.media_reference.target_url, c.duration().to_frames()) for c in timeline.find_clips()]
    assert played == [("film-01", "film/01.mp4", 6), ("film-02", "film/02.mp4", 9)]
    folder.write(shots.replace("a cat", "a cow"))
    assert folder.render().results("made") == ["film-02"]


@pytest.fixture
def cut(tmp_path):
    """A cut of two clips with two gaps in it; called again, the second gap is of another length."""
    for name, red in (("a", 200), ("b", 80)):
        frames = np.zeros((48, 36, 64, 3), np.uint8)
        frames[..., 0] = red
        for at, frame in enumerate(frames):
            frame[12:24, at : at + 10] = 255
        with Writer(tmp_path / f"{name}.mp4", width=64, height=36, rate=Rate.parse(24)) as writer:
            writer.write(frames)
            writer.finish()

    def time(frames):
        return otio.opentime.RationalTime(frames, 24)

    def made(second):
        timeline = otio.schema.Timeline("cut")
        track = otio.schema.Track("V1", kind="Video")
        for name, start, gap in (("a", 4, 6), ("b", 10, second), ("a", 2, 0)):
            media = otio.schema.ExternalReference(f"{name}.mp4", otio.opentime.TimeRange(time(0), time(48)))
            track.append(otio.schema.Clip(name, media, otio.opentime.TimeRange(time(start), time(24))))
            if gap:
                track.append(otio.schema.Gap(duration=time(gap)))
        timeline.tracks.append(track)
        otio.adapters.write_to_file(timeline, str(tmp_path / "cut.otio"))

    made(8)
    return made


@pytest.mark.slow
def test_the_gaps_of_a_cut_are_filled_and_only_a_changed_gap_is_made_again(folder, cut):
    folder.write("  film: {cut: cut.otio, model: bars, prompt: a ball}\n", "version: 1\nassets:\n")
    before = jobs()
    first = folder.render()
    assert first.code == 0, first.stderr
    assert jobs() - before == 2
    timeline = otio.adapters.read_from_file(str(folder.out / "film.otio"))
    lengths = [item.duration().to_frames() for item in timeline.video_tracks()[0]]
    assert lengths == [24, 6, 24, 8, 24]
    assert not list(timeline.find_children(otio.schema.Gap))
    assert len(first.object["assets"][0]["files"]) == 3

    assert folder.render().results("fresh") == ["film"]
    (folder.out / "film/0000024.mov").unlink()
    (folder.out / "film.otio").unlink()
    assert folder.render().results("restored") == ["film"]
    assert (folder.out / "film/0000024.mov").is_file()
    assert jobs() - before == 2

    cut(9)
    assert folder.render().object["jobs_submitted"] == 1
    assert jobs() - before == 3


@pytest.mark.slow
def test_what_a_model_is_told_and_shown_goes_with_every_gap_of_a_cut(folder, cut, tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "mia.png")
    asset = "  film: {cut: cut.otio, model: bars, steps: %d, references: [mia.png]}\n"
    first = folder.write(asset % 4, "version: 1\nassets:\n").render()
    assert first.code == 0, first.stderr
    assert "bars does not read: references, steps" in first.object["assets"][0]["notes"]
    assert folder.render().results("fresh") == ["film"]
    before = jobs()
    folder.write(asset % 5, "version: 1\nassets:\n")
    assert folder.render().results("made") == ["film"]
    assert jobs() - before == 2
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "mia.png")
    assert folder.render().results("made") == ["film"], "another picture is another question"


@pytest.mark.slow
def test_what_a_model_is_told_and_shown_goes_with_a_clip(folder, clip, tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "mia.png")
    clip("a.mp4")
    folder.write("  more: {extend: a.mp4, frames: 4, profile: fast, guidance: 0, references: [mia.png, mia.png]}\n")
    done = folder.render()
    assert done.code == 0, done.stderr
    assert done.object["assets"][0]["notes"] == ["bars does not read: references, profile, guidance"]
    assert done.object["assets"][0]["seam"] is not None, "pictures are no clips that it could meet"
    assert folder.render().results("fresh") == ["more"]


def test_a_job_that_was_submitted_and_not_noted_is_not_submitted_twice(folder, clip, monkeypatch):
    """The process died between the server's answer and the note of it: the same key finds the job."""
    clip("a.mp4")
    folder.write("  ball: one lost on the way\n  longer: {extend: a.mp4, frames: 4}\n")
    write = Ledger.write
    before = jobs()

    def dying(self, entry):
        if entry.job is not None:
            raise OSError("the disk went away")
        return write(self, entry)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "write", dying)
        assert folder.render().results("failed") == ["ball", "longer"]
    assert jobs() - before == 2
    again = folder.render()
    assert (again.code, again.results("made")) == (0, ["ball", "longer"])
    assert jobs() - before == 2


def test_with_the_cache_gone_a_server_that_still_has_the_job_makes_nothing_new(folder, clip):
    clip("a.mp4")
    folder.write("  longer: {extend: a.mp4, frames: 4}\n")
    folder.render()
    before = jobs()
    assert folder.render(out=folder.path / "out2", cache=str(folder.path / "cache2")).results("made") == ["longer"]
    assert jobs() == before
    with Cutaway() as client:
        newest = next(iter(client.videos.list()))
        newest.delete()
    again = folder.render(out=folder.path / "out3", cache=str(folder.path / "cache3"))
    assert (again.code, again.results("made")) == (0, ["longer"]), again.stderr


def test_a_job_that_failed_is_followed_by_a_new_one(folder):
    folder.write("  ball: one that is cancelled\n")
    with Cutaway() as client:
        before = {video.id for video in client.videos.list()}
        process = started(folder, "--jobs", "1")
        try:
            waited_for(process, "make ")
            while not (new := [video for video in client.videos.list() if video.id not in before]):
                pass
            client.videos.delete(new[0].id)
        finally:
            process.wait(30)
            process.stderr.close()
    assert folder.render().code == 0


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_in_the_middle_nothing_is_rendered_twice(folder):
    folder.write("".join(f"  ball-{n}: ball number {n}\n" for n in range(8)), HEAD_KILLED)
    before = jobs()
    for kill_at in ("make ", "[2/", "] made"):
        process = started(folder, "--jobs", "4")
        try:
            waited_for(process, kill_at)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stderr.close()
    assert jobs() - before <= 8
    last = folder.render()
    assert last.code == 0, last.stderr
    assert jobs() - before == 8
    assert len(last.results("fresh")) + len(last.results("restored")) + len(last.results("made")) == 8
    assert not [path for path in folder.out.rglob("*") if "part" in path.name]


HEAD_KILLED = "version: 1\ndefaults: {model: bars, size: 320x180, rate: 24, frames: 48}\nassets:\n"


def started(folder, *words):
    command = [sys.executable, "-m", "cutaway.cli", "render", str(folder.manifest), "-o", str(folder.out)]
    command += ["--cache", str(folder.path / "cache"), *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def waited_for(process, words):
    for line in process.stderr:
        if words in line:
            return


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_cut_that_was_killed_goes_on_and_its_takes_are_kept(folder, cut):
    cut(12)
    folder.write("  film: {cut: cut.otio, model: bars, prompt: one that is killed}\n", "version: 1\nassets:\n")
    before = jobs()
    process = started(folder)
    try:
        waited_for(process, "make ")
        while jobs() == before:
            assert process.poll() is None
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
    again = folder.render()
    assert again.code == 0, again.stderr
    assert jobs() - before == 2
    shutil.rmtree(folder.out)
    assert folder.render().results("restored") == ["film"]
    assert jobs() - before == 2
