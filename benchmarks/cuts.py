"""Claim: a download whose connection is cut, however often and wherever, ends byte for byte what the server holds.

    python benchmarks/cuts.py [--cuts 200] [--seed 1] [--keep]
    python benchmarks/cuts.py --cuts 10           # the short form that the tests run

A server has one finished video. Between it and the client stands a proxy on the loopback, which lets a random number of
bytes of each answer through and then cuts the connection: cleanly, with a reset, or in the middle of the head. The
client saves again and again, until it was cut so often; each file must have the bytes and the SHA-256 of the server's.
What the proxy let through beyond the files was fetched twice.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from machine import describe, keep
from overhead import serve

from cutaway import Cutaway

if TYPE_CHECKING:
    import httpx

BODY = {"prompt": "bars", "model": "bars", "size": "1280x720", "num_frames": 96, "cutaway": {"format": "prores"}}
WAYS = ("closed", "reset", "in the head")
A_SAVE = 25
"""Cuts in one save at most; then it is let through."""
LIMIT_TWICE_KB = 256.0
"""For each cut: what was on its way and not yet read."""


class Scissors:
    """A proxy in front of `upstream`, which cuts answers for content as long as `left` is above 0."""

    def __init__(self, upstream: int, dice: random.Random) -> None:
        self._upstream = upstream
        self._dice = dice
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.left = 0
        self.size = 0
        self.passed = 0
        """Bytes of content that were let through."""
        self.cuts: Counter[str] = Counter()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One connection: requests are passed on whole, answers as long as they may be."""
        with client, socket.create_connection(("127.0.0.1", self._upstream)) as server, suppress(OSError):
            while True:
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    piece = client.recv(65536)
                    if not piece:
                        return
                    request += piece
                server.sendall(request)
                if not self._answer(client, server, is_content=b"/content" in request.partition(b"\r\n")[0]):
                    return

    def _answer(self, client: socket.socket, server: socket.socket, *, is_content: bool) -> bool:
        """Whether the connection lives on."""
        head = b""
        while b"\r\n\r\n" not in head:
            head += server.recv(65536)
        head, _, body = head.partition(b"\r\n\r\n")
        head += b"\r\n\r\n"
        length = next(
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        allowed, way = len(head) + length, ""
        if is_content and self.left:
            self.left -= 1
            way = self._dice.choice(WAYS)
            # A few steps through the file, so that a save is cut often before it is whole.
            far = max(1, 3 * self.size // A_SAVE)
            allowed = self._dice.randrange(len(head)) if way == "in the head" else len(head) + self._dice.randrange(far)
        data = head + body
        while True:
            part = data[:allowed]
            client.sendall(part)
            allowed -= len(part)
            if is_content:
                self.passed += max(0, len(part) - len(head))
            length -= len(data) - len(head)
            head = b""
            if allowed <= 0 or length <= 0:
                break
            data = server.recv(65536)
        if not way or length <= 0 < allowed:
            return True  # let through, or it ended before the place of the cut
        self.cuts[way] += 1
        if way == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False


def made(client: httpx.Client) -> str:
    video = client.post("/v1/videos", json=BODY).raise_for_status().json()
    while video["status"] not in {"completed", "failed"}:
        video = client.get(f"/v1/videos/{video['id']}", params={"wait": 20}).json()
    assert video["status"] == "completed", video
    return str(video["id"])


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cuts", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "httpx", "uvicorn")
    wrong: list[str] = []
    saves = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process, client = serve(folder / "home")
        scissors = Scissors(client.base_url.port or 0, random.Random(asked.seed))
        try:
            video_id = made(client)
            whole = client.get(f"/v1/videos/{video_id}/content").content
            scissors.size = len(whole)
            began = time.perf_counter()
            key = (folder / "home" / "token").read_text().strip()
            with Cutaway(scissors.url, key, dialect="cutaway") as cutaway:
                video = cutaway.videos.retrieve(video_id)
                while (missing := asked.cuts - sum(scissors.cuts.values())) > 0:
                    scissors.left = min(missing, A_SAVE)
                    saved = video.save(folder / f"{saves}.mp4")
                    saves += 1
                    if saved.read_bytes() != whole:
                        wrong.append(f"save {saves}: {hashlib.sha256(saved.read_bytes()).hexdigest()}")
                    saved.unlink()
            seconds = time.perf_counter() - began
            left = sorted(path.name for path in folder.iterdir() if path.name != "home")
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        finally:
            scissors.close()
            client.close()
            process.kill()
            process.wait()
    again = (scissors.passed - saves * len(whole)) / 1000 / asked.cuts
    good = not wrong and not left and code == 0 and again <= LIMIT_TWICE_KB
    lines = [
        head,
        f"{len(whole) / 1e6:.1f} MB, saved {saves} times in {seconds:.0f} s, seed {asked.seed}",
        "",
        f"{'connections cut':<44}{sum(scissors.cuts.values()):>8}   {dict(scissors.cuts)}",
        f"{'saves with other bytes than the server has':<44}{len(wrong):>8}",
        f"{'left beside the files':<44}{', '.join(left) or 'nothing':>8}",
        f"{'fetched twice, for each cut':<44}{again:>8.1f} kB",
        *wrong,
        f"\nbyte for byte after every cut: {'holds' if good else 'BROKEN'}",
    ]
    text = "\n".join(lines)
    if asked.keep:
        keep("cuts", text)
    else:
        print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
