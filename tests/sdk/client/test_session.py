"""When a request is sent again, under which key, and what an error answer becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cutaway import Cutaway, errors
from cutaway.client.io import run
from cutaway.client.request import Answer
from cutaway.client.session import Session, root_of
from cutaway.errors import ConnectionFailed

LOST = ConnectionFailed("cut", sent=True)
NEVER_LEFT = ConnectionFailed("refused", sent=False)
JOB = {"id": "video_1", "object": "video", "status": "queued", "created_at": 1, "model": "bars"}


@pytest.fixture
def session(scripted: Any) -> Session:
    return Session(scripted, base_url="http://server/v1/", api_key="k", dialect="cutaway")


@pytest.mark.parametrize("trouble", [LOST, NEVER_LEFT, ({}, 500), ({}, 503), ({}, 408)])
def test_a_get_is_sent_again(scripted: Any, session: Session, trouble: Any) -> None:
    scripted.expect("GET /v1/models", trouble)
    scripted.expect("GET /v1/models", {"data": []})
    assert run(session.call("GET", "/models")).status == 200
    assert len(scripted.slept) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 501])
def test_a_refusal_is_final(scripted: Any, session: Session, status: int) -> None:
    scripted.expect("GET /v1/models", ({}, status))
    with pytest.raises(errors.APIError) as caught:
        run(session.call("GET", "/models"))
    assert caught.value.status_code == status
    assert not scripted.slept


def test_patience_ends(scripted: Any, session: Session) -> None:
    for _ in range(3):
        scripted.expect("GET /v1/models", LOST)
    with pytest.raises(ConnectionFailed):
        run(session.call("GET", "/models"))


def test_a_post_goes_out_again_only_if_it_never_left(scripted: Any, session: Session) -> None:
    scripted.expect("POST /v1/things", NEVER_LEFT)
    scripted.expect("POST /v1/things", LOST)
    with pytest.raises(ConnectionFailed) as caught:
        run(session.call("POST", "/things", json={}))
    assert caught.value.sent


def test_a_post_goes_out_again_after_a_busy_answer_with_a_time(scripted: Any, session: Session) -> None:
    scripted.expect("POST /v1/things", ({}, 429), {"retry-after-ms": "70"})
    scripted.expect("POST /v1/things", ({}, 503), {"retry-after": "2"})
    scripted.expect("POST /v1/things", {})
    run(session.call("POST", "/things", json={}))
    assert scripted.slept == [0.07, 2.0]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_post_does_not_go_out_again_after_any_other_answer(scripted: Any, session: Session, status: int) -> None:
    scripted.expect("POST /v1/things", ({}, status))
    with pytest.raises(errors.APIError):
        run(session.call("POST", "/things", json={}))


def test_the_servers_word_counts_most(scripted: Any, session: Session) -> None:
    scripted.expect("GET /v1/models", ({}, 500), {"x-should-retry": "false"})
    with pytest.raises(errors.ServerError):
        run(session.call("GET", "/models"))
    scripted.expect("POST /v1/things", ({}, 409), {"x-should-retry": "true"})
    scripted.expect("POST /v1/things", {})
    run(session.call("POST", "/things", json={}))


def test_a_server_that_wants_an_hour_is_not_waited_for(scripted: Any, session: Session) -> None:
    scripted.expect("GET /v1/models", ({}, 429), {"retry-after": "3600"})
    with pytest.raises(errors.RateLimited) as caught:
        run(session.call("GET", "/models"))
    assert caught.value.retry_after == 3600
    assert not scripted.slept


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "says"),
    [
        (400, {"error": {"message": "too big", "code": "unsupported_size", "param": "size"}}, errors.BadRequest, "unsupported_size", "too big"),
        (422, {"detail": [{"loc": ["body", "prompt"], "msg": "Field required"}]}, errors.BadRequest, None, "prompt: Field required"),
        (404, {"detail": "Not Found"}, errors.NotFound, None, "Not Found"),
        (503, {"error": "the scheduler died"}, errors.ServerError, None, "the scheduler died"),
        (401, None, errors.AuthenticationError, None, "plain words"),
        (418, {}, errors.APIError, None, "{}"),
        (410, {"message": "expired", "code": 7}, errors.Gone, "7", "expired"),
    ],
)  # fmt: skip
def test_every_way_to_write_an_error(
    scripted: Any, status: int, body: Any, kind: type[errors.APIError], code: str | None, says: str
) -> None:
    raw = b"plain words" if body is None else json.dumps(body).encode()
    scripted.expect("GET /v1/models", Answer(status, {"x-request-id": "r1"}, raw))
    session = Session(scripted, base_url="http://server", max_retries=0)
    with pytest.raises(kind) as caught:
        run(session.call("GET", "/models"))
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.status_code, caught.value.request_id) == (code, status, "r1")
    assert says in str(caught.value)


def made(scripted: Any, dialect: str = "cutaway") -> Cutaway:
    return Cutaway("http://server", "k", dialect=dialect, io=scripted)


def test_one_create_is_one_key_however_often_it_is_sent(scripted: Any) -> None:
    for outcome in (LOST, ({}, 502), JOB):
        scripted.expect("POST /v1/videos", outcome)
    assert made(scripted).videos.create(prompt="a").id == "video_1"
    keys = {request.headers["Idempotency-Key"] for request in scripted.sent}
    assert len(keys) == 1
    assert keys.pop()[14] == "7"


def test_two_creates_are_two_keys_that_sort_by_time(scripted: Any) -> None:
    client = made(scripted)
    for _ in range(2):
        scripted.expect("POST /v1/videos", JOB)
        client.videos.create(prompt="a")
        scripted.sent[-1].headers["Idempotency-Key"]
    first, second = (request.headers["Idempotency-Key"] for request in scripted.sent)
    assert first != second
    assert first[:13] <= second[:13]


def test_a_lost_create_is_not_repeated_where_keys_mean_nothing(scripted: Any) -> None:
    scripted.expect("POST /v1/videos", LOST)
    with pytest.raises(errors.SubmitUnknown) as caught:
        made(scripted, "openai").videos.create(prompt="a")
    assert caught.value.key == scripted.sent[0].headers["Idempotency-Key"]


def test_a_gateways_word_is_no_answer_to_a_create(scripted: Any) -> None:
    scripted.expect("POST /v1/videos", ({}, 504))
    with pytest.raises(errors.SubmitUnknown):
        made(scripted, "openai").videos.create(prompt="a")


def test_a_create_that_never_left_is_no_unknown(scripted: Any) -> None:
    for _ in range(3):
        scripted.expect("POST /v1/videos", NEVER_LEFT)
    with pytest.raises(ConnectionFailed):
        made(scripted, "openai").videos.create(prompt="a")


def test_the_key_can_be_the_callers(scripted: Any) -> None:
    scripted.expect("POST /v1/videos", JOB)
    made(scripted).videos.create(prompt="a", extra_headers={"idempotency-key": "mine", "X-Other": "1"})
    assert scripted.sent[0].headers["Idempotency-Key"] == "mine"
    assert scripted.sent[0].headers["X-Other"] == "1"
    assert "idempotency-key" not in scripted.sent[0].headers


def test_what_a_server_speaks_is_found_out_once(scripted: Any) -> None:
    client = Cutaway("http://server", "k", io=scripted)
    scripted.expect("GET /v1/cutaway/capabilities", {"dialect": "cutaway"})
    for _ in range(2):
        scripted.expect("POST /v1/videos", JOB)
        client.videos.create(prompt="a", seed=3)


@pytest.mark.parametrize("answer", [({"detail": "Not Found"}, 404), ({}, 405), {"something": "else"}])
def test_a_server_without_capabilities_speaks_the_plain_contract(scripted: Any, answer: Any) -> None:
    client = Cutaway("http://server", "k", io=scripted)
    scripted.expect("GET /v1/cutaway/capabilities", answer)
    for path in ("/v1/models", "/openapi.json", "/.well-known/localai.json"):
        scripted.expect(f"GET {path}", ({"detail": "Not Found"}, 404))
    with pytest.raises(errors.UnsupportedCapability, match="http://server"):
        client.videos.create(prompt="a", seed=3)


def test_a_wrong_key_is_not_taken_for_another_dialect(scripted: Any) -> None:
    for path in ("/v1/cutaway/capabilities", "/v1/models", "/openapi.json", "/.well-known/localai.json"):
        scripted.expect(f"GET {path}", ({}, 401))
    with pytest.raises(errors.AuthenticationError, match="CUTAWAY_API_KEY"):
        Cutaway("http://server", "k", io=scripted).videos.create(prompt="a")


def test_arguments_win_over_the_environment(scripted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_BASE_URL", "http://server/v1")
    monkeypatch.setenv("CUTAWAY_API_KEY", "from-environment")
    for client, key in (
        (Cutaway(io=scripted), "from-environment"),
        (Cutaway("http://server", "given", io=scripted), "given"),
    ):
        scripted.expect("GET /v1/models", {"data": []})
        client.models.list()
        assert scripted.sent[-1].headers["Authorization"] == f"Bearer {key}"


@pytest.mark.parametrize("written", ["http://server", "http://server/", "http://server/v1", "http://server/v1/"])
def test_an_address_may_end_in_v1(written: str) -> None:
    assert root_of(written) == "http://server"


@pytest.mark.parametrize("written", ["server:8000", "ftp://server", "http://", "localhost"])
def test_an_address_without_scheme_or_host_is_refused(written: str) -> None:
    with pytest.raises(errors.BadRequest, match="looks like"):
        Cutaway(written)


def test_a_dialect_has_a_known_name(scripted: Any) -> None:
    with pytest.raises(errors.BadRequest, match="openai"):
        Cutaway("http://server", dialect="klingon", io=scripted).videos.create(prompt="a")
