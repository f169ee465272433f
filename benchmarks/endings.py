"""Claim: a server that is told to end while it is busy ends soon, with 0, and nothing that was accepted is lost by it.

    python benchmarks/endings.py [--cycles 100] [--seed 1] [--keep]
    python benchmarks/endings.py --cycles 3       # the short form that the tests run

In every cycle four clients create without a pause while a job runs and others wait; at a random moment the server gets
SIGTERM. From then on a create is taken (the answer was on its way), refused with 503 and Retry-After, or finds nobody;
nothing else. The server has to end with 0 within its grace. Then it is started again on the same folder. In the end
every job that was acknowledged has to be completed, at its first attempt: being put down costs none.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import httpx
from machine import describe, keep
from overhead import serve

if TYPE_CHECKING:
    import subprocess

GRACE_S = 10.0
"""Five seconds for open requests, and what the worker needs to end."""
CLIENTS = 4
A_CLIENT = 3
"""Creates that one client may send before the signal; after it, as many as are answered."""
LONG = {"prompt": "bars", "model": "bars", "size": "640x360", "num_frames": 240, "fps": "24"}
SHORT = {"prompt": "bars", "model": "bars", "size": "64x36", "num_frames": 4, "fps": "24"}


class Busy:
    """One server and four clients that leave it no peace."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.accepted: list[str] = []
        self.answers: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.took: list[float] = []
        self._told = threading.Event()
        self.process: subprocess.Popen[bytes]
        self.client: httpx.Client

    def start(self) -> None:
        (self.home / "runtime.json").unlink(missing_ok=True)
        self.process, self.client = serve(self.home)
        self._told.clear()

    def create(self, client: httpx.Client, body: dict[str, object]) -> bool:
        """Whether anybody was there."""
        told = self._told.is_set()
        when = "after the signal" if told else "before it"
        try:
            answer = client.post("/v1/videos", json=body)
        except httpx.TransportError as error:
            if not told and not self._told.is_set():
                self.wrong.append(f"nobody answered before the signal: {error!r}")
            self.answers[f"{when}: nobody there"] += 1
            return False
        if answer.status_code == 200:
            self.accepted.append(answer.json()["id"])
        elif answer.status_code != 503 or answer.json()["error"]["code"] != "shutting_down" or not self._told.is_set():
            self.wrong.append(f"{when}: {answer.status_code} {answer.text[:200]}")
        elif int(answer.headers.get("retry-after", "0")) <= 0:
            self.wrong.append(f"{when}: 503 that does not say when to come again")
        self.answers[f"{when}: {answer.status_code}"] += 1
        return True

    def cycle(self, pause: float) -> None:
        """Started, kept busy, told to end."""
        self.start()
        self.create(self.client, LONG)

        def insist() -> None:
            with httpx.Client(base_url=self.client.base_url, headers=self.client.headers, timeout=60) as client:
                for _ in range(A_CLIENT):
                    self.create(client, SHORT)
                self._told.wait()
                while self.create(client, SHORT):
                    pass

        clients = [threading.Thread(target=insist) for _ in range(CLIENTS)]
        for one in clients:
            one.start()
        time.sleep(pause)
        self._told.set()
        began = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.took.append(time.perf_counter() - began)
        for one in clients:
            one.join()
        self.client.close()
        if code != 0 or self.took[-1] > GRACE_S:
            self.wrong.append(f"ended with {code} after {self.took[-1]:.1f} s")
        if (self.home / "runtime.json").exists():
            self.wrong.append("the note that says where it listens was left behind")

    def outcome(self) -> list[dict[str, Any]]:
        """Every accepted job, once nothing waits any more."""
        self.start()
        while True:
            state = self.client.get("/v1/cutaway/queue").raise_for_status().json()
            if not state["running"] and not state["queued"]:
                return [self.client.get(f"/v1/videos/{job}").json() for job in self.accepted]
            time.sleep(0.2)

    def end(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cycles", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "uvicorn")
    dice = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        busy = Busy(Path(folder) / "home")
        try:
            for _ in range(asked.cycles):
                busy.cycle(dice.uniform(0, 1.0))
            videos = busy.outcome()
            parts = sum(1 for _ in busy.home.rglob("*.part"))
        finally:
            busy.end()
    ends = Counter(str(video.get("status")) for video in videos)
    again = sum(video["cutaway"]["attempt"] != 1 for video in videos if video.get("status") == "completed")
    good = not busy.wrong and ends["completed"] == len(busy.accepted) and not again and not parts
    lines = [
        head,
        f"{asked.cycles} times told to end while {CLIENTS} clients create and a job runs, seed {asked.seed}",
        "",
        f"{'seconds to the end, median / longest':<44}{median(busy.took):8.2f}{max(busy.took):8.2f}",
        *(f"{'creates ' + name:<44}{count:>8}" for name, count in sorted(busy.answers.items())),
        f"{'jobs accepted':<44}{len(busy.accepted):>8}   {dict(ends)}",
        f"{'completed, but not at the first attempt':<44}{again:>8}",
        f"{'unfinished files left':<44}{parts:>8}",
        f"{'anything else than was promised':<44}{len(busy.wrong):>8}",
        *busy.wrong[:20],
        f"\nended in peace, nothing lost: {'holds' if good else 'BROKEN'}",
    ]
    text = "\n".join(lines)
    if asked.keep:
        keep("endings", text)
    else:
        print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
