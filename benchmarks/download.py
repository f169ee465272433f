"""Claim: a download that is killed ten times ends whole and verified, fetches nothing twice, and memory stays flat.

    python benchmarks/download.py [--mb 1000] [--kills 10] [--rounds 5] [--keep]
    python benchmarks/download.py --mb 30 --kills 5 --rate 40 --rounds 0     # the short form that the tests run

A server on the loopback holds one finished job. A client process saves it; each time another part of it is on disk the
client is killed with signal 9, and a new process saves to the same path. Between two of those the server is killed the
same way and started again, which the client has to live through. Then the file's SHA-256 is compared, the bytes that
the server sent are counted, and the growth of each client's peak memory (VmHWM) while it saved is printed.

Throughput is the same file saved whole by cutaway, by curl and by `httpx.stream` written to a file, taking turns:
cutaway checks the digest and flushes the file to disk, the others do neither. Read the ratio, not the rates.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import mmap
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from machine import describe, keep

BLOCK = random.Random(7).randbytes(1_048_573)
"""The file is this over and over; its length is prime, so that a piece at the wrong place shows in the digest."""
LIMIT_MB, LIMIT_TWICE = 16.0, 1.02

SAVE = """
import re, sys
from cutaway import Cutaway
def peak():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1])
with Cutaway(sys.argv[1], "k", dialect="cutaway") as client:
    video = client.videos.retrieve("video_1")
    print(peak(), flush=True)
    video.save(sys.argv[2])
    print(peak(), flush=True)
"""
HTTPX = """
import sys, httpx
with httpx.stream("GET", sys.argv[1] + "/v1/videos/video_1/content") as answer, open(sys.argv[2], "wb") as file:
    for chunk in answer.iter_raw():
        file.write(chunk)
"""


def content(start: int, end: int) -> bytes:
    """The bytes of the file from `start` to `end`, at most a block of them."""
    at = start % len(BLOCK)
    return BLOCK[at : at + min(end - start, len(BLOCK) - at, 262_144)]


def digest(total: int) -> bytes:
    found, at = hashlib.sha256(), 0
    while at < total:
        piece = content(at, total)
        found.update(piece)
        at += len(piece)
    return found.digest()


class Movie(BaseHTTPRequestHandler):
    """One finished job and its content, with Range and If-Range."""

    protocol_version = "HTTP/1.1"
    total: ClassVar[int]
    rate: ClassVar[float]
    sha256: ClassVar[bytes]
    sent: ClassVar[mmap.mmap]

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_GET(self) -> None:
        if self.path.endswith("/content"):
            self.send_content()
            return
        job = {
            "id": "video_1",
            "object": "video",
            "status": "completed",
            "created_at": 1,
            "model": "m",
            "progress": 100,
        }
        body = json.dumps(job).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_content(self) -> None:
        tag = f'"{self.sha256.hex()[:16]}"'
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        at = int(span[1]) if span and self.headers.get("If-Range") == tag else 0
        self.send_response(206 if at else 200)
        if at:
            self.send_header("Content-Range", f"bytes {at}-{self.total - 1}/{self.total}")
        self.send_header("ETag", tag)
        self.send_header("Repr-Digest", f"sha-256=:{base64.b64encode(self.sha256).decode()}:")
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(self.total - at))
        self.end_headers()
        began, first = time.perf_counter(), at
        try:
            while at < self.total:
                piece = content(at, self.total)
                self.wfile.write(piece)
                at += len(piece)
                self.sent[:8] = (int.from_bytes(self.sent[:8], "big") + len(piece)).to_bytes(8, "big")
                if self.rate:
                    time.sleep(max(0.0, (at - first) / self.rate - (time.perf_counter() - began)))
        except OSError:
            self.close_connection = True


def serve(port: int, total: int, rate: float, sha256: str, counter: str) -> None:
    """The server's process."""
    with Path(counter).open("r+b") as file:
        sent = mmap.mmap(file.fileno(), 8)
    kind = type("Served", (Movie,), {"total": total, "rate": rate, "sha256": bytes.fromhex(sha256), "sent": sent})
    ThreadingHTTPServer(("127.0.0.1", port), kind).serve_forever()


class Server:
    """The server as a process that can be killed and started again on its port."""

    def __init__(self, folder: Path, total: int, rate: float) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.counter = folder / "sent"
        self.counter.write_bytes(bytes(8))
        self.sha256 = digest(total)
        self.words = [str(total), str(rate), self.sha256.hex(), str(self.counter)]
        self.start()

    def start(self) -> None:
        command = [sys.executable, __file__, "--serve", str(self.port), *self.words]
        self.process = subprocess.Popen(command)
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def sent(self) -> int:
        return int.from_bytes(self.counter.read_bytes(), "big")


def peak(pid: int) -> int:
    """A process's peak memory so far, in kB."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0


def survive(server: Server, target: Path, total: int, kills: int, environment: dict[str, str]) -> list[float]:
    """Save through all kills; by how many MB each client's peak grew while it saved."""
    part = target.with_name(target.name + ".part")
    stops = [total * (n + 1) // (2 * kills + 1) for n in range(2 * kills)]
    growth = []
    for turn in range(kills + 1):
        client = subprocess.Popen(
            [sys.executable, "-c", SAVE, server.url, str(target)], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert client.stdout is not None
        before = int(client.stdout.readline())
        if turn < kills:
            server_stop, client_stop = stops[2 * turn : 2 * turn + 2]
            await_size(part, server_stop, client)
            server.kill()
            server.start()
            await_size(part, client_stop, client)
            growth.append((peak(client.pid) - before) / 1000)
            client.send_signal(signal.SIGKILL)
            client.wait()
            client.stdout.close()
        else:
            after = client.communicate(timeout=600)[0]
            assert client.returncode == 0, "the last client did not end well"
            growth.append((int(after) - before) / 1000)
    return growth


def await_size(part: Path, size: int, client: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 300
    while not part.exists() or part.stat().st_size < size:
        assert client.poll() is None, f"the client ended with {client.returncode} before it was killed"
        assert time.monotonic() < deadline, "nothing more came"
        time.sleep(0.002)


def sha256_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def rates(server: Server, folder: Path, total: int, rounds: int, environment: dict[str, str]) -> list[str]:
    """MB/s of each way to save the whole file, taking turns."""
    target = folder / "whole.mp4"
    ways = {
        "cutaway, digest checked, flushed to disk": [sys.executable, "-c", SAVE, server.url, str(target)],
        "httpx.stream to a file": [sys.executable, "-c", HTTPX, server.url, str(target)],
    }
    if curl := shutil.which("curl"):
        ways["curl -o"] = [curl, "-s", "-o", str(target), f"{server.url}/v1/videos/video_1/content"]
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, command in ways.items():
            target.unlink(missing_ok=True)
            start = time.perf_counter()
            subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
            taken[name].append(time.perf_counter() - start)
            assert target.stat().st_size == total
    target.unlink(missing_ok=True)
    median = {name: total / 1e6 / statistics.median(seconds) for name, seconds in taken.items()}
    ours = next(iter(median.values()))
    return [f"{name:<44}{rate:>8.0f} MB/s{rate / ours:>8.2f} x" for name, rate in median.items()]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--mb", type=int, default=1000)
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--rate", type=float, default=0.0, help="MB/s that the server sends at most; 0: all it can")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--keep", action="store_true")
    options.add_argument("--serve", nargs=5, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.serve:
        port, total, rate, sha256, counter = asked.serve
        serve(int(port), int(total), float(rate), sha256, counter)
    total = asked.mb * 1_000_000
    with tempfile.TemporaryDirectory(prefix="cutaway-") as name:
        folder = Path(name)
        environment = {**os.environ, "CUTAWAY_HOME": str(folder / "home")}
        server = Server(folder, total, asked.rate * 1e6)
        try:
            target = folder / "movie.mp4"
            start = time.perf_counter()
            growth = survive(server, target, total, asked.kills, environment)
            seconds, sent = time.perf_counter() - start, server.sent()
            whole = target.stat().st_size == total and sha256_of(target) == server.sha256
            left = sorted(path.name for path in folder.glob("movie.mp4.*"))
            target.unlink()
            compared = rates(server, folder, total, asked.rounds, environment) if asked.rounds else []
        finally:
            server.kill()
    flat = max(growth) <= LIMIT_MB
    once = sent <= LIMIT_TWICE * total + 2 * asked.kills * 8e6
    held = whole and flat and once and not left
    each = ", ".join(f"{mb:.1f}" for mb in growth)
    lines = [
        describe("cutaway", "httpx"),
        f"{asked.mb} MB, client killed {asked.kills} times, server killed {asked.kills} times: {seconds:.1f} s\n",
        f"{'whole, with the SHA-256 of the server':<44}{'yes' if whole else 'NO':>8}",
        f"{'left beside it':<44}{', '.join(left) or 'nothing':>8}",
        f"{'sent by the server, of the size of the file':<44}{sent / total:>8.3f} x",
        f"{'peak memory of a client grew by at most':<44}{max(growth):>8.1f} MB   (of each: {each})",
        *(["", *compared] if compared else []),
        f"\n{'holds' if held else 'does NOT hold'}",
    ]
    text = "\n".join(lines)
    if asked.keep:
        keep("download", text)
    else:
        print(text)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
