"""Claim: whatever happens to a job, in whatever order, it has one life, and is charged once.

    python benchmarks/lives.py [--lives 2000] [--keep]

The state machine of `tests/runtime/jobs/test_life.py`, led through so many lives of 30 steps on SQLite, and a tenth of
that on PostgreSQL where there is one: creates, cancels, claims, ends, restarts, and kills in the middle of a
transaction. After every step each job, its events, the queue and the charges must be what they have to be.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from machine import describe, keep

ROOT = Path(__file__).parents[1]
MACHINE = "tests/runtime/jobs/test_life.py"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lives", type=int, default=2000)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    lines = [describe("cutaway", "hypothesis", "sqlalchemy", "psycopg"), ""]
    good = True
    for database, lives in (("sqlite", asked.lives), ("postgresql", asked.lives // 10)):
        began = time.perf_counter()
        said = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "0", "-q", "-rs", "-p", "no:cacheprovider", MACHINE, "-k", database],
            cwd=ROOT,
            env={**os.environ, "CUTAWAY_LIVES": str(asked.lives)},
            capture_output=True,
            text=True,
            check=False,
        )
        missing = re.search(r"SKIPPED.*: (.*)", said.stdout)
        passed = said.returncode == 0
        outcome = "not run: " + missing[1] if missing else "no contradiction" if passed else "CONTRADICTED"
        lines.append(f"{database:<12}{lives:>6} lives of 30 steps {time.perf_counter() - began:>8.0f} s   {outcome}")
        if not passed:
            lines.append(said.stdout)
        good = good and passed
    lines.append(f"\none life and one charge for every job: {'holds' if good else 'BROKEN'}")
    text = "\n".join(lines)
    if asked.keep:
        keep("lives", text)
    else:
        print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
