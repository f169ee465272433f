"""`cutaway panel`: what it refuses before a window is opened, and what it opens."""

import builtins

import pytest

from cutaway.cli.app import run
from cutaway_panel import toolkit
from cutaway_panel.opening import worked_on


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone.otio"], "gone.otio does not exist; name an .otio file"),
        (["--theme", "pink"], "--theme pink: there are dark, light, contrast"),
        (["--mode", "live"], "cutaway davinci panel --mode live"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_what_to_do(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["panel", *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_missing_extra_is_named_with_the_line_that_installs_it(monkeypatch, capsys):
    known = toolkit.find_spec
    monkeypatch.setattr(toolkit, "find_spec", lambda name: None if name == "PySide6" else known(name))
    assert run(["panel"]) == 2
    assert 'pip install "cutaway[panel]"' in " ".join(capsys.readouterr().err.split())


def test_qt_that_cannot_be_loaded_is_told_with_the_packages_to_install(monkeypatch):
    known = builtins.__import__

    def broken(name, *rest):
        if name == "PySide6.QtWidgets":
            raise ImportError("libEGL.so.1: cannot open shared object file")
        return known(name, *rest)

    monkeypatch.setattr(builtins, "__import__", broken)
    found = toolkit.problem()
    assert "libEGL.so.1" in found
    assert "apt install libegl1" in found


def test_qt_can_be_used_here():
    assert toolkit.problem() == ""


@pytest.mark.parametrize("words", [["panel"], ["davinci", "panel", "--mode", "live"]])
def test_without_a_display_it_says_so_and_opens_nothing(words, monkeypatch, capsys):
    for name in toolkit.DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(toolkit.no_display, "__defaults__", ("linux",))
    assert run(words) == 2
    assert "there is no display here" in " ".join(capsys.readouterr().err.split())


def test_a_display_of_either_kind_and_other_systems_will_do(monkeypatch):
    for name in toolkit.DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    assert toolkit.no_display("linux")
    assert toolkit.no_display("darwin") == toolkit.no_display("win32") == ""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert toolkit.no_display("linux") == ""


def test_a_packed_cut_is_refused_with_the_command_that_unpacks_it(tmp_path):
    from cutaway.errors import UnreadableTimeline

    packed = tmp_path / "cut.otioz"
    packed.touch()
    with pytest.raises(UnreadableTimeline, match=r"cutaway timeline convert cut.otioz -o cut.otio"):
        worked_on(packed)
