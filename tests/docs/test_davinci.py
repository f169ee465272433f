"""The pages on DaVinci Resolve say what the plugin does, and are honest about what nobody has tried."""

import re
from pathlib import Path

import pytest

from cutaway_davinci.doctor.sheet import CHECKS
from cutaway_davinci.install.installer import planned
from cutaway_davinci.install.places import Machine
from cutaway_davinci.testing.editions import VERSIONS

PAGES = Path(__file__).resolve().parents[2] / "docs/davinci"


def page(name):
    return (PAGES / name).read_text("utf-8")


def test_the_manual_sheet_has_44_steps_in_order_with_room_for_a_result():
    rows = re.findall(r"^\| (\d+) \|(.*)\|(.*)\|(.*)\|$", page("manual-sheet.md"), re.MULTILINE)
    assert [int(number) for number, *_ in rows] == list(range(1, 45))
    assert all(do.strip() and expected.strip() and not result.strip() for _, do, expected, result in rows)


def test_the_versions_that_are_tested_are_named():
    named = re.search(r"in ([\d., and\n]+),\s+Studio and Free", page("editions.md"))[1]
    assert tuple(re.findall(r"[\d.]*\d", named)) == VERSIONS


def test_checks_that_a_page_refers_to_exist():
    ids = {check.id for check in CHECKS}
    for file in PAGES.glob("*.md"):
        assert set(re.findall(r"\bD\d+\b", file.read_text("utf-8"))) <= ids, file


@pytest.mark.parametrize("system", ["win32", "darwin", "linux"])
def test_the_folders_on_the_page_are_those_that_are_written(system, tmp_path):
    text = page("install.md").replace("\\", "/")
    variables = {"APPDATA": tmp_path / "%APPDATA%", "PROGRAMDATA": tmp_path / "%PROGRAMDATA%"}
    environment = {name: str(value) for name, value in variables.items()}
    machine = Machine(system, tmp_path / "~", environment, tmp_path / "ours", root=tmp_path / "root")
    for all_users in (False, True):
        written = planned(machine, python="python", all_users=all_users).contents
        (script,) = [path for path in written if path.name == "Cutaway.py"]
        folder = script.parents[1].relative_to(tmp_path).as_posix().removeprefix("root")
        assert f"`{folder}`" in text
