"""Messages of the runtime, checked and read by the stock client."""

import json
import time

import openai
import pytest


@pytest.fixture
def message(runtime, told, client):
    """What was posted about the end of a job: headers and body."""

    def about(video_id):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for post in told.requests:
                if json.loads(post.body)["data"]["id"] == video_id:
                    return post.headers, post.body
            time.sleep(0.02)
        raise AssertionError(f"nothing was told of {video_id}")

    return about


@pytest.fixture
def knowing(runtime):
    """A client that has the secret, as OPENAI_WEBHOOK_SECRET would give it."""
    secret = (runtime.home / "webhook-secret").read_text().strip()
    with openai.OpenAI(api_key="-", base_url=f"{runtime.url}/v1", webhook_secret=secret) as made:
        yield made


def test_a_finished_video(knowing, message, done):
    headers, body = message(done.id)
    knowing.webhooks.verify_signature(body, headers)
    event = knowing.webhooks.unwrap(body, headers)
    assert event.type == "video.completed"
    assert event.data.id == done.id
    assert event.object == "event"
    assert event.id == headers["webhook-id"]


def test_one_that_failed(client, knowing, message, small):
    small["extra_body"]["num_frames"] = 1440
    video = client.videos.create(**{**small, "size": "1280x720"})
    client.post(f"/videos/{video.id}/cancel", cast_to=openai.types.Video)
    headers, body = message(video.id)
    assert knowing.webhooks.unwrap(body, headers).type == "video.failed"


def test_what_was_changed_is_not_believed(knowing, message, done):
    headers, body = message(done.id)
    with pytest.raises(openai.InvalidWebhookSignatureError):
        knowing.webhooks.verify_signature(body.replace(b"completed", b"failed"), headers)
    with pytest.raises(openai.InvalidWebhookSignatureError):
        knowing.webhooks.verify_signature(body, {**headers, "webhook-timestamp": "1"})
