"""The unit that `cutaway serve --print-unit` prints: systemd understands it, and it starts the server that was asked for."""

import os
import shutil
import subprocess
import sys
from pathlib import PurePosixPath

import pytest

from cutaway.cli.service import unit

ASKED = ("--host", "0.0.0.0", "--port", "8000", "--keep-days", "30", "--model-alias", "sora 2=draft")
systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def values(text, name):
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{name}=")]


def test_a_unit_starts_the_server_that_was_asked_for_and_starts_nothing_now(cli):
    printed = cli("serve", "--print-unit", *ASKED, "--data-dir", "videos", "--api-key-file", "key").stdout
    (command,) = values(printed, "ExecStart")
    data = cli.folder / "videos"
    assert command == (
        f'{sys.executable} -m cutaway_runtime serve --host 0.0.0.0 --port 8000 --data-dir {data} --model-alias "sora 2=draft"'
        " --keep-days 30.0"
    )
    assert values(printed, "ReadWritePaths") == [str(data)]
    assert values(printed, "LoadCredential") == [f"server-key:{cli.folder / 'key'}"]
    assert "CUTAWAY_SERVER_KEY_FILE=%d/server-key" in values(printed, "Environment")
    assert not data.exists()


def test_a_key_does_not_stand_in_a_unit(cli):
    refused = cli("serve", "--print-unit", "--api-key", "the-operators-key")
    assert refused.code == 2
    assert "--api-key-file" in refused.stderr
    assert "the-operators-key" not in refused.stdout + refused.stderr


def test_words_mean_what_they_meant():
    (command,) = values(unit(["/opt/cut away/python", "-m", 'a"b', "100%", "$HOME", "back\\slash", ""]), "ExecStart")
    assert command == '"/opt/cut away/python" -m "a\\"b" "100%%" "$$HOME" "back\\\\slash" ""'
    assert values(unit(["/home/anna/bin/python"]), "ProtectHome") == ["read-only"]
    assert values(unit(["/opt/bin/python"], data_dir=PurePosixPath("/mnt/a b")), "ReadWritePaths") == ['"/mnt/a b"']


@systemd
def test_systemd_understands_the_unit_and_finds_it_closed(cli, tmp_path):
    path = tmp_path / "cutaway.service"
    path.write_text(cli("serve", "--print-unit", *ASKED, "--data-dir", "my videos", "--api-key-file", "key").stdout)
    quiet = {**os.environ, "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
    seen = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, env=quiet, check=False)
    assert (seen.returncode, seen.stdout + seen.stderr) == (0, "")
    exposed = ["systemd-analyze", "security", "--offline=true", "--threshold=25", path]
    rated = subprocess.run(exposed, capture_output=True, text=True, env=quiet, check=False)
    assert rated.returncode == 0, rated.stdout
    path.write_text(path.read_text().replace("ProtectSystem=strict", "ProtectSystem=somewhat"))
    wrong = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, env=quiet, check=False)
    assert "protect system" in wrong.stderr, "a mistake would have been seen"
