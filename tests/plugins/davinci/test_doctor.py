"""What the doctor finds out about a Resolve and the way into it, each check in each of its outcomes."""

import json
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from doctoring import Bench, found, missed, not_come_to, scene_of, with_cut
from machines import SYSTEMS, machine_of, with_resolve

from cutaway_davinci.doctor.finding import Check, Level, Verdict
from cutaway_davinci.doctor.questioned import questioned
from cutaway_davinci.doctor.scene import Process
from cutaway_davinci.doctor.sheet import CHECKS, Doctor, concluded, worst
from cutaway_davinci.loopback import LoopbackLink
from cutaway_davinci.testing.resolve import ResolveDouble

RUN = set()


@pytest.fixture(autouse=True)
def counted(request):
    RUN.add(request.node.originalname)


@pytest.fixture
def machine(tmp_path):
    return with_resolve(machine_of("linux", tmp_path))


# -- a Resolve that is well, and one that is not ------------------------------------------------------


@pytest.mark.parametrize("version", ["18.5", "21.1.1"])
def test_a_studio_that_is_well(version, machine, tmp_path):
    world = with_cut(ResolveDouble(version), tmp_path)
    with Bench(world, machine, tmp_path, live=True, runs=lambda: [Process(1, "resolve")]) as scene:
        findings = {check.id: found(scene, check.id) for check in CHECKS}
    said = {name: finding.verdict for name, finding in findings.items()}
    assert said == {
        "D1": "answers", "D2": "new enough", "D3": "there", "D4": "binds", "D5": "outside", "D6": "there", "D7": "saved",
        "D8": "open", "D9": "missing", "D10": "elsewhere", "D11": "no display", "D12": "there", "D13": "writes",
        "D14": "there", "D15": "same", "D16": "none", "D17": "elsewhere",
    }  # fmt: skip
    assert findings["D1"].found == f"DaVinci Resolve Studio {version if version != '18.5' else '18.5.0'} answers"
    assert findings["D8"].found == "the open timeline runs at 24 fps and starts at 01:00:00:00"
    assert findings["D15"].found.endswith("with its 2 clips")
    assert list((tmp_path / "Videos/Cutaway").iterdir()) == [], "the export is gone again"


def test_what_the_doctor_asks_changes_nothing_in_resolve(machine, tmp_path):
    world = with_cut(ResolveDouble("21.1.1"), tmp_path)
    with Bench(world, machine, tmp_path, live=True) as scene:
        found(scene, "D8")
    verbs = {call.partition(".")[2] for call in world.calls}
    assert verbs == {
        "GetVersion", "GetProductName", "GetProjectManager", "GetCurrentDatabase", "GetCurrentProject", "GetName",
        "GetCurrentTimeline", "GetSettings", "GetStartTimecode", "Export", "GetTrackCount", "GetItemListInTrack",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("call", "check"),
    [
        ("Resolve.GetVersion", "D1"),
        ("ProjectManager.GetCurrentDatabase", "D6"),
        ("Project.GetName", "D7"),
        ("Timeline.GetSettings", "D8"),
        ("Timeline.Export", "D15"),
    ],
)
def test_a_call_that_hangs_is_a_finding_of_its_check_and_leaves_no_process(call, check, machine, tmp_path):
    world = with_cut(ResolveDouble("21.1.1"), tmp_path)
    with Bench(world, machine, tmp_path, live=True, patience=1.5) as scene:
        world.faults.hang(call)
        began = time.monotonic()
        finding = found(scene, check)
        assert time.monotonic() - began < 25
        order = [one.id for one in CHECKS]
        later = [found(scene, name) for name in ("D6", "D7", "D8") if order.index(name) > order.index(check)]
    assert (finding.verdict, finding.level) == ("hangs", Level.FAIL)
    assert "Close the dialog" in finding.fix
    assert {one.level for one in later} <= {Level.SKIP}


def test_behind_a_dialog_resolve_says_nothing_and_the_fix_is_to_close_it(machine, tmp_path):
    world = with_cut(ResolveDouble("20.3"), tmp_path)
    world.faults.modal = True
    with Bench(world, machine, tmp_path) as scene:
        finding = found(scene, "D1")
        assert finding.verdict == "silent"
        assert "dialog" in finding.fix
        assert found(scene, "D2").level is Level.SKIP
        assert found(scene, "D6").level is Level.SKIP


def test_an_old_resolve(machine, tmp_path):
    with Bench(ResolveDouble("18.1.3"), machine, tmp_path) as scene:
        assert found(scene, "D2").verdict == "old"


def test_a_resolve_that_came_up_broken(machine, tmp_path):
    world = with_cut(ResolveDouble("20.3"), tmp_path)
    world.faults.fail_once("ProjectManager.GetCurrentDatabase", answer=None)
    with Bench(world, machine, tmp_path) as scene:
        assert found(scene, "D6").verdict == "none"


def test_a_project_that_was_never_saved(machine, tmp_path):
    world = with_cut(ResolveDouble("20.3"), tmp_path)
    world.project.name = "Untitled Project"
    with Bench(world, machine, tmp_path) as scene:
        assert found(scene, "D7").verdict == "untitled"
        assert found(scene, "D8").verdict == "open"


def test_no_project_and_no_timeline(machine, tmp_path):
    world = ResolveDouble("20.3")
    world.faults.fail_once("ProjectManager.GetCurrentProject", answer=None)
    with Bench(world, machine, tmp_path, live=True) as scene:
        assert found(scene, "D7").verdict == "none"
        assert found(scene, "D8").verdict == "none"
        assert found(scene, "D15").level is Level.SKIP


def test_a_timeline_without_a_rate(machine, tmp_path):
    world = with_cut(ResolveDouble("20.3"), tmp_path)
    world.faults.fail_once("Timeline.GetSetting", answer=None)
    with Bench(world, machine, tmp_path) as scene:
        assert found(scene, "D8").verdict == "unreadable"


@pytest.mark.parametrize("shown", ["23.976", "29.97 DF", "59.94"])
def test_rates_as_resolve_writes_them_are_read(shown, machine, tmp_path):
    world = ResolveDouble("20.3")
    world.project.add_timeline("cut", rate=shown)
    with Bench(world, machine, tmp_path) as scene:
        assert found(scene, "D8").verdict == "open"


def test_an_export_that_did_not_come_or_is_not_whole(machine, tmp_path, monkeypatch):
    world = with_cut(ResolveDouble("20.3"), tmp_path)
    with Bench(world, machine, tmp_path, live=True) as scene:
        world.faults.fail_once("Timeline.Export")
        assert found(scene, "D15").verdict == "nothing"
    with Bench(world, machine, tmp_path, live=True) as scene:
        assert scene.said.steps["export"]["done"]
        scene.export.write_text("{")
        assert found(scene, "D15").verdict == "unread"
    with Bench(world, machine, tmp_path, live=True) as scene:
        steps = scene.said.steps
        steps["export"]["clips"] += 1
        assert found(scene, "D15").verdict == "other"


# -- the way in --------------------------------------------------------------------------------------


def test_a_resolve_that_lets_nobody_in(machine, tmp_path):
    runs = lambda: [Process(7, "resolve")]  # noqa: E731
    for world in (ResolveDouble("20.3", studio=False), ResolveDouble("21.1.1", external_scripting=False)):
        with Bench(world, machine, tmp_path, runs=runs) as scene:
            finding = found(scene, "D5")
            assert finding.verdict == "shut"
            assert "External scripting" in finding.fix
            assert "Workspace > Scripts > Cutaway" in finding.fix
            assert found(scene, "D1").verdict == "there"
            assert "and runs" in found(scene, "D1").found
            assert found(scene, "D6").level is Level.SKIP


def test_a_mac_whose_resolve_is_too_new_for_the_free_edition_is_told_so(tmp_path):
    machine = with_resolve(machine_of("darwin", tmp_path))
    plist = machine.applications()[0] / "Contents/Info.plist"
    plist.write_text(
        '<plist version="1.0"><dict><key>CFBundleShortVersionString</key><string>21.1.1</string></dict></plist>'
    )
    with Bench(ResolveDouble("21.1.1", studio=False), machine, tmp_path, runs=lambda: [Process(7, "Resolve")]) as scene:
        finding = found(scene, "D5")
        assert finding.verdict == "shut since 21.1"
        assert "runs no Python" in finding.found
        assert found(scene, "D2").verdict == "new enough"


def test_a_resolve_that_does_not_run(machine, tmp_path):
    with Bench(
        ResolveDouble("20.3", external_scripting=False), machine, tmp_path, runs=lambda: [Process(1, "init")]
    ) as scene:
        assert found(scene, "D5").verdict == "not running"
        assert "does not run" in found(scene, "D1").found


def test_one_that_hangs_while_it_is_looked_for(machine, tmp_path):
    hanging = tmp_path / "api/Modules"
    hanging.mkdir(parents=True)
    (hanging / "DaVinciResolveScript.py").write_text("import time\ndef scriptapp(name): time.sleep(60)\n")
    scene = scene_of(machine, tmp_path, patience=1.5)
    scene = replace(scene, environment={"RESOLVE_SCRIPT_API": str(tmp_path / "api")})
    assert found(scene, "D5").verdict == "hangs"


@contextmanager
def served_inside(folder, hangs=""):
    """The script that Resolve's menu starts, in a process of its own."""
    command = [sys.executable, "-c", INSIDE, str(folder), hangs]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as inside:
        try:
            assert inside.stdout.readline() == "serves\n"
            yield
        finally:
            inside.kill()


def test_the_script_inside_the_free_edition_answers_the_doctor(machine, tmp_path):
    runs = lambda: [Process(7, "resolve")]  # noqa: E731
    shut = ResolveDouble("20.3", studio=False)
    with served_inside(tmp_path / "data"):
        with Bench(shut, machine, tmp_path, runs=runs) as scene:
            assert found(scene, "D5").verdict == "inside"
            assert found(scene, "D1").found == "DaVinci Resolve 20.3.0 answers"
            assert found(scene, "D6").verdict == "there"
            assert found(scene, "D8").verdict == "none"
            assert found(scene, "D4").verdict == "binds"
        panel = LoopbackLink(tmp_path / "data")
        panel.ask("about", {}, deadline=20)
        with Bench(shut, machine, tmp_path, runs=runs) as scene:
            assert found(scene, "D5").verdict == "taken"
            assert found(scene, "D6").level is Level.SKIP
        panel.close()


def test_a_script_inside_that_hangs(machine, tmp_path):
    with (
        served_inside(tmp_path / "data", hangs="ProjectManager.GetCurrentDatabase"),
        Bench(ResolveDouble("20.3", studio=False), machine, tmp_path, patience=2.0) as scene,
    ):
        assert found(scene, "D5").verdict == "hangs"


INSIDE = """
import sys
from pathlib import Path
from cutaway_davinci.agent.in_app import Served
from cutaway_davinci.agent.operations import Operations
from cutaway_davinci.testing.resolve import ResolveDouble
world = ResolveDouble("20.3", studio=False)
if sys.argv[2]:
    world.faults.hang(sys.argv[2])
with Served(Operations(world.in_app()), Path(sys.argv[1])) as served:
    print("serves", flush=True)
    while True:
        served.turn(0.1)
"""


# -- interpreters and scripting files ------------------------------------------------------------------


def module_that(folder, text):
    """An interface folder whose module does this when it is loaded."""
    modules = folder / "api/Modules"
    modules.mkdir(parents=True, exist_ok=True)
    (modules / "DaVinciResolveScript.py").write_text(text)
    return {"RESOLVE_SCRIPT_API": str(folder / "api")}


@pytest.mark.parametrize(
    ("text", "verdict", "word"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "none", "ended with"),
        ("raise ImportError('python314.dll is missing')", "none", "python314.dll is missing"),
        ("import time; time.sleep(60)", "hangs", "scripting module"),
    ],
)
def test_a_module_that_this_python_does_not_load(text, verdict, word, machine, tmp_path):
    scene = replace(scene_of(machine, tmp_path, patience=2.0), environment=module_that(tmp_path, text))
    finding = found(scene, "D4")
    assert finding.verdict == verdict
    assert word in finding.found
    assert found(scene, "D5").level is Level.SKIP


def test_the_next_interpreter_is_tried(machine, tmp_path):
    with Bench(ResolveDouble("20.3"), machine, tmp_path) as scene:
        both = replace(scene, pythons=(str(tmp_path / "gone"), sys.executable))
        assert found(both, "D4").verdict == "binds"
        assert len(both.tries) == 2


def test_an_interpreter_that_runs_nothing(machine, tmp_path):
    scene = replace(scene_of(machine, tmp_path), pythons=(str(tmp_path / "gone"),))
    assert found(scene, "D4").verdict == "broken"
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\necho not json\n")
    silent.chmod(0o755)
    assert "no answer" in questioned(str(silent), {}, patience=5).trouble


def test_a_32_bit_interpreter(machine, tmp_path):
    narrow = tmp_path / "python32"
    lines = [
        {"step": "python", "bits": 32, "version": "3.11.9"},
        {"step": "module", "folder": "x"},
        {"step": "loaded"},
        {"step": "answer", "answers": False},
    ]
    narrow.write_text("#!/bin/sh\n" + "".join(f"echo '{json.dumps(line)}'\n" for line in lines))
    narrow.chmod(0o755)
    scene = replace(scene_of(machine, tmp_path), pythons=(str(narrow),))
    assert found(scene, "D4").verdict == "narrow"


def test_without_the_module_no_interpreter_is_to_blame(machine, tmp_path):
    assert found(scene_of(machine, tmp_path), "D4").level is Level.SKIP


@pytest.mark.parametrize("system", SYSTEMS)
def test_scripting_files_are_looked_for_where_each_system_has_them(system, tmp_path):
    machine = with_resolve(machine_of(system, tmp_path))
    scene = scene_of(machine, tmp_path)
    folders, libraries = machine.scripting()
    assert found(scene, "D3").verdict == "there"
    libraries[0].unlink()
    assert found(scene, "D3").verdict == "no library"
    (folders[0] / "Modules/DaVinciResolveScript.py").unlink()
    finding = found(scene, "D3")
    assert finding.verdict == "no module"
    assert str(folders[0]) in finding.found


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_machine_without_resolve(system, tmp_path):
    scene = scene_of(machine_of(system, tmp_path), tmp_path)
    assert found(scene, "D1").verdict == "missing"
    assert found(scene, "D2").level is Level.SKIP
    assert found(scene, "D3").level is Level.SKIP


def test_a_resolve_that_runs_from_somewhere_else(tmp_path):
    scene = scene_of(machine_of("linux", tmp_path), tmp_path, runs=lambda: [Process(4711, "resolve")])
    assert "4711" in found(scene, "D1").found


def test_a_machine_with_a_resolve_of_the_app_store_only(tmp_path):
    machine = machine_of("darwin", tmp_path)
    (machine.home / "Library/Containers/com.blackmagic-design.DaVinciResolveLite").mkdir(parents=True)
    assert found(scene_of(machine, tmp_path), "D1").verdict == "store"


# -- the sheet ---------------------------------------------------------------------------------------


def test_there_are_seventeen_checks_in_order():
    assert [check.id for check in CHECKS] == [f"D{number}" for number in range(1, 18)]
    assert all(set(check.mends) <= set(check.verdicts) for check in CHECKS)


def test_a_check_that_does_not_come_back_or_fails_is_a_finding(machine, tmp_path):
    slow = Check("D99", "slow", "", {}, lambda scene: time.sleep(3))
    broken = Check("D99", "broken", "", {}, lambda scene: 1 / 0)
    doctor = Doctor(scene_of(machine, tmp_path), longest=0.2)
    began = time.monotonic()
    assert doctor._found(slow).verdict == "late"
    assert time.monotonic() - began < 2
    finding = doctor._found(broken)
    assert (finding.verdict, finding.level) == ("failed", Level.FAIL)
    assert "ZeroDivisionError" in finding.found


def test_the_exit_code_is_that_of_the_worst_finding():
    def of(*levels):
        checks = [Check("D1", "", "", {"x": Verdict(level, "")}, lambda scene: ("x", {})) for level in levels]
        return worst([check.finding(("x", {})) for check in checks]).code

    assert of(Level.OK, Level.SKIP) == 0
    assert of(Level.SKIP, Level.WARN, Level.OK) == 1
    assert of(Level.FAIL, Level.WARN) == 2


def test_it_concludes_with_the_way_that_the_panel_takes():
    def of(answer, window):
        named = {"D5": answer, "D11": window}
        return concluded(check.finding((named.get(check.id, _good(check)), ANY)) for check in CHECKS)

    assert of("outside", "starts") == "The panel works live."
    assert of("inside", "starts") == "The panel works in-app."
    assert of("shut", "starts") == "The panel works by files. Look at D5."
    assert of("outside", "unfit") == "The panel does not open here yet, see D11. Look at D11."


def _good(check):
    return next(name for name, verdict in check.verdicts.items() if not verdict.level.code)


ANY = defaultdict(lambda: "it")


def test_every_outcome_of_these_checks_was_come_to(request):
    """Last in this file, since it looks back at the others."""
    if missed(request.path, RUN):
        pytest.skip("only some tests of this file were run")
    assert not_come_to("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D15") == set()
