"""The finished file: whole, streamed, in parts, and its other forms."""

import hashlib

import pytest


def test_the_whole_file(client, done, tmp_path):
    answer = client.videos.download_content(done.id)
    assert answer.response.headers["content-type"] == "video/mp4"
    assert hashlib.sha256(answer.content).hexdigest() == done.cutaway["sha256"]
    answer.write_to_file(tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == answer.content
    assert client.videos.download_content(done.id, variant="video").content == answer.content


def test_streamed_to_disk(client, done, clip, tmp_path):
    with client.videos.with_streaming_response.download_content(done.id) as stream:
        stream.stream_to_file(tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == clip


def test_taken_up_again_where_it_broke_off(client, done, clip):
    """Range, and If-Range with the entity tag, through the client's own headers."""
    with client.videos.with_streaming_response.download_content(done.id) as stream:
        tag = stream.headers["etag"]
        assert stream.headers["accept-ranges"] == "bytes"
    ranged = {"Range": "bytes=1000-", "If-Range": tag}
    with client.videos.with_streaming_response.download_content(done.id, extra_headers=ranged) as stream:
        assert stream.status_code == 206
        assert stream.headers["content-range"] == f"bytes 1000-{len(clip) - 1}/{len(clip)}"
        assert b"".join(stream.iter_bytes()) == clip[1000:]
    changed = {"Range": "bytes=1000-", "If-Range": '"another"'}
    with client.videos.with_streaming_response.download_content(done.id, extra_headers=changed) as stream:
        assert stream.status_code == 200
        assert b"".join(stream.iter_bytes()) == clip


@pytest.mark.parametrize(
    ("variant", "starts"),
    [
        ("thumbnail", (b"\xff\xd8\xff", b"RIFF")),
        ("spritesheet", b"\xff\xd8\xff"),
        ("first_frame", b"\x89PNG"),
        ("last_frame", b"\x89PNG"),
        ("sidecar", b"{"),
    ],
)
def test_other_forms(client, done, variant, starts):
    answer = client.videos.download_content(done.id, variant=variant)
    assert answer.content.startswith(starts)
    assert answer.response.headers["content-type"].startswith(("image/", "application/json"))


def test_a_video_without_sound_has_none_to_fetch(client, done):
    import openai

    with pytest.raises((openai.BadRequestError, openai.NotFoundError)) as raised:
        client.videos.download_content(done.id, variant="audio")
    assert "sound" in raised.value.message or "audio" in raised.value.message
