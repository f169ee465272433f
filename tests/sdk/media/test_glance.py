"""A frame to look at: the right one, upright and in the right colours, whatever is lost of sharpness."""

import numpy as np
import pytest

from cutaway.errors import MediaError
from cutaway.media.conform import covering, fitted
from cutaway.media.decode import Clip
from cutaway.media.encode import Writer
from cutaway.timebase import Rate


def smooth(n, width=320, height=192):
    """A picture without hard edges, on which any good filter agrees with any other."""
    y, x = np.mgrid[0:height, 0:width]
    planes = (60 + 120 * x / width, 200 - 120 * y / height, 40 + 60 * x / width + 60 * y / height + n)
    return np.stack(planes, axis=-1).astype(np.uint8)


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "smooth.mp4"
    with Writer(path, width=320, height=192, rate=Rate.parse(24)) as writer:
        for n in range(12):
            writer.write(smooth(3 * n))
        writer.finish()
    with Clip(path) as opened:
        yield opened


@pytest.mark.parametrize("size", [(160, 96), (80, 96), (160, 50), (33, 21)])
def test_it_shows_what_the_exact_way_shows_with_the_same_crop(clip, size):
    for at in (0, 5, 11, 5):
        exact = fitted(clip.read(at, at + 1)[0], *size).astype(int)
        quick = clip.glance(at, *size).astype(int)
        assert quick.shape == exact.shape
        assert np.abs(quick - exact).mean() < 2
        assert abs((quick - exact).mean()) < 1


def test_a_size_as_large_as_the_clips_is_the_exact_frame(clip):
    assert np.array_equal(clip.glance(3, 320, 192), clip.read(3, 4)[0])


def test_frames_by_number_in_any_order(make_clip, number_of):
    with Clip(make_clip(frames=40, size=(320, 192))) as opened:
        for at in (17, 3, 39, 0, 17, 18):
            assert number_of(opened.glance(at, 160, 96)) == at


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_clip_is_upright(make_clip, numbered, number_of, turn):
    turns = {90: 1, 180: 2, 270: 3}[turn]

    def lying(n, width, height):
        return np.rot90(numbered(n, *((width, height) if turns == 2 else (height, width))), turns)

    with Clip(make_clip(frames=4, size=(320, 192), picture=lying, rotation=-turn)) as opened:
        small = opened.glance(2, opened.info.width // 2, opened.info.height // 2)
        assert number_of(small) == 2
        assert small[small.shape[0] // 2, 1, 0] > 150  # the red edge is on the left


def test_a_still_and_frames_outside(tmp_path, numbered, number_of, clip):
    from PIL import Image

    Image.fromarray(numbered(9)).save(tmp_path / "still.png")
    with Clip(tmp_path / "still.png") as still:
        assert number_of(still.glance(0, 80, 48)) == 9
    with pytest.raises(MediaError, match="12"):
        clip.glance(12, 80, 48)


@pytest.mark.parametrize(
    ("have", "wanted", "covers"),
    [
        ((320, 192), (160, 96), (160, 96)),
        ((320, 192), (80, 96), (160, 96)),
        ((320, 192), (160, 50), (160, 96)),
        ((9, 16), (90, 90), (90, 160)),
    ],
)
def test_the_smallest_size_of_the_same_shape_that_covers(have, wanted, covers):
    assert covering(have, wanted) == covers
