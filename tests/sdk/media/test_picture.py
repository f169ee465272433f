"""Thumbnails, sprite sheets and contact sheets show the frames they claim to show."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cutaway.media.decode import Clip
from cutaway.media.picture import contact_sheet, encoded, spread, sprite_sheet, thumbnail


def test_spread_takes_the_first_the_last_and_even_steps():
    assert spread(48, 4) == [0, 16, 31, 47]
    assert spread(3, 8) == [0, 1, 2]
    assert spread(1, 8) == [0]
    assert spread(10, 1) == [0]
    assert spread(1440, 8)[-1] == 1439


def test_a_thumbnail_keeps_the_shape(make_clip, number_of):
    with Clip(make_clip(frames=30)) as clip:
        small = thumbnail(clip, 80)
    assert small.shape == (48, 80, 3)
    assert number_of(small) == 10


def test_a_sprite_sheet_reads_like_a_page(make_clip, number_of):
    with Clip(make_clip(frames=24)) as clip:
        sheet = sprite_sheet(clip, 4, 2, 160)
    assert sheet.shape == (192, 640, 3)
    tiles = [
        sheet[row * 96 : row * 96 + 96, column * 160 : column * 160 + 160] for row in (0, 1) for column in range(4)
    ]
    assert [number_of(tile) for tile in tiles] == spread(24, 8)


def test_a_short_clip_leaves_the_rest_of_the_sheet_black(make_clip):
    with Clip(make_clip(frames=3)) as clip:
        sheet = sprite_sheet(clip, 2, 2, 160)
    assert not sheet[96:, 160:].any()
    assert sheet[96:, :160].any()


@pytest.mark.parametrize("caption", [None, "A dog runs left", "해변을 달리는 개", "夕暮れの砂漠"])
def test_a_contact_sheet_is_a_readable_page(make_clip, tmp_path, caption):
    out = contact_sheet(make_clip(frames=30), tmp_path / "sheet.png", columns=3, rows=2, width=900, caption=caption)
    page = np.asarray(Image.open(out))
    assert page.shape[1] == 900
    assert page.shape[0] > 2 * 96
    paper = page[2, 2]
    header = page[:52]
    assert (np.abs(header.astype(int) - paper).max(axis=-1) > 100).sum() > 200  # something is written there


def test_a_contact_sheet_of_a_still(tmp_path, numbered):
    Image.fromarray(numbered(3)).save(tmp_path / "a.png")
    assert contact_sheet(tmp_path / "a.png", tmp_path / "sheet.png").exists()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_pictures_as_files(numbered, number_of, kind):
    picture = Image.open(io.BytesIO(encoded(numbered(21), kind)))
    assert picture.format == kind.upper()
    assert number_of(np.asarray(picture)) == 21
