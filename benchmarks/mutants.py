"""Damaged files never reach more than the child that looks into them.

    python benchmarks/mutants.py [--files 50000] [--door 200] [--keep]

Small films and pictures of every kind that is read are changed at random: bits, bytes, lengths of boxes, ends cut off,
pieces swapped. Each goes to the very function that looks into an upload, in a child with the child's own limits; each
may be found good or refused, and nothing else: no other exception, no hang. A child that is killed by a fault of a
decoder is counted: for the server that is a refusal. `--door` more are sent to a running server, which must answer 200
or 400 to every one within 3 s, stay the same process, and grow by no more than 64 MiB.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
from machine import describe, keep
from overhead import serve
from PIL import Image

from cutaway.errors import MediaError
from cutaway.media.encode import Writer
from cutaway.media.probe import probe
from cutaway.media.sniff import HEAD_BYTES, sniff
from cutaway.timebase import Rate
from cutaway.wire import MEDIA_TYPE, OutputFormat
from cutaway_runtime.worker.confined import limit as confine

WALL_S = 30
GOOD, REFUSED, WRONG = 0, 1, 2
GROWTH_MIB = 64
SLOW_S = 3.0


def seeds(folder: Path) -> list[bytes]:
    """One small file of every kind."""
    dice = np.random.default_rng(1)
    frames = dice.integers(0, 255, (6, 36, 64, 3), np.uint8)
    found = []
    for kind in (OutputFormat.MP4, OutputFormat.PRORES, OutputFormat.FFV1):
        path = folder / f"seed{MEDIA_TYPE[kind][1]}"
        with Writer(path, width=64, height=36, rate=Rate.parse(24), format=kind, sound=[]) as writer:
            writer.write(frames)
            writer.finish()
        found.append(path.read_bytes())
    for name in ("PNG", "JPEG", "WEBP", "GIF"):
        out = io.BytesIO()
        Image.fromarray(frames[0]).save(out, name)
        found.append(out.getvalue())
    return found


def mutant(seed: bytes, dice: random.Random) -> bytes:
    """The file, changed in one to eight places."""
    data = bytearray(seed)
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(data)) if data else 0
        match dice.randrange(7):
            case 0:
                data[at : at + 1] = bytes([data[at] ^ (1 << dice.randrange(8))]) if data else b""
            case 1:
                data[at : at + 4] = dice.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\0\0\0\1"])
            case 2:
                data = data[: max(16, at)]
            case 3:
                end = min(len(data), at + dice.randint(1, 64))
                data[at:at] = data[at:end]
            case 4:
                del data[at : at + dice.randint(1, 64)]
            case 5:
                data[at : at + 16] = dice.randbytes(16)
            case _:
                # The length of a box: big-endian, in front of its name.
                found = [i for i in range(len(data) - 8) if data[i + 4 : i + 8].isalpha()][:400]
                if found:
                    box = dice.choice(found)
                    data[box : box + 4] = dice.randrange(2**32).to_bytes(4, "big")
    return bytes(data)


def looked_into(path: Path) -> str:
    """How a child that looks into the file ends."""
    with path.open("rb") as file:
        container = sniff(file.read(HEAD_BYTES))
    if container is None:
        return "refused by its first bytes"
    child = os.fork()
    if child == 0:
        code = WRONG
        try:
            signal.alarm(WALL_S)
            confine()
            probe(path, container=container)
            code = GOOD
        except MediaError:
            code = REFUSED
        except MemoryError:
            code = REFUSED
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        killer = os.WTERMSIG(status)
        return "HUNG" if killer == signal.SIGALRM else f"child killed by signal {killer}"
    return {GOOD: "good", REFUSED: "refused"}.get(os.WEXITSTATUS(status), "OTHER EXCEPTION")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", type=int, default=50_000)
    options.add_argument("--door", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "av", "pillow")
    dice = random.Random(asked.seed)
    ends: Counter[str] = Counter()
    longest = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        originals = seeds(folder)
        path = folder / "upload"
        for _ in range(asked.files):
            path.write_bytes(mutant(dice.choice(originals), dice))
            begun = time.perf_counter()
            ends[looked_into(path)] += 1
            longest = max(longest, time.perf_counter() - begun)
        door = at_the_door(folder / "home", [mutant(dice.choice(originals), dice) for _ in range(asked.door)])
    bad = ends["HUNG"] + ends["OTHER EXCEPTION"] + door["other answers"] + door["server died"]
    good = not bad and door["MiB grown"] <= GROWTH_MIB and door["slowest, ms"] <= 1000 * SLOW_S
    text = "\n".join(
        [
            head,
            f"{asked.files} damaged files; the longest look took {longest:.2f} s",
            *(f"{name:<34}{count:>8}" for name, count in sorted(ends.items())),
            f"\n{asked.door} of them sent to a server",
            *(f"{name:<34}{count:>8}" for name, count in door.items()),
            f"\nonly ever good or refused; server alive: {'holds' if good else 'BROKEN'}",
        ]
    )
    if asked.keep:
        keep("mutants", text)
    else:
        print(text)
    return 0 if good else 1


def at_the_door(home: Path, files: list[bytes]) -> dict[str, int]:
    """What a running server answers to uploads of these files."""
    process, client = serve(home)
    found: Counter[str] = Counter({"200": 0, "400": 0, "other answers": 0, "server died": 0})
    slowest = 0.0
    try:
        server = psutil.Process(process.pid)
        client.post("/v1/files", files={"file": ("a.png", b"x")})
        before = server.memory_info().rss
        for data in files:
            begun = time.perf_counter()
            status = client.post("/v1/files", files={"file": ("upload", data)}).status_code
            slowest = max(slowest, time.perf_counter() - begun)
            found[str(status) if status in {200, 400} else "other answers"] += 1
        grown = server.memory_info().rss - before
        found["server died"] = int(process.poll() is not None)
    finally:
        client.close()
        process.kill()
        process.wait()
    return {**found, "MiB grown": max(0, grown >> 20), "slowest, ms": round(1000 * slowest)}


if __name__ == "__main__":
    sys.exit(main())
