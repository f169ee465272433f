"""Pictures and clips: uploaded in each form the client takes, or named by an id in each way it can send one."""

import io
import json

import openai
import pytest


def forms(data, folder):
    """Bytes in each of the forms of `openai.types.FileTypes`."""
    path = folder / "upload"
    path.write_bytes(data)
    return [
        data,
        io.BytesIO(data),
        path,
        ("a.bin", data),
        ("a.bin", data, "application/octet-stream"),
        ("a.bin", data, "application/octet-stream", {"X-Of-Mine": "1"}),
    ]


def test_a_picture_is_the_first_frame(client, small, picture):
    """The same seed without it is another picture."""
    small["extra_body"]["seed"] = 3
    with_it = client.videos.create(**small, input_reference=picture)
    assert with_it.cutaway["ignored_params"] == []
    ids = [with_it.id, client.videos.create(**small).id]
    made = [client.videos.poll(video_id, poll_interval_ms=50) for video_id in ids]
    assert [video.status for video in made] == ["completed", "completed"]
    assert made[0].cutaway["sha256"] != made[1].cutaway["sha256"]


def test_each_form_of_an_upload_arrives_the_same(client, small, picture, tmp_path):
    """One key, so a body that differs in anything would be refused."""
    key = {"Idempotency-Key": "uploads"}
    sent = [client.videos.create(**small, input_reference=form, extra_headers=key) for form in forms(picture, tmp_path)]
    assert len({video.id for video in sent}) == 1


@pytest.mark.skipif(openai.__version__ == "2.24.0", reason="has no edit")
def test_each_form_of_a_clip_too(client, clip, tmp_path):
    key = {"Idempotency-Key": "clips"}
    more = {"prompt": "again", "extra_body": {"model": "bars"}, "extra_headers": key}
    sent = [client.videos.edit(video=form, **more) for form in forms(clip, tmp_path)]
    assert len({video.id for video in sent}) == 1
    assert client.videos.poll(sent[0].id, poll_interval_ms=50).status == "completed"


def test_an_object_is_stopped_by_the_client_itself(client, small, done):
    """Its types allow {"image_url": ...}; its code does not. The ways round are below."""
    with pytest.raises(RuntimeError):
        client.videos.create(**small, input_reference={"image_url": "https://example.org/a.png"})


def ways(video_id):
    """Arguments that name a video, for a client that can only upload."""
    reference = json.dumps({"id": video_id}).encode()
    return {
        "beside an empty file": {"video": b"", "extra_body": {"model": "bars", "video": {"id": video_id}}},
        "a file that is JSON": {"video": ("ref.json", reference, "application/json"), "extra_body": {"model": "bars"}},
        "a file without a type that is JSON": {"video": reference, "extra_body": {"model": "bars"}},
        "a JSON text": {"video": b"", "extra_body": {"model": "bars", "video": reference.decode()}},
        "a plain id": {"video": b"", "extra_body": {"model": "bars", "video": video_id}},
    }


@pytest.mark.skipif(openai.__version__ == "2.24.0", reason="has no edit")
@pytest.mark.parametrize("way", ways(""))
def test_a_video_named_by_its_id(client, done, way):
    edited = client.videos.edit(prompt="again", **ways(done.id)[way])
    assert edited.cutaway["parent_ids"] == [done.id]
    longer = client.videos.extend(prompt="on", seconds="1", **ways(done.id)[way])
    assert longer.cutaway["parent_ids"] == [done.id]
    assert client.videos.poll(longer.id, poll_interval_ms=50).status == "completed"


def test_edits_by_the_clients_own_post(client, done):
    """So 2.24.0 comes to them too."""
    body = {"prompt": "again", "model": "bars", "video": {"id": done.id}}
    for path in ("/videos/edits", "/videos/extensions"):
        video = client.post(path, body={**body, "seconds": "1"}, cast_to=openai.types.Video)
        assert video.cutaway["parent_ids"] == [done.id]


def test_an_uploaded_file_named_by_its_id(client, small, picture):
    file = client.files.create(file=("a.png", picture, "image/png"), purpose="vision")
    assert client.files.retrieve(file.id).bytes == len(picture)
    small["extra_body"]["input_reference"] = {"file_id": file.id}
    video = client.videos.create(**small)
    assert client.videos.poll(video.id, poll_interval_ms=50).status == "completed"
    assert client.files.delete(file.id).deleted is True


def test_the_last_frame_as_a_file(client, small, picture):
    """Where a version lets a file stand in no other place, the client's own post does."""
    files = {"cutaway[last_frame]": ("end.png", picture, "image/png")}
    video = client.post(
        "/videos",
        body={"prompt": "bars", "model": "bars", "size": "160x90", "num_frames": "8"},
        files=files,
        cast_to=openai.types.Video,
        options={"headers": {"Content-Type": "multipart/form-data"}},
    )
    assert client.videos.poll(video.id, poll_interval_ms=50).status == "completed"
    assert video.cutaway["ignored_params"] == []
