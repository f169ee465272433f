"""The scripts of Resolve's menu, run as Resolve runs them: in a process of their own, with `resolve` handed in."""

import ast
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import lupa.lua51 as lua  # the language of LuaJIT, which Resolve runs; this one is in every wheel of lupa
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from machines import machine_of

from cutaway_davinci.agent.address import NAME as ADDRESS
from cutaway_davinci.install.installer import planned
from cutaway_davinci.launcher import LUA_CHECK, MENU, scripts
from cutaway_davinci.loopback import LoopbackLink
from cutaway_davinci.testing.editions import FREE, STUDIO, Edition
from cutaway_davinci.testing.handle import Handle
from cutaway_davinci.testing.resolve import ResolveDouble

RESOLVES = {
    "PYTHONHOME": "/opt/resolve/python",
    "PYTHONPATH": "/opt/resolve",
    "LD_LIBRARY_PATH": "/opt/resolve/libs",
    "DYLD_LIBRARY_PATH": "/opt/resolve/libs",
    "QT_PLUGIN_PATH": "/opt/resolve/plugins",
    "QT_QPA_PLATFORM": "resolve",
}
"""What Resolve leaves in the environment of its scripts."""

PANEL = """#!{python} -I
import json, os, sys, time
facts = {{"arguments": sys.argv[1:], "environment": dict(os.environ), "session": os.getsid(0), "pid": os.getpid()}}
with open({told!r} + ".part", "w") as told:
    json.dump(facts, told)
os.replace({told!r} + ".part", {told!r})
print("no display", file=sys.stderr)
time.sleep({lasts})
sys.exit({code})
"""
"""Stands where the interpreter of the panel stands, and notes how it was started."""

CHILD = """
import os, runpy, sys
{made}
for name, value in {environment!r}.items():
    os.environ[name] = value
runpy.run_path(sys.argv[1], init_globals={{"resolve": resolve}} if resolve is not None else {{}})
"""


class Menu:
    """An installed menu entry, with a panel that is a double."""

    def __init__(self, folder, lasts=0, code=0, all_users=False):
        self.machine = machine_of("linux", folder)
        self.told = folder / "told.json"
        python = folder / "python"
        python.write_text(PANEL.format(python=sys.executable, told=str(self.told), lasts=lasts, code=code))
        python.chmod(0o755)
        planned(self.machine, python=str(python), all_users=all_users).carry_out()
        tree = self.machine.shared_scripts if all_users else self.machine.own_scripts
        self.script = tree / "Utility" / MENU

    @contextmanager
    def started(self, edition=None):
        """The menu script in a process, of which the output is to be read."""
        made = "resolve = None"
        if edition:
            made = (
                "from cutaway_davinci.testing.resolve import ResolveDouble\n"
                f"resolve = ResolveDouble({edition.version!r}, studio={edition.studio}).in_app()"
            )
        program = CHILD.format(made=made, environment=RESOLVES)
        command = [sys.executable, "-c", program, str(self.script)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, edition=None):
        """What it printed."""
        with self.started(edition) as process:
            said, _ = process.communicate(timeout=30)
        assert process.returncode == 0, said
        return said

    def panel(self):
        """How the panel was started; None where it was not."""
        return json.loads(self.told.read_text()) if self.told.exists() else None


@pytest.mark.parametrize("name", [MENU])
def test_the_menu_script_is_short_and_in_the_grammar_of_python_3_6(name, tmp_path):
    text = scripts(tmp_path / "Žaneta" / "davinci.json")[name].decode()
    assert len(text.splitlines()) < 60
    found = ast.parse(text, feature_version=(3, 6))
    imported = {alias.name for node in ast.walk(found) if isinstance(node, ast.Import) for alias in node.names}
    assert imported <= set(sys.stdlib_module_names)
    inside = [node.module for node in ast.walk(found) if isinstance(node, ast.ImportFrom)]
    assert inside == ["cutaway_davinci.agent.in_app"]


def test_the_panel_starts_in_its_own_python_on_its_own_and_without_what_is_resolves(tmp_path):
    menu = Menu(tmp_path)
    assert menu.run(STUDIO[-1]) == ""
    panel = menu.panel()
    assert panel["arguments"] == ["-m", "cutaway.cli", "davinci", "panel", "--mode", "auto"]
    assert panel["session"] == panel["pid"], "ends with Resolve"
    assert not RESOLVES.keys() & panel["environment"].keys()
    assert panel["environment"]["CUTAWAY_HOME"] == str(menu.machine.ours)
    assert panel["environment"]["PATH"] == os.environ["PATH"]


def test_the_menu_does_not_wait_for_a_panel_that_is_open(tmp_path):
    menu = Menu(tmp_path, lasts=60)
    began = time.monotonic()
    assert menu.run() == ""
    assert time.monotonic() - began < 15
    os.kill(menu.panel()["pid"], 9)


def test_without_a_resolve_handed_in_the_panel_looks_for_one(tmp_path):
    menu = Menu(tmp_path)
    assert menu.run() == ""
    assert menu.panel()["arguments"][-2:] == ["--mode", "auto"]


def test_an_entry_for_everybody_uses_the_home_of_whoever_clicks(tmp_path, monkeypatch):
    menu = Menu(tmp_path, all_users=True)
    monkeypatch.setenv("HOME", str(tmp_path / "Mia"))
    assert menu.run() == ""
    assert menu.panel()["environment"]["CUTAWAY_HOME"] == str(tmp_path / "Mia/.local/share/cutaway")
    assert (tmp_path / "Mia/.local/share/cutaway/panel.log").exists()


def test_a_panel_that_runs_is_asked_to_the_front_and_no_second_one_is_started(tmp_path, monkeypatch):
    menu = Menu(tmp_path)
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("panel")  # a path of a temporary folder may be too long for a socket
        server.listen()
        server.settimeout(20)
        (menu.machine.ours / "panel.json").write_text(json.dumps({"server": "panel", "pid": 1}))
        with menu.started() as process:
            line, _ = server.accept()
            with line:
                assert line.recv(16) == b"show\n"
            said, _ = process.communicate(timeout=30)
    assert said == ""
    assert menu.panel() is None


@pytest.mark.parametrize("noted", ['{"server": "nobody", "pid": 1}', "{", "{}"])
def test_what_a_panel_left_behind_does_not_keep_the_next_one_from_starting(noted, tmp_path):
    menu = Menu(tmp_path)
    (menu.machine.ours / "panel.json").write_text(noted)
    assert menu.run() == ""
    assert menu.panel() is not None


@pytest.mark.parametrize("edition", [FREE[0], FREE[-2]], ids=str)
def test_the_free_edition_is_served_from_inside(edition, tmp_path):
    menu = Menu(tmp_path)
    folder = menu.machine.ours / "davinci"
    with menu.started(edition) as process:
        until = time.monotonic() + 30
        while not (folder / ADDRESS).exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        link = LoopbackLink(folder)
        said = link.ask("about", {}, deadline=20)
        assert said["product"] == "DaVinci Resolve"
        assert said["version"].startswith(edition.version)
        link.close()
        assert menu.panel()["arguments"][-2:] == ["--mode", "in-app"]
        assert menu.run(edition) == "", "a second click waits for nothing where the first one serves"


@pytest.mark.parametrize("damage", ["gone", "broken", "no interpreter", "ends at once"])
def test_what_goes_wrong_is_one_line_with_the_doctor(damage, tmp_path):
    menu = Menu(tmp_path, code=3 if damage == "ends at once" else 0)
    record = menu.machine.record()
    if damage == "gone":
        record.unlink()
    elif damage == "broken":
        record.write_text("{")
    elif damage == "no interpreter":
        (tmp_path / "python").unlink()
    said = menu.run()
    assert said.startswith("cutaway: the panel did not open: ")
    assert said.endswith("Ask in a terminal: cutaway davinci doctor\n")
    assert said.count("\n") == 1
    if damage == "ends at once":
        assert "panel.log" in said
        assert (menu.machine.ours / "panel.log").read_text() == "no display\n"


LUA_WORLD = """
function(python, listed)
  local function far(object)
    return setmetatable({}, {__index = function(_, name)
      return function(_, ...) return listed(python.getattr(object, name)(...)) end
    end})
  end
  return far
end
"""


def lua_check(world):
    """What the Lua script prints over a double; None stands for a Lua without Resolve."""
    runtime = lua.LuaRuntime()
    said = []
    runtime.globals().print = lambda *words: said.append("\t".join(map(str, words)))
    if world is not None:

        def listed(value):
            return runtime.table_from(value) if isinstance(value, list) else value

        far = runtime.eval(LUA_WORLD)(runtime.table_from({"getattr": getattr}), listed)
        runtime.globals().resolve = far(Handle(world))
    runtime.execute(scripts(Path("record"))[LUA_CHECK].decode())
    return said


@pytest.mark.parametrize("edition", STUDIO + FREE, ids=str)
def test_the_lua_check_says_what_works_in_each_edition(edition):
    said = "\n".join(lua_check(edition.world()))
    assert ("live: yes" in said) == edition.studio
    assert ("in-app: yes" in said) == (edition in FREE[:-1])
    assert ("live: no" in said) == (edition == FREE[-1])
    assert "files: yes" in said
    assert edition.version in said


def test_the_lua_check_refuses_an_old_resolve_and_one_that_says_nothing():
    assert "18.5 is the oldest" in "\n".join(lua_check(Edition("18.1.3", studio=True).world()))
    busy = ResolveDouble("20.3")
    busy.faults.modal = True
    assert "does not say its version" in "\n".join(lua_check(busy))
    assert "does not say its version" in "\n".join(lua_check(None))
