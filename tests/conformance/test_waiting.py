"""The client's own poll: at the server's pace, to the end, also of a job that fails."""

import time

import openai
import pytest


def test_create_and_poll_keeps_the_servers_pace(runtime, relay, small):
    small["extra_body"].update(num_frames=240)
    with runtime.client(url=relay.url) as client:
        video = client.videos.create_and_poll(**small)
    assert video.status == "completed"
    assert {get.headers["x-stainless-poll-helper"] for get in relay.heard("GET")} == {"true"}


def test_an_unfinished_job_says_when_to_ask_again(client, small):
    small["extra_body"].update(num_frames=1440)
    raw = client.videos.with_raw_response.create(**{**small, "size": "1280x720"})
    video = raw.parse()
    looked = client.videos.with_raw_response.retrieve(video.id)
    pause = int(looked.headers["openai-poll-after-ms"])
    assert 250 <= pause <= 5000
    assert looked.http_response.status_code == 200
    client.videos.delete(video.id)


def test_a_finished_job_says_nothing_of_the_kind(client, done):
    assert "openai-poll-after-ms" not in client.videos.with_raw_response.retrieve(done.id).headers


def test_progress_only_grows_and_no_fifth_status_is_seen(client, small):
    small["extra_body"].update(num_frames=600)
    video = client.videos.create(**{**small, "size": "640x360"})
    seen = []
    while video.status in {"queued", "in_progress"}:
        video = client.videos.retrieve(video.id)
        seen.append((video.status, video.progress))
        time.sleep(0.02)
    statuses = [status for status, _ in seen]
    progress = [amount for _, amount in seen]
    assert list(dict.fromkeys(statuses))[-2:] == ["in_progress", "completed"]
    assert progress == sorted(progress)
    assert [amount for status, amount in seen if status != "completed" and amount == 100] == []
    assert progress[-1] == 100


def test_a_failed_job_is_returned_not_raised(client, runtime, small):
    """A source damaged behind its header fails where it is read: in the worker."""
    source = client.videos.create_and_poll(**small, poll_interval_ms=50)
    path = runtime.home / "videos" / source.id / "video.mp4"
    keep = path.read_bytes()
    path.write_bytes(keep[:200] + bytes(len(keep) - 200))
    video = client.videos.remix(source.id, prompt="again", extra_body={"model": "bars"})
    video = client.videos.poll(video.id, poll_interval_ms=50)
    assert (video.status, video.error.code) == ("failed", "invalid_media")
    assert video.error.message
    raw = client.videos.with_raw_response.retrieve(video.id)
    assert raw.http_response.status_code == 200
    with pytest.raises(openai.ConflictError):
        client.videos.download_content(video.id)


def test_a_cancelled_job_has_failed_and_says_by_what(client, small):
    small["extra_body"].update(num_frames=1440)
    video = client.videos.create(**{**small, "size": "1280x720"})
    client.post(f"/videos/{video.id}/cancel", cast_to=openai.types.Video)
    video = client.videos.poll(video.id, poll_interval_ms=50)
    assert (video.status, video.error.code) == ("failed", "cancelled")
    assert video.cutaway["state"] == "cancelled"
