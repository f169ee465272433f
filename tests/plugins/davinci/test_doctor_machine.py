"""What the doctor finds out about a machine: menu, window, media, what runs. Each check in each of its outcomes."""

import json
import os
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from doctoring import GOOD, Bench, found, missed, not_come_to, scene_of
from machines import machine_of, with_resolve

from cutaway_davinci.doctor.finding import Level
from cutaway_davinci.doctor.scene import Process, Ran, Scene, processes, session_variable, tried
from cutaway_davinci.doctor.sheet import Doctor
from cutaway_davinci.install.installer import planned
from cutaway_davinci.testing.resolve import ResolveDouble

RUN = set()


@pytest.fixture(autouse=True)
def counted(request):
    RUN.add(request.node.originalname)


@pytest.fixture
def machine(tmp_path):
    return with_resolve(machine_of("linux", tmp_path))


# -- menu --------------------------------------------------------------------------------------------


class TestMenu:
    @pytest.fixture
    def scene(self, machine, tmp_path):
        planned(machine, python=sys.executable).carry_out()
        return scene_of(machine, tmp_path)

    def test_as_it_was_written(self, scene):
        assert found(scene, "D9").verdict == "there"

    def test_for_all_users(self, machine, tmp_path):
        planned(machine, python=sys.executable, all_users=True).carry_out()
        assert found(scene_of(machine, tmp_path), "D9").verdict == "there"

    def test_gone(self, scene):
        (scene.machine.own_scripts / "Utility/Cutaway.py").unlink()
        assert found(scene, "D9").verdict == "gone"

    def test_edited(self, scene):
        (scene.machine.own_scripts / "Utility/Cutaway.py").write_text("print()")
        assert found(scene, "D9").verdict == "edited"

    def test_its_python_has_moved(self, scene):
        planned(scene.machine, python="/gone/python").carry_out()
        assert found(scene, "D9").verdict == "moved"

    def test_of_another_version(self, scene):
        file = scene.machine.own_scripts / "Utility/Cutaway.py"
        record = json.loads(scene.machine.record().read_text())
        file.write_text("# as it was in 0.1\n")
        record |= {"cutaway": "0.1"}
        record["files"][str(file)] = sha256(file.read_bytes()).hexdigest()
        scene.machine.record().write_text(json.dumps(record))
        finding = found(scene, "D9")
        assert (finding.verdict, "0.1" in finding.found) == ("old", True)

    def test_a_damaged_record(self, scene):
        scene.machine.record().write_text("[]")
        assert found(scene, "D9").verdict == "damaged"

    def test_older_copies(self, scene):
        copy = scene.machine.shared_scripts / "Edit/Cutaway.py"
        copy.parent.mkdir(parents=True)
        copy.write_bytes((scene.machine.own_scripts / "Utility/Cutaway.py").read_bytes())
        finding = found(scene, "D9")
        assert (finding.verdict, str(copy) in finding.found) == ("copies", True)

    def test_a_folder_that_is_not_ours(self, machine, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "access", lambda path, mode: False)  # an administrator may always
        assert found(scene_of(machine, tmp_path), "D9").verdict == "shut"

    def test_what_can_be_put_right_is(self, machine, tmp_path):
        scene = scene_of(machine, tmp_path)
        assert found(scene, "D9").verdict == "missing"
        assert found(scene, "D14").verdict == "to be made"
        mended = {finding.id: finding for finding in Doctor(scene).examine(fix=True)}
        assert mended["D9"].verdict == "there"
        assert "Installed: " in mended["D9"].found
        assert (machine.own_scripts / "Utility/Cutaway.py").is_file()
        assert mended["D14"].verdict == "there"
        assert scene.media.is_dir()

    def test_what_cannot_be_put_right_says_why(self, machine, tmp_path):
        foreign = machine.own_scripts / "Utility/Cutaway.py"
        foreign.parent.mkdir(parents=True)
        foreign.write_text("# theirs")
        mended = {finding.id: finding for finding in Doctor(scene_of(machine, tmp_path)).examine(fix=True)}
        assert mended["D9"].verdict == "missing"
        assert "Not put right: " in mended["D9"].found
        assert foreign.read_text() == "# theirs"


class TestPythonOfTheMenu:
    @pytest.fixture
    def machine(self, tmp_path):
        return with_resolve(machine_of("darwin", tmp_path))

    def test_none_where_resolve_looks(self, machine, tmp_path):
        finding = found(scene_of(machine, tmp_path), "D10")
        assert finding.verdict == "none"
        assert "python.org" in finding.fix

    @pytest.mark.parametrize("path", ["usr/local/bin/python3", "Library/Frameworks/Python.framework"])
    def test_found(self, path, machine, tmp_path):
        (tmp_path / path).mkdir(parents=True)
        assert found(scene_of(machine, tmp_path), "D10").verdict == "found"

    def test_named(self, machine, tmp_path):
        scene = scene_of(machine, tmp_path, variable={"PYTHON3HOME": str(tmp_path)}.get)
        assert found(scene, "D10").verdict == "found"

    def test_from_21_1_on_resolve_has_its_own(self, machine, tmp_path):
        with Bench(ResolveDouble("21.1.1"), machine, tmp_path) as scene:
            assert found(scene, "D10").verdict == "own"

    def test_other_systems(self, tmp_path):
        assert found(scene_of(machine_of("win32", tmp_path), tmp_path), "D10").verdict == "elsewhere"


# -- window and media --------------------------------------------------------------------------------


class TestWindow:
    @pytest.mark.parametrize(
        ("offscreen", "shown", "verdict"),
        [
            (Ran(3, "the panel needs PySide6"), GOOD, "unfit"),
            (Ran(-6, "libGL.so.1: cannot open shared object file"), GOOD, "broken"),
            (Ran(None, "it did not end within 15 s"), GOOD, "broken"),
            (GOOD, Ran(-6, 'Could not load the Qt platform plugin "xcb"'), "hidden"),
            (GOOD, Ran(0, "xcb"), "starts"),
        ],
    )
    def test_how_qt_starts(self, offscreen, shown, verdict, tmp_path):
        trial = lambda program, *words, patience: offscreen if words else shown  # noqa: E731
        machine = machine_of("linux", tmp_path, DISPLAY=":0")
        assert found(scene_of(machine, tmp_path, trial=trial), "D11").verdict == verdict

    def test_it_really_starts_here_offscreen(self, tmp_path):
        machine = machine_of("linux", tmp_path, QT_QPA_PLATFORM="offscreen")
        finding = found(scene_of(machine, tmp_path, trial=tried), "D11")
        assert finding.level is Level.OK

    def test_a_linux_session_without_a_display(self, tmp_path):
        assert found(scene_of(machine_of("linux", tmp_path), tmp_path), "D11").verdict == "no display"

    def test_libraries_that_are_missing_come_with_their_packages(self, tmp_path):
        scene = scene_of(
            machine_of("linux", tmp_path), tmp_path, trial=lambda *_, **__: Ran(0, "libEGL.so.1 libxcb-cursor.so.0")
        )
        finding = found(scene, "D12")
        assert finding.verdict == "missing"
        assert "sudo apt install libegl1 libxcb-cursor0" in finding.fix

    def test_libraries_are_really_looked_for(self, tmp_path):
        scene = scene_of(machine_of("linux", tmp_path), tmp_path, trial=tried)
        finding = found(scene, "D12")
        assert finding.verdict in {"there", "missing"}
        assert "libX11" not in finding.found

    def test_libraries_of_other_systems_and_a_trial_that_fails(self, tmp_path):
        assert found(scene_of(machine_of("darwin", tmp_path), tmp_path), "D12").verdict == "elsewhere"
        scene = scene_of(
            machine_of("linux", tmp_path / "2"), tmp_path, trial=lambda *_, **__: Ran(None, "it did not end")
        )
        assert found(scene, "D12").verdict == "unknown"


class TestMedia:
    @pytest.mark.parametrize(
        ("system", "studio", "kept"),
        [("linux", False, "dnxhr"), ("linux", True, "prores"), ("darwin", False, "prores")],
    )
    def test_the_codec_that_this_resolve_reads(self, system, studio, kept, tmp_path):
        asked = []

        def trial(program, *words, patience):
            asked.extend(words[1:])
            return GOOD

        world = ResolveDouble("20.3", studio=studio)
        with Bench(world, machine_of(system, tmp_path), tmp_path, trial=trial) as scene:
            finding = found(scene, "D13")
        assert asked == [kept]
        assert finding.verdict == "writes"
        assert kept in finding.found

    def test_a_take_is_really_written(self, machine, tmp_path):
        assert found(scene_of(machine, tmp_path, trial=tried), "D13").verdict == "writes"

    @pytest.mark.parametrize(("ran", "verdict"), [(Ran(3, "av"), "missing"), (Ran(1, "no encoder"), "refused")])
    def test_a_codec_that_cannot_be_written(self, ran, verdict, machine, tmp_path):
        assert found(scene_of(machine, tmp_path, trial=lambda *_, **__: ran), "D13").verdict == verdict

    def test_a_folder_that_cannot_be_written(self, machine, tmp_path):
        blocked = tmp_path / "file"
        blocked.write_text("")
        finding = found(replace(scene_of(machine, tmp_path), media=blocked / "Cutaway"), "D14")
        assert (finding.verdict, str(blocked) in finding.found) == ("shut", True)

    def test_a_full_disk_and_a_hidden_folder(self, machine, tmp_path, monkeypatch):
        scene = replace(scene_of(machine, tmp_path), media=tmp_path / ".takes")
        assert found(scene, "D14").verdict == "hidden"
        monkeypatch.setattr("cutaway_davinci.doctor.media.LOW_DISK", 10**18)
        assert found(scene, "D14").verdict == "full"


# -- what was left running, and the App Store ---------------------------------------------------------


def test_a_script_process_that_outlived_resolve(machine, tmp_path):
    scene = scene_of(machine, tmp_path, runs=lambda: [Process(99, "fuscript")])
    finding = found(scene, "D16")
    assert (finding.verdict, "fuscript 99" in finding.found) == ("left", True)


def test_a_script_process_beside_a_resolve_that_does_not_answer(machine, tmp_path):
    runs = lambda: [Process(99, "FusionScript"), Process(1, "resolve")]  # noqa: E731
    with Bench(ResolveDouble("20.3", external_scripting=False), machine, tmp_path, runs=runs) as scene:
        assert found(scene, "D16").verdict == "hung"
    with Bench(ResolveDouble("20.3"), machine, tmp_path, runs=runs) as scene:
        assert found(scene, "D16").verdict == "none"


def test_a_machine_that_does_not_say_what_runs(machine, tmp_path):
    assert found(scene_of(machine, tmp_path), "D16").verdict == "unknown"


def test_what_runs_here_is_listed():
    names = {one.pid: one.name for one in processes(sys.platform)}
    assert names[os.getpid()].startswith("python")


@pytest.mark.parametrize(
    ("system", "program", "line"),
    [
        ("win32", "tasklist", '"Resolve.exe","4711","Console","1","2,048 K"'),
        ("darwin", "ps", " 4711 /Applications/DaVinci Resolve/DaVinci Resolve.app/Contents/MacOS/Resolve"),
    ],
)
def test_what_runs_is_listed_as_other_systems_say_it(system, program, line, tmp_path, monkeypatch):
    (tmp_path / program).write_text(f"#!/bin/sh\necho '{line}'\n")
    (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (process,) = processes(system)
    assert process.pid == 4711
    assert Scene(None, (), tmp_path, tmp_path, runs=lambda: [process]).resolves() == [process]


def test_a_system_that_cannot_be_asked_what_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert processes("win32") == []
    assert processes("darwin") == []
    assert session_variable("PYTHON3HOME") == ""


def test_the_app_store(tmp_path):
    alone = machine_of("darwin", tmp_path)
    assert found(scene_of(alone, tmp_path), "D17").verdict == "none"
    (alone.home / "Library/Containers/com.blackmagic-design.DaVinciResolveAppStore").mkdir(parents=True)
    assert found(scene_of(alone, tmp_path), "D17").verdict == "only"
    assert found(scene_of(with_resolve(alone), tmp_path), "D17").verdict == "beside"


def test_a_machine_that_is_well(machine, tmp_path):
    (tmp_path / "Videos/Cutaway").mkdir(parents=True, exist_ok=True)
    scene = scene_of(machine, tmp_path)
    said = {name: found(scene, name).verdict for name in ("D12", "D14", "D17")}
    assert said == {"D12": "there", "D14": "there", "D17": "elsewhere"}


def test_every_outcome_of_these_checks_was_come_to(request):
    """Last in this file, since it looks back at the others."""
    if missed(request.path, RUN):
        pytest.skip("only some tests of this file were run")
    assert not_come_to("D9", "D10", "D11", "D12", "D13", "D14", "D16", "D17") == set()
