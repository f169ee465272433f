"""A cancel frees the engine: the next job's frames are those of a run that nobody disturbed, and the memory comes back.

    python benchmarks/cancels.py [--cancels 100] [--seed 1] [--keep]

Jobs of `bars` and `draft` are cancelled at random moments while they are worked on. Every one has to be `cancelled`
within the ladder's time (8 s, then its worker is killed). After each, a short job with a fixed seed has to have the
same frames as before the first cancel. The memory of server and worker is read before and after, with the process ids.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import signal
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import av
import psutil
from machine import describe, keep
from overhead import serve

if TYPE_CHECKING:
    import httpx

LADDER_S = 8.0
SLACK_S = 2.0
MEMORY_MB = 64.0
WARM = 5
"""Cancels after which the memory is read for the first time: a worker keeps what its libraries laid out."""
LONG = {
    "bars": {"model": "bars", "prompt": "bars", "size": "1280x720", "num_frames": 1440, "fps": "24"},
    "draft": {"model": "draft", "prompt": "a red ball on the sea", "size": "640x360", "num_frames": 480, "fps": "24"},
}
SHORT = {"model": "draft", "prompt": "a blue kite over hills", "size": "320x180", "num_frames": 4, "seed": 7}


class Run:
    """One server and what it was seen to do."""

    def __init__(self, client: httpx.Client, server: int, dice: random.Random) -> None:
        self.client = client
        self.server = psutil.Process(server)
        self.dice = dice
        self.took: list[float] = []
        self.moments: list[int] = []
        self.wrong: list[str] = []

    def create(self, body: dict[str, Any]) -> str:
        return str(self.client.post("/v1/videos", json=body).raise_for_status().json()["id"])

    def over(self, video_id: str) -> dict[str, Any]:
        while True:
            video: dict[str, Any] = self.client.get(f"/v1/videos/{video_id}", params={"wait": 20}).json()
            if video["status"] in {"completed", "failed"}:
                return video

    def frames(self) -> str:
        """The decoded frames of the short job, as a SHA-256; the file itself names its job."""
        video = self.over(self.create(SHORT))
        if video["status"] != "completed":
            return str(video["error"])
        content = self.client.get(f"/v1/videos/{video['id']}/content").raise_for_status().content
        seen = hashlib.sha256()
        with av.open(io.BytesIO(content)) as film:
            for frame in film.decode(video=0):
                seen.update(frame.to_ndarray().tobytes())
        return seen.hexdigest()

    def cancel(self, model: str) -> None:
        video_id = self.create(LONG[model])
        while self.client.get(f"/v1/videos/{video_id}").json()["cutaway"]["state"] == "queued":
            time.sleep(0.005)
        time.sleep(self.dice.uniform(0, 0.5))
        began = time.perf_counter()
        asked = self.client.post(f"/v1/videos/{video_id}/cancel").raise_for_status().json()
        ended = self.over(video_id)
        self.took.append(time.perf_counter() - began)
        self.moments.append(asked["progress"])
        if ended["cutaway"]["state"] != "cancelled" or self.took[-1] > LADDER_S + SLACK_S:
            self.wrong.append(f"{video_id}: {ended['cutaway']['state']} after {self.took[-1]:.1f} s")

    def memory(self) -> tuple[float, float, int]:
        """Resident megabytes of server and worker, and the worker's process id."""
        (worker,) = [p for p in self.server.children() if "worker.main" in " ".join(p.cmdline())]
        return self.server.memory_info().rss / 1e6, worker.memory_info().rss / 1e6, worker.pid


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cancels", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "av", "numpy")
    with tempfile.TemporaryDirectory() as folder:
        process, client = serve(Path(folder) / "home")
        try:
            run = Run(client, process.pid, random.Random(asked.seed))
            undisturbed = run.frames()
            before = run.memory()
            changed = 0
            for number in range(asked.cancels):
                run.cancel(run.dice.choice(sorted(LONG)))
                changed += run.frames() != undisturbed
                if number + 1 == min(WARM, asked.cancels):
                    before = run.memory()
            after = run.memory()
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        finally:
            client.close()
            process.kill()
            process.wait()
    grown = after[0] - before[0], after[1] - before[1]
    good = not run.wrong and not changed and code == 0 and max(grown) <= MEMORY_MB
    allowed = f"{LADDER_S:.0f} + {SLACK_S:.0f} s"
    lines = [
        head,
        "",
        f"{len(run.took)} cancels of running jobs, seed {asked.seed}; not cancelled within {allowed}: {len(run.wrong)}",
        f"seconds to the end      median {median(run.took):.3f}, longest {max(run.took):.3f}",
        f"progress when cancelled  {min(run.moments)} to {max(run.moments)} %",
        f"next jobs with frames other than an undisturbed run's: {changed}",
        f"server, MB              {before[0]:.1f} -> {after[0]:.1f} ({grown[0]:+.1f})",
        f"worker, MB              {before[1]:.1f} -> {after[1]:.1f} ({grown[1]:+.1f}), "
        + ("the same process" if before[2] == after[2] else "another process"),
        f"memory is read after the first {min(WARM, asked.cancels)} cancels and after the last; exit code {code}",
        *run.wrong,
        "",
        f"the engine is free and as it was: {'holds' if good else 'BROKEN'}",
    ]
    if asked.keep:
        keep("cancels", "\n".join(lines))
    else:
        print("\n".join(lines))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
