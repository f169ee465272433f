"""`cutaway davinci` as people type it, in a home of its own."""

import json
import os
import subprocess
import sys
import threading
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from film import cut_in
from machines import tree

from cutaway.cli.app import run
from cutaway.cli.doctor import editors
from cutaway_davinci.testing.resolve import ResolveDouble
from cutaway_davinci.testing.served import Served
from cutaway_panel import app

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the machine is the one that runs the tests")


@pytest.fixture
def home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    for name in (
        "XDG_DATA_HOME",
        "CUTAWAY_HOME",
        "RESOLVE_SCRIPT_API",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "QT_QPA_PLATFORM",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("COLUMNS", "240")
    return home


def cutaway(*words):
    """Exit code, standard output, standard error."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        code = run(["davinci", *words])
    return code, out.getvalue(), err.getvalue()


def test_install_and_uninstall_say_every_path_and_leave_nothing(home):
    code, dry, _ = cutaway("install", "--dry-run")
    assert code == 0
    assert tree(home) == {}
    code, done, _ = cutaway("install")
    assert code == 0
    lines = [line for line in dry.splitlines() if line.startswith(("make", "write"))]
    assert [line for line in done.splitlines() if line.startswith(("make", "write"))] == lines
    assert {line.split(None, 1)[1] for line in lines} == {str(home / path) for path in tree(home)}
    assert "Workspace > Scripts > Cutaway" in done
    code, again, _ = cutaway("install")
    assert "nothing to do" in again
    code, gone, _ = cutaway("uninstall")
    assert code == 0
    assert gone.count("remove ") == len(lines)
    assert tree(home) == {}
    code, nothing, _ = cutaway("uninstall")
    assert (code, "Nothing is installed" in nothing) == (0, True)


def test_the_same_for_scripts(home):
    code, out, _ = cutaway("install", "--json")
    steps = json.loads(out)["steps"]
    assert code == 0
    assert {step["path"] for step in steps} == {str(home / path) for path in tree(home)}
    assert json.loads(cutaway("uninstall", "--json", "--dry-run")[1])["dry_run"] is True


def test_an_edited_file_stays_until_it_is_said_that_it_may_go(home):
    cutaway("install")
    (script,) = home.rglob("Cutaway.py")
    script.write_text("# mine")
    code, out, err = cutaway("uninstall")
    assert (code, "not as cutaway wrote it" in out, "1 kept" in err) == (0, True, True)
    assert script.read_text() == "# mine"
    code, _, err = cutaway("install")
    assert (code, "move it away" in err) == (2, True)
    script.unlink()
    cutaway("install")
    script.write_text("# mine")
    cutaway("uninstall", "--yes")
    assert not script.exists()


def test_another_scripts_folder(home, tmp_path):
    cutaway("install", "--scripts-dir", str(tmp_path / "Scripts"))
    assert (tmp_path / "Scripts/Utility/Cutaway.py").is_file()
    cutaway("uninstall")
    assert not (tmp_path / "Scripts").exists()


def test_the_doctor_ends_with_its_worst_finding_and_mends_what_it_can(home, tmp_path, monkeypatch):
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    with Served(world) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        library = tmp_path / "fusionscript.so"
        library.touch()
        monkeypatch.setenv("RESOLVE_SCRIPT_LIB", str(library))
        code, out, _ = cutaway("doctor", "--json")
        said = json.loads(out)
        levels = {finding["id"]: finding["level"] for finding in said["findings"]}
        assert (code, said["worst"]) == (1, "warn")
        assert levels["D9"] == "warn"
        assert [levels[name] for name in ("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8")] == ["ok"] * 8
        code, out, _ = cutaway("doctor", "--fix", "--folder", str(tmp_path / "takes"))
        assert list(home.rglob("Cutaway.py"))
        assert (tmp_path / "takes").is_dir()
        assert "DaVinci Resolve Studio 21.1.1 answers" in out


def test_the_doctor_of_a_machine_without_resolve_ends_with_2(home, monkeypatch, tmp_path):
    monkeypatch.setenv("RESOLVE_SCRIPT_API", str(tmp_path / "nowhere"))
    code, out, _ = cutaway("doctor")
    assert code == 2
    assert "D1   fail" in out


def test_the_doctor_of_the_sdk_names_this_one():
    (finding,) = editors()
    assert (finding.level, finding.remedy) == ("note", "cutaway davinci doctor")


def test_the_panel_refuses_what_cannot_be(home, tmp_path):
    code, _, err = cutaway("panel", "--otio", str(tmp_path / "gone.otio"))
    assert (code, "does not exist" in err) == (2, True)
    (tmp_path / "cut.otio").write_text("{}")
    code, _, err = cutaway("panel", "--otio", str(tmp_path / "cut.otio"), "--mode", "live")
    assert (code, "way by files" in err) == (2, True)


def test_the_panel_opens_on_the_timeline_of_resolve(home, tmp_path, monkeypatch):
    opened = []

    def shown(desk, **more):
        """In the place of the window: the desk is connected, and what it shows is kept."""
        known = threading.Event()
        desk.listen(lambda state: known.set() if state.connection.timeline else None)
        desk.connect()
        assert known.wait(30), desk.state
        opened.append(desk.state.connection)
        desk.close(20)
        return 0

    monkeypatch.setattr(app, "open_panel", shown)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setenv("CUTAWAY_BASE_URL", "http://127.0.0.1:9")  # a server is not what is looked at: none is started
    monkeypatch.setenv("CUTAWAY_API_KEY", "none")
    world = ResolveDouble("21.1.1")
    cut_in(world, tmp_path)
    with Served(world) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        code, _, err = cutaway("panel", "--folder", str(tmp_path / "takes"))
    assert code == 0, err
    assert [(one.mode, one.timeline) for one in opened] == [("live", "cut")]


def test_a_transcript_is_recorded_and_compared_with_the_double(home, tmp_path):
    path = tmp_path / "studio.jsonl"
    command = [sys.executable, "-m", "cutaway.cli", "davinci", "record", "-o", str(path), "--json"]
    with Served(ResolveDouble("21.1.1")) as served:
        environment = os.environ | served.environment
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["differences"] == []
    assert path.stat().st_size > 1000


def test_without_a_resolve_there_is_nothing_to_record(home, tmp_path, monkeypatch):
    monkeypatch.setenv("RESOLVE_SCRIPT_API", str(tmp_path / "nowhere"))
    code, _, err = cutaway("record", "-o", str(tmp_path / "studio.jsonl"))
    assert (code, "nowhere" in err) == (2, True)
    assert not (tmp_path / "studio.jsonl").exists()
