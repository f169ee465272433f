"""Which exception a refusal becomes, and what it carries."""

import openai
import pytest


def refused(kind, status, code, call):
    """Exactly this class, with a message to read, a code for programs, and no second try."""
    with pytest.raises(openai.APIStatusError) as raised:
        call()
    error = raised.value
    assert type(error) is kind, error
    assert (error.status_code, error.code) == (status, code)
    assert error.body["message"]
    assert error.type
    assert error.response.headers["x-should-retry"] == "false"
    assert error.response.request.headers["x-stainless-retry-count"] == "0"
    return error


def test_400_says_which_field(client, small):
    error = refused(
        openai.BadRequestError, 400, "unsupported_size", lambda: client.videos.create(**{**small, "size": "161x91"})
    )
    assert error.param == "size"
    assert "160x90" in error.message
    error = refused(
        openai.BadRequestError, 400, "invalid_request", lambda: client.videos.create(**{**small, "seconds": "soon"})
    )
    assert error.param == "seconds"


def test_400_where_nothing_is_asked_for(client):
    error = refused(openai.BadRequestError, 400, "missing_required_parameter", lambda: client.videos.create(prompt=""))
    assert error.param == "prompt"


def test_400_for_a_file_that_is_no_picture(client, small):
    call = lambda: client.videos.create(**small, input_reference=b"no picture at all")  # noqa: E731
    assert refused(openai.BadRequestError, 400, "invalid_media", call).param == "input_reference"


def test_401_without_the_key(runtime):
    with runtime.client() as client:
        other = client.with_options(api_key="another")
        refused(openai.AuthenticationError, 401, "invalid_api_key", other.videos.list)


def test_403_for_a_page_of_another_site(client, small):
    call = lambda: client.videos.create(**small, extra_headers={"Origin": "https://example.org"})  # noqa: E731
    refused(openai.PermissionDeniedError, 403, "cross_site_request", call)


def test_404_for_what_is_not_there(client, small):
    refused(openai.NotFoundError, 404, "video_not_found", lambda: client.videos.retrieve("video_none"))
    refused(openai.NotFoundError, 404, "video_not_found", lambda: client.videos.download_content("video_none"))
    refused(openai.NotFoundError, 404, "video_not_found", lambda: client.videos.remix("video_none", prompt="x"))
    error = refused(
        openai.NotFoundError, 404, "model_not_found", lambda: client.videos.create(**{**small, "model": "none"})
    )
    assert error.param == "model"
    refused(openai.NotFoundError, 404, "route_not_found", lambda: client.get("/nowhere", cast_to=object))


def test_409_for_what_is_not_done_yet(client, small):
    long = client.videos.create(**{**small, "size": "1280x720", "extra_body": {"num_frames": 1440, "fps": 24}})
    try:
        refused(openai.ConflictError, 409, "video_not_ready", lambda: client.videos.download_content(long.id))
        refused(openai.ConflictError, 409, "video_not_ready", lambda: client.videos.remix(long.id, prompt="x"))
    finally:
        client.videos.delete(long.id)


def test_422_for_a_key_that_means_another_request(client, small):
    key = {"Idempotency-Key": "one-key"}
    first = client.videos.create(**small, extra_headers=key)
    assert client.videos.create(**small, extra_headers=key).id == first.id
    small["prompt"] = "another"
    call = lambda: client.videos.create(**small, extra_headers=key)  # noqa: E731
    refused(openai.UnprocessableEntityError, 422, "idempotency_key_reuse", call)


def test_an_unknown_cursor_is_no_empty_page(client):
    error = refused(openai.BadRequestError, 400, "invalid_request", lambda: client.videos.list(after="video_none"))
    assert error.param == "after"
