"""Numbers on the command line of a server that cannot be meant are refused before anything begins."""

import subprocess
import sys

import pytest

from cutaway_runtime.__main__ import main


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port", "70000"),
        ("--port", "-1"),
        ("--keep-days", "-1"),
        ("--keep-days", "nan"),
        ("--keep-gb", "-1"),
        ("--keep-gb", "1e300"),
        ("--max-queue", "-5"),
        ("--max-queue", "0"),
        ("--max-queue", "9" * 5000),
        ("--disk-reserve", "-1"),
        ("--idle-exit", "nan"),
        ("--idle-exit", "inf"),
        ("--idle-exit", "0"),
        ("--stuck-after", "-inf"),
        ("--stuck-after", "soon"),
    ],
)
def test_what_cannot_be_meant_is_refused(option, value, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
    with pytest.raises(SystemExit) as ended:
        main(["serve", f"{option}={value}"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"argument {option}: a " in said
    assert value[:40] in said
    assert len(said) < 4000
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("option", ["--videos-a-month", "--max-waiting", "--priority"])
@pytest.mark.parametrize("value", ["99999999999999999999", "-99999999999999999999", "1.5", "many"])
def test_a_plan_has_numbers_that_a_database_can_keep(option, value, capsys, tmp_path):
    with pytest.raises(SystemExit) as ended:
        main(["plans", "set", "studio", f"{option}={value}", "--data-dir", str(tmp_path)])
    assert ended.value.code == 2
    assert "a whole number from" in capsys.readouterr().err


def test_the_first_command_line_says_so_too(tmp_path):
    command = [sys.executable, "-m", "cutaway.cli", "plans", "set", "studio", "--videos-a-month", "9" * 20]
    ended = subprocess.run([*command, "--data-dir", str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "a whole number from 0 to 2147483647" in ended.stderr
    assert "Traceback" not in ended.stderr
