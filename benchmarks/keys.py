"""Claim: one Idempotency-Key is one job, one answer and one charge, however many send it while the server is killed.

    python benchmarks/keys.py [--threads 64] [--keys 200] [--kills 20] [--keep]
    python benchmarks/keys.py --threads 16 --keys 20 --kills 2       # the short form that the tests run

Every thread sends a create under every key, in an order of its own, until it is answered; some videos are cancelled or
deleted as soon as somebody knows them. Meanwhile the server, its worker or both are killed with signal 9 and started
again. Everything is sent with one API key of a plan. Then the same keys are sent with another request, which has to be
refused (422). In the end each key has one job, and what the ledger says (settled, refunded) is what became of the jobs.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
from machine import describe, keep
from overhead import serve

from cutaway_runtime.jobs.keyring import Plan
from cutaway_runtime.jobs.store import Store

if TYPE_CHECKING:
    import subprocess

BODY = {"prompt": "bars", "model": "bars", "size": "64x36", "num_frames": 4, "fps": "24"}
OTHER = {**BODY, "num_frames": 5}
STATES = {"completed": "settled", "failed": "refunded", "cancelled": "refunded"}


class Crowd:
    """One server, and everybody who sends it the same keys."""

    def __init__(self, home: Path, keys: int, dice: random.Random) -> None:
        self.home = home
        self.dice = dice
        self.keys = [f"wish-{number}" for number in range(keys)]
        self.answers: dict[str, set[str]] = defaultdict(set)
        self.tries: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.killed: Counter[str] = Counter()
        home.mkdir()
        store = Store(home / "jobs.sqlite")
        store.keyring.set_plan(Plan("crowd", videos_a_month=keys))
        self.key = store.keyring.add("crowd", "crowd")[1]
        store.close()
        self.process: subprocess.Popen[bytes]
        self.client: httpx.Client
        self.start()

    def start(self) -> None:
        (self.home / "runtime.json").unlink(missing_ok=True)
        self.process, self.client = serve(self.home)

    @property
    def videos(self) -> str:
        """Where the server that runs now makes them."""
        return f"{str(self.client.base_url).rstrip('/')}/v1/videos"

    def thread(self, seed: int) -> None:
        """Everything sent once, until it is answered."""
        dice = random.Random(seed)
        with httpx.Client(headers={"authorization": f"Bearer {self.key}"}, timeout=30) as client:
            for key in dice.sample(self.keys, len(self.keys)):
                while not self.send(client, key, dice):
                    time.sleep(0.25)

    def send(self, client: httpx.Client, key: str, dice: random.Random) -> bool:
        try:
            answer = client.post(self.videos, json=BODY, headers={"idempotency-key": key})
            self.tries[str(answer.status_code)] += 1
            if answer.status_code != 200:
                self.wrong.append(f"{key}: {answer.status_code} {answer.text[:200]}")
                return True
            video = answer.json()["id"]
            self.answers[key].add(video)
            if dice.random() < 0.02:
                client.post(f"{self.videos}/{video}/cancel")
            elif dice.random() < 0.01:
                client.delete(f"{self.videos}/{video}")
        except httpx.TransportError:
            self.tries["no answer"] += 1
            return False
        return True

    def kill(self) -> None:
        whom = self.dice.choice(["server", "worker", "both"])
        with suppress(psutil.Error):
            for child in psutil.Process(self.process.pid).children():
                if whom != "server" and "worker.main" in " ".join(child.cmdline()):
                    child.kill()
        self.killed[whom] += 1
        if whom != "worker":
            self.process.kill()
            self.process.wait()
            self.client.close()
            self.start()

    def play(self, threads: int, kills: int) -> None:
        crowd = [threading.Thread(target=self.thread, args=(n,)) for n in range(threads)]
        for one in crowd:
            one.start()
        while any(one.is_alive() for one in crowd) and kills:
            time.sleep(self.dice.uniform(0.2, 1.0))
            self.kill()
            kills -= 1
        for one in crowd:
            one.join()

    def drain(self) -> None:
        while True:
            state = self.client.get("/v1/cutaway/queue").raise_for_status().json()
            if not state["running"] and not state["queued"]:
                return
            time.sleep(0.2)

    def faults(self) -> tuple[dict[str, int], str]:
        """How often each promise was broken; and what became of the jobs."""
        refused = 0
        for key in self.keys:
            with_key = {"authorization": f"Bearer {self.key}", "idempotency-key": key}
            answer = self.client.post("/v1/videos", json=OTHER, headers=with_key)
            refused += answer.status_code == 422 and answer.json()["error"]["code"] == "idempotency_key_reuse"
        with closing(sqlite3.connect(f"file:{self.home / 'jobs.sqlite'}?mode=ro", uri=True)) as database:
            jobs = dict(database.execute("SELECT id, state FROM jobs").fetchall())
            charges = database.execute("SELECT job, state FROM charges").fetchall()
        told = Counter(jobs.values())
        return {
            "keys never answered": len(self.keys) - len(self.answers),
            "keys with more than one job": sum(len(ids) > 1 for ids in self.answers.values()),
            "jobs beside one for each key": abs(len(jobs) - len(self.keys)),
            "other requests under a key that were taken": len(self.keys) - refused,
            "jobs not over": sum(state not in STATES for state in jobs.values()),
            "jobs charged not once": len(jobs.keys() ^ {job for job, _ in charges}) + len(charges) - len(set(charges)),
            "charges other than what became of the job": sum(STATES.get(jobs.get(j, "")) != s for j, s in charges),
            "answers that were none": len(self.wrong),
        }, f"{len(jobs)} jobs: {dict(told)}; charges: {dict(Counter(state for _, state in charges))}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--threads", type=int, default=64)
    options.add_argument("--keys", type=int, default=200)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "uvicorn", "sqlalchemy")
    with tempfile.TemporaryDirectory() as folder:
        crowd = Crowd(Path(folder) / "home", asked.keys, random.Random(asked.seed))
        try:
            began = time.perf_counter()
            crowd.play(asked.threads, asked.kills)
            seconds = time.perf_counter() - began
            crowd.drain()
            faults, became = crowd.faults()
            os.kill(crowd.process.pid, signal.SIGTERM)
            code = crowd.process.wait(60)
        finally:
            crowd.client.close()
            crowd.process.kill()
            crowd.process.wait()
    good = not any(faults.values()) and code == 0
    lines = [
        head,
        f"{asked.threads} threads, {asked.keys} keys, {sum(crowd.killed.values())} kills {dict(crowd.killed)}",
        f"{sum(crowd.tries.values())} creates in {seconds:.0f} s: {dict(crowd.tries)}",
        became,
        "",
        *(f"{name:<44}{count:>8}" for name, count in faults.items()),
        *crowd.wrong[:10],
        f"\none key, one job, one charge: {'holds' if good else 'BROKEN'}",
    ]
    text = "\n".join(lines)
    if asked.keep:
        keep("keys", text)
    else:
        print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
