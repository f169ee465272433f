"""Every operation a version has, with its own arguments, and what comes back."""

import inspect
import warnings

import openai
import pytest

LATER = {"edit", "extend", "create_character", "get_character"}
"""Operations that 2.24.0 does not have yet."""
OPERATIONS = {"create", "retrieve", "list", "delete", "download_content", "remix", "poll", "create_and_poll"}


def has(client, *operations):
    if not all(hasattr(client.videos, operation) for operation in operations):
        pytest.skip(f"openai {openai.__version__} has no {' and no '.join(operations)}")


def test_no_operation_of_this_version_is_left_out_here(client):
    public = {
        name for name, value in inspect.getmembers(type(client.videos), inspect.isfunction) if not name.startswith("_")
    }
    assert public == OPERATIONS | (LATER if openai.__version__ != "2.24.0" else set())


def test_a_video_has_every_field_with_its_type(done):
    assert done.object == "video"
    assert (done.status, done.progress, done.error) == ("completed", 100, None)
    assert (done.model, done.prompt, done.size) == ("bars", "bars", "160x90")
    assert isinstance(done.seconds, str)
    assert float(done.seconds) == pytest.approx(8 / 24, abs=0.001)
    assert type(done.created_at) is type(done.completed_at) is int
    assert done.completed_at >= done.created_at
    assert done.remixed_from_video_id is None


def test_the_contracts_own_words_alone_are_enough(client):
    video = client.videos.create(prompt="a red ball", model="sora-2", seconds="4", size="1280x720")
    client.videos.delete(video.id)
    assert (video.status, video.size, float(video.seconds)) == ("queued", "1280x720", 4)


def test_values_that_the_types_do_not_list_go_through(client, small):
    video = client.videos.create(**{**small, "size": "208x118", "seconds": 0.5, "extra_body": {"fps": 24}})
    assert (video.size, video.seconds) == ("208x118", "0.5")


def test_retrieve_tells_the_same(client, done):
    assert client.videos.retrieve(done.id) == done


def test_delete_says_deleted_and_means_it(client, small):
    video = client.videos.create(**small)
    gone = client.videos.delete(video.id)
    assert (gone.id, gone.object, gone.deleted) == (video.id, "video.deleted", True)
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve(video.id)
    with pytest.raises(openai.NotFoundError):
        client.videos.delete(video.id)


def test_delete_of_a_running_job_stops_it(client, small):
    long = client.videos.create(**{**small, "size": "1280x720", "extra_body": {"num_frames": 1440, "fps": 24}})
    behind = client.videos.create(**small)
    assert client.videos.delete(long.id).deleted is True
    assert client.videos.poll(behind.id, poll_interval_ms=50).status == "completed"


def test_edit_of_an_upload(client, clip):
    has(client, "edit")
    video = client.videos.edit(prompt="at night", video=clip, extra_body={"model": "bars"})
    assert client.videos.poll(video.id, poll_interval_ms=50).status == "completed"
    assert video.cutaway["verb"] == "remix"


def test_extend_gives_the_stitched_length(client, clip, done):
    has(client, "extend")
    video = client.videos.extend(prompt="on", seconds="1", video=clip, extra_body={"model": "bars"})
    assert float(video.seconds) == pytest.approx(1 + float(done.seconds), abs=0.001)
    assert client.videos.poll(video.id, poll_interval_ms=50).status == "completed"


def test_remix_names_where_it_comes_from(client, done):
    video = client.videos.remix(done.id, prompt="at night")
    client.videos.delete(video.id)
    assert video.remixed_from_video_id == done.id
    again = client.videos.remix(done.id, prompt="at night", extra_body={"model": "bars", "strength": 0.25})
    assert (again.model, again.cutaway["verb"]) == ("bars", "remix")
    assert client.videos.poll(again.id, poll_interval_ms=50).status == "completed"


def test_characters(client, clip, picture):
    has(client, "create_character", "get_character")
    made = client.videos.create_character(name="Ada", video=clip)
    assert made.name == "Ada"
    assert made.id
    assert isinstance(made.created_at, int)
    assert client.videos.get_character(made.id).to_dict() == made.to_dict()
    assert client.videos.create_character(name="Bob", video=("bob.png", picture, "image/png")).id != made.id
    with pytest.raises(openai.NotFoundError) as raised:
        client.videos.get_character("char_none")
    assert raised.value.code == "character_not_found"


def test_what_each_call_warns_of(client, small, done):
    """From 3.0 on: of its age, once a call. Before: of nothing."""
    old = openai.__version__.startswith("2.")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        client.videos.retrieve(done.id)
        client.videos.download_content(done.id)
        client.videos.delete(client.videos.create(**small).id)
    assert [warning.category for warning in said] == ([] if old else [DeprecationWarning] * 4)
