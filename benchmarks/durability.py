"""No job that was acknowledged is ever lost, doubled or torn, however often server and worker are killed.

    python benchmarks/durability.py [--kills 1000] [--minutes M] [--within 1.5] [--jobs 10] [--rows 10000] [--keep]

In every round `--jobs` creates are sent under keys, each key twice and some by two threads at once, while at a random
moment within `--within` seconds the server, its worker or both are killed with signal 9; the server is started again
and every create that got no answer is sent again under its key; after `--minutes` no new round begins. In the end every
key that was ever answered must have one job, every job must be over, every completed one must have the very file it
says, and nothing unfinished may lie about. Then a database with `--rows` jobs is opened: the server must be ready in
3 s.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import httpx
import psutil
from machine import describe, keep
from overhead import serve

if TYPE_CHECKING:
    import subprocess

READY_S = 3.0
BODY = {"prompt": "bars", "model": "bars", "size": "64x36", "fps": "24"}


class House:
    """One data folder, the server that has it, and what it acknowledged."""

    def __init__(self, home: Path, dice: random.Random) -> None:
        self.home = home
        self.dice = dice
        self.acknowledged: dict[str, set[str]] = {}
        self.lock = threading.Lock()
        self.starts: list[float] = []
        self.killed: Counter[str] = Counter()
        self.parted: list[httpx.Client] = []
        """Of servers that were killed. Closed once nobody waits on them: a thread would not notice."""
        self.process: subprocess.Popen[bytes]
        self.client: httpx.Client
        self.start()

    def start(self) -> None:
        (self.home / "runtime.json").unlink(missing_ok=True)
        begun = time.perf_counter()
        self.process, self.client = serve(self.home)
        self.client.get("/health").raise_for_status()
        self.starts.append(time.perf_counter() - begun)

    def send(self, key: str) -> bool:
        """Whether it was answered; what was answered is noted."""
        body = {**BODY, "num_frames": 2 + int(hashlib.sha256(key.encode()).hexdigest(), 16) % 40}
        try:
            answer = self.client.post("/v1/videos", json=body, headers={"idempotency-key": key})
        except httpx.HTTPError:
            return False
        answer.raise_for_status()
        with self.lock:
            self.acknowledged.setdefault(key, set()).add(answer.json()["id"])
        return True

    def kill(self) -> None:
        whom = self.dice.choice(["server", "worker", "both"])
        workers = []
        with suppress(psutil.Error):
            workers = [p for p in psutil.Process(self.process.pid).children() if "worker.main" in " ".join(p.cmdline())]
        victims = [self.process.pid] if whom != "worker" else []
        victims += [worker.pid for worker in workers] if whom != "server" else []
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.killed[whom] += 1
        if whom != "worker":
            self.process.wait()
            self.parted.append(self.client)
            self.start()

    def round(self, number: int, jobs: int, within: float) -> None:
        keys = [f"{number}-{n}" for n in range(jobs)]
        unanswered: list[str] = []

        def client(mine: list[str]) -> None:
            unanswered.extend([key for key in mine if not self.send(key)])

        threads = [threading.Thread(target=client, args=(part,)) for part in (keys, keys[::-1])]
        for thread in threads:
            thread.start()
        time.sleep(self.dice.uniform(0, within))
        self.kill()
        for thread in threads:
            thread.join()
        while self.parted:
            self.parted.pop().close()
        for key in unanswered:
            while not self.send(key):
                time.sleep(0.1)

    def drain(self) -> dict[str, dict[str, Any]]:
        """Every job, once all are over."""
        while True:
            state = self.client.get("/v1/cutaway/queue").raise_for_status().json()
            if not state["running"] and not state["queued"]:
                break
            time.sleep(0.2)
        jobs, after = {}, None
        while True:
            page = self.client.get("/v1/videos", params={"limit": 100, **({"after": after} if after else {})}).json()
            jobs |= {video["id"]: video for video in page["data"]}
            after = page["last_id"] if page["has_more"] else None
            if after is None:
                return jobs


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=1000)
    options.add_argument("--minutes", type=float, default=float("inf"))
    options.add_argument("--within", type=float, default=1.5)
    options.add_argument("--jobs", type=int, default=10)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "sqlalchemy", "uvicorn")
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder) / "home", random.Random(asked.seed))
        try:
            until = time.monotonic() + asked.minutes * 60
            while (rounds := house.killed.total()) < asked.kills and time.monotonic() < until:
                house.round(rounds, asked.jobs, asked.within)
            jobs = house.drain()
            faults = judged(house, jobs, rounds * asked.jobs)
            house.process.send_signal(signal.SIGTERM)
            assert house.process.wait(60) == 0
            ready = opened(house.home, asked.rows)
        finally:
            house.client.close()
            house.process.kill()
            house.process.wait()
    states = Counter(video["cutaway"]["state"] for video in jobs.values())
    again = sum(video["cutaway"].get("attempt", 1) > 1 for video in jobs.values())
    good = not any(faults.values()) and ready <= READY_S
    text = "\n".join(
        [
            head,
            f"{rounds} kills, each within {asked.within:g} s: {dict(house.killed)}",
            f"{len(house.acknowledged)} keys acknowledged, {len(jobs)} jobs: {dict(states)}; {again} were begun again",
            *(f"{name:<44}{count:>8}" for name, count in faults.items()),
            f"{'start to ready, median / longest':<44}{median(house.starts):7.2f}s{max(house.starts):7.2f}s",
            f"{f'start to ready with {asked.rows} jobs':<44}{ready:7.2f}s",
            f"\nnothing lost, doubled or torn; ready in {READY_S:.0f} s: {'holds' if good else 'BROKEN'}",
        ]
    )
    if asked.keep:
        keep("durability", text)
    else:
        print(text)
    return 0 if good else 1


def judged(house: House, jobs: dict[str, dict[str, Any]], keys: int) -> dict[str, int]:
    """How often each promise was broken."""
    of_keys = [job for ids in house.acknowledged.values() for job in ids]
    torn = 0
    for video in jobs.values():
        if video["status"] != "completed":
            continue
        content = house.client.get(f"/v1/videos/{video['id']}/content")
        torn += content.status_code != 200 or hashlib.sha256(content.content).hexdigest() != video["cutaway"]["sha256"]
    database = sqlite3.connect(f"file:{house.home / 'jobs.sqlite'}?mode=ro", uri=True)
    sound = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    database.close()
    failures = [video for video in jobs.values() if video["status"] == "failed"]
    return {
        "keys never acknowledged": keys - len(house.acknowledged),
        "acknowledged jobs lost": len(set(of_keys) - jobs.keys()),
        "keys with more than one job": sum(len(ids) > 1 for ids in house.acknowledged.values()),
        "jobs that nobody asked for": len(jobs.keys() - set(of_keys)),
        "jobs not over": sum(video["status"] not in {"completed", "failed"} for video in jobs.values()),
        "failed for another reason than being killed": sum(
            video["error"]["code"] not in {"worker_lost", "interrupted"} for video in failures
        ),
        "files torn or wrong": torn,
        "unfinished files left": sum(1 for _ in house.home.rglob("*.part")),
        "database not sound": 0 if sound else 1,
    }


def opened(home: Path, rows: int) -> float:
    """Seconds from the start of a server to its first answer, on a database where that many jobs wait."""
    database = sqlite3.connect(home / "jobs.sqlite")
    columns = [row[1] for row in database.execute("PRAGMA table_info(jobs)") if row[1] != "number"]
    kept = ", ".join(
        "'copy_' || abs(random()) || n" if name == "id" else "'queued'" if name == "state" else name for name in columns
    )
    database.execute(
        f"INSERT INTO jobs ({', '.join(columns)}) WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many "
        f"WHERE n < ?) SELECT {kept} FROM many, (SELECT * FROM jobs LIMIT 1)",
        (rows,),
    )
    database.commit()
    database.close()
    (home / "runtime.json").unlink(missing_ok=True)
    begun = time.perf_counter()
    process, client = serve(home)
    try:
        client.get("/v1/videos", params={"limit": 1}).raise_for_status()
        return time.perf_counter() - begun
    finally:
        client.close()
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
