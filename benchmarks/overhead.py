"""What a job costs beyond its frames: the same video through the server, and by calling the engine.

    python benchmarks/overhead.py [--jobs 60] [--size 320x180] [--frames 24]

Both paint the same canvas with `bars` and write the same file; calls and jobs take turns, so that
whatever else the machine does falls on both. A job is timed from the POST until the client holds the
answer that says `completed`, by server-sent events and by long-polling. Target: p50 <= 25 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from machine import describe, keep

from cutaway.media.encode import Writer
from cutaway.wire import Verb, VideoCreate
from cutaway_runtime.engine.base import Control
from cutaway_runtime.engine.catalog import load
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.plan.shot import plan_shot
from cutaway_runtime.worker.play import play

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET_MS = 25.0


def bare(folder: Path, body: dict[str, object]) -> float:
    """Seconds for the engine and the encoder alone."""
    engine = load("bars")
    start = time.perf_counter()
    request = VideoCreate.model_validate(body)
    effective = resolve(request, Verb.GENERATE, {}, engine.info, seed=1)
    shot = plan_shot(effective, request, {}, engine.info)
    with Writer(folder / "bare.mp4", width=effective.width, height=effective.height, rate=effective.rate) as writer:
        for chunk in play(shot, engine, Control()):
            writer.write(chunk)
        writer.finish()
    return time.perf_counter() - start


def by_events(client: httpx.Client, body: dict[str, object]) -> float:
    start = time.perf_counter()
    video_id = client.post("/v1/videos", json=body).raise_for_status().json()["id"]
    with client.stream("GET", f"/v1/videos/{video_id}/events") as stream:
        last = ""
        for line in stream.iter_lines():
            last = line if line.startswith("data:") else last
    taken = time.perf_counter() - start
    assert json.loads(last[5:])["video"]["status"] == "completed", last
    return taken


def by_waiting(client: httpx.Client, body: dict[str, object]) -> float:
    start = time.perf_counter()
    video = client.post("/v1/videos", json=body).raise_for_status().json()
    while video["status"] not in {"completed", "failed"}:
        video = client.get(f"/v1/videos/{video['id']}", params={"wait": 30}).json()
    assert video["status"] == "completed", video
    return time.perf_counter() - start


def serve(
    home: Path, *options: str, idle_exit: float = 120, command: Sequence[str] = ("-m", "cutaway_runtime")
) -> tuple[subprocess.Popen[bytes], httpx.Client]:
    """A server that listens, with a client that has its key; it ends so many seconds after it was forgotten."""
    environment = {**os.environ, "CUTAWAY_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, *command, "serve", "--idle-exit", str(idle_exit), "--log-level", "warning", *options],
        env=environment,
    )
    note = home / "runtime.json"
    while not note.exists():
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}")
        time.sleep(0.02)
    url = json.loads(note.read_text())["url"]
    key = (home / "token").read_text().strip()
    return process, httpx.Client(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=90)


def row(name: str, seconds: list[float]) -> str:
    ordered = sorted(1000 * s for s in seconds)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * (len(ordered) - 1)))]
    return f"{name:<28}{statistics.median(ordered):9.1f}{p99:9.1f}{ordered[0]:9.1f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--frames", type=int, default=24)
    options = parser.parse_args()
    body: dict[str, object] = {
        "prompt": "bars", "model": "bars", "size": options.size, "num_frames": options.frames, "fps": "24", "seed": 1,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        process, client = serve(Path(folder) / "home")
        try:
            calls: list[float] = []
            ways = {"events": by_events, "long-poll": by_waiting}
            jobs: dict[str, list[float]] = {name: [] for name in ways}
            extra: dict[str, list[float]] = {name: [] for name in ways}
            for way in ways.values():  # warm: worker started, modules loaded
                way(client, body)
                bare(Path(folder), body)
            for _ in range(options.jobs):
                for name, way in ways.items():
                    call = bare(Path(folder), body)
                    calls.append(call)
                    jobs[name].append(way(client, body))
                    extra[name].append(jobs[name][-1] - call)
        finally:
            client.close()
            process.terminate()
            process.wait()
    lines = [
        describe("cutaway", "fastapi", "uvicorn", "sqlalchemy", "av"),
        f"job        {options.frames} frames at {options.size}, {options.jobs} times each way\n",
        f"{'milliseconds':<28}{'p50':>9}{'p99':>9}{'min':>9}",
        row("bare engine and encoder", calls),
        *(row(f"job, {name}", jobs[name]) for name in ways),
        *(row(f"overhead, {name}", extra[name]) for name in ways),
    ]
    worst = max(1000 * statistics.median(values) for values in extra.values())
    lines.append(
        f"\np50 overhead {worst:.1f} ms, target {TARGET_MS:.0f} ms: {'met' if worst <= TARGET_MS else 'missed'}"
    )
    keep("overhead", "\n".join(lines))
    return 0 if worst <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
