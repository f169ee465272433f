"""A verb from request to file, in this process: resolve, plan, play, write. And footage to do it with."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.media.probe import probe
from cutaway.timebase import Rate
from cutaway.wire import Extras, OutputFormat, Reference, VideoCreate
from cutaway_runtime.engine.base import Control, Notes
from cutaway_runtime.plan.effective import Effective, resolve
from cutaway_runtime.plan.request import references, verb_of
from cutaway_runtime.plan.shot import plan_shot
from cutaway_runtime.worker.play import play

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cutaway_runtime.engine.base import Engine

    Picture = NDArray[np.uint8]

SIZES = {"1280x720": (1280, 720), "1920x1080": (1920, 1080), "720x1280": (720, 1280), "322x182": (322, 182)}
RATES = {"23.976": "24000/1001", "24": "24", "25": "25", "29.97": "30000/1001", "60": "60"}
"""What a person writes, and the exact rate that is meant."""
VERBS = (
    "generate", "image_to_video", "first_and_last", "extend", "extend_backward", "fill", "remix", "blend", "loop",
)  # fmt: skip

CLIP, NEW, MADE = 4, 2, 4
"""Frames of a source clip, of a painted piece, of a shot made from nothing."""


@dataclass(frozen=True)
class Asked:
    """One verb as a request: the route it comes by, the files behind its roles, the length it must have."""

    request: VideoCreate
    operation: str
    files: dict[str, Path]
    frames: int
    kept: tuple[tuple[str, int, int], ...] = ()
    """(role, first frame of the result, how many): footage that must come out as it went in."""


def ask(
    verb: str, size: str, rate: str, clips: tuple[Path, Path], stills: tuple[Path, Path], *,
    clip: int = CLIP, new: int = NEW, made: int = MADE, model: str = "bars", format: OutputFormat = OutputFormat.MP4,  # noqa: A002
) -> Asked:  # fmt: skip
    """A request for `verb` over two clips of `clip` frames, or two stills."""
    a, b = clips
    one, two = Reference(id="a"), Reference(id="b")
    common = {"model": model, "size": size, "fps": rate, "seed": 3, "prompt": "a red ball rolls left across a desert"}

    def build(cutaway: dict[str, object] | None = None, **more: object) -> VideoCreate:
        return VideoCreate(**common, **more, cutaway=Extras(format=format, **(cutaway or {})))

    fill = {"fill": {"before": one, "after": two}}
    blend = {"blend": {"with": two, "overlap_frames": new}}
    asked = {
        "generate": lambda: Asked(build(num_frames=made), "create", {}, made),
        "image_to_video": lambda: Asked(
            build(num_frames=made, input_reference=one), "create", {"first_frame": stills[0]}, made,
            (("first_frame", 0, 1),),
        ),
        "first_and_last": lambda: Asked(
            build({"last_frame": two}, num_frames=made, input_reference=one), "create",
            {"first_frame": stills[0], "last_frame": stills[1]}, made,
            (("first_frame", 0, 1), ("last_frame", made - 1, 1)),
        ),
        "extend": lambda: Asked(
            build(num_frames=new, video=one), "extend", {"video": a}, clip + new, (("video", 0, clip),)
        ),
        "extend_backward": lambda: Asked(
            build({"direction": "backward"}, num_frames=new, video=one), "extend", {"video": a}, clip + new,
            (("video", new, clip),),
        ),
        "fill": lambda: Asked(
            build(fill, num_frames=new), "create", {"before": a, "after": b}, 2 * clip + new,
            (("before", 0, clip), ("after", clip + new, clip)),
        ),
        "remix": lambda: Asked(build(video=one, strength=0.6), "edit", {"video": a}, clip),
        "blend": lambda: Asked(
            build(blend, video=one), "edit", {"video": a, "with": b}, 2 * clip - new,
            (("video", 0, clip - new),),
        ),
        "loop": lambda: Asked(build({"loop": True}, video=one, num_frames=made), "edit", {"video": a}, made),
    }  # fmt: skip
    return asked[verb]()


def make(asked: Asked, engine: Engine, path: Path) -> tuple[Effective, Notes]:
    """Carries the request out and writes `path`."""
    verb = verb_of(asked.request, asked.operation)  # type: ignore[arg-type]
    assert references(asked.request, verb).keys() == asked.files.keys()
    facts = {role: probe(file).facts() for role, file in asked.files.items()}
    effective = resolve(asked.request, verb, facts, engine.info, seed=0)
    notes = Notes()
    with ExitStack() as stack:
        clips = {role: stack.enter_context(Clip(file)) for role, file in asked.files.items()}
        shot = plan_shot(effective, asked.request, clips, engine.info)
        writer = Writer(
            path, width=effective.width, height=effective.height, rate=effective.rate, format=effective.format
        )
        with writer:
            for chunk in play(shot, engine, Control(notes)):
                writer.write(chunk)
            writer.finish()
    return effective, notes


# -- footage -----------------------------------------------------------------------------------


def footage(frames: int, width: int, height: int, *, seed: int = 0, speed: float = 0.006) -> Picture:
    """A soft textured ground that pans slowly, and a disc that crosses it at constant speed: (T, H, W, 3)."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(50, 205, (9, 24, 3)).astype(np.uint8)
    wide = cv2.resize(coarse, (width * 2, height), interpolation=cv2.INTER_CUBIC)
    tone = [int(v) for v in rng.permutation([230, 60, 40])]
    out = np.empty((frames, height, width, 3), np.uint8)
    step = max(1, round(width * speed / 3))
    for t in range(frames):
        picture = np.ascontiguousarray(wide[:, t * step : t * step + width])
        center = (int((0.25 + speed * t) * width * 8), int(0.55 * height * 8))
        cv2.circle(picture, center, int(0.11 * min(width, height) * 8), tone, -1, cv2.LINE_AA, 3)
        out[t] = picture
    return out


def write(path: Path, frames: Picture, rate: str, format: OutputFormat = OutputFormat.MP4) -> Path:  # noqa: A002
    height, width = frames.shape[1:3]
    with Writer(path, width=width, height=height, rate=Rate.parse(rate), format=format) as writer:
        writer.write(frames)
        writer.finish()
    return path


def read(path: Path) -> Picture:
    with Clip(path) as clip:
        return clip.read(0, len(clip))


# -- measures ----------------------------------------------------------------------------------


def psnr(one: Picture, other: Picture) -> float:
    """Likeness in dB; equal pictures are infinitely alike."""
    if one.shape != other.shape:
        raise ValueError(f"{one.shape} and {other.shape} are not two of a kind")
    error = cv2.norm(one.reshape(-1, 3), other.reshape(-1, 3), cv2.NORM_L2SQR) / one.size
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def steps(frames: Picture) -> NDArray[np.float64]:
    """How far each frame lies from the one before: mean absolute difference, (T - 1,)."""
    moved = frames.astype(np.int16)
    return np.array([np.abs(moved[t + 1] - moved[t]).mean() for t in range(len(frames) - 1)])
