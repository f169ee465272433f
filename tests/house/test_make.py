"""`make` on a machine with nothing prepared: it finds a fitting Python, or says what to install."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix" or shutil.which("make") is None, reason="needs make and a shell")

PYTHON = """#!/bin/sh
case "$*" in
  --version) echo "Python {version}" ;;
  *"!= (3, 11)"*) exit {other} ;;
  *version_info*) exit {old} ;;
  *ensurepip*) exit {bare} ;;
  "-m venv"*) mkdir -p "$3/bin" && echo "$0" > "$3/bin/pip" ;;
esac
"""


class Machine:
    """A folder with the Makefile and a PATH with these Pythons only."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "path"
        self.path.mkdir()
        for name in ("make", "sh", "rm", "mkdir"):
            (self.path / name).symlink_to(shutil.which(name))
        shutil.copy(ROOT / "Makefile", folder)

    def has(self, name, version, *, bare=False):
        script = PYTHON.format(
            version=version, old=int(version < "3.11"), other=int(not version.startswith("3.11")), bare=int(bare)
        )
        (self.path / name).write_text(script)
        (self.path / name).chmod(0o755)

    def make(self, goal=".venv/bin/pip"):
        return subprocess.run(
            ["make", goal],
            cwd=self.folder,
            env={"PATH": str(self.path)},
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def chosen(self):
        return (self.folder / ".venv/bin/pip").read_text().strip()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_the_first_python_that_fits_is_taken(machine):
    machine.has("python3.13", "3.13.1", bare=True)
    machine.has("python3.12", "3.12.3")
    machine.has("python3", "3.11.2")
    assert machine.make().returncode == 0
    assert machine.chosen.endswith("python3.12")


def test_the_plain_name_is_taken_where_it_is_new_enough(machine):
    machine.has("python3", "3.11.2")
    assert machine.make().returncode == 0
    assert machine.chosen.endswith("python3")


def test_a_debian_python_without_venv_is_told_apart(machine):
    machine.has("python3", "3.11.2", bare=True)
    made = machine.make()
    assert made.returncode != 0
    assert "apt install python3-venv" in made.stderr
    assert not (machine.folder / ".venv").exists()


def test_an_old_python_is_named(machine):
    machine.has("python3", "3.10.9")
    made = machine.make()
    assert made.returncode != 0
    assert "needs Python 3.11 or newer" in made.stderr
    assert "Python 3.10.9" in made.stderr


def test_no_python_at_all_is_said(machine):
    made = machine.make()
    assert made.returncode != 0
    assert "none was found" in made.stderr


def test_a_half_made_environment_is_made_again(machine):
    (machine.folder / ".venv/bin").mkdir(parents=True)
    (machine.folder / ".venv/bin/python").write_text("")
    machine.has("python3", "3.11.2")
    assert machine.make().returncode == 0
    assert not (machine.folder / ".venv/bin/python").exists()


def test_without_the_python_that_blender_is_built_for_its_tests_are_left_out_with_a_word(machine):
    machine.has("python3.12", "3.12.3")
    machine.has("python3", "3.12.3")
    for name in ("pyproject.toml", "constraints.txt"):
        (machine.folder / name).touch()
    made = machine.make("blender")
    assert made.returncode == 0, made.stderr
    for version in ("4.2", "4.5", "5.0"):
        assert f"Blender {version}." in made.stdout
    assert made.stdout.count("needs Python 3.11, and none was found: its tests are left out") == 3
    assert not list(machine.folder.glob(".venv*"))
