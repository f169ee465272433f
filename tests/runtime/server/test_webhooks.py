"""The ends of jobs told to an address: signed, again where nobody listened, never twice where somebody did."""

import asyncio
import base64
import hashlib
import hmac
import json
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cutaway.wire import State, Video
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.outbox import PAUSES
from cutaway_runtime.jobs.queue import Queue
from cutaway_runtime.jobs.reserve import Reserve
from cutaway_runtime.jobs.shelf import new_video_id
from cutaway_runtime.jobs.store import Store
from cutaway_runtime.server.webhooks import Messenger, checked_url, key_of, new_secret, signature


class Listener:
    """Somebody's server; answers with the statuses it was given, then with 204."""

    def __init__(self):
        self.heard = queue.Queue()
        self.statuses = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                listener.heard.put((self.path, dict(self.headers), body))
                self.send_response(listener.statuses.pop(0) if listener.statuses else 204)
                self.send_header("location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?of=cutaway"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def next(self, seconds=20):
        return self.heard.get(timeout=seconds)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.close()


def test_an_end_is_told_once_and_signed(listener, make_runtime):
    runtime = make_runtime("--webhook-url", listener.url)
    assert runtime.get("/v1/cutaway/capabilities").json()["webhooks"] is True
    video = runtime.wait(runtime.create()["id"])
    path, headers, body = listener.next()
    event = json.loads(body)
    assert path == "/hook?of=cutaway"
    assert (event["object"], event["type"], event["data"]) == ("event", "video.completed", {"id": video["id"]})
    assert event["created_at"] == pytest.approx(video["completed_at"], abs=2)
    secret = (runtime.home / "webhook-secret").read_text().strip()
    assert (runtime.home / "webhook-secret").stat().st_mode & 0o777 == 0o600
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == event["id"]
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
    assert runtime.stop() == 0
    runtime.start()
    with pytest.raises(queue.Empty):
        listener.next(0.5)


def test_a_cancelled_job_is_told_as_failed_and_a_deleted_one_not_at_all(listener, make_runtime):
    runtime = make_runtime("--webhook-url", listener.url)
    deleted, cancelled = (runtime.create(num_frames=1000)["id"] for _ in range(2))
    runtime.client.delete(f"/v1/videos/{deleted}")
    runtime.post(f"/v1/videos/{cancelled}/cancel")
    event = json.loads(listener.next()[2])
    assert (event["type"], event["data"]["id"]) == ("video.failed", cancelled)
    with pytest.raises(queue.Empty):
        listener.next(0.5)


def test_what_nobody_took_is_told_again_after_a_restart_under_its_id(listener, make_runtime):
    listener.statuses = [302]
    runtime = make_runtime("--webhook-url", listener.url)
    runtime.wait(runtime.create()["id"])
    first = listener.next()
    assert runtime.stop() == 0
    runtime.start()
    again = listener.next(PAUSES[0] + 15)
    assert (again[1]["webhook-id"], again[2]) == (first[1]["webhook-id"], first[2])
    assert again[0] == "/hook?of=cutaway", "no redirect is followed"


def test_a_database_that_is_away_for_a_while_ends_no_telling(listener, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("cutaway_runtime.server.webhooks.PAUSE_SECONDS", 0.01)
    store = Store(tmp_path / "jobs.sqlite", tells=True)
    job, _ = store.create(NewJob(Video(id=new_video_id()), "{}", "d"))
    store.move(job.id, State.CANCELLED)
    due, failures = store.outbox.due, iter(range(3))

    def away():
        if next(failures, None) is not None:
            raise OSError("no route to the database")
        return due()

    store.outbox.due = away

    async def tell() -> dict:
        queue = Queue(store, Reserve(tmp_path, 0))
        messenger = Messenger(queue, listener.url, new_secret())
        messenger.start()
        heard = json.loads((await asyncio.to_thread(listener.next))[2])
        await messenger.close()
        await queue.close()
        return heard

    assert asyncio.run(tell())["data"]["id"] == job.id
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == [
        "nothing is told; it is tried again, in the end every 32.0 s"
    ], "once, however often it fails"


def test_nothing_is_told_where_no_address_was_given(listener, make_runtime):
    runtime = make_runtime()
    runtime.wait(runtime.create()["id"])
    assert not (runtime.home / "webhook-secret").exists()
    store = Store(runtime.home / "jobs.sqlite")
    assert store.outbox.due() is None
    store.close()


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "http://", "example.org", "http://user:word@example.org/", "http://h:99999/"]
)
def test_an_address_that_cannot_be_posted_to_is_refused(url):
    with pytest.raises(ValueError, match=r"webhook|[Pp]ort"):
        checked_url(url)


def test_a_server_does_not_start_with_a_secret_that_is_none(make_runtime, monkeypatch):
    monkeypatch.setenv("CUTAWAY_WEBHOOK_SECRET", "hunter2")
    with pytest.raises(RuntimeError, match="whsec_"):
        make_runtime("--webhook-url", "http://127.0.0.1:9/")


def test_a_secret_is_made_of_random_bytes():
    assert len(key_of(new_secret())) == 32
    assert new_secret() != new_secret()


def test_the_signature_of_the_standards_example():
    """Standard Webhooks publishes this secret, message and signature."""
    body = b'{"test": 2432232314}'
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )
