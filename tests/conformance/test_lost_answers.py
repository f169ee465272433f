"""The stock client sends a create again when its answer is lost, and sends no key. Still: one job."""

import openai
import pytest


@pytest.fixture
def behind(runtime, relay):
    """A client whose answers can be lost."""
    with runtime.client(url=relay.url) as made:
        yield made


def jobs(client, prompt):
    return [video.id for video in client.videos.list(limit=100) if video.prompt == prompt]


def test_three_posts_of_one_lost_create_are_one_job(client, behind, relay, small, picture):
    """With a file, so that every version sends multipart: each try has a boundary, and so a body, of its own."""
    small["prompt"] = "lost twice"
    relay.trouble(method="POST", drop="unanswered", times=2)
    video = behind.videos.create(**small, input_reference=picture)
    assert [post.headers["x-stainless-retry-count"] for post in relay.heard("POST")] == ["0", "1", "2"]
    assert len({post.headers["content-type"] for post in relay.heard("POST")}) == 3
    assert jobs(client, "lost twice") == [video.id]


def test_without_a_file_too(client, behind, relay, small):
    small["prompt"] = "lost once"
    relay.trouble(method="POST", drop="unanswered")
    video = behind.videos.create(**small)
    assert len(relay.heard("POST")) == 2
    assert jobs(client, "lost once") == [video.id]
    assert client.videos.poll(video.id, poll_interval_ms=50).status == "completed"


def test_a_remix_too(client, behind, relay, done):
    relay.trouble(method="POST", drop="unanswered")
    video = behind.videos.remix(done.id, prompt="lost remix", extra_body={"model": "bars"})
    assert jobs(client, "lost remix") == [video.id]


def test_a_client_that_gives_up_finds_its_job(client, behind, relay, small):
    small["prompt"] = "given up"
    relay.trouble(method="POST", drop="unanswered", times=3)
    with pytest.raises(openai.APIConnectionError):
        behind.with_options(max_retries=1).videos.create(**small)
    assert len(jobs(client, "given up")) == 1


def test_two_deliberate_creates_are_two_jobs(client, behind, small):
    small["prompt"] = "twice on purpose"
    made = {behind.videos.create(**small).id for _ in range(2)}
    assert len(made) == 2
    assert set(jobs(client, "twice on purpose")) == made


def test_a_key_of_ones_own_is_honoured(client, small):
    small["prompt"] = "with a key"
    key = {"Idempotency-Key": "my-own-key"}
    first = client.videos.with_raw_response.create(**small, extra_headers=key)
    again = client.videos.with_raw_response.create(**small, extra_headers=key)
    assert first.parse().id == again.parse().id
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
