"""The benchmarks that show what `docs/promises.md` promises, in short; each of them fails where a promise is broken."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SHORT = {
    "keys": ("--threads", "8", "--keys", "10", "--kills", "2"),
    "outputs": ("--jobs", "8"),
    "endings": ("--cycles", "2"),
    "submit": ("--jobs", "200", "--p99", "3000"),
    "cuts": ("--cuts", "6"),
    "uploads": ("--gb", "0.1", "--slow", "10", "--patience", "0.6"),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by signals, and looked at in /proc")
@pytest.mark.parametrize("name", SHORT)
def test_the_short_form_of_a_proof_holds(name):
    done = subprocess.run(
        [sys.executable, BENCHMARKS / f"{name}.py", *SHORT[name]],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.rstrip().endswith(": holds")
