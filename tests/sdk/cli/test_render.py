"""`cutaway render` as a shell meets it: codes, streams, and a second run that answers at once."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time

import pytest

from cutaway import Cutaway
from cutaway.client import local

MANIFEST = """version: 1
defaults: {model: bars, size: 64x36, rate: 24, frames: 4}
assets:
  ball:
    matrix: {n: [1, 2, 3]}
    prompt: ball number ${{ matrix.n }}
"""


@pytest.fixture
def here(cli):
    """`cli` without a named server, in a process of its own."""
    (cli.folder / "assets.yaml").write_text(MANIFEST)

    def called(*words):
        command = [sys.executable, "-m", "cutaway.cli", "render", *words]
        return subprocess.run(command, cwd=cli.folder, capture_output=True, text=True, timeout=120, check=False)

    called.folder = cli.folder
    yield called
    local.stop()


def test_a_run_speaks_in_lines_and_the_next_one_is_answered_at_once(here):
    first = here("assets.yaml", "-o", "out")
    assert first.returncode == 0, first.stderr
    assert first.stdout.strip() == "3 assets: 3 made  out/index.html"
    assert re.search(r"^\[3/3\] made     ball-\d: ball-\d\.mp4 in \d+\.\d s$", first.stderr, re.MULTILINE)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", first.stdout + first.stderr)

    local.stop()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    second = here("assets.yaml", "-o", "out")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout.strip() == "3 assets: 3 fresh  out/index.html"
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5, "seconds of processor time"
    told = json.loads((here.folder / "out/report.json").read_text())
    assert told["totals"]["fresh"] == 3
    assert told["jobs_submitted"] == 0

    (here.folder / "out/ball-2.mp4").write_bytes(b"by hand")
    restored = here("assets.yaml", "-o", "out", "--json")
    assert json.loads(restored.stdout)["totals"]["restored"] == 1
    assert "started the local runtime" not in restored.stderr, "what the cache has needs no server"


def test_what_loads_nothing_says_the_same_as_what_looks_closely(here):
    here("assets.yaml", "-o", "out", "--json")
    at_once = here("assets.yaml", "-o", "out", "--json")
    (here.folder / "out/.cutaway/stamp.json").unlink()
    closely = here("assets.yaml", "-o", "out", "--json")
    assert json.loads(at_once.stdout) == json.loads(closely.stdout)
    for name in ("report.json", "report.xml", "index.html"):
        assert (here.folder / "out" / name).read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("missing.yaml", "-o", "out"), "missing.yaml: cannot be read"),
        (("assets.yaml", "-o", "assets.yaml"), "is a file; name a folder"),
        (("assets.yaml", "-o", "out", "--budget", "much"), "a budget is written 600"),
        (("assets.yaml", "-o", "out", "--fail-under-seam", "2"), "--fail-under-seam"),
        (("assets.yaml", "-o", "out", "--cache", "nowhere://x"), "nowhere"),
        (("assets.yaml",), "Missing option"),
    ],
)
def test_what_cannot_be_used_is_refused(here, words, said):
    ended = here(*words)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert not (here.folder / "out").exists()


def test_a_manifest_s_error_names_file_line_and_asset(here):
    (here.folder / "assets.yaml").write_text("version: 1\nassets:\n  ball:\n    promt: x\n")
    ended = here("assets.yaml", "-o", "out", "--json")
    assert ended.returncode == 2
    assert "assets.yaml:4: asset ball: promt: is not a word of the manifest; did you mean 'prompt'?" in ended.stderr
    assert json.loads(ended.stdout)["error"]["exit_code"] == 2


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is a signal there")
def test_ctrl_c_leaves_jobs_alive_and_the_next_run_goes_on_with_them(here):
    text = MANIFEST.replace("frames: 4", "frames: 240").replace("64x36", "640x360")
    (here.folder / "assets.yaml").write_text(text)
    command = [sys.executable, "-m", "cutaway.cli", "render", "assets.yaml", "-o", "out"]
    with subprocess.Popen(command, cwd=here.folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        said = ""
        while "make" not in said:
            said = run.stderr.readline()
        while not list((here.folder.parent / "home/render/jobs").glob("*.json")):
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        stdout, stderr = run.communicate(timeout=30)
    assert (run.returncode, stdout) == (130, "")
    assert "the same command goes on" in stderr
    again = here("assets.yaml", "-o", "out", "--json")
    assert again.returncode == 0, again.stderr
    with Cutaway() as client:
        assert sum(1 for _ in client.videos.list()) == 3


def test_without_a_server_the_code_says_so(here):
    command = [sys.executable, "-m", "cutaway.cli", "--base-url", "http://127.0.0.1:9", "render", "assets.yaml"]
    ended = subprocess.run(
        [*command, "-o", "out"], cwd=here.folder, capture_output=True, text=True, check=False, env=os.environ
    )
    assert ended.returncode == 4, ended.stderr
