"""`.ci/system` on machines that have, or do not have, what Qt and Blender load from the system, and PostgreSQL."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci/system"
TOOLS = ("bash", "env", "grep", "sed", "sort")
pytestmark = pytest.mark.skipif(
    os.name != "posix" or not all(map(shutil.which, TOOLS)), reason="needs bash and what comes with it"
)

EVERY = [
    "fonts-dejavu-core",
    "libdbus-1-3",
    "libegl-mesa0",
    "libegl1",
    "libfontconfig1",
    "libfreetype6",
    "libgl1",
    "libgl1-mesa-dri",
    "libglib2.0-0",
    "libgomp1",
    "libice6",
    "libsm6",
    "libx11-6",
    "libxcb1",
    "libxext6",
    "libxfixes3",
    "libxi6",
    "libxkbcommon0",
    "libxrender1",
    "libxxf86vm1",
    "postgresql",
    "strace",
]


class Machine:
    """A PATH on which packages, the user and the installer are what a test says."""

    def __init__(self, folder):
        self.path = folder
        for name in TOOLS:
            (folder / name).symlink_to(shutil.which(name))
        self.has("uname", "echo Linux")
        self.user(0)
        self.has("apt-get", f'echo "$*" >> {folder}/asked')

    def has(self, name, script):
        (self.path / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.path / name).chmod(0o755)

    def user(self, number):
        self.has("id", f"echo {number}")

    def installed(self, *packages, provides="", gone=()):
        lines = [f"installed,{name}," for name in packages] + [f"config-files,{name}," for name in gone]
        if provides:
            lines.append(f"installed,something,{provides}")
        self.has("dpkg-query", "cat <<'END'\n" + "\n".join(lines) + "\nEND")
        (self.path / "cat").symlink_to(shutil.which("cat"))

    def run(self, *words):
        return subprocess.run(
            [SCRIPT, *words], env={"PATH": str(self.path)}, capture_output=True, text=True, check=False
        )

    @property
    def asked(self):
        asked = self.path / "asked"
        return asked.read_text().splitlines() if asked.exists() else []


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_a_bare_debian_gets_everything_once_its_lists_are_fresh(machine):
    machine.installed("bash")
    assert machine.run("missing").stdout.split() == EVERY
    assert machine.asked == []
    assert machine.run().returncode == 0
    update, install = machine.asked
    assert update.endswith(" update")
    assert install.split(" install ")[1].split() == ["--yes", "--no-install-recommends", *EVERY]


def test_where_nothing_is_missing_nothing_is_done_or_said(machine):
    machine.installed(*EVERY)
    done = machine.run()
    assert (done.returncode, done.stdout, done.stderr, machine.asked) == (0, "", "", [])


def test_a_package_that_another_provides_is_there_and_a_removed_one_is_not(machine):
    machine.installed(
        *(set(EVERY) - {"libglib2.0-0", "libgl1", "libxi6"}),
        provides="libglib2.0-0 (= 2.80.0-6), libgl1",
        gone=("libxi6",),
    )
    assert machine.run("missing").stdout.split() == ["libxi6"]


def test_who_may_not_install_is_told_what_to_ask_for(machine):
    machine.installed(*EVERY[1:])
    machine.user(1000)
    done = machine.run()
    assert done.returncode == 0
    assert "sudo apt-get install fonts-dejavu-core" in done.stdout
    assert machine.asked == []


def test_an_installation_that_fails_is_a_failure(machine):
    machine.installed(*EVERY[1:])
    machine.has("apt-get", "exit 100")
    done = machine.run()
    assert done.returncode == 1
    assert "could not be installed" in done.stderr


def test_another_linux_is_told_what_is_needed(machine):
    done = machine.run()
    assert done.returncode == 0
    assert "not on Debian, they are not looked for" in done.stdout


def test_macos_brings_everything(machine):
    machine.has("uname", "echo Darwin")
    done = machine.run()
    assert (done.returncode, done.stdout) == (0, "")
