from __future__ import annotations

import numpy as np
import pytest

from cutaway.timebase import Rate
from cutaway_runtime.engine.catalog import STYLES
from cutaway_runtime.engine.draft.looks import PIXELS, POSES, SHADES, Look


@pytest.fixture
def clip(real_clip):
    return real_clip("bigbuckbunny.mp4")[36:48]


def _look(style, clip, *, seed=3, first=0, rate="24", chunk=4):
    height, width = clip.shape[1:3]
    look = Look(style, width=width, height=height, rate=Rate.parse(rate), seed=seed)
    return np.concatenate([look.apply(clip[at : at + chunk], first + at) for at in range(0, len(clip), chunk)])


@pytest.mark.parametrize("style", list(STYLES))
def test_every_style_of_the_catalogue_changes_the_picture_and_repeats(clip, style):
    out = _look(style, clip)
    assert out.shape == clip.shape
    assert out.dtype == np.uint8
    assert np.abs(out.astype(int) - clip).mean() > 1
    assert (out == _look(style, clip)).all()


@pytest.mark.parametrize("style", list(STYLES))
def test_how_frames_are_cut_into_chunks_makes_no_difference(clip, style):
    assert (_look(style, clip, chunk=4) == _look(style, clip, chunk=12)).all()


@pytest.mark.parametrize("style", list(STYLES))
def test_a_style_works_at_any_legal_size(style):
    for height, width in ((16, 16), (182, 322), (640, 32)):
        picture = np.random.default_rng(1).integers(0, 255, (1, height, width, 3), dtype=np.uint8)
        assert _look(style, picture).shape == picture.shape


def test_film_noir_has_no_colour_and_hard_light(clip):
    out = _look("film-noir", clip)
    assert np.ptp(out, axis=-1).max() <= 1
    assert out.mean(axis=-1).std() > clip.mean(axis=-1).std()


def test_archival_fades_to_warm_and_flickers(clip):
    still = np.repeat(clip[:1], 8, axis=0)
    out = _look("archival", still)
    spread = out.max(axis=-1).astype(int) - out.min(axis=-1)
    assert spread.mean() < 0.6 * (still.max(axis=-1).astype(int) - still.min(axis=-1)).mean()
    assert out[..., 0].mean() > out[..., 2].mean()
    assert out.mean(axis=(1, 2, 3)).std() > 0.2


def test_stop_motion_holds_twelve_poses_a_second(clip):
    out = _look("stop-motion", clip, rate="24")
    changes = [n for n in range(1, len(out)) if (out[n] != out[n - 1]).any()]
    assert changes == list(range(2, len(out), 24 // POSES))


def test_pixel_art_has_large_pixels_and_few_colours(clip):
    out = _look("pixel", clip[:1])[0]
    side = out.shape[1] // PIXELS
    assert side >= 3
    assert (out[:side, :side] == out[0, 0]).all()
    assert max(len(np.unique(out[..., channel])) for channel in range(3)) <= SHADES


def test_papercraft_has_flat_areas(clip):
    def flatness(picture):
        return (np.abs(np.diff(picture[..., 1].astype(int), axis=1)) <= 4).mean()

    assert flatness(_look("papercraft", clip[:1])[0]) > flatness(clip[0]) + 0.1


def test_watercolor_leaves_the_rim_of_the_sheet_bare(clip):
    out = _look("watercolor", clip[:1])[0]
    assert out[:2].mean() > 225
    assert out[60:-60, 60:-60].mean() < 215


def test_an_unknown_style_is_refused():
    with pytest.raises(KeyError):
        Look("cubism", width=64, height=64, rate=Rate.parse(24), seed=1)


def test_a_style_lies_on_painted_frames_and_not_on_kept_ones(lay, paint, clip):
    canvas = lay(16, (0, clip[:6]), (10, clip[6:]), style="film-noir")
    out, _ = paint(canvas)
    assert (out[:6] == clip[:6]).all()
    assert (out[10:] == clip[6:]).all()
    assert np.ptp(out[6:10], axis=-1).max() <= 1
