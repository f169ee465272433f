"""When a request is sent again, under which key, and what an error answer becomes."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from cutaway import Cutaway, errors
from cutaway.client.io import AsyncIO, BlockingIO, run
from cutaway.client.io_stdlib import StdlibIO
from cutaway.client.request import Answer
from cutaway.client.session import Session, root_of
from cutaway.errors import ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_a_servers_yes_to_a_500_does_not_send_a_post_twice(scripted: Any, session: Session) -> None:
    scripted.expect("POST /v1/things", ({}, 500), {"x-should-retry": "true"})
    with pytest.raises(errors.ServerError):
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
        (400, {"error": {"message": "too big", "type": "t", "code": "unsupported_size", "param": "size"}}, errors.BadRequest, "unsupported_size", "too big"),
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
    scripted.expect("GET /v1/models", Answer(status, {"x-request-id": "r1", "x-pod": "7"}, raw))
    session = Session(scripted, base_url="http://server", max_retries=0)
    with pytest.raises(kind) as caught:
        run(session.call("GET", "/models"))
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.status_code, caught.value.request_id) == (code, status, "r1")
    assert says in str(caught.value)
    assert caught.value.type == ("t" if "unsupported_size" in raw.decode() else None)
    assert (caught.value.headers["X-Pod"], caught.value.headers.get("retry-after")) == ("7", None)


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
    for path in ("/v1/models", "/health/liveliness", "/openapi.json", "/.well-known/localai.json"):
        scripted.expect(f"GET {path}", ({"detail": "Not Found"}, 404))
    with pytest.raises(errors.UnsupportedCapability, match="http://server"):
        client.videos.create(prompt="a", seed=3)


def test_a_wrong_key_is_not_taken_for_another_dialect(scripted: Any) -> None:
    for path in (
        "/v1/cutaway/capabilities",
        "/v1/models",
        "/health/liveliness",
        "/openapi.json",
        "/.well-known/localai.json",
    ):
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


# -- other hosts -------------------------------------------------------------------------------


@pytest.fixture
def elsewhere() -> Iterator[Any]:
    """Two servers on the loopback: /go of the first sends on to the second; each notes the headers it was sent."""
    noted: dict[str, list[dict[str, str]]] = {"here": [], "there": []}

    class Either(BaseHTTPRequestHandler):
        name = ""

        def log_message(self, *_: object) -> None:
            """Silent."""

        def do_GET(self) -> None:
            noted[self.name].append({name.lower(): value for name, value in self.headers.items()})
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.path.endswith("/go"):
                self.send_response(307)
                self.send_header("Location", f"http://127.0.0.1:{servers['there'].server_port}/file")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_POST(self) -> None:
            self.do_GET()

    servers = {
        name: ThreadingHTTPServer(("127.0.0.1", 0), type(name, (Either,), {"name": name})) for name in ("here", "there")
    }
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,)) for server in servers.values()]
    for thread in threads:
        thread.start()
    yield SimpleNamespace(
        url=f"http://127.0.0.1:{servers['here'].server_port}",
        other=f"http://127.0.0.1:{servers['there'].server_port}",
        noted=noted,
    )
    for server, thread in zip(servers.values(), threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


IOS = {"httpx": BlockingIO, "stdlib": StdlibIO, "asyncio": AsyncIO}


async def _streamed(session: Session, path: str) -> None:
    stream = await session.stream(path, headers={"X-Api-Key": "mine"}, timeout=5)
    while await stream.read():
        pass
    await stream.close()


@pytest.mark.parametrize("io", IOS)
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("address", ["{other}/file", "/go"])
def test_another_host_never_sees_the_key(elsewhere: Any, io: str, streamed: bool, address: str) -> None:
    session = Session(IOS[io](), base_url=elsewhere.url, api_key="secret", dialect="openai")
    path = address.format(other=elsewhere.other)

    async def fetched() -> None:
        try:
            if streamed:
                await _streamed(session, path)
            else:
                await session.call("GET", path, headers={"Authorization": "Bearer secret"})
        finally:
            await session.close()

    asyncio.run(fetched()) if io == "asyncio" else run(fetched())
    (there,) = elsewhere.noted["there"]
    assert "authorization" not in there
    assert "secret" not in str(there)
    assert [headers["authorization"] for headers in elsewhere.noted["here"]] == ["Bearer secret"] * (path == "/go")


@pytest.mark.parametrize("io", ["httpx", "stdlib"])
def test_a_session_that_is_forgotten_leaves_no_socket_open(movies: Any, io: str) -> None:
    session = Session(IOS[io](), base_url=movies.url, api_key="a-key-of-this-test", dialect="openai")
    run(session.call("GET", "/videos"))
    gc.collect()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        del session
        gc.collect()
    assert [str(one.message) for one in said] == []


@pytest.mark.parametrize("io", ["httpx", "stdlib"])
def test_a_post_is_never_sent_on(elsewhere: Any, io: str) -> None:
    session = Session(IOS[io](), base_url=elsewhere.url, api_key="secret", dialect="openai")
    with pytest.raises(errors.APIError, match=rf"on to {elsewhere.other}/file, .* as base_url"):
        run(session.call("POST", "/go", json={"prompt": "a"}))
    run(session.close())
    assert elsewhere.noted["there"] == []


def test_answers_can_be_heard(scripted: Any, session: Session) -> None:
    scripted.expect("GET /v1/models", ({}, 503))
    scripted.expect("GET /v1/models", {"data": []}, {"x-request-id": "r2"})
    with session.hearing() as answers:
        run(session.call("GET", "/models"))
    assert [answer.status for answer in answers] == [503, 200]
    assert answers[-1].headers["x-request-id"] == "r2"
    scripted.expect("GET /v1/models", {"data": []})
    run(session.call("GET", "/models"))
    assert len(answers) == 2


@pytest.mark.parametrize("count", [0, 1, 4])
def test_how_often_is_for_the_call_to_say(scripted: Any, session: Session, count: int) -> None:
    for _ in range(count + 1):
        scripted.expect("GET /v1/models", LOST)
    with pytest.raises(ConnectionFailed):
        run(session.call("GET", "/models", max_retries=count))


def test_a_failed_job_under_an_error_status_is_not_asked_for_again(scripted: Any, session: Session) -> None:
    scripted.expect("GET /v1/videos/v", ({"id": "v", "status": "failed"}, 500))
    with pytest.raises(errors.ServerError):
        run(session.call("GET", "/videos/v"))


def test_a_create_that_is_the_whole_render_is_given_its_time(scripted: Any) -> None:
    session = Session(scripted, base_url="http://server", dialect="localai")
    for timeout in (None, 30.0):
        scripted.expect("POST /video", {})
        run(session.create("http://server/video", "key", json={}, timeout=timeout))
        assert scripted.sent[-1].timeout == timeout
