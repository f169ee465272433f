"""A model of one size and rate, finished to any: time stays true, known frames stay as they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from cutaway.timebase import FrameRange, Rate
from cutaway.wire import Pattern, Rank, Segment
from cutaway_runtime.canvas import RunKind, Span, splice
from cutaway_runtime.engine.base import Cancelled, Control, Notes
from cutaway_runtime.engine.finishing import finished
from cutaway_runtime.engine.finishing.finishing import Finishing


def scene(seconds, width, height):
    """A textured ground that drifts and a disc that crosses it, at a moment: (height, width, 3)."""
    x, y = np.meshgrid(np.arange(width) * 640 / width, np.arange(height) * 480 / height)
    seconds = float(seconds)
    drift = x + 40 * seconds
    ground = 110 + 45 * np.sin(drift / 23) * np.cos(y / 31) + 25 * np.sin((drift + 2 * y) / 57)
    frame = np.stack([ground, ground * 0.8 + 20, 190 - ground * 0.6], axis=-1)
    disc = (x - 150 - 120 * seconds) ** 2 + (y - 240 - 30 * seconds) ** 2 < 60**2
    frame[disc] = (230, 70, 50)
    return np.clip(frame, 0, 255).astype(np.uint8)


class Scene:
    """A model that films the scene at its own rate; what it is shown it compares with what it would have filmed."""

    revision = "scene-1"

    def __init__(self, info):
        self.info = info
        self.canvases = []

    def paint(self, canvas, control):
        self.canvases.append(canvas)
        control.notes.segments.append(Segment(start=0, end=canvas.frames, method="filmed"))
        for at in range(canvas.frames):
            control.progress("denoising", at + 1, canvas.frames)
            yield scene(at / canvas.rate.fraction, canvas.width, canvas.height)[None]


class Footage:
    """The scene as a plate, from a second on."""

    def __init__(self, frames, width, height, rate, start=0.0):
        self.frames, self.size, self.rate, self.start = frames, (width, height), Rate.parse(rate).fraction, start

    def __len__(self):
        return self.frames

    def read(self, start, end):
        return np.stack([scene(self.start + at / self.rate, *self.size) for at in range(start, end)])


def frames_of(engine, canvas, control=None):
    frames = np.concatenate(list(splice(canvas, finished(engine).paint(canvas, control or Control()))))
    assert frames.shape == (canvas.frames, canvas.height, canvas.width, 3)
    return frames


def psnr(a, b):
    return 10 * np.log10(255**2 / max(np.mean((a.astype(float) - b) ** 2), 1e-9))


WIDE = {"sizes": ["160x120"], "size_multiple": 8, "min_side": 16, "max_frames": 81}


def test_what_the_model_was_made_for_passes_through_untouched(strict, lay):
    canvas = lay(33)
    bare = np.concatenate(list(strict().paint(canvas, Control())))
    engine = strict()
    assert np.array_equal(bare, frames_of(engine, canvas))
    assert engine.canvases == [canvas]


def test_an_engine_without_a_grid_is_not_touched_at_all():
    from cutaway_runtime.engine.bars import Bars

    engine = Bars()
    assert finished(engine) is engine


def test_a_rate_the_model_nearly_knows_is_painted_frame_for_frame(strict, lay):
    engine = strict(rates=["24"])
    frames_of(engine, lay(33, rate="24000/1001"))
    assert engine.canvases[0].frames == 33
    assert engine.canvases[0].rate == Rate.parse("24000/1001")


@pytest.mark.parametrize("rate", ["24", "25", "30000/1001", "60", "12"])
def test_every_frame_shows_the_moment_of_its_own_time(strict, lay, rate):
    engine = strict(Scene, **WIDE)
    canvas = lay(22, size=(320, 240), rate=rate)
    frames = frames_of(engine, canvas)
    truth = np.stack([scene(n / canvas.rate.fraction, 320, 240) for n in range(22)])
    assert engine.canvases[0].rate == Rate.parse(16)
    assert (engine.canvases[0].width, engine.canvases[0].height) == (160, 120)
    for n in range(1, 21):
        here = psnr(frames[n], truth[n])
        assert here > 24, n
        if rate in {"24", "25", "12"}:  # nearer to its own moment than to a neighbour's
            assert here > max(psnr(frames[n], truth[n - 1]), psnr(frames[n], truth[n + 1])), n


def test_interpolation_is_nearer_to_the_truth_than_a_mix_or_the_nearest_frame(strict, lay):
    count = 13
    engine = strict(Scene, **WIDE | {"sizes": ["320x240"]})
    frames = frames_of(engine, lay(count, size=(320, 240), rate="24"))
    truth = [scene(n / 24, 320, 240) for n in range(count)]
    inner = [scene(n / 16, 320, 240) for n in range(count)]
    assert np.array_equal(frames[::3], inner[: 2 * count // 3 + 1 : 2])  # where the clocks meet: what was painted
    between = [(n, n * 2 / 3) for n in range(count) if n % 3]
    ours = [psnr(frames[n], truth[n]) for n, _ in between]
    mixed = [cv2.addWeighted(inner[int(at)], 1 - at % 1, inner[int(at) + 1], at % 1, 0) for _, at in between]
    for others in (mixed, [inner[round(at)] for _, at in between]):
        assert np.mean(ours) > np.mean([psnr(o, truth[n]) for o, (n, _) in zip(others, between, strict=True)]) + 3


def test_across_a_cut_nothing_is_mixed(strict, lay):
    class Cut(Scene):
        def paint(self, canvas, control):
            for at, chunk in enumerate(super().paint(canvas, control)):
                yield chunk if at < 10 else 255 - chunk[:, ::-1, ::-1]

    frames = frames_of(strict(Cut, **WIDE), lay(30, size=(160, 120), rate="24"))
    for n in (14, 15):  # painted frames 9 and 10 lie at 13.5 and 15
        sides = scene(9 / 16, 160, 120), 255 - scene(10 / 16, 160, 120)[::-1, ::-1]
        assert max(psnr(frames[n], side) for side in sides) > 60


def test_known_footage_comes_out_bit_for_bit_and_is_shown_at_the_model_s_clock(strict, lay):
    engine = strict(Scene, **WIDE)
    clip = Footage(9, 320, 240, "24")
    canvas = lay(9 + 30, (0, clip), size=(320, 240), rate="24")
    frames = frames_of(engine, canvas)
    assert np.array_equal(frames[:9], clip.read(0, 9))
    (known,) = engine.canvases[0].known
    shown = known.plate.read(0, len(known.plate))
    assert len(shown) == 6  # asked frames 0 to 8 are painted frames 0 to 5.33
    for n, frame in enumerate(shown):
        assert psnr(frame, scene(n / 16, 160, 120)) > 28
    assert psnr(frames[9], scene(9 / 24, 320, 240)) > 24


def test_pictures_stay_where_they_were_pinned(strict, lay):
    engine = strict(Scene, **WIDE)
    pins = [0, 20, 59]
    canvas = lay(60, *((at, Footage(1, 320, 240, "24", start=at / 24)) for at in pins), size=(320, 240), rate="24")
    frames = frames_of(engine, canvas)
    for at in pins:
        assert np.array_equal(frames[at], scene(at / 24, 320, 240))
    inner = engine.canvases[0]
    shown = [known.at for known in inner.known]
    assert shown == [0, 13, 39]
    assert inner.known[-1].range.end in {inner.frames, inner.frames - (inner.frames - 40)}


def test_a_closed_shot_goes_round(strict, lay):
    class Round(Scene):
        def paint(self, canvas, control):
            assert canvas.closed
            for at in range(canvas.frames):
                turn = 2 * np.pi * at / canvas.frames
                yield scene(0.5 + 0.4 * np.sin(turn), canvas.width, canvas.height)[None]

    engine = strict(Round, **WIDE | {"max_frames": None, "frame_multiple": 1, "frame_offset": 0, "min_frames": 1})
    frames = frames_of(engine, lay(36, size=(160, 120), rate="24", closed=True))
    steps = np.abs(np.diff(np.concatenate([frames, frames[:1]]).astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert steps[-1] <= 1.5 * max(steps[0], steps[-2])


@pytest.mark.parametrize(
    ("size", "painted"), [((1920, 1080), (160, 88)), ((320, 240), (160, 120)), ((150, 110), (152, 112))]
)
def test_nothing_is_stretched(strict, lay, size, painted):
    class Disc(Scene):
        def paint(self, canvas, control):
            frame = np.full((canvas.height, canvas.width, 3), 30, np.uint8)
            radius = canvas.height // 3
            cv2.circle(frame, (canvas.width // 2, canvas.height // 2), radius, (240, 240, 240), -1, cv2.LINE_AA)
            yield np.repeat(frame[None], canvas.frames, axis=0)

    engine = strict(Disc, **WIDE | {"sizes": ["160x120", "160x88"]})
    frame = frames_of(engine, lay(5, size=size, rate="16"))[0]
    assert engine.info.sizes
    inside = frame[..., 1] > 128
    wide, high = inside.any(axis=0).sum(), inside.any(axis=1).sum()
    assert wide == pytest.approx(high, abs=max(2, 0.012 * high))
    y, x = np.nonzero(inside)
    assert x.mean() == pytest.approx(size[0] / 2, abs=size[0] / painted[0])
    assert y.mean() == pytest.approx(size[1] / 2, abs=size[1] / painted[1])


def test_how_frames_were_finished_is_told(strict, lay):
    notes = Notes()
    clip = Footage(9, 320, 240, "24")
    canvas = lay(9 + 21, (0, clip), size=(320, 240), rate="24")
    frames_of(strict(Scene, **WIDE), canvas, Control(notes))
    kept, made = notes.segments
    assert (kept.start, kept.end, kept.method) == (0, 9, "kept")
    assert (made.start, made.end) == (9, 30)
    assert made.method == "filmed, interpolated by optical flow, scaled by lanczos"
    assert notes.paths == ["painted 160x120 at 16 frames per second, interpolated by optical flow, scaled by lanczos"]


def test_prompts_and_the_place_in_the_shot_move_to_the_other_clock(strict, lay):
    engine = strict(Scene, **WIDE, patterns={Pattern.TEXT: Rank.NATIVE})  # reads all prompts at once
    spans = (Span(FrameRange(0, 30), "dawn"), Span(FrameRange(30, 60), "noon"))
    frames_of(engine, lay(60, size=(160, 120), rate="24", spans=spans, shot_start=24, shot_frames=120))
    inner = engine.canvases[0]
    assert [(s.range.start, s.prompt) for s in inner.spans] == [(0, "dawn"), (20, "noon")]
    assert (inner.shot_start, inner.shot_frames) == (16, 80)


def test_references_and_anchor_are_of_the_painted_size(strict, lay, ramp):
    engine = strict(Scene, **WIDE)
    picture = ramp(1, 320, 240, base=9)
    frames_of(engine, lay(5, size=(320, 240), rate="16", references=(picture,), anchor=picture))
    inner = engine.canvases[0]
    assert inner.references[0].read(0, 1).shape == inner.anchor.read(0, 1).shape == (1, 120, 160, 3)


def test_progress_and_cancel_pass_through(strict, lay):
    steps = []
    control = Control(on_progress=lambda *step: steps.append(step[:3]), cancelled=lambda: len(steps) >= 7)
    with pytest.raises(Cancelled):
        frames_of(strict(Scene, **WIDE), lay(40, size=(160, 120), rate="24"), control)
    assert len(steps) == 7
    assert steps[-1] == ("denoising", 7, 29)


def test_the_same_canvas_gives_the_same_frames(strict, lay):
    canvas = lay(20, size=(320, 240), rate="25")
    first, second = (frames_of(strict(Scene, **WIDE), canvas) for _ in range(2))
    assert np.array_equal(first, second)


def test_kept_runs_of_any_kind_are_the_outer_ones(strict, lay, ramp):
    """Whatever the model made of them, and wherever the clocks meet."""
    engine = strict()
    canvas = lay(70, (0, ramp(7, 64, 48)), (33, ramp(1, 64, 48, base=200)), (60, ramp(10, 64, 48, base=90)), rate="25")
    frames = frames_of(engine, canvas)
    for run in canvas.runs():
        if run.kind is RunKind.KEPT:
            assert np.array_equal(frames[run.range.start : run.range.end], run.known[0].read(*_ends(run.range)))
    assert Finishing(engine).revision == engine.revision


def _ends(range_):
    return range_.start, range_.end
