"""Claim: an upload goes to the disk and not into memory, and is there whole or not at all, whatever a client does.

    python benchmarks/uploads.py [--gb 5] [--slow 200] [--keep]
    python benchmarks/uploads.py --gb 0.2 --slow 20 --patience 1      # the short form that the tests run

A server on the loopback takes up to two fifths of `--gb` in one request. It is sent a clip of that size, which it has
to keep with its SHA-256; half as many bytes that are no clip; and one of all of `--gb`, of which it may keep nothing.
Then bodies whose Content-Length lies, each in its own way; and `--slow` connections that send a byte at a time, half of
them heads and half of them bodies, while others ask and are answered. After each, only what was taken may be there.
What the server ever had in memory is its peak (VmHWM).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import re
import signal
import socket
import struct
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import av
import httpx
import numpy as np
from machine import describe, keep
from overhead import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_MB = 64.0
ANSWER_S = 3.0
PATIENCE_S = 30.0
PROGRAM = """
import sys
from dataclasses import replace
from cutaway_runtime.server import patience, process
patience.SECONDS = {patience}
run = process.run
process.run = lambda settings: run(replace(settings, upload_bytes={limit}))
from cutaway_runtime.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
BLOCK = random.Random(7).randbytes(1 << 20)
BOUNDARY = "edge"
HEAD = f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'.encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def clip() -> bytes:
    """A second of grey, as MP4."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as film:
        stream = film.add_stream("h264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for _ in range(24):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((36, 64, 3), 99, np.uint8), format="rgb24")))
        film.mux(stream.encode())
    return file.getvalue()


def filled(start: bytes, size: int) -> Iterator[bytes]:
    """So many bytes, the first of them given."""
    yield start
    left = size - len(start)
    while left > 0:
        yield BLOCK[:left]
        left -= len(BLOCK)


def padded(size: int) -> Iterator[bytes]:
    """A clip of so many bytes: behind it lies a box of the kind that is skipped."""
    film = clip()
    yield from filled(film + struct.pack(">I4sQ", 1, b"free", size - len(film)), size)


class Door:
    """One server, and what is sent to it."""

    def __init__(self, client: httpx.Client, home: Path, server: int) -> None:
        self.client = client
        self.home = home
        self.server = server
        self.taken: set[str] = set()
        self.sent = 0
        self.wrong: list[str] = []
        self.lines: list[str] = []
        self.first = self.peak()

    def peak(self) -> float:
        """The most memory the server ever had, in MB."""
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.server}/status").read_text())
        return int(found[1]) / 1000 if found else 0.0

    def check(self, name: str, said: str, *, as_it_should: bool) -> None:
        """What came of it; and nothing is there that was not taken."""
        listed = {file["id"] for file in self.client.get("/v1/files", params={"limit": 100}).json()["data"]}
        deadline = time.monotonic() + ANSWER_S  # who went away without a word is noticed a moment later
        while (there := {path.name for path in (self.home / "files").iterdir()}) != self.taken:
            if time.monotonic() > deadline:
                break
            time.sleep(0.02)
        good = as_it_should and listed == self.taken == there
        if not good:
            self.wrong.append(f"{name}: {said}; listed {len(listed)}, on disk {len(there)}, taken {len(self.taken)}")
        self.lines.append(f"{name:<44}{said:>28}   peak {self.peak() - self.first:+6.1f} MB{'' if good else '   NO'}")

    def send(self, name: str, content: Iterator[bytes], status: int, *, kept: bool = False) -> None:
        """A whole form, without a Content-Length."""
        seen, size, visible = hashlib.sha256(), 0, False

        def body() -> Iterator[bytes]:
            nonlocal size, visible
            yield HEAD
            for number, piece in enumerate(content):
                seen.update(piece)
                size += len(piece)
                yield piece
                if number % 64 == 1:  # while it arrives, nobody else sees it
                    page = self.client.get("/v1/files", params={"limit": 100}).json()["data"]
                    visible = visible or len(page) != len(self.taken)
            yield TAIL

        began = time.perf_counter()
        try:
            with httpx.Client(base_url=self.client.base_url, headers=self.client.headers, timeout=300) as sender:
                answer = sender.post("/v1/files", content=body(), headers={"content-type": KIND})
            found, said = answer.status_code, f"{answer.status_code} after {size / 1e9:.2f} GB"
        except httpx.TransportError as error:  # cut off while it was still sending
            found, said = 413, f"cut off after {size / 1e9:.2f} GB"
            if status != 413:
                found, said = 0, repr(error)
        self.sent += size
        good = found == status and not visible
        if kept and found == 200:
            self.taken.add(answer.json()["id"])
            path = self.home / "files" / answer.json()["id"] / "content"
            with path.open("rb") as file:
                good &= hashlib.file_digest(file, "sha256").hexdigest() == answer.json()["sha256"] == seen.hexdigest()
        rate = size / 1e6 / (time.perf_counter() - began)
        self.check(name, f"{said}, {rate:.0f} MB/s", as_it_should=good)

    def raw(self, *lines: str, body: bytes = b"", wait: float = 5.0) -> int:
        """The status of a request written by hand; 0 where the connection was closed without one."""
        with self.connected() as line:
            line.settimeout(wait)
            line.sendall(self.head("POST /v1/files HTTP/1.1", f"content-type: {KIND}", *lines) + body)
            with suppress(OSError):
                line.shutdown(socket.SHUT_WR)
                answer = line.recv(4096)
                return int(answer.split()[1]) if answer else 0
        return 0

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.client.base_url.port or 0), timeout=30)

    def head(self, *lines: str) -> bytes:
        more = ("host: 127.0.0.1", f"authorization: {self.client.headers['authorization']}")
        return "\r\n".join([*lines, *more, "", ""]).encode()

    def lies(self) -> None:
        """Bodies of another length than they say."""
        whole = HEAD + clip() + TAIL
        for name, lines, body in (
            ("length: more than comes", [f"content-length: {len(whole) + 9999}"], whole),
            ("length: less than comes", [f"content-length: {len(whole) - 999}"], whole),
            ("length: far more than the limit", ["content-length: 99999999999999"], whole),
            ("length: below zero", ["content-length: -1"], whole),
            ("length: no number", ["content-length: many"], whole),
            ("length: two of them", ["content-length: 10", f"content-length: {len(whole)}"], whole),
            ("length: beside chunks", [f"content-length: {len(whole)}", "transfer-encoding: chunked"], b"5\r\nhello"),
            ("chunks: cut in the middle", ["transfer-encoding: chunked"], b"ffff\r\n" + HEAD),
            ("chunks: a size that is none", ["transfer-encoding: chunked"], b"zz\r\n" + HEAD),
            ("a form that does not end", [f"content-length: {len(whole) - len(TAIL)}"], whole[: -len(TAIL)]),
        ):
            status = self.raw(*lines, body=body)
            self.check(name, str(status or "hung up on"), as_it_should=status in {0, 400, 413, 507})

    def drops(self, number: int, patience: float) -> None:
        """Connections that send a byte at a time, while others are answered."""
        post = self.head("POST /v1/files HTTP/1.1", f"content-type: {KIND}", "content-length: 1000000")
        kinds = [self.head("GET /health HTTP/1.1")[:-2] + b"x: ", post + HEAD]
        slow = []
        for n in range(number):
            line = self.connected()
            line.sendall(kinds[n % 2])
            line.setblocking(False)
            slow.append(line)
        took: list[float] = []
        began = time.monotonic()
        while slow and time.monotonic() - began < 4 * patience:
            for line in list(slow):
                try:
                    line.send(b"y")
                    gone = line.recv(4096) == b""
                except BlockingIOError:
                    gone = False
                except OSError:
                    gone = True
                if gone:
                    line.close()
                    slow.remove(line)
            asked = time.perf_counter()
            self.client.get("/v1/videos", params={"limit": 1}).raise_for_status()
            took.append(time.perf_counter() - asked)
            time.sleep(min(1.0, patience / 5))
        left = len(slow)
        for line in slow:
            line.close()
        said = f"{left} left after {time.monotonic() - began:.0f} s"
        self.check(f"{number} connections, a byte at a time", said, as_it_should=not left)
        self.check("meanwhile others waited at most", f"{1000 * max(took):.0f} ms", as_it_should=max(took) <= ANSWER_S)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--gb", type=float, default=5.0)
    options.add_argument("--slow", type=int, default=200)
    options.add_argument("--patience", type=float, default=PATIENCE_S, help="seconds the server has for slow senders")
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "uvicorn", "python-multipart")
    limit = round(asked.gb * 1e9 * 2 / 5)
    program = PROGRAM.format(patience=asked.patience, limit=limit)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        process, client = serve(home, command=("-c", program))
        try:
            door = Door(client, home, process.pid)
            small = client.post("/v1/files", files={"file": ("a.mp4", clip())}).raise_for_status().json()["id"]
            door.taken.add(small)  # what is loaded for a first upload is no growth
            door.first = door.peak()
            door.send("a clip of the largest size", padded(limit - 1_000_000), 200, kept=True)
            door.send("as many bytes as half of it, no clip", filled(b"no clip", limit // 2), 400)
            door.send("more than may be", filled(clip(), round(asked.gb * 1e9)), 413)
            door.lies()
            door.drops(asked.slow, asked.patience)
            grown = door.peak() - door.first
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        finally:
            client.close()
            process.kill()
            process.wait()
    good = not door.wrong and grown <= MEMORY_MB and code == 0
    lines = [
        head,
        f"limit of an upload {limit / 1e9:.2f} GB, {door.sent / 1e9:.1f} GB sent in all; patience {asked.patience:g} s",
        "",
        *door.lines,
        f"{'the server grew by at most':<44}{grown:>25.1f} MB   (target: {MEMORY_MB:.0f})",
        *door.wrong,
        f"\non the disk, whole or not at all: {'holds' if good else 'BROKEN'}",
    ]
    text = "\n".join(lines)
    if asked.keep:
        keep("uploads", text)
    else:
        print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
