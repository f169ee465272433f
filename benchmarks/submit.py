"""How long a server takes to accept a job when thousands are waiting, what they cost its memory, and when it is enough.

    python benchmarks/submit.py [--jobs 10000] [--keep]
    python benchmarks/submit.py --jobs 300 --p99 2000     # the short form that the tests run

One client, one connection; every answer means that the job is on disk. The queue is longer at each submission,
since the worker paints one of these videos in longer than many are accepted. `--jobs` may wait; the next one has to be
refused with 429 and Retry-After. Targets: p99 <= 100 ms (10 ms on a machine that does nothing else), the server's
memory grows by less than 50 MB from the first tenth of the jobs to the last.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import psutil
from machine import describe, keep
from overhead import row, serve

TARGET_MS = 100.0
TARGET_MB = 50.0


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=10_000)
    options.add_argument(
        "--p99", type=float, default=TARGET_MS, help="milliseconds that the slowest hundredth may take"
    )
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    body = {"prompt": "bars", "model": "bars", "size": "1920x1080", "num_frames": 1440, "fps": "24"}
    with tempfile.TemporaryDirectory() as folder:
        process, client = serve(Path(folder) / "home", "--max-queue", str(asked.jobs))
        try:
            server = psutil.Process(process.pid)
            taken: list[float] = []
            memory: list[float] = []
            refused = client.post("/v1/videos", json=body)
            while refused.status_code == 200 and len(taken) <= 2 * asked.jobs:
                start = time.perf_counter()
                refused = client.post("/v1/videos", json={**body, "seed": len(taken)})
                taken.append(time.perf_counter() - start)
                if len(taken) % max(1, asked.jobs // 100) == 0:
                    memory.append(server.memory_info().rss / 1e6)
            last = taken[-max(1, asked.jobs // 10) :]
            state = client.get("/v1/cutaway/queue").raise_for_status().json()
            waiting = len(state["queued"]) if isinstance(state["queued"], list) else state["queued"]
        finally:
            client.close()
            process.kill()
            process.wait()
    told = refused.headers.get("retry-after", "nothing")
    full = refused.status_code == 429 and told.isdecimal() and int(told) > 0 and waiting >= asked.jobs
    grown = max(memory) - memory[len(memory) // 10]
    p99 = 1000 * sorted(taken)[min(len(taken) - 1, round(0.99 * (len(taken) - 1)))]
    good = p99 <= asked.p99 and grown <= TARGET_MB and full
    lines = [
        describe("cutaway", "fastapi", "uvicorn", "sqlalchemy"),
        f"{len(taken)} jobs submitted one after the other, {len(taken) / sum(taken):.0f} a second\n",
        f"{'milliseconds':<28}{'p50':>9}{'p99':>9}{'min':>9}",
        row("all", taken),
        row("the last tenth", last),
        "",
        f"p99 {p99:.1f} ms, target {asked.p99:.0f} ms",
        f"memory of the server {max(memory) - grown:.1f} -> {max(memory):.1f} MB, target +{TARGET_MB:.0f}",
        f"with {waiting} waiting, one more is answered {refused.status_code}, Retry-After {told}",
        f"\naccepted soon, and refused when it is enough: {'holds' if good else 'BROKEN'}",
    ]
    text = "\n".join(lines)
    if asked.keep:
        keep("submit", text)
    else:
        print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
