"""Damaged files never reach more than the child that looks into them.

    python benchmarks/mutants.py [--files 50000] [--door 200] [--seed 1] [--save FOLDER] [--keep]

Small films and pictures of every kind that is read are changed at random: bits, bytes, lengths of boxes, ends cut off,
pieces swapped. Each goes the way of an upload: first bytes, then a child that a lookout forks for it, with the child's
limits. It may be found good or refused, and nothing else: no other exception. A child that is killed, by a fault of a
decoder or by its limit of time, is counted: for the server that is a refusal. `--door` more are sent to a running
server, which must answer 200 or 400 to every one within 3 s, stay the same process, and grow by no more than 64 MiB.
`--save` keeps what was neither good nor refused.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import psutil
from machine import describe, keep
from overhead import serve
from PIL import Image

from cutaway.media.sniff import HEAD_BYTES, sniff
from cutaway.wire import MediaFacts
from cutaway_runtime.server.lookouts import MOST, Lookouts
from cutaway_runtime.server.uploads import TAKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

GROWTH_MIB = 64
SLOW_S = 3.0
FILMS = (
    ("a.mp4", "libx264", "yuv420p", {"bf": "2"}),
    ("b.mp4", "libx265", "yuv420p", {"x265-params": "log-level=none"}),
    ("c.mp4", "mpeg4", "yuv420p", {}),
    ("a.mov", "prores_ks", "yuv422p10le", {}),
    ("b.mov", "qtrle", "rgb24", {}),
    ("a.mkv", "ffv1", "bgr0", {}),
    ("b.mkv", "mpeg2video", "yuv420p", {}),
    ("a.webm", "libvpx-vp9", "yuv420p", {"cpu-used": "8"}),
    ("b.webm", "libvpx", "yuv420p", {"cpu-used": "8"}),
    ("a.avi", "mjpeg", "yuvj420p", {}),
    ("b.avi", "mpeg4", "yuv420p", {}),
)
PICTURES = ("PNG", "JPEG", "WEBP", "GIF", "TIFF")


def seeds(folder: Path) -> list[bytes]:
    """One small file of every kind, films with sound."""
    dice = np.random.default_rng(1)
    frames = dice.integers(0, 255, (6, 36, 64, 3), np.uint8)
    found = []
    for name, codec, pixels, options in FILMS:
        with av.open(str(folder / name), "w") as out:
            stream = out.add_stream(codec, rate=24, options=options)
            stream.width, stream.height, stream.pix_fmt = 64, 36, pixels
            heard = out.add_stream("libopus" if name.endswith("webm") else "aac", rate=48000, layout="mono")
            for at, picture in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
                frame.pts = at
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 12_000), np.float32), format="fltp", layout="mono")
            sound.sample_rate, sound.pts = 48000, 0
            size = heard.frame_size or 960
            for part in av.AudioResampler(
                format=heard.format.name, layout="mono", rate=48000, frame_size=size
            ).resample(sound):
                out.mux(heard.encode(part))
            out.mux(heard.encode(None))
        found.append((folder / name).read_bytes())
    for kind in PICTURES:
        made = io.BytesIO()
        Image.fromarray(frames[0]).save(made, kind)
        found.append(made.getvalue())
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


class Looks:
    """Mutants looked into, as many at a time as a server does, and how the looks ended."""

    def __init__(self, files: Iterator[bytes], folder: Path, save: Path | None) -> None:
        self._files = files
        self._folder = folder
        self._save = save
        self._lookouts = Lookouts()
        self.ends: Counter[str] = Counter()
        self.longest = 0.0

    async def all(self) -> None:
        try:
            await asyncio.gather(*(self._lane(self._folder / f"upload-{n}") for n in range(MOST)))
        finally:
            await self._lookouts.close()

    async def _lane(self, path: Path) -> None:
        for data in self._files:
            path.write_bytes(data)  # noqa: ASYNC240 - a few kilobytes
            begun = time.perf_counter()
            end = await self._end(path, data)
            self.longest = max(self.longest, time.perf_counter() - begun)
            self.ends[end] += 1
            if self._save is not None and end not in {"good", "refused", "refused by its first bytes"}:
                (self._save / f"{sum(self.ends.values())}-{end.replace(' ', '-')}").write_bytes(data)

    async def _end(self, path: Path, data: bytes) -> str:
        container = sniff(data[:HEAD_BYTES])
        if container is None or container.name not in TAKEN:
            return "refused by its first bytes"
        seen = await self._lookouts.look(path, container.name)
        if seen.is_good:
            MediaFacts.model_validate_json(seen.said)
            return "good"
        if seen.ends < 0:
            return f"child ended by {signal.Signals(-seen.ends).name}"
        return "refused" if seen.ends == 1 else "OTHER EXCEPTION"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", type=int, default=50_000)
    options.add_argument("--door", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--save", type=Path)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "av", "pillow")
    dice = random.Random(asked.seed)
    if asked.save is not None:
        asked.save.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        originals = seeds(folder)
        looks = Looks((mutant(dice.choice(originals), dice) for _ in range(asked.files)), folder, asked.save)
        begun = time.perf_counter()
        asyncio.run(looks.all())
        took = time.perf_counter() - begun
        door = at_the_door(folder / "home", [mutant(dice.choice(originals), dice) for _ in range(asked.door)])
    bad = looks.ends["OTHER EXCEPTION"] + door["other answers"] + door["server died"]
    whole = sum(looks.ends.values()) == asked.files
    good = whole and not bad and door["MiB grown"] <= GROWTH_MIB and door["slowest, ms"] <= 1000 * SLOW_S
    about = f"{asked.files} damaged files of {len(originals)} kinds (seed {asked.seed}), in {took / 60:.1f} min"
    text = "\n".join(
        [
            head,
            f"{about}; the longest look took {looks.longest:.2f} s",
            *(f"{name:<34}{count:>8}" for name, count in sorted(looks.ends.items())),
            f"\n{asked.door} more of them sent to a server",
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
