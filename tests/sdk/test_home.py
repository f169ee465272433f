"""The home folder is where the platform keeps such things, unless somebody says otherwise."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from cutaway.home import Home


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CUTAWAY_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)


@pytest.mark.parametrize(
    ("platform", "below"),
    [("linux", ".local/share"), ("darwin", "Library/Application Support"), ("win32", "AppData/Local")],
)
def test_each_platform_has_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, below: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert Home.find().folder == tmp_path / below / "cutaway"


def test_the_desktop_standard_is_kept_where_it_is_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert Home.find().folder == tmp_path / "data" / "cutaway"
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/invalid")
    assert Home.find().folder == tmp_path / ".local/share/cutaway"


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "said"))
    assert Home.find().folder == tmp_path / "said"
    assert Home.find(tmp_path / "given").folder == tmp_path / "given"


def test_the_folder_is_for_this_user(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "b")
    home.create()
    home.create()
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
    files = {home.token, home.runtime, home.runtime_log, home.runtime_lock, home.journal, home.dialects, home.joins}
    assert {path.parent for path in files} == {home.folder}
    assert {path.name for path in files} == {
        "token",
        "runtime.json",
        "runtime.log",
        "runtime.lock",
        "journal.db",
        "dialects.json",
        "joins",
    }
