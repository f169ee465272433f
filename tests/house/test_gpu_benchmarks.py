"""The benchmarks for a GPU run here too, at toy size: what cannot be tried cannot be trusted on the day there is one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


SCRIPTS = {"forward.py": ["--rounds", "2"], "e2e.py": [], "oom.py": []}
ONE_AFTER_THE_OTHER = """
import contextlib, gc, io, json, runpy, sys
folder, scripts, told = sys.argv[1], json.loads(sys.argv[2]), {}
sys.path.insert(0, folder)
for script, options in scripts.items():
    sys.argv = [script, "--tiny", *options]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        runpy.run_path(f"{folder}/{script}", run_name="__main__")
    told[script] = said.getvalue()
    gc.freeze()  # the libraries are there to stay
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What each script prints. They run in one process, which loads the model libraries once."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, ROOT / "benchmarks" / "gpu", json.dumps(SCRIPTS)],
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def figures(text: str, start: str) -> list[float]:
    """The numbers of the first line that begins so."""
    line = next(line for line in text.splitlines() if line.startswith(start))
    return [
        float(word)
        for word in line.removeprefix(start).replace(",", " ").split()
        if word[0].isdigit() and "%" not in word
    ]


@pytest.mark.slow
def test_forward_times_each_denoiser_bare_and_as_it_is_run(told):
    text = told["forward.py"]
    for name in ("tiny Wan 64x48x9", "tiny LTX 64x64x9"):
        median, iqr, *_ = figures(text, f"{name:24} A eager")
        assert median > 0 <= iqr
    assert "no GPU" in text  # nobody takes these for figures


@pytest.mark.slow
def test_e2e_splits_a_run_into_its_phases(told):
    text = told["e2e.py"]
    denoise, decode, left, first, wall, *_ = (
        float(word.rstrip(",;"))
        for word in next(line for line in text.splitlines() if "4 steps" in line and "cutaway" in line).split()
        if word.rstrip(",;").replace(".", "", 1).isdigit() and "." in word
    )
    assert 0 < denoise < first <= denoise + decode
    assert wall == pytest.approx(denoise + decode + left, abs=0.1)


@pytest.mark.slow
def test_oom_goes_down_the_ladder_and_the_next_job_is_well(told):
    rows = {
        line.split()[0]: line
        for line in told["oom.py"].splitlines()
        if line.strip() and line.split()[0] in {"4", "2.5", "1.5", "0.5"}
    }
    assert "no rung" in rows["4"]
    assert "take turns" in rows["1.5"]
    assert "out_of_memory" in rows["0.5"]
    assert all("then 5 frames" in row for row in rows.values())
