"""Shots: what is kept, what is painted, and that every frame of the result is the right one."""

import contextlib
import itertools

import numpy as np
import pytest

from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.media.probe import probe
from cutaway.timebase import Rate
from cutaway.wire import OutputFormat, VideoCreate
from cutaway_runtime.canvas import RunKind
from cutaway_runtime.engine.bars import Bars, frame_number
from cutaway_runtime.engine.base import Cancelled, Control, Notes
from cutaway_runtime.engine.catalog import BARS
from cutaway_runtime.plan.effective import resolve
from cutaway_runtime.plan.request import references, verb_of
from cutaway_runtime.plan.shot import Paint, plan_shot
from cutaway_runtime.worker.play import play

WIDTH, HEIGHT = 96, 64


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    """Makes lossless clips of a grey level that counts frames from `base`, by name."""
    folder = tmp_path_factory.mktemp("footage")
    made = {}

    def clip(name, frames=48, base=20, rate="24", step=1):
        if name not in made:
            path = folder / f"{name}.mkv"
            size = {"width": WIDTH, "height": HEIGHT, "rate": Rate.parse(rate)}
            with Writer(path, format=OutputFormat.FFV1, **size) as writer:
                levels = (base + step * np.arange(frames)).astype(np.uint8)
                writer.write(np.broadcast_to(levels[:, None, None, None], (frames, HEIGHT, WIDTH, 3)).copy())
                writer.finish()
            made[name] = path
        return made[name]

    return clip


def made(operation, roles, model=BARS, notes=None, **body):
    """The frames of a result, the shot they were played from, and what its canvases knew: (at, greys) by run."""
    request = VideoCreate.model_validate({"prompt": "x", "seed": 0, **body})
    verb = verb_of(request, operation)
    assert set(references(request, verb)) == set(roles)
    facts = {role: probe(path).facts() for role, path in roles.items()}
    effective = resolve(request, verb, facts, model, seed=1)
    clips = {role: Clip(path) for role, path in roles.items()}
    try:
        shot = plan_shot(effective, request, clips, model)
        frames = np.concatenate(list(play(shot, Bars(model), Control(notes))))
        known = [(k.at, greys(k.plate.read(0, len(k.plate)))) for k in known_on(shot)]
    finally:
        for clip in clips.values():
            clip.close()
    if effective.num_frames is not None:
        assert len(frames) == effective.num_frames
    return frames, shot, known


def known_on(shot):
    return [known for piece in shot.pieces if isinstance(piece, Paint) for known in piece.canvas.known]


def greys(frames):
    """The grey level of each flat frame; None for a painted one."""
    return [int(f[0, 0, 0]) if (f == f[0, 0, 0]).all() else None for f in frames]


def test_text_to_video_paints_every_frame():
    frames, *_ = made("create", {}, num_frames=30, size=f"{WIDTH}x{HEIGHT}")
    assert [frame_number(f) for f in frames] == list(range(30))


def test_a_first_and_a_last_frame_come_out_bit_for_bit(footage):
    a, b = footage("a"), footage("b", base=150)
    body = {
        "input_reference": {"id": "video_a", "frame": -1},
        "cutaway": {"last_frame": {"id": "video_b", "frame": 3}},
        "num_frames": 10,
    }
    frames, *_ = made("create", {"first_frame": a, "last_frame": b}, **body)
    assert greys(frames) == [20 + 47, *[None] * 8, 153]


def test_extending_forward_keeps_the_clip_and_paints_behind_it(footage):
    frames, _, known = made("extend", {"video": footage("a")}, video="v", num_frames=12)
    assert greys(frames) == [20 + n for n in range(48)] + [None] * 12
    assert known == [(0, [60, 61, 62, 63, 64, 65, 66, 67])]


def test_extending_backward_paints_before_it(footage):
    frames, _, known = made(
        "extend", {"video": footage("a")}, video="v", num_frames=12, cutaway={"direction": "backward"}
    )
    assert greys(frames) == [None] * 12 + [20 + n for n in range(48)]
    assert known == [(12, [20 + n for n in range(8)])]


def test_only_the_new_part_where_only_that_is_asked_for(footage):
    frames, *_ = made("extend", {"video": footage("a")}, video="v", num_frames=12, cutaway={"output": "segment"})
    assert greys(frames) == [None] * 12


def test_a_fill_lies_between_two_untouched_shots(footage):
    roles = {"before": footage("a"), "after": footage("b", base=150)}
    fill = {"before": "v", "after": "w", "tail_frames": 3, "head_frames": 2}
    notes = Notes()
    frames, shot, _ = made("create", roles, notes=notes, num_frames=7, cutaway={"fill": fill})
    assert greys(frames) == [20 + n for n in range(48)] + [None] * 7 + [150 + n for n in range(48)]
    canvas = shot.pieces[1].canvas
    assert [run.range.duration for run in canvas.runs()] == [3, 7, 2]
    assert [(s.start, s.end, s.method) for s in notes.segments] == [
        (0, 48, "kept"),
        (48, 55, "bars"),
        (55, 103, "kept"),
    ]


def test_a_remix_of_a_part_leaves_the_rest_alone(footage):
    body = {"video": "v", "strength": 1.0, "cutaway": {"range": {"start": 10, "end": 30}}}
    frames, *_ = made("edit", {"video": footage("a")}, **body)
    assert greys(frames) == [20 + n for n in range(10)] + [None] * 20 + [50 + n for n in range(18)]


def test_a_remix_of_no_strength_keeps_every_frame(footage):
    frames, *_ = made("edit", {"video": footage("a")}, video="v", strength=0.0)
    assert greys(frames) == [20 + n for n in range(48)]


def test_a_blend_turns_one_clip_into_the_other(footage):
    roles = {"video": footage("a", base=20), "with": footage("c", base=200, step=0)}
    frames, *_ = made("edit", roles, video="v", cutaway={"blend": {"with": "w", "overlap_frames": 10}})
    levels = greys(frames)
    assert levels[:38] == [20 + n for n in range(38)]
    assert levels[48:] == [200] * 38
    assert all(before < after for before, after in itertools.pairwise(levels[37:49]))


def test_a_loop_of_a_periodic_clip_is_cut_at_its_period(tmp_path):
    path, period = tmp_path / "periodic.mkv", 20
    with Writer(path, width=WIDTH, height=HEIGHT, rate=Rate.parse(24), format=OutputFormat.FFV1) as writer:
        for n in range(50):
            frame = np.full((1, HEIGHT, WIDTH, 3), 30, np.uint8)
            left = (n % period) * (WIDTH - 16) // (period - 1)
            frame[:, 20:40, left : left + 16] = 220
            writer.write(frame)
        writer.finish()
    frames, shot, _ = made("edit", {"video": path}, video="v", cutaway={"loop": True})
    assert len(frames) % period == 0
    assert len(frames) == shot.frames
    assert shot.pieces[-1].canvas.known[0].at == 0


def test_a_loop_of_an_asked_length_has_it(footage):
    frames, *_ = made("edit", {"video": footage("a")}, video="v", num_frames=31, cutaway={"loop": True})
    assert len(frames) == 31


def test_footage_at_another_rate_is_conformed_to_the_nearest_frame(footage):
    roles = {"before": footage("a"), "after": footage("d", base=100, frames=60, rate="30")}
    frames, *_ = made("create", roles, num_frames=2, cutaway={"fill": {"before": "v", "after": "w"}})
    assert greys(frames)[50:] == [100 + int(n * 30 / 24 + 0.5) for n in range(48)]


STRICT = BARS.model_copy(update={"frame_multiple": 4, "frame_offset": 1, "max_frames": 33})


class Recording(Bars):
    """Bars that remember what they were asked to paint."""

    def __init__(self, info):
        super().__init__(info)
        self.canvases = []

    def paint(self, canvas, control):
        self.canvases.append(canvas)
        return super().paint(canvas, control)


def windowed(count):
    """Frames of a generated shot, and the canvases a strict model was shown for it."""
    request = VideoCreate(prompt="x", num_frames=count, size=f"{WIDTH}x{HEIGHT}", seed=0)
    effective = resolve(request, verb_of(request, "create"), {}, STRICT, seed=1)
    engine = Recording(STRICT)
    frames = np.concatenate(list(play(plan_shot(effective, request, {}, STRICT), engine, Control())))
    return frames, engine.canvases


def test_a_model_with_a_grid_paints_more_and_gives_what_was_asked():
    frames, canvases = windowed(30)
    assert len(frames) == 30
    assert [canvas.frames for canvas in canvases] == [33]


@pytest.mark.parametrize("count", [33, 34, 58, 59, 100])
def test_a_long_shot_is_painted_in_windows_that_join(count):
    frames, canvases = windowed(count)
    assert [frame_number(f) for f in frames] == list(range(count))
    assert all(canvas.frames <= 33 and canvas.frames % 4 == 1 for canvas in canvases)
    assert (len(canvases) > 1) == (count > 33)


def test_each_window_starts_from_the_last_frames_of_the_one_before():
    _, (first, second, *_) = windowed(60)
    assert first.known == ()
    end = first.frames
    assert [frame_number(f) for f in second.known[0].read(0, 8)] == list(range(end - 8, end))
    assert second.shot_start == end - 8


def test_extending_a_clip_with_a_strict_model_stays_exact(footage):
    for direction in ("forward", "backward"):
        frames, *_ = made(
            "extend", {"video": footage("a")}, model=STRICT, video="v", num_frames=10, cutaway={"direction": direction}
        )
        kept = greys(frames)[:48] if direction == "forward" else greys(frames)[10:]
        assert kept == [20 + n for n in range(48)]


def test_a_cancel_takes_effect_within_a_chunk():
    request = VideoCreate(prompt="x", num_frames=100, size=f"{WIDTH}x{HEIGHT}")
    effective = resolve(request, verb_of(request, "create"), {}, BARS, seed=1)
    seen = []
    chunks = play(plan_shot(effective, request, {}, BARS), Bars(), Control(cancelled=lambda: len(seen) >= 2))
    with pytest.raises(Cancelled):
        seen.extend(chunks)
    assert len(seen) == 2


def test_progress_is_a_share_of_the_result_and_never_falls(footage):
    steps = []
    request = VideoCreate.model_validate({"prompt": "x", "video": "v", "num_frames": 30})
    facts = {"video": probe(footage("a")).facts()}
    effective = resolve(request, verb_of(request, "extend"), facts, BARS, seed=1)
    with Clip(footage("a")) as clip:
        control = Control(on_progress=lambda phase, _step, _total, done: steps.append((phase, done)))
        list(play(plan_shot(effective, request, {"video": clip}, BARS), Bars(), control))
    shares = [done for _, done in steps]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert (
        max(done for phase, done in steps if phase == "copying")
        < 48 / 78
        <= min(done for phase, done in steps if phase == "painting")
    )


GRID = BARS.model_copy(
    update={
        "id": "grid", "frame_multiple": 4, "frame_offset": 1, "min_frames": 5, "max_frames": 17, "window_context": 3,
        "size_multiple": 16, "sizes": ["64x48"], "rates": ["16"], "default_size": "64x48", "default_fps": "16",
    }
)  # fmt: skip


class Strict(Recording):
    """Refuses what a model with a grid refuses, and paints known frames in its own way, too."""

    def paint(self, canvas, control):
        assert canvas.frames % 4 == 1
        assert 5 <= canvas.frames <= 17
        assert (canvas.width % 16, canvas.height % 16) == (0, 0)
        assert canvas.width * canvas.height <= 64 * 48 * 1.1
        assert canvas.rate == Rate.parse(16)
        assert not canvas.closed
        for known in canvas.known:
            shape = known.plate.read(0, len(known.plate)).shape
            assert shape == (len(known.plate), canvas.height, canvas.width, 3)
        for chunk in super().paint(canvas, control):
            yield chunk ^ 1


EVERY_VERB = {
    "text": ("create", {}, {"num_frames": 70}),
    "picture": ("create", {"first_frame": "a"}, {"num_frames": 70, "input_reference": {"id": "v", "frame": 0}}),
    "pictures": (
        "create",
        {"first_frame": "a", "keyframe.0": "b", "last_frame": "b"},
        {
            "num_frames": 70, "input_reference": {"id": "v", "frame": 0},
            "cutaway": {"last_frame": {"id": "w", "frame": -1},
                        "keyframes": [{"at": 30, "image": {"id": "w", "frame": 4}}]},
        },
    ),
    "closed": ("create", {}, {"num_frames": 40, "cutaway": {"loop": True}}),
    "extend": ("extend", {"video": "a"}, {"video": "v", "num_frames": 50}),
    "lead": ("extend", {"video": "a"}, {"video": "v", "num_frames": 50, "cutaway": {"direction": "backward"}}),
    "fill": ("create", {"before": "a", "after": "b"}, {"num_frames": 50, "cutaway": {"fill": {"before": "v", "after": "w"}}}),
    "remix": ("edit", {"video": "a"}, {"video": "v", "strength": 0.5}),
    "blend": ("edit", {"video": "a", "with": "b"}, {"video": "v", "cutaway": {"blend": {"with": "w", "overlap_frames": 40}}}),
    "loop": ("edit", {"video": "a"}, {"video": "v", "num_frames": 40, "cutaway": {"loop": True}}),
}  # fmt: skip
"""Verb -> operation, footage by role, request; all off the grid in size (96x64), rate (24) and length."""


@pytest.mark.parametrize("verb", EVERY_VERB)
def test_every_verb_comes_out_whole_from_a_model_that_knows_one_size_one_rate_and_a_second(verb, footage):
    operation, named, body = EVERY_VERB[verb]
    roles = {role: footage(name, base=150 if name == "b" else 20) for role, name in named.items()}
    request = VideoCreate.model_validate({"prompt": "x", "seed": 0, "size": f"{WIDTH}x{HEIGHT}", "fps": 24, **body})
    asked = verb_of(request, operation)
    facts = {role: probe(path).facts() for role, path in roles.items()}
    effective = resolve(request, asked, facts, GRID, seed=1)
    engine, notes, steps = Strict(GRID), Notes(), []
    control = Control(notes, on_progress=lambda *told: steps.append(told[-1]))
    with contextlib.ExitStack() as stack:
        clips = {role: stack.enter_context(Clip(path)) for role, path in roles.items()}
        shot = plan_shot(effective, request, clips, GRID)
        frames = np.concatenate(list(play(shot, engine, control)))
        expected = np.full(shot.frames, -1)
        at = 0
        for piece in shot.pieces:
            if isinstance(piece, Paint):
                for run in piece.canvas.runs():
                    inside = run.range.intersection(piece.take) if run.kind is RunKind.KEPT else None
                    if inside is not None:
                        given = greys(run.known[0].read(inside.start, inside.end))
                        expected[at + inside.start - piece.take.start : at + inside.end - piece.take.start] = given
            else:
                expected[at : at + piece.frames] = greys(piece.plate.read(0, piece.frames))
            at += piece.frames
    assert frames.shape == (effective.num_frames, HEIGHT, WIDTH, 3)
    for n, level in enumerate(expected):
        assert level == -1 or (frames[n] == level).all(), n
    told = {a.field: a.effective for a in effective.adjustments}
    assert told["paint_size"] == f"{engine.canvases[0].width}x{engine.canvases[0].height}"
    assert told["paint_fps"] == "16"
    assert told.get("windows", 1) == len(engine.canvases)
    assert len({canvas.seed for canvas in engine.canvases}) == len(engine.canvases)
    assert engine.canvases[0].seed == 0
    assert steps == sorted(steps)
    covered = [n for segment in notes.segments for n in range(segment.start, segment.end)]
    assert covered == list(range(effective.num_frames))


def test_two_takes_of_a_finished_shot_are_the_same():
    request = VideoCreate(prompt="x", num_frames=40, size=f"{WIDTH}x{HEIGHT}", fps="25", seed=3)
    effective = resolve(request, verb_of(request, "create"), {}, GRID, seed=1)
    shot = plan_shot(effective, request, {}, GRID)
    first, second = (np.concatenate(list(play(shot, Strict(GRID), Control()))) for _ in range(2))
    assert np.array_equal(first, second)
