"""Characters, timed cards and forecasts as a user meets them: the client, and the runtime that it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cutaway import Cutaway, errors
from cutaway.client import local

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
SMALL: dict[str, Any] = {"size": "160x96", "num_frames": 24, "rate": 24, "model": "draft", "seed": 3}
RED = np.full((96, 160, 3), (200, 20, 20), np.uint8)


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


def test_a_character_is_seen_where_a_prompt_names_it(client: Cutaway) -> None:
    mia = client.videos.create_character(name="Mia", video=RED, description="a girl in a red coat")
    tom = client.videos.create_character(name="Tom", video=RED)
    assert [one.name for one in client.videos.list_characters()] == ["Tom", "Mia"]
    assert client.videos.get_character(mia.id).cutaway == mia.cutaway
    video = client.videos.create(prompt="Mia walks left", characters=[tom], **SMALL).wait()
    assert video.cutaway is not None
    assert set(video.cutaway.characters) == {mia.id, tom.id}
    with pytest.raises(errors.Conflict):
        client.videos.create_character(name="mia", video=RED)
    assert client.videos.delete_character(tom.id).deleted
    with pytest.raises(errors.NotFound):
        client.videos.create(prompt="a street", characters=[tom], **SMALL)


def test_cards_lie_where_they_were_put(client: Cutaway, tmp_path: Path) -> None:
    video = client.videos.create(
        prompt="",
        cards=[{"at": 0, "prompt": "a blue ball"}, {"at_s": 0.5, "image": RED}, {"at": -1, "image": RED}],
        **SMALL,
    ).wait()
    for number in (12, -1):
        assert np.abs(video.frame(number).pixels().astype(int) - RED).mean() < 12, number
    assert np.abs(video.frame(0).pixels().astype(int) - RED).mean() > 30
    sequel = client.videos.create(prompt="a red wall", first_frame=video.frame(-1), **SMALL).wait()
    assert np.abs(sequel.frame(0).pixels().astype(int) - video.frame(-1).pixels()).mean() < 12
    with pytest.raises(errors.BadRequest):
        client.videos.create(prompt="", cards=[{"at": 99, "prompt": "too late"}], **SMALL)


def test_a_forecast_makes_nothing(client: Cutaway) -> None:
    before = [video.id for video in client.videos.list()]
    estimate = client.videos.estimate(prompt="a blue ball", first_frame=RED, **SMALL)
    assert (estimate.model, estimate.num_frames, estimate.size) == ("draft", 24, "160x96")
    assert [video.id for video in client.videos.list()] == before
    with pytest.raises(errors.BadRequest):
        client.videos.estimate(prompt="a blue ball", **{**SMALL, "size": "161x97", "num_frames": 100_000})


def test_what_the_runtime_says_of_itself(client: Cutaway) -> None:
    assert client.queue().queued == 0
    assert {style.id for style in client.styles()} == set(client.capabilities().styles)
    assert client.dialect().dialect == "cutaway"
    answer = client.videos.with_raw_response.create(prompt="a blue ball", **SMALL)
    assert answer.request_id
    assert answer.headers["content-type"] == "application/json"
    assert answer.parse().wait().status == "completed"
    assert client.with_options(timeout=5).videos.retrieve(answer.parse().id).status == "completed"
