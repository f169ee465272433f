"""One wish is one job, however often and from however many threads it is sent; two wishes are two."""

import io
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from PIL import Image

BODY = {"prompt": "once", "model": "bars", "size": "64x48", "num_frames": 1}
THREADS = 64


@pytest.fixture(scope="module")
def busy(runtime):
    """The worker has something else to do: what is counted is what was accepted."""
    job = runtime.create(num_frames=1440, size="1280x720")["id"]
    runtime.until(job, "preparing", "running")
    runtime.worker().nice(19)
    yield
    runtime.client.delete(f"/v1/videos/{job}")


def together(runtime, requests: list[dict]) -> list[httpx.Response]:
    """All of them at the same moment, each over a connection of its own."""
    start = threading.Barrier(len(requests))

    def send(request: dict) -> httpx.Response:
        headers = {**runtime.client.headers, **request.pop("headers", {})}
        with httpx.Client(base_url=runtime.client.base_url, headers=headers, timeout=60, verify=False) as client:
            start.wait()
            return client.post("/v1/videos", **request)

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(send, requests))


def jobs(runtime, prompt: str) -> int:
    return sum(v["prompt"] == prompt for v in runtime.get("/v1/videos", params={"limit": 100}).json()["data"])


@pytest.mark.usefixtures("busy")
def test_sixty_four_threads_with_one_key_make_one_job(runtime):
    body = {**BODY, "prompt": "one key"}
    sent = [{"json": body, "headers": {"idempotency-key": "sixty-four"}} for _ in range(THREADS)]
    answers = together(runtime, sent)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == jobs(runtime, "one key") == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1


@pytest.mark.usefixtures("busy")
def test_every_key_has_its_own_job(runtime):
    body = {**BODY, "prompt": "eight keys"}
    sent = [{"json": body, "headers": {"idempotency-key": f"key-{n % 8}"}} for n in range(THREADS)]
    answers = together(runtime, sent)
    assert len({answer.json()["id"] for answer in answers}) == jobs(runtime, "eight keys") == 8
    by_key = {n: {answer.json()["id"] for answer in answers[n::8]} for n in range(8)}
    assert all(len(ids) == 1 for ids in by_key.values())


@pytest.mark.usefixtures("busy")
def test_one_key_for_two_wishes_at_once_keeps_the_first(runtime):
    sent = [
        {"json": {**BODY, "prompt": f"wish {n % 2}"}, "headers": {"idempotency-key": "torn"}} for n in range(THREADS)
    ]
    answers = together(runtime, sent)
    assert Counter(answer.status_code for answer in answers) == {200: THREADS // 2, 422: THREADS // 2}
    assert jobs(runtime, "wish 0") + jobs(runtime, "wish 1") == 1
    for answer in answers:
        if answer.status_code == 422:
            assert answer.json()["error"]["code"] == "idempotency_key_reuse"
            assert answer.headers["x-should-retry"] == "false"


@pytest.mark.usefixtures("busy")
def test_uploads_under_one_key_leave_one_file(runtime):
    still = io.BytesIO()
    Image.new("RGB", (32, 32), "green").save(still, "PNG")
    before = set((runtime.home / "files").iterdir())
    sent = [
        {
            "data": {**{k: str(v) for k, v in BODY.items()}, "prompt": "with a picture"},
            "files": {"input_reference": ("upload", still.getvalue())},
            "headers": {"idempotency-key": "upload-race"},
        }
        for _ in range(4)
    ]
    answers = together(runtime, sent)
    assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(set((runtime.home / "files").iterdir()) - before) == 1


def multipart(boundary: str, fields: dict) -> dict:
    """A body as the stock client writes it: the boundary is another one each time."""
    lines = []
    for name, value in fields.items():
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"', "", str(value)]
    content = "\r\n".join([*lines, f"--{boundary}--", ""]).encode()
    return {"content": content, "headers": {"content-type": f"multipart/form-data; boundary={boundary}"}}


@pytest.mark.usefixtures("busy")
def test_three_posts_of_one_lost_response_are_one_job(runtime):
    """Without any key, as stock clients send it: each try says how often it was tried before."""
    body = {**BODY, "prompt": "lost response"}
    ids = []
    for attempt in range(3):
        request = multipart(f"boundary{attempt}", body)
        request["headers"]["x-stainless-retry-count"] = str(attempt)
        ids.append(runtime.post("/v1/videos", **request).json()["id"])
    assert len(set(ids)) == jobs(runtime, "lost response") == 1
    # The next client over, which speaks JSON, asks for the same: it is another wish.
    assert runtime.post("/v1/videos", json=body).json()["id"] not in ids
    other = runtime.post("/v1/videos", json={**body, "seed": 1}, headers={"x-stainless-retry-count": "1"}).json()
    assert other["id"] not in ids, "a retry of what never arrived is a first try"


@pytest.mark.usefixtures("busy")
def test_a_retry_that_overtakes_its_first_try_is_the_same_job(runtime):
    body = {**BODY, "prompt": "overtaken"}
    sent = [{"json": body, "headers": {"x-stainless-retry-count": str(n)}} for n in (0, 1, 2)]
    answers = together(runtime, sent)
    ids = {answer.json()["id"] for answer in answers}
    # The first try is a wish of its own where it comes last; the retries find each other whatever happens.
    assert answers[1].json()["id"] == answers[2].json()["id"]
    assert len(ids) <= 2


@pytest.mark.usefixtures("busy")
def test_two_deliberate_creates_are_two_jobs(runtime):
    body = {**BODY, "prompt": "deliberate"}
    ids = {runtime.post("/v1/videos", json=body, headers={"x-stainless-retry-count": "0"}).json()["id"] for _ in "ab"}
    keyed = {runtime.post("/v1/videos", json=body, headers={"idempotency-key": key}).json()["id"] for key in "ab"}
    assert len(ids | keyed) == jobs(runtime, "deliberate") == 4


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize("path", ["/v1/videos/edits", "/v1/videos/extensions"])
def test_a_key_belongs_to_one_road(runtime, path):
    key = {"idempotency-key": f"road {path}".replace(" ", "-")}
    assert runtime.post("/v1/videos", json=BODY, headers=key).status_code == 200
    other = runtime.post(path, json={**BODY, "video": "video_none"}, headers=key)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reuse")


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "\x7f"])
def test_a_key_that_is_none_is_refused(runtime, key):
    answer = runtime.post("/v1/videos", json=BODY, headers={"idempotency-key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("key", ["", " ", "a\n", "x" * 256, "é", "\0"])
def test_nor_is_it_looked_for(runtime, key):
    answer = runtime.get("/v1/videos", params={"idempotency_key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


def test_a_refused_request_does_not_use_its_key_up(runtime):
    key = {"idempotency-key": "mended"}
    assert runtime.post("/v1/videos", json={**BODY, "size": "1x1"}, headers=key).status_code == 400
    mended = runtime.post("/v1/videos", json=BODY, headers=key)
    assert mended.status_code == 200
    assert "idempotent-replayed" not in mended.headers


def test_a_key_is_remembered_across_a_restart_and_a_deletion(make_runtime):
    runtime = make_runtime()
    key = {"idempotency-key": "remembered"}
    first = runtime.post("/v1/videos", json=BODY, headers=key).json()
    runtime.wait(first["id"])
    runtime.kill()
    runtime.start()
    again = runtime.post("/v1/videos", json=BODY, headers=key)
    assert (again.json()["id"], again.headers["idempotent-replayed"]) == (first["id"], "true")
    assert again.json()["status"] == "completed"
    other = runtime.post("/v1/videos", json={**BODY, "seed": 5}, headers=key)
    assert other.status_code == 422
    repeated = runtime.post("/v1/videos", json=BODY, headers={"x-stainless-retry-count": "2"})
    assert repeated.json()["id"] == first["id"], "the keyless kind is remembered as well"
    runtime.client.delete(f"/v1/videos/{first['id']}")
    late = runtime.post("/v1/videos", json=BODY, headers=key)
    assert late.json()["id"] == first["id"], "what was deleted is not made again by a late retry"
    assert json.loads(late.text)["status"] == "completed"
