"""The verbs as a user meets them: a client that starts its own runtime, footage sent, results saved and opened."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from verbs.cutting_room import footage, psnr, read, write

from cutaway import Cutaway, errors
from cutaway.client import local
from cutaway.media.probe import probe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


LENGTH, NEW, MADE = 10, 4, 8

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cutaway]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUTAWAY_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("CUTAWAY_BASE_URL", raising=False)
        patch.delenv("CUTAWAY_API_KEY", raising=False)
        try:
            with Cutaway() as made:
                yield made
        finally:
            assert local.stop()


Verb = "Callable[[Cutaway, Path, Path, NDArray[np.uint8], str], Video]"
SIZE, RATE = "322x182", "30000/1001"

VERBS: dict[str, tuple[Verb, int]] = {
    "generate": (
        lambda c, _a, _b, _still, m: c.videos.create(
            prompt="a red ball rolls left", num_frames=MADE, rate="29.97", size=SIZE, model=m
        ),
        MADE,
    ),
    "image_to_video": (
        lambda c, _a, _b, still, m: c.videos.create(
            prompt="slow zoom", first_frame=still, num_frames=MADE, rate="29.97", size=SIZE, model=m
        ),
        MADE,
    ),
    "first_and_last": (
        lambda c, _a, _b, still, m: c.videos.create(
            prompt="slow zoom", first_frame=still, last_frame=still[:, ::-1].copy(), num_frames=MADE, rate="29.97",
            size=SIZE, model=m,
        ),
        MADE,
    ),
    "extend": (lambda c, a, _b, _still, m: c.videos.extend(video=a, num_frames=NEW, model=m), LENGTH + NEW),
    "extend_backward": (
        lambda c, a, _b, _still, m: c.videos.extend(video=a, num_frames=NEW, direction="backward", model=m),
        LENGTH + NEW,
    ),
    "fill": (lambda c, a, b, _still, m: c.videos.fill(a, b, num_frames=NEW, model=m), 2 * LENGTH + NEW),
    "remix": (lambda c, a, _b, _still, m: c.videos.edit(video=a, prompt="at night", strength=0.5, model=m), LENGTH),
    "blend": (lambda c, a, b, _still, m: c.videos.blend(a, b, overlap_frames=NEW, model=m), 2 * LENGTH - NEW),
    "loop": (lambda c, a, _b, _still, m: c.videos.loop(a, num_frames=MADE, model=m), MADE),
}  # fmt: skip


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("clips")
    a, b = (write(folder / f"{n}.mp4", footage(LENGTH, 322, 182, seed=n), "29.97") for n in (1, 2))
    return a, b


@pytest.mark.parametrize("model", ["bars", "draft"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_from_request_to_file(
    verb: str, model: str, client: Cutaway, clips: tuple[Path, Path], tmp_path: Path
) -> None:
    ask, frames = VERBS[verb]
    video = ask(client, *clips, footage(1, 322, 182, seed=5)[0], model).wait(timeout=120)
    path = video.save(tmp_path / "out.mp4")
    found = probe(path)
    assert (found.width, found.height, found.frames) == (322, 182, frames)
    assert found.rate is not None
    assert found.rate.fraction == Fraction(RATE)
    assert (video.size, video.model) == (SIZE, model)
    assert video.cutaway.num_frames == frames
    assert Fraction(video.cutaway.fps or "0") == Fraction(RATE)
    assert video.cutaway.preview
    assert [s.start for s in video.cutaway.segments][:1] == [0]
    assert video.cutaway.segments[-1].end == frames


def test_a_video_may_be_what_the_next_verb_starts_from(client: Cutaway, tmp_path: Path) -> None:
    first = client.videos.create(prompt="a blue car drives right", num_frames=LENGTH, size=SIZE, seed=1).wait(
        timeout=120
    )
    longer = client.videos.extend(video=first, num_frames=NEW).wait(timeout=120)
    start, whole = read(first.save(tmp_path / "first.mp4")), read(longer.save(tmp_path / "longer.mp4"))
    assert len(whole) == LENGTH + NEW
    assert psnr(whole[:LENGTH], start) >= 38


def test_the_same_request_and_seed_give_the_same_file_frames(client: Cutaway, tmp_path: Path) -> None:
    made = [
        client.videos.create(prompt="a green boat sails left on the ocean", num_frames=MADE, size=SIZE, seed=seed)
        for seed in (4, 4, 5)
    ]
    frames = [read(v.wait(timeout=120).save(tmp_path / f"{n}.mp4")) for n, v in enumerate(made)]
    assert np.array_equal(frames[0], frames[1])
    assert psnr(frames[0], frames[2]) < 40


def test_an_odd_size_is_refused_with_the_nearest_legal_ones(client: Cutaway) -> None:
    with pytest.raises(errors.BadRequest) as refused:
        client.videos.create(prompt="a red ball", size="1281x721", num_frames=8)
    named = {tuple(map(int, size)) for size in re.findall(r"(\d+)x(\d+)", str(refused.value))} - {(1281, 721)}
    assert named
    assert all(width in {1280, 1282} and height in {720, 722} for width, height in named)
    assert refused.value.param == "size"


def test_words_that_cannot_be_drawn_are_told(client: Cutaway) -> None:
    video = client.videos.create(
        prompt="a red ball and a zxqvwy roll left", num_frames=MADE, size=SIZE, model="draft"
    ).wait(timeout=120)
    assert "zxqvwy" in video.cutaway.unmatched_terms
    assert {"red", "ball", "left"} <= set(" ".join(video.cutaway.understood_terms).split())
