"""Each example runs by itself and ends with a result that can be looked at."""

import subprocess
import sys
from pathlib import Path

import pytest

from cutaway.client import local
from cutaway.home import Home

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_ends_with_a_picture(example, runtime, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        cwd=tmp_path,
        env=runtime,
        capture_output=True,
        text=True,
        timeout=900,  # where nothing moves any more; a busy machine may take its time
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = [tmp_path / word for word in done.stdout.split() if word.endswith((".mp4", ".png"))]
    assert {path.suffix for path in printed} == {".mp4", ".png"}
    for path in printed:
        assert path.stat().st_size > 10_000, path
    assert not list(tmp_path.rglob("*.part"))
    assert local.running(Home(Path(runtime["CUTAWAY_HOME"]))), "an example stopped a runtime that was there before"
