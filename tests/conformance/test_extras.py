"""What the contract has no word for, in each way a stock client can write it down."""

import base64
import json

import openai
import pytest
from openai.types import Video


@pytest.fixture
def ask(client, small):
    """A create with extras. What was understood stands in the answer's `cutaway`."""

    def create(extra, **more):
        return client.videos.create(**{**small, "extra_body": {**small["extra_body"], **extra}, **more})

    return create


@pytest.mark.parametrize("sent_as", ["it likes", "multipart"])
def test_scalars_arrive_as_texts_and_are_read_as_what_they_are(ask, picture, sent_as):
    """2.24.0 sends JSON where there is no file; later versions always multipart, in which all are texts."""
    more = {"input_reference": picture} if sent_as == "multipart" else {}
    video = ask({"seed": 1, "strict": False, "negative_prompt": None, "num_frames": 9, "fps": 23.976}, **more)
    assert video.cutaway["seed"] == 1
    assert (video.cutaway["num_frames"], video.cutaway["fps"]) == (9, "24000/1001")
    assert video.cutaway["ignored_params"] == []


def test_a_true_in_the_cutaway_object(client, ask):
    """A shot that ends where it began is another one than the same that does not."""
    closed, open_ = (ask({"seed": 1, "cutaway": {"loop": way}}) for way in (True, False))
    assert closed.cutaway["ignored_params"] == []
    made = [client.videos.poll(video.id, poll_interval_ms=50) for video in (closed, open_)]
    assert made[0].cutaway["sha256"] != made[1].cutaway["sha256"]
    with pytest.raises(openai.BadRequestError) as raised:
        ask({"cutaway": {"loop": "perhaps"}})
    assert raised.value.param == "cutaway.loop"


def test_a_nested_object(client, ask, done):
    video = ask({"cutaway": {"last_frame": {"id": done.id, "frame": 0}, "allow_degraded": True}})
    assert video.cutaway["parent_ids"] == [done.id]
    assert client.videos.poll(video.id, poll_interval_ms=50).status == "completed"


def test_a_list_of_scalars(client, ask, picture):
    """Here: pictures of a thing by their ids. These are looked for, each of them."""
    ids = [client.files.create(file=("a.png", picture), purpose="vision").id for _ in range(2)]
    assert ask({"cutaway": {"references": ids}}).cutaway["ignored_params"] == ["references"], "bars are drawn by rules"
    with pytest.raises(openai.NotFoundError) as raised:
        ask({"cutaway": {"references": [ids[0], "file_none"]}})
    assert raised.value.param == "reference.1"


def test_a_list_of_objects_is_refused_with_what_to_do(ask, done, picture):
    """What arrives cannot be told apart: [{"at": 0}, {"at": 4}] and [{"at": 4}, {"at": 0}] are the same."""
    keyframes = [{"at": 0, "image": {"id": done.id, "frame": 0}}, {"at": 4, "image": {"id": done.id, "frame": 1}}]
    with pytest.raises(openai.BadRequestError, match="JSON") as raised:
        ask({"cutaway": {"keyframes": keyframes}}, input_reference=picture)
    assert raised.value.param == "cutaway.keyframes"


def test_a_list_of_objects_as_a_json_text(client, ask, done):
    keyframes = [{"at": 0, "image": {"id": done.id, "frame": 0}}, {"at": 4, "image": {"id": done.id, "frame": 1}}]
    for extra in (
        {"cutaway": {"keyframes": json.dumps(keyframes)}},
        {"cutaway": json.dumps({"keyframes": keyframes})},
    ):
        video = ask(extra)
        assert video.cutaway["parent_ids"] == [done.id]
        assert client.videos.poll(video.id, poll_interval_ms=50).status == "completed"


def test_a_list_of_objects_of_one_field(client, ask, done, picture):
    """Characters, which is what LiteLLM writes too."""
    body = {"video": {"id": done.id}}
    ids = [
        client.post("/videos/characters", body={"name": name, **body}, cast_to=object)["id"] for name in ("Io", "Li")
    ]
    video = ask({"characters": [{"id": video_id} for video_id in ids]}, input_reference=picture)
    assert video.cutaway["characters"] == ids


def test_what_is_not_known_is_named(ask):
    video = ask({"sparkle": 3, "cutaway": {"glitter": "much"}})
    assert sorted(video.cutaway["ignored_params"]) == ["cutaway.glitter", "sparkle"]
    with pytest.raises(openai.BadRequestError, match="sparkle"):
        ask({"sparkle": 3, "strict": True})


def test_several_takes_of_one_request(client, ask):
    first = ask({"n": 2, "seed": 7})
    (other,) = first.cutaway["siblings"]
    takes = [client.videos.poll(video_id, poll_interval_ms=50) for video_id in (first.id, other)]
    assert [(take.status, take.cutaway["seed"]) for take in takes] == [("completed", 7), ("completed", 8)]
    assert {first.id, other} <= {video.id for video in client.videos.list()}


def test_a_deadline_and_a_turn(client, ask):
    video = ask({"num_frames": 1440, "size": "1280x720", "cutaway": {"deadline_s": 0.5, "priority": "interactive"}})
    assert video.cutaway["priority"] == "interactive"
    failed = client.videos.poll(video.id, poll_interval_ms=50)
    assert (failed.status, failed.error.code) == ("failed", "deadline_exceeded")


def test_a_mask_is_refused_and_not_ignored(ask):
    with pytest.raises(openai.BadRequestError, match="repaints a part") as raised:
        ask({"mask": "data:image/png;base64,AA=="})
    assert (raised.value.code, raised.value.param) == ("unsupported_capability", "mask")


def test_a_json_body_keeps_its_types(client, small):
    """With the header, and without a file, the client sends JSON."""
    small["extra_body"] |= {"seed": 7, "cutaway": {"loop": True}}
    video = client.videos.create(**small, extra_headers={"Content-Type": "application/json"})
    assert (video.cutaway["num_frames"], video.cutaway["seed"], video.cutaway["ignored_params"]) == (8, 7, [])


def test_a_json_body_by_the_clients_own_post(client, done):
    keyframes = [{"at": 0, "image": {"id": done.id, "frame": 0}}, {"at": 4, "image": {"id": done.id, "frame": 1}}]
    body = {"prompt": "bars", "model": "bars", "size": "160x90", "num_frames": 8, "cutaway": {"keyframes": keyframes}}
    video = client.post("/videos", body=body, cast_to=Video)
    assert video.cutaway["parent_ids"] == [done.id]


def test_a_file_under_a_json_header_is_refused(client, small, picture):
    """The client sends multipart bytes and calls them JSON; nothing of it may be guessed."""
    with pytest.raises(openai.BadRequestError) as raised:
        client.videos.create(**small, input_reference=picture, extra_headers={"Content-Type": "application/json"})
    assert raised.value.code == "invalid_json"


def test_extras_of_an_answer_are_kept(done):
    assert done.to_dict()["cutaway"]["state"] == "completed"
    assert done.model_extra["cutaway"]["num_frames"] == 8


def test_a_picture_as_a_data_url(client, ask, picture):
    url = "data:image/png;base64," + base64.b64encode(picture).decode()
    video = ask({"input_reference": {"image_url": url}})
    assert client.videos.poll(video.id, poll_interval_ms=50).status == "completed"
