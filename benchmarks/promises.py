"""Every promise about jobs, what shows it, and what came of it: one table.

    python benchmarks/promises.py [--run] [--keep]

Long proofs are benchmarks of their own: their newest result is read from `results/`, or made anew with `--run`, one
after the other, which takes hours. Proofs that are tests are run now. Each row says how to repeat it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from machine import describe, keep

HERE = Path(__file__).parent
TESTS = "tests/runtime"


class Proof(NamedTuple):
    """What shows a promise: a benchmark and its options, or tests."""

    promise: str
    repeat: str

    @property
    def benchmark(self) -> str | None:
        """Its name, as its results have it."""
        found = re.match(r"benchmarks/(\w+)\.py", self.repeat)
        return found[1] if found else None


PROOFS = (
    Proof("an answered create is never lost", "benchmarks/durability.py --kills 1000"),
    Proof("one key, one job, one answer", "benchmarks/keys.py"),
    Proof("a job that kills its worker ends", f"{TESTS}/server/test_restart.py -k poisonous"),
    Proof("a file is whole or not there", "benchmarks/outputs.py"),
    Proof("every job comes to one end", "benchmarks/lives.py"),
    Proof("a cancel frees the engine", "benchmarks/cancels.py"),
    Proof("... at each of twelve points", f"{TESTS}/server/test_cancel_points.py"),
    Proof("a server that is told to end ends", "benchmarks/endings.py"),
    Proof("a full disk loses nothing", f"{TESTS}/server/test_storage.py"),
    Proof("a full queue says so, memory flat", "benchmarks/submit.py"),
    Proof("a download is resumed after a cut", "benchmarks/cuts.py"),
    Proof("... and after kills", "benchmarks/download.py"),
    Proof("an upload goes to the disk", "benchmarks/uploads.py"),
    Proof("what was answered survives power", f"{TESTS}/server/test_power.py"),
    Proof("the ledger is the sum of the jobs", "benchmarks/keys.py"),
    Proof("older databases open, newer are left", f"{TESTS}/server/test_upgrade.py"),
    Proof("an idle server calls nobody", "benchmarks/idle.py --minutes 60"),
)


def tested(paths: str) -> tuple[str, bool]:
    """What pytest says in the end, and whether nothing failed or was left out."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *paths.split()]
    said = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
    last = said.stdout.rstrip().rpartition("\n")[2].strip("= ")
    return last, said.returncode == 0 and "skipped" not in last


def measured(name: str) -> tuple[str, bool]:
    """The verdict of the newest result of a benchmark, with its date and the load it was taken under."""
    results = sorted((HERE / "results").glob(f"????-??-??-{name}.txt"))
    if not results:
        return "no result yet", False
    lines = results[-1].read_text("utf-8").rstrip().splitlines()
    date = next((line.split(None, 1)[1] for line in lines if line.startswith("date ")), results[-1].name[:10])
    load = next((found[1] for line in lines if (found := re.search(r"load ([\d.]+)", line))), "?")
    return f"{lines[-1]} ({date}, load {load})", lines[-1].endswith("holds")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--run", action="store_true", help="make every long proof anew")
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "sqlalchemy", "uvicorn", "av")
    if asked.run:
        for repeat in dict.fromkeys(proof.repeat for proof in PROOFS if proof.benchmark):
            subprocess.run([sys.executable, *repeat.split(), "--keep"], cwd=HERE.parent, check=False)
    rows, good = [], True
    for proof in PROOFS:
        said, holds = measured(proof.benchmark) if proof.benchmark else tested(proof.repeat)
        good = good and holds
        command = f"{'python' if proof.benchmark else 'pytest'} {proof.repeat}"
        rows += [f"{'ok' if holds else 'NO':<4}{proof.promise:<38}{said}", f"{'':<42}{command}"]
    shown = sum(row.startswith("ok") for row in rows)
    rest = "" if good else f"; {len(PROOFS) - shown} are not shown yet, or broken"
    text = "\n".join([head, "", *rows, "", f"{shown} of {len(PROOFS)} proofs hold{rest}"])
    if asked.keep:
        keep("promises", text)
    else:
        print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
