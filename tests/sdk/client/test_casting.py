"""Characters, and videos told in cards."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from cutaway import Cutaway, errors
from cutaway.wire import Reference, TimedCard

if TYPE_CHECKING:
    from pathlib import Path

KEY = "a-key-of-this-test"
PNG = b"\x89PNG\r\n\x1a\n and the rest"
Act = Callable[[Callable[[Any], Any]], Any]


async def settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def test_a_character_is_shown_named_and_forgotten(act: Act, movies: Any, tmp_path: Path) -> None:
    (tmp_path / "mia.png").write_bytes(PNG)

    async def body(client: Any) -> None:
        mia = await settled(
            client.videos.create_character(name="Mia", video=tmp_path / "mia.png", description="red coat")
        )
        assert (mia.id, mia.name, mia.cutaway.description) == ("char_1", "Mia", "red coat")
        for name in ("Tom", "Ada"):
            await settled(client.videos.create_character(name=name, video=PNG))
        await settled(client.videos.create(prompt="they meet", characters=[mia, "char_2"]))
        assert (await settled(client.videos.get_character("char_1"))).name == "Mia"
        assert [one.name for one in await settled(client.videos.list_characters())] == ["Ada", "Tom", "Mia"]
        assert (await settled(client.videos.delete_character("char_1"))).deleted
        with pytest.raises(errors.NotFound):
            await settled(client.videos.get_character("char_1"))

    act(body)
    made = movies.requests("POST", "/v1/videos/characters")[0]
    assert made.json == {"name": "Mia", "video": {"file_id": "file_1"}, "cutaway": {"description": "red coat"}}
    assert movies.requests("POST", "/v1/videos")[0].json == {
        "prompt": "they meet",
        "characters": [{"id": "char_1"}, {"id": "char_2"}],
    }


def test_a_lost_answer_shows_a_character_once_more_under_the_same_key(client: Cutaway, movies: Any) -> None:
    import sys

    fault = sys.modules[type(movies).__module__].Fault
    movies.faults.append(fault("POST /v1/videos/characters"))
    client.videos.create_character(name="Mia", video=PNG)
    keys = [seen.headers["idempotency-key"] for seen in movies.requests("POST", "/v1/videos/characters")]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_the_plain_contract_makes_characters_from_files_only(movies: Any) -> None:
    movies.dialect = "openai"
    with Cutaway(movies.url, KEY, dialect="openai") as client:
        assert client.videos.create_character(name="Mia", video=PNG).id == "char_1"
        seen = movies.requests("POST", "/v1/videos/characters")[0]
        assert (seen.fields, seen.files) == ({"name": "Mia"}, {"video": PNG})
        assert client.videos.get_character("char_1").name == "Mia"
        for beyond in (
            client.videos.list_characters,
            lambda: client.videos.delete_character("char_1"),
            lambda: client.videos.create_character(name="Tom", video={"id": "video_1"}),
            lambda: client.videos.create_character(name="Tom", video=PNG, description="tall"),
        ):
            with pytest.raises(errors.UnsupportedCapability) as caught:
                beyond()
            assert caught.value.alternative
    assert len(movies.requests("POST", "/v1/videos/characters")) == 1


def test_a_server_without_characters_is_not_asked(movies: Any) -> None:
    with Cutaway(movies.url, KEY, dialect="sglang") as client, pytest.raises(errors.UnsupportedCapability):
        client.videos.create_character(name="Mia", video=PNG)
    assert not movies.received


def test_an_id_is_never_an_empty_text(client: Cutaway) -> None:
    with pytest.raises(errors.BadRequest, match="id is wanted"):
        client.videos.get_character("")


def test_cards_tell_one_video_in_several(act: Act, movies: Any, tmp_path: Path) -> None:
    (tmp_path / "end.png").write_bytes(PNG)

    async def body(client: Any) -> None:
        shot = await settled(client.videos.create(prompt="a street"))
        await settled(
            client.videos.create(
                prompt="",
                num_frames=120,
                rate=24,
                cards=[
                    {"at": 0, "prompt": "a red ball"},
                    {"at_s": 2, "clip": shot, "frames": 12, "strength": 0.8},
                    TimedCard(at=60, image=Reference(id=shot.id, frame=3)),
                    {"at": -1, "prompt": "it bursts", "image": tmp_path / "end.png"},
                ],
            )
        )

    act(body)
    assert movies.requests("POST", "/v1/videos")[-1].json["cutaway"]["cards"] == [
        {"at": 0, "prompt": "a red ball"},
        {"at_s": 2.0, "clip": {"id": "video_0001"}, "frames": 12, "strength": 0.8},
        {"at": 60, "image": {"id": "video_0001", "frame": 3}},
        {"at": -1, "prompt": "it bursts", "image": {"file_id": "file_1"}},
    ]


@pytest.mark.parametrize(
    ("cards", "param"),
    [
        ([{"prompt": "a"}], "cutaway.cards.0"),
        ([{"at": 0, "at_s": 1, "prompt": "a"}], "cutaway.cards.0"),
        ([{"at": 0, "prompt": "a"}, {"at": 3, "colour": "red"}], "cutaway.cards.1.colour"),
        ([{"at": 0}], "cutaway.cards.0"),
        ([{"at": 0, "image": PNG, "clip": PNG}], "cutaway.cards.0"),
        ({"at": 0, "prompt": "a"}, "cards"),
        (["a red ball"], "cards"),
    ],
)
def test_a_card_that_says_too_little_or_too_much_never_leaves(
    client: Cutaway, movies: Any, cards: Any, param: str
) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        client.videos.create(prompt="a", cards=cards)
    assert caught.value.param == param
    assert not movies.requests("POST", "/v1/.*")
