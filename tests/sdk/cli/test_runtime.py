"""The command line with the real runtime, which it starts, finds and stops."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cutaway.cli import doctor
from cutaway.client import local
from cutaway.home import Home


@pytest.fixture
def here(cli):
    """`cli` without a named server: it uses the runtime of this machine, in a home of the test's own."""

    class Here(type(cli)):
        def words(self, words, key=""):
            return list(words)

    yield Here("", cli.folder)
    local.stop()


def test_a_video_is_made_by_a_runtime_that_was_not_running(here):
    made = here("create", "bars", "--model", "bars", "--frames", "12", "--size", "160x90", "-o", "bars.mp4")
    assert made.code == 0, made.stderr
    assert "started the local runtime" in made.stderr
    assert "a test picture, not a model" in made.stderr
    assert made.stdout.startswith("bars.mp4  160x90  24 fps  12 frames")

    assert here("sheet", "bars.mp4", "-o", "bars.png", "--json").object["path"] == "bars.png"
    assert (here.folder / "bars.png").read_bytes().startswith(b"\x89PNG")

    segment = here("extend", "bars.mp4", "--model", "bars", "--frames", "6", "--segment", "-o", "tail.mp4", "--json")
    assert segment.object["cutaway"]["num_frames"] == 6
    joined = here("fill", "bars.mp4", "tail.mp4", "--model", "bars", "--frames", "4", "-o", "joined.mp4", "--json")
    assert joined.object["cutaway"]["num_frames"] == 12 + 4 + 6
    gap = here("fill", "bars.mp4", "tail.mp4", "--model", "bars", "--frames", "4", "--segment", "-o", "g.mp4", "--json")
    assert gap.object["cutaway"]["num_frames"] == 4

    ready = here("doctor", "--json").object
    assert ready["ready"], ready
    assert "answers in" in finding(ready, "server")["found"]
    assert finding(ready, "ready")["found"] == "it takes work"
    assert finding(ready, "jobs")["found"] == "4, 0 waiting, 0 under way"
    assert finding(ready, "pages")["level"] == "ok"
    assert finding(ready, "api keys")["found"] == "0 in use, 2 plans"
    assert {info["id"] for info in here("models", "--json").object["models"]} >= {"bars", "draft"}
    assert here("stop", "--json").object == {"stopped": True}
    assert here("stop").stdout == "no runtime was running\n"


def test_an_odd_size_is_refused_with_the_nearest(here):
    refused = here("create", "bars", "--model", "bars", "--size", "321x180", "-o", "bars.mp4", "--json")
    assert refused.code == 2
    assert "320x180" in refused.stderr
    assert "322x180" in refused.stderr


@pytest.mark.skipif(os.name != "posix", reason="a process group is interrupted as a terminal does it")
def test_ctrl_c_reaches_the_command_and_not_the_runtime(here):
    words = ["create", "bars", "--model", "bars", "--seconds", "60", "--size", "1920x1080", "-o", "bars.mp4"]
    process = subprocess.Popen(
        [sys.executable, "-m", "cutaway.cli", *words], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    seen = ""
    while "video_" not in seen:
        line = process.stderr.readline()
        assert line, seen
        seen += line
    os.killpg(process.pid, signal.SIGINT)
    seen += process.communicate(timeout=20)[1]
    assert process.returncode == 130
    (job,) = here("jobs", "--json").object["data"]
    assert f"cutaway wait {job['id']} -o bars.mp4" in seen
    assert job["status"] in {"queued", "in_progress"}
    assert here("cancel", job["id"]).code == 0
    ended = here("wait", job["id"], "--json")
    assert (ended.code, ended.object["error"]["type"]) == (3, "JobCancelled")


def test_serve_says_where_and_ends_on_ctrl_c(here, tmp_path):
    server = subprocess.Popen(
        [sys.executable, "-m", "cutaway.cli", "serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    line = server.stdout.readline()
    assert "cutaway serves the Videos API at http://127.0.0.1:" in line
    assert here("jobs").code == 0
    os.killpg(server.pid, signal.SIGINT)
    _, stderr = server.communicate(timeout=20)
    assert server.returncode == 0
    said = [line.split()[2] for line in stderr.splitlines()]
    assert said, "a server says when it begins and ends"
    assert set(said) == {"INFO"}, stderr


def finding(report, what):
    return next(found for found in report["findings"] if found["what"] == what)


def test_doctor_starts_nothing(here):
    report = here("doctor", "--json")
    assert report.code == 0, report.stdout
    assert finding(report.object, "runtime")["level"] == "note"
    assert local.running(Home.find()) is None


@pytest.fixture
def no_gpu_asked(monkeypatch):
    """Torch takes seconds to load for a line that other tests read."""
    monkeypatch.setattr(doctor, "torch", lambda: iter(()))


@pytest.mark.usefixtures("no_gpu_asked")
@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_doctor_sees_a_key_that_others_can_read(here):
    home = Home.find()
    home.create()
    home.token.write_text("k")
    home.token.chmod(0o644)
    key = finding(here("doctor", "--json").object, "key")
    assert (key["level"], key["remedy"]) == ("warning", f"chmod 600 {home.token}")


@pytest.mark.usefixtures("no_gpu_asked")
def test_doctor_sees_a_database_that_is_none_and_changes_nothing(here):
    home = Home.find()
    home.create()
    (home.folder / "jobs.sqlite").write_bytes(b"no database " * 1000)
    report = here("doctor", "--json")
    found = finding(report.object, "database")
    assert (report.code, found["level"]) == (4, "broken")
    assert "not a database" in found["found"]
    assert "cutaway restore" in found["remedy"]
    assert sorted(path.name for path in home.folder.iterdir()) == ["jobs.sqlite"]


@pytest.mark.usefixtures("no_gpu_asked")
def test_doctor_warns_of_releases_with_known_holes(monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda _name: True)
    releases = {"torch": "2.5.1+cu124", "diffusers": "0.38.0"}
    monkeypatch.setattr(doctor, "version", releases.__getitem__)
    old, new = doctor.safe_models()
    assert (old.what, old.level, old.remedy) == ("torch", doctor.Level.WARNING, 'pip install --upgrade "torch>=2.6"')
    assert new == ("diffusers", doctor.Level.OK, "0.38.0", "")
    import av

    monkeypatch.setattr(av, "library_versions", {"libavcodec": (61, 19, 101)})
    (ffmpeg,) = doctor.codecs()
    assert (ffmpeg.level, ffmpeg.remedy) == (doctor.Level.WARNING, "pip install --upgrade av")
    assert "62.28.102" in ffmpeg.found


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"status": "ready", "reasons": []}, ("ok", "it takes work")),
        (503, {"status": "not_ready", "reasons": ["the disk is full"]}, ("broken", "takes no work: the disk is full")),
        (404, {"error": {}}, None),
        (503, {"error": {"message": "a proxy"}}, None),
    ],
)
@pytest.mark.usefixtures("no_gpu_asked")
def test_doctor_says_what_a_server_says_of_itself(cli, server, monkeypatch, status, body, expected):
    def do(handler, method):
        return handler.answer(status, body) if handler.path == "/ready" else ordinary(handler, method)

    ordinary = server.RequestHandlerClass.do
    monkeypatch.setattr(server.RequestHandlerClass, "do", do)
    findings = cli("doctor", "--json").object["findings"]
    told = [(found["level"], found["found"]) for found in findings if found["what"] == "ready"]
    if expected is None:
        assert not told
    else:
        assert told[0][0] == expected[0]
        assert expected[1] in told[0][1]


@pytest.mark.usefixtures("no_gpu_asked")
def test_doctor_sees_a_home_that_is_no_folder(here, tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "taken"))
    report = here("doctor", "--json")
    assert report.code == 4
    assert finding(report.object, "home")["level"] == "broken"
    assert "CUTAWAY_HOME" in finding(report.object, "home")["remedy"]


@pytest.mark.usefixtures("no_gpu_asked")
def test_doctor_says_what_a_server_speaks_and_by_what_that_is_known(cli):
    found = finding(cli("doctor", "--json").object, "server")["found"]
    assert "speaks cutaway (/v1/cutaway/capabilities" in found
    assert "models: draft" in found
    report = cli("--dialect", "sglang", "doctor", "--json")
    assert report.object["ready"]
    found = finding(report.object, "server")["found"]
    assert "speaks sglang (dialect= of the client)" in found
    assert "lists no models" in found


@pytest.mark.usefixtures("no_gpu_asked")
def test_doctor_sees_a_server_that_does_not_answer(cli, server):
    assert cli("doctor", "--json").object["ready"]
    server.shutdown()
    server.server_close()
    started = time.monotonic()
    report = cli("doctor", "--json")
    assert report.code == 4
    assert finding(report.object, "server")["level"] == "broken"
    assert time.monotonic() - started < 10


@pytest.mark.usefixtures("no_gpu_asked")
def test_doctor_looks_at_the_server_of_another_data_folder(here, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    words = ("doctor", "--data-dir", str(elsewhere), "--json")
    report = here(*words)
    assert (report.code, finding(report.object, "data folder")["level"]) == (4, "broken")
    assert not elsewhere.exists(), "nothing is made by looking"
    command = [sys.executable, "-m", "cutaway_runtime", "serve", "--data-dir", str(elsewhere), "--idle-exit", "60"]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not (elsewhere / "runtime.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        report = here(*words)
        assert report.code == 0, report.stdout
        assert finding(report.object, "data folder")["found"] == str(elsewhere)
        assert finding(report.object, "jobs")["found"] == "0, 0 waiting, 0 under way"
        assert "answers in" in finding(report.object, "server")["found"]
        assert finding(report.object, "ready")["found"] == "it takes work"
    finally:
        server.terminate()
        server.wait(20)
    report = here(*words)
    assert finding(report.object, "runtime")["found"] == f"not running; none has {elsewhere}"
