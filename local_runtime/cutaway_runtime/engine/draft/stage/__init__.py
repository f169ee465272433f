"""The compositor of the draft engine: scenes in, frames out.

    for chunk in paint_scene(scene, frames=96, width=1280, height=720, rate=Rate.parse(24), seed=1,
                             closed=False, shot_start=0, shot_frames=96, control=Control()):
        ...  # (n, H, W, 3) RGB uint8

A frame depends on the scene, the size, the rate, the seed, the length of the shot and its own number, and
on nothing drawn before it: windows of a long shot join.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import cv2
import numpy as np

from cutaway_runtime.engine.draft.stage.board import Board
from cutaway_runtime.engine.draft.stage.likeness import CARD, Company
from cutaway_runtime.engine.draft.stage.slate import Slate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cutaway.timebase import FrameRange, Rate
    from cutaway_runtime.canvas import Pixels
    from cutaway_runtime.engine.base import Control
    from cutaway_runtime.engine.draft.scene import Scene

DISSOLVE: Final = 8
"""Frames over which one shot turns into the next, where a dissolve is asked for."""
_CHUNK_BYTES: Final = 6_000_000


class Picture(Protocol):
    """Something that can draw any frame of its shot."""

    def draw(self, frame: int, out: Pixels) -> None: ...


def paint_scene(
    scene: Scene,
    *,
    frames: int,
    width: int,
    height: int,
    rate: Rate,
    seed: int,
    closed: bool,
    shot_start: int,
    shot_frames: int,
    control: Control,
    company: Company | None = None,
    start: int = 0,
) -> Iterator[Pixels]:
    """Frames [shot_start, shot_start + frames) of a shot of `shot_frames` of one scene, in chunks (n, H, W, 3) RGB;
    those of them from `start` on.

    `closed`: the shot is a circle; what would be frame `shot_frames` is frame 0 again.

    Raises:
        Cancelled: from `control`.
        KeyError: the scene names a sprite the atlas does not have.
    """
    picture = open_picture(
        scene,
        width=width,
        height=height,
        rate=rate,
        frames=shot_frames,
        seed=seed,
        closed=closed,
        control=control,
        company=company,
    )
    yield from _chunks(range(shot_start, shot_start + frames), start, width, height, control, picture.draw)


def paint_scenes(
    spans: Sequence[tuple[FrameRange, Scene]],
    *,
    frames: int,
    width: int,
    height: int,
    rate: Rate,
    seed: int,
    closed: bool,
    shot_start: int,
    shot_frames: int,
    control: Control,
    company: Company | None = None,
    dissolve: bool = False,
    start: int = 0,
) -> Iterator[Pixels]:
    """Several shots on one canvas, its frames from `start` on; each span says, in canvas frames, where its scene is
    seen.

    Shots follow each other by hard cuts, or by dissolves of `DISSOLVE` frames that begin at the cut. All have
    the same seed, so the same character keeps its looks. Frames under no span hold the scene before them.

    Raises:
        ValueError: no spans.
        Cancelled: from `control`.
    """
    if not spans:
        raise ValueError("a canvas of several shots needs at least one scene")
    ordered = sorted(spans, key=lambda span: span[0])
    if len(ordered) == 1:
        yield from paint_scene(
            ordered[0][1],
            frames=frames,
            width=width,
            height=height,
            rate=rate,
            seed=seed,
            closed=closed,
            shot_start=shot_start,
            shot_frames=shot_frames,
            control=control,
            company=company,
            start=start,
        )
        return
    starts = [span[0].start for span in ordered]
    starts[0] = min(starts[0], 0)
    ends = [*starts[1:], max(frames, ordered[-1][0].end)]
    tail = DISSOLVE if dissolve else 0
    playing: dict[int, Picture] = {}
    before = np.empty((height, width, 3), np.uint8)

    def draw(frame: int, out: Pixels) -> None:
        now = max(i for i, begin in enumerate(starts) if begin <= frame)
        wanted = {now} | ({now - 1} if now and frame < starts[now] + tail else set())
        for index in [index for index in playing if index not in wanted]:
            del playing[index]
        for index in wanted - set(playing):
            length = ends[index] - starts[index] + tail
            playing[index] = open_picture(
                ordered[index][1],
                width=width,
                height=height,
                rate=rate,
                frames=length,
                seed=seed,
                closed=False,
                control=control,
                company=company,
            )
        playing[now].draw(frame - starts[now], out)
        if len(wanted) == 2:
            playing[now - 1].draw(frame - starts[now - 1], before)
            part = (frame - starts[now] + 1) / (tail + 1)
            cv2.addWeighted(before, 1 - part, out, part, 0, out)

    yield from _chunks(range(frames), start, width, height, control, draw)


def open_picture(
    scene: Scene,
    *,
    width: int,
    height: int,
    rate: Rate,
    frames: int,
    seed: int,
    closed: bool,
    control: Control,
    company: Company | None = None,
) -> Picture:
    """The board of a scene, or the slate of one that says nothing that can be drawn."""
    control.progress("setting the stage", 0, 1)
    if not scene.is_slate:
        _tell_of_cards(scene, company, control)
        return Board(
            scene,
            width=width,
            height=height,
            rate=rate,
            frames=frames,
            seed=seed,
            closed=closed,
            company=company,
        )
    slate = Slate(scene.prompt, width=width, height=height, rate=rate, frames=frames, seed=seed, closed=closed)
    if slate.warning and slate.warning not in control.notes.warnings:
        control.notes.warnings.append(slate.warning)
    return slate


def _tell_of_cards(scene: Scene, company: Company | None, control: Control) -> None:
    """Whose picture is shown in a frame, because nobody could be cut out of it."""
    for subject in scene.subjects:
        if subject.character is None or company is None or company[subject.character].way != CARD:
            continue
        name = company[subject.character].name
        warning = (
            f"{name} could not be cut out of the picture's background and is shown as a framed card; a picture before "
            "one plain colour, or with an alpha channel, can act"
        )
        if warning not in control.notes.warnings:
            control.notes.warnings.append(warning)


def _chunks(
    numbers: range, start: int, width: int, height: int, control: Control, draw: Callable[[int, Pixels], None]
) -> Iterator[Pixels]:
    size = max(1, min(8, _CHUNK_BYTES // (width * height * 3)))
    for first in range(start, len(numbers), size):
        part = numbers[first : first + size]
        chunk = np.empty((len(part), height, width, 3), np.uint8)
        for i, number in enumerate(part):
            draw(number, chunk[i])
        control.progress("painting", first + len(part), len(numbers))
        yield chunk


__all__ = ["DISSOLVE", "open_picture", "paint_scene", "paint_scenes"]
