"""Every verb at every size and at every rate: exact size, exact rate, exact number of frames, and kept footage kept."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from verbs.cutting_room import CLIP, RATES, SIZES, VERBS, ask, footage, make, psnr, read, write

from cutaway.media.probe import probe
from cutaway.wire import OutputFormat
from cutaway_runtime.engine import catalog
from cutaway_runtime.plan.request import PlanError

if TYPE_CHECKING:
    from pathlib import Path

    from verbs.cutting_room import Picture

    from cutaway_runtime.engine.base import Engine

    Sources = tuple[tuple[Path, Path], tuple[Path, Path]]


class Shelf:
    """Two clips and two stills of any size and rate, each made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, str, OutputFormat], Sources] = {}
        self._footage = lru_cache(maxsize=2)(self._shot)
        self.frames = lru_cache(maxsize=4)(read)

    def __call__(self, size: str, rate: str, format: OutputFormat = OutputFormat.MP4) -> Sources:  # noqa: A002
        key = (size, rate, format)
        if key not in self._made:
            name = f"{size}-{rate}-{format}"
            clips, stills = [], []
            for seed in (1, 2):
                frames, still = self._footage(size, seed)
                stills.append(still)
                clips.append(write(self._folder / f"{name}-{seed}.{format}", frames, rate, format))
            self._made[key] = (clips[0], clips[1]), (stills[0], stills[1])
        return self._made[key]

    def _shot(self, size: str, seed: int) -> tuple[Picture, Path]:
        """The same at every rate."""
        frames = footage(CLIP, *SIZES[size], seed=seed)
        still = self._folder / f"{size}-{seed}.png"
        Image.fromarray(frames[0]).save(still, compress_level=1)
        return frames, still


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="module")
def bars() -> Engine:
    return catalog.load("bars")


@pytest.fixture(scope="module")
def draft() -> Engine:
    return catalog.load("draft")


def _check(verb: str, size: str, rate: str, engine: Engine, shelf: Shelf, path: Path) -> None:
    clips, stills = shelf(size, rate)
    asked = ask(verb, size, rate, clips, stills, model=engine.info.id)
    effective, _ = make(asked, engine, path)
    found = probe(path)
    assert (found.width, found.height) == SIZES[size]
    assert found.rate is not None
    assert found.rate.fraction == Fraction(RATES[rate])
    assert found.frames == asked.frames == effective.num_frames
    frames = read(path)
    assert frames.shape == (asked.frames, SIZES[size][1], SIZES[size][0], 3)
    for role, start, count in asked.kept:
        source = shelf.frames(asked.files[role])[:count]
        assert psnr(frames[start : start + count], source) >= 38, (role, start)


def _verbs(size: str, rate: str) -> list[str]:
    """Every verb where pictures are small; at a large size each verb has one of the rates, and each rate its verbs."""
    if size == "322x182":
        return list(VERBS)
    turn = list(SIZES).index(size) + list(RATES).index(rate)
    return [verb for number, verb in enumerate(VERBS) if (number + turn) % len(RATES) == 0]


@pytest.mark.slow
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("size", SIZES)
def test_every_verb_makes_exactly_what_was_asked(
    size: str, rate: str, bars: Engine, shelf: Shelf, tmp_path: Path
) -> None:
    for verb in _verbs(size, rate):
        _check(verb, size, rate, bars, shelf, tmp_path / f"{verb}.mp4")


def test_each_pair_of_verb_size_and_rate_is_made() -> None:
    made = {(verb, size, rate) for size in SIZES for rate in RATES for verb in _verbs(size, rate)}
    assert {(verb, size) for verb, size, _ in made} == set(product(VERBS, SIZES))
    assert {(verb, rate) for verb, _, rate in made} == set(product(VERBS, RATES))
    assert {(size, rate) for _, size, rate in made} == set(product(SIZES, RATES))


@pytest.mark.slow
@pytest.mark.parametrize(("size", "rate"), [("322x182", "23.976"), ("1280x720", "25"), ("720x1280", "29.97")])
@pytest.mark.parametrize("verb", VERBS)
def test_the_draft_engine_makes_exactly_what_was_asked(
    verb: str, size: str, rate: str, draft: Engine, shelf: Shelf, tmp_path: Path
) -> None:
    _check(verb, size, rate, draft, shelf, tmp_path / "out.mp4")


@pytest.mark.parametrize("verb", ["image_to_video", "first_and_last", "extend", "extend_backward", "fill", "blend"])
@pytest.mark.parametrize("name", ["bars", "draft"])
def test_kept_frames_come_out_bit_for_bit_where_the_codec_is_lossless(
    verb: str, name: str, shelf: Shelf, tmp_path: Path
) -> None:
    clips, stills = shelf("322x182", "25", OutputFormat.FFV1)
    engine = catalog.load(name)
    asked = ask(verb, "322x182", "25", clips, stills, model=name, format=OutputFormat.FFV1)
    make(asked, engine, tmp_path / "out.mkv")
    frames = read(tmp_path / "out.mkv")
    for role, start, count in asked.kept:
        assert (frames[start : start + count] == read(asked.files[role])[:count]).all(), (role, start)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("size", "nearest"), [("1281x720", ("1280x720", "1282x720")), ("639x361", ("638x360", "640x362"))]
)
def test_an_odd_size_is_refused_with_the_nearest_legal_ones(
    verb: str, size: str, nearest: tuple[str, ...], bars: Engine, shelf: Shelf, tmp_path: Path
) -> None:
    asked = ask(verb, size, "24", *shelf("322x182", "24"))
    with pytest.raises(PlanError) as refused:
        make(asked, bars, tmp_path / "out.mp4")
    assert refused.value.code == "unsupported_size"
    assert refused.value.param == "size"
    assert size in str(refused.value)
    assert any(legal in str(refused.value) for legal in nearest)
    assert not list(tmp_path.iterdir())
