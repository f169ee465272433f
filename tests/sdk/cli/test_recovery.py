"""What was left behind is brought where it was meant to go, and what was never answered is found."""

import json
import signal
import time

import pytest


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Pauses between attempts stay in proportion, but not in length."""
    monkeypatch.setattr("cutaway.client.session.BACKOFF", (0.005, 0.05))


def lose(cli, script, *words):
    """A create whose answer is lost as often as it is tried; the end of the command."""
    script.lost = 3
    ended = cli("create", "a red ball", *words)
    assert ended.code == 4
    return ended


def test_resume_names_what_was_never_fetched(cli, script):
    kept, fetched = [cli("create", f"a red ball {n}", "--detach").stdout.strip() for n in range(2)]
    script.course = [("completed", 100, {})]
    cli("save", fetched, "-o", "ball.mp4")
    ended = cli("resume", "--json")
    assert [job["id"] for job in ended.object["data"]] == [kept]
    assert f"wait {kept}" in cli("resume").stderr


def test_resume_brings_a_video_to_the_file_it_was_meant_for(cli, script):
    script.course = [("running", 40, {})]
    working = cli.start("create", "a red ball", "-o", "ball.mp4")
    while not script.asked or script.asked["video_0001"] < 0:
        time.sleep(0.02)
    working.send_signal(signal.SIGINT)
    stderr = working.communicate(timeout=20)[1]
    assert working.returncode == 130
    assert "wait video_0001 -o ball.mp4" in stderr
    assert "ball.mp4" in cli("resume", "--list").stdout
    assert not (cli.folder / "ball.mp4").exists()
    script.course = [("completed", 100, {})]
    ended = cli("resume", "--json")
    assert (ended.code, ended.object["data"][0]["path"]) == (0, str(cli.folder / "ball.mp4"))
    assert (cli.folder / "ball.mp4").exists()
    assert cli("resume").stdout == "nothing was left behind\n"


def test_ctrl_c_before_the_answer_says_how_to_find_the_job(cli, script):
    script.course, script.pause = [("completed", 100, {})], 3
    asking = cli.start("create", "a red ball", "-o", "ball.mp4", "--json")
    while not script.created:
        time.sleep(0.02)
    asking.send_signal(signal.SIGINT)
    stdout, stderr = asking.communicate(timeout=20)
    assert asking.returncode == 130
    assert "cutaway resume" in stderr
    assert json.loads(stdout)["error"]["type"] == "KeyboardInterrupt"
    script.pause = 0
    assert cli("resume").code == 0
    assert (cli.folder / "ball.mp4").exists()
    assert len(script.created) == 1


def test_a_video_does_not_take_the_place_of_a_newer_file(cli, script):
    cli("create", "a red ball", "-o", "ball.mp4", "--detach")
    (cli.folder / "ball.mp4").write_text("newer")
    script.course = [("completed", 100, {})]
    assert cli("resume").code == 0
    assert (cli.folder / "ball.mp4").read_text() == "newer"
    assert (cli.folder / "ball-video_0001.mp4").exists()


def test_one_failed_job_is_told_and_the_others_are_brought(cli, script):
    for name in ("a", "b"):
        cli("create", name, "-o", f"{name}.mp4", "--detach")
    script.course = [("completed", 100, {})]
    (cli.folder / "gone").mkdir()
    cli("create", "c", "-o", "gone/c.mp4", "--detach")
    (cli.folder / "gone").rmdir()
    ended = cli("resume")
    assert ended.code == 4
    assert "no such folder" in ended.stderr
    assert (cli.folder / "a.mp4").exists()
    assert (cli.folder / "b.mp4").exists()


def test_a_lost_create_says_how_its_job_is_found(cli, script):
    ended = lose(cli, script, "-o", "ball.mp4")
    assert "cutaway recover " in ended.stderr
    key = next(iter(script.keys))
    listed = cli("jobs", "--json").object
    assert [entry["key"] for entry in listed["unanswered"]] == [key]
    shown = cli("jobs")
    assert key in shown.stdout
    assert "never answered" in shown.stderr
    assert "ball.mp4" in shown.stdout
    script.course = [("completed", 100, {})]
    found = cli("recover", "--json")
    assert (found.code, found.object["id"]) == (0, script.keys[key])
    assert cli("jobs", "--json").object["unanswered"] == []
    assert cli("resume").code == 0
    assert (cli.folder / "ball.mp4").exists()


def test_resume_finds_lost_creates_by_itself(cli, script):
    lose(cli, script, "-o", "ball.mp4")
    script.course = [("completed", 100, {})]
    assert cli("resume").code == 0
    assert (cli.folder / "ball.mp4").exists()
    assert len(script.created) == 1


def test_a_create_that_never_arrived_is_said_to_be_safe_to_repeat(cli, script):
    lose(cli, script, "--detach")
    script.keys.clear()
    ended = cli("recover")
    assert ended.code == 4
    assert "safe to ask for the video again" in ended.stderr
    assert "no create is without an answer" in cli("recover").stderr


def test_resume_says_what_never_arrived(cli, script):
    lose(cli, script, "-o", "ball.mp4")
    (key,) = script.keys
    script.keys.clear()
    script.asked.clear()
    ended = cli("resume")
    assert ended.code == 0
    assert f"{key}  never arrived; it is safe to ask for it again: create" in ended.stdout
    assert "ball.mp4" in ended.stdout
    assert cli("resume").stdout == "nothing was left behind\n"


def test_a_create_can_be_forgotten(cli, script):
    lose(cli, script, "--detach")
    key = next(iter(script.keys))
    assert cli("recover", key, "--forget").stdout == f"{key}  forgotten\n"
    assert cli("resume").stdout == "nothing was left behind\n"
