"""Where the operator's key comes from, and where it cannot be read."""

import json
import os
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from cutaway_runtime.server.key import BadKey, operators_key


def test_a_key_comes_from_one_place(tmp_path, monkeypatch):
    file = tmp_path / "key"
    file.write_bytes(b"in-a-file\r\nand more\n")
    assert operators_key() is None
    assert operators_key("given") == "given"
    assert operators_key(None, file) == "in-a-file"
    monkeypatch.setenv("CUTAWAY_SERVER_KEY_FILE", str(file))
    assert operators_key() == "in-a-file"
    assert "CUTAWAY_SERVER_KEY_FILE" not in os.environ
    monkeypatch.setenv("CUTAWAY_SERVER_KEY", "around")
    assert operators_key("given") == "given", "what is asked wins"
    assert "CUTAWAY_SERVER_KEY" not in os.environ, "workers do not need it, asked or not"
    monkeypatch.setenv("CUTAWAY_SERVER_KEY", "around")
    assert operators_key() == "around"


@pytest.mark.parametrize("content", ["", "\n", "two words\n", "\x1b[2K\n", "schlüssel\n", "k" * 4097])
def test_what_is_no_key_is_refused_in_words(tmp_path, content):
    file = tmp_path / "key"
    file.write_text(content, "utf-8")
    with pytest.raises(BadKey, match="is no key") as refused:
        operators_key(None, file)
    assert "two words" not in str(refused.value)
    with pytest.raises(BadKey, match="is no key"):
        operators_key(content)


def test_two_places_are_refused_and_so_is_one_that_is_not_there(tmp_path, monkeypatch):
    with pytest.raises(BadKey, match="two places"):
        operators_key("a", tmp_path / "key")
    with pytest.raises(BadKey, match="No such file"):
        operators_key(None, tmp_path / "key")
    monkeypatch.setenv("CUTAWAY_SERVER_KEY", "a")
    monkeypatch.setenv("CUTAWAY_SERVER_KEY_FILE", "b")
    with pytest.raises(BadKey, match="two places"):
        operators_key()


def test_no_key_stands_on_a_command_line_or_in_a_log_or_with_a_worker(tmp_path):
    command = [sys.executable, "-m", "cutaway.cli", "serve", "--api-key", "the-operators-key", "--log-level", "warning"]
    environment = {**os.environ, "CUTAWAY_HOME": str(tmp_path)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "runtime.json").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        note = json.loads((tmp_path / "runtime.json").read_text())
        headers = {"authorization": "Bearer the-operators-key"}
        assert httpx.get(f"{note['url']}/v1/models", headers=headers).status_code == 200
        server = psutil.Process(note["pid"])
        assert "the-operators-key" not in server.cmdline()
        while not (workers := server.children(recursive=True)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for worker in workers:
            assert "the-operators-key" not in worker.cmdline()
            assert "CUTAWAY_SERVER_KEY" not in worker.environ()
    finally:
        process.terminate()
        process.wait(20)
    said = (tmp_path / "log").read_text().splitlines()
    assert [line.split()[0] for line in said] == ["cutaway", "Its"], "who wants to hear of trouble only does"
