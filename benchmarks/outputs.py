"""Claim: what is called completed is there, whole, and what it is said to be.

    python benchmarks/outputs.py [--jobs 1000] [--seed 1] [--keep]
    python benchmarks/outputs.py --jobs 12        # the short form that the tests run

Jobs of `bars` and `draft` of random size, length, rate and format are made by one server. Each one's file is fetched:
it must have the SHA-256 and the bytes that its job says, and decode, every frame of it, to the size, the rate and the
number of frames that were asked for.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import sys
import tempfile
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from machine import describe, keep
from overhead import serve

if TYPE_CHECKING:
    import httpx

FORMATS = ("mp4", "prores", "ffv1")
RATES = ("24", "25", "30", "24000/1001", "30000/1001")
SIZES = ("64x36", "160x90", "320x180", "90x160", "128x128")


def wish(dice: random.Random) -> dict[str, Any]:
    model = dice.choice(["bars", "draft"])
    return {
        "model": model,
        "prompt": "a red ball rolls over the sea",
        "size": dice.choice(SIZES),
        "num_frames": dice.randint(1, 24),
        "fps": dice.choice(RATES),
        "seed": dice.randrange(2**31),
        "cutaway": {"format": dice.choice(FORMATS)},
    }


def looked_at(client: httpx.Client, asked: dict[str, Any], video: dict[str, Any]) -> str:
    """What is wrong with a finished job; nothing where it is as promised."""
    if video["status"] != "completed":
        return f"{video['status']}: {video.get('error')}"
    content = client.get(f"/v1/videos/{video['id']}/content").raise_for_status().content
    details = video["cutaway"]
    if (hashlib.sha256(content).hexdigest(), len(content)) != (details["sha256"], details["bytes"]):
        return "other bytes than it says"
    with av.open(io.BytesIO(content)) as film:
        (stream,) = film.streams.video
        frames = list(film.decode(stream))
        found = {(frame.width, frame.height) for frame in frames}
        rate = stream.average_rate
    width, height = map(int, asked["size"].split("x"))
    if found != {(width, height)} or len(frames) != asked["num_frames"] or details["num_frames"] != len(frames):
        return f"{len(frames)} frames of {found}, asked was {asked['num_frames']} of {asked['size']}"
    if len(frames) > 1 and abs(rate - Fraction(asked["fps"])) > Fraction(1, 100):
        return f"{rate} frames a second, asked was {asked['fps']}"
    return ""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true")
    asked = options.parse_args()
    head = describe("cutaway", "av")
    dice = random.Random(asked.seed)
    wrong: list[str] = []
    formats: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        process, client = serve(Path(folder) / "home")
        try:
            began = time.perf_counter()
            wishes = {}
            for _ in range(asked.jobs):
                body = wish(dice)
                wishes[client.post("/v1/videos", json=body).raise_for_status().json()["id"]] = body
            for video_id, body in wishes.items():
                video: dict[str, Any] = {"status": "queued"}
                while video["status"] not in {"completed", "failed"}:
                    video = client.get(f"/v1/videos/{video_id}", params={"wait": 20}).json()
                formats[body["cutaway"]["format"]] += 1
                if why := looked_at(client, body, video):
                    wrong.append(f"{body}: {why}")
            seconds = time.perf_counter() - began
            parts = sum(1 for _ in (Path(folder) / "home").rglob("*.part"))
        finally:
            client.close()
            process.kill()
            process.wait()
    good = not wrong and not parts
    lines = [
        head,
        f"{asked.jobs} jobs, seed {asked.seed}, {dict(formats)}, in {seconds:.0f} s",
        "",
        f"{'files other than their jobs say':<44}{len(wrong):>8}",
        f"{'unfinished files left':<44}{parts:>8}",
        *wrong[:10],
        f"\nwhole, and what it is said to be: {'holds' if good else 'BROKEN'}",
    ]
    text = "\n".join(lines)
    if asked.keep:
        keep("outputs", text)
    else:
        print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
