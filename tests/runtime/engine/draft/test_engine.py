from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from cutaway_runtime.canvas import Slate, splice
from cutaway_runtime.engine.base import Cancelled, Control, Notes
from cutaway_runtime.engine.catalog import DRAFT, load
from cutaway_runtime.engine.draft import Draft


def _methods(notes):
    return [(segment.start, segment.end, segment.method) for segment in notes.segments]


def _step(a, b):
    return float(np.abs(a.astype(int) - b).mean())


def test_the_catalogue_loads_it():
    engine = load("draft")
    assert isinstance(engine, Draft)
    assert engine.info is DRAFT
    assert engine.info.preview
    assert engine.revision


def test_words_become_a_scene(lay, paint):
    out, notes = paint(lay(6, prompt="a red ball rolls left across a desert", size=(320, 180)))
    assert out.shape == (6, 180, 320, 3)
    assert _methods(notes) == [(0, 6, "scene")]
    assert {"red", "ball", "desert"} <= set(notes.understood)


def test_words_nobody_knows_become_a_slate_and_it_is_said(lay, paint):
    _, notes = paint(lay(4, prompt="xyzzy frobnicates", size=(320, 180)))
    assert _methods(notes) == [(0, 4, "slate")]
    assert "xyzzy" in notes.unmatched
    assert any("slate" in warning for warning in notes.warnings)


def test_the_same_canvas_gives_the_same_frames_and_another_seed_others(lay, paint):
    one, again, other = (
        paint(lay(4, prompt="a dog runs in a park", size=(320, 180), seed=seed))[0] for seed in (1, 1, 2)
    )
    assert (one == again).all()
    assert (one != other).any()


def test_a_still_keeps_its_frame_and_the_camera_moves_on(lay, paint, real_clip):
    still = real_clip("bigbuckbunny.mp4")[30:31]
    out, notes = paint(lay(24, (0, still), prompt="camera pans right, a dragon flies"))
    assert (out[0] == still[0]).all()
    assert _methods(notes) == [(0, 1, "kept"), (1, 24, "camera_move")]
    assert notes.understood == ["camera pans right"]
    assert "dragon" in notes.unmatched
    assert any("nothing in it is animated" in warning for warning in notes.warnings)
    assert _step(out[0], out[1]) < 2 < _step(out[0], out[-1])


def test_a_last_still_is_where_the_camera_arrives(lay, paint, real_clip):
    still = real_clip("bigbuckbunny.mp4")[30:31]
    out, notes = paint(lay(24, (23, still)))
    assert (out[-1] == still[0]).all()
    assert _methods(notes) == [(0, 23, "camera_move"), (23, 24, "kept")]
    assert _step(out[-2], out[-1]) < 2 < _step(out[0], out[-1])


def test_keyframes_are_passed_exactly(lay, paint, real_clip):
    clip = real_clip("bikes.mp4")
    out, notes = paint(lay(25, (0, clip[200:201]), (12, clip[206:207]), (24, clip[20:21])))
    assert (out[12] == clip[206]).all()
    assert [method for _, _, method in _methods(notes)] == ["kept", "flow_bridge", "kept", "dissolve", "kept"]
    assert any("different shots" in warning for warning in notes.warnings)


def test_an_extension_leaves_the_clip_and_joins_without_a_jump(lay, paint, real_clip):
    clip = real_clip("bigbuckbunny.mp4")[40:48]
    out, notes = paint(lay(32, (0, clip)))
    assert (out[:8] == clip).all()
    steps = [_step(a, b) for a, b in pairwise(clip)]
    assert _step(out[7], out[8]) <= 2 * np.median(steps)
    assert _methods(notes)[1][2] in {"flow_extrapolation", "camera_move", "hold"}
    assert any("guess" in warning for warning in notes.warnings)


def test_backwards_too(lay, paint, real_clip):
    clip = real_clip("bigbuckbunny.mp4")[40:48]
    out, _ = paint(lay(16, (8, clip)))
    assert (out[8:] == clip).all()
    steps = [_step(a, b) for a, b in pairwise(clip)]
    assert _step(out[7], out[8]) <= 2 * np.median(steps)


def test_a_short_extension_is_no_guess(lay, paint, real_clip):
    _, notes = paint(lay(16, (0, real_clip("bigbuckbunny.mp4")[40:48])))
    assert notes.warnings == []


def test_a_gap_is_bridged_in_even_steps(lay, paint, real_clip):
    clip = real_clip("bigbuckbunny.mp4")
    out, notes = paint(lay(21, (0, clip[60:68]), (13, clip[73:81])))
    assert _methods(notes) == [(0, 8, "kept"), (8, 13, "flow_bridge"), (13, 21, "kept")]
    assert notes.warnings == []
    inside = [_step(a, b) for a, b in pairwise(out[7:14])]
    assert max(inside) < 2.5 * np.median(inside)


def test_a_cut_in_the_gap_is_a_dissolve_that_keeps_moving(lay, paint, real_clip):
    clip = real_clip("bikes.mp4")
    out, notes = paint(lay(26, (0, clip[50:58]), (18, clip[150:158])))
    assert _methods(notes)[1] == (8, 18, "dissolve")
    assert any("different shots" in warning for warning in notes.warnings)
    from_first = [_step(frame, clip[57]) for frame in out[8:18]]
    assert from_first[0] < from_first[4] < from_first[-1]


def test_a_closed_canvas_bridges_its_seam(lay, paint, real_clip):
    """The gap lies across the seam: the frames after the clip lead on to those before it."""
    clip = real_clip("bikes.mp4")[200:220]
    out, notes = paint(lay(30, (4, clip), closed=True))
    assert [method for _, _, method in _methods(notes)] == ["flow_bridge", "kept", "flow_bridge"]
    ring = [_step(a, b) for a, b in zip(out, np.roll(out, -1, axis=0), strict=True)]
    assert ring[-1] <= 2 * np.mean(ring)
    assert max(ring) <= 3 * np.mean(ring)


def test_its_own_take_is_drawn_anew_with_other_words(lay, paint):
    size, prompt = (320, 180), "a red ball rolls left across a desert"
    take, _ = paint(lay(12, prompt=prompt, size=size, seed=5))
    slate = Slate("draft", prompt, 5)
    out, notes = paint(lay(12, (0, take, 0.3), prompt="make it blue", slate=slate, seed=99))
    assert _methods(notes) == [(0, 12, "rerender")]
    truth, _ = paint(lay(12, prompt="a blue ball rolls left across a desert", size=size, seed=5))
    assert (out == truth).all()
    assert _step(out[6], take[6]) > 0.2


def test_a_slate_is_not_believed_where_the_footage_shows_something_else(lay, paint, real_clip):
    clip = real_clip("bigbuckbunny.mp4")[30:36]
    _, notes = paint(lay(6, (0, clip, 0.3), prompt="at night", slate=Slate("draft", "a red ball in a desert", 5)))
    assert _methods(notes) == [(0, 6, "grade")]


def test_a_remix_never_holds_the_clip(lay, real_clip):
    clip = real_clip("bikes.mp4")
    canvas = lay(len(clip), (0, clip, 0.3), prompt="at night")
    painted = sum(len(chunk) for chunk in splice(canvas, Draft().paint(canvas, Control())))
    assert painted == len(clip)
    assert canvas.known[0].plate.longest <= 16


def test_a_cancel_takes_effect_within_a_few_frames(lay, real_clip):
    clip = real_clip("bikes.mp4")[200:208]
    seen: list[int] = []
    canvas = lay(200, (0, clip))
    chunks = Draft().paint(canvas, Control(cancelled=lambda: sum(seen) >= 24))
    with pytest.raises(Cancelled):
        seen.extend(map(len, chunks))
    assert 24 <= sum(seen) <= 40


def test_progress_counts_the_frames_of_the_canvas(lay, real_clip):
    told = []
    control = Control(Notes(), on_progress=lambda phase, step, total, _done: told.append((phase, step, total)))
    clip = real_clip("bikes.mp4")[200:208]
    list(Draft().paint(lay(24, (0, clip)), control))
    painting = [(step, total) for phase, step, total in told if phase == "painting"]
    assert painting == sorted(painting)
    assert painting[-1] == (24, 24)


@pytest.mark.parametrize("size", [(16, 16), (322, 182), (180, 320)])
def test_any_legal_size(lay, paint, size):
    width, height = size
    rng = np.random.default_rng(1)
    clip = np.stack(
        [
            np.full((height, width, 3), 100 + 3 * n, np.uint8) + rng.integers(0, 40, (height, width, 3), dtype=np.uint8)
            for n in range(6)
        ]
    )
    for canvas in (
        lay(10, (0, clip[:1])),
        lay(10, (0, clip)),
        lay(16, (0, clip), (10, clip)),
        lay(6, (0, clip), (0, clip[::-1].copy())),
        lay(6, (0, clip, 0.2), prompt="a rainy night"),
    ):
        out, _ = paint(canvas)
        assert out.shape == (canvas.frames, height, width, 3)
