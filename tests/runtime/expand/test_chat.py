"""A chat server on the loopback that refuses wrong requests, and everything it may answer instead."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cutaway_runtime.expand.chat import ANSWER_BYTES, ChatModel
from cutaway_runtime.expand.instruction import Brief, ExpansionFailed, messages

ASKED = messages(Brief("a red ball"))
ALLOWED = {"model", "messages", "max_tokens", "temperature", "stream", "top_p", "seed", "n"}


class Handler(BaseHTTPRequestHandler):
    """Answers POST /v1/chat/completions as an OpenAI-compatible server does."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.seen.append(("GET", self.path, None))
        self.say(200, {"stolen": True})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        script = self.server.script
        self.server.seen.append(("POST", self.path, body))
        if script.get("raw") is not None:
            self.wfile.write(script["raw"])
            return None
        if script.get("pause"):
            self.server.released.wait(script["pause"])
        if self.headers.get("Authorization") != script.get("authorization"):
            return self.refuse(401, "Incorrect API key provided")
        if self.path != "/v1/chat/completions":
            return self.refuse(404, f"no route {self.path}")
        if self.headers.get("Content-Type") != "application/json":
            return self.refuse(415, "a chat is asked in JSON")
        asked = json.loads(body)
        if unknown := asked.keys() - ALLOWED:
            return self.refuse(400, f"Unrecognized request argument: {unknown}")
        if asked["model"] not in {"small", "default"}:
            return self.refuse(404, f"The model {asked['model']!r} does not exist")
        roles = [message["role"] for message in asked["messages"]]
        if roles != ["system", "user"] or not all(message["content"] for message in asked["messages"]):
            return self.refuse(400, f"a chat of {roles}")
        if asked["stream"] or not 0 < asked["max_tokens"] <= 4096 or asked["temperature"] != 0:
            return self.refuse(400, "not asked for one whole greedy answer")
        return self.say(*script.get("answer", (200, self.chat("the answer"))))

    @staticmethod
    def chat(content):
        message = {"role": "assistant", "content": content}
        return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    def refuse(self, status, message):
        self.say(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})

    def say(self, status, body, headers=()):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def server():
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.script, httpd.seen, httpd.released = {}, [], threading.Event()
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield httpd
    httpd.released.set()
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def url(server, path="/v1"):
    return f"http://127.0.0.1:{server.server_port}{path}"


def go_on():
    """Nobody has cancelled."""


def failure(model, check=go_on):
    with pytest.raises(ExpansionFailed) as caught:
        model.answer(ASKED, 100, check)
    return str(caught.value)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/chat/completions"])
def test_a_server_is_asked_as_it_wants_to_be(server, path):
    assert ChatModel(url(server, path), "small").answer(ASKED, 100, go_on) == "the answer"
    ((_, _, body),) = server.seen
    assert json.loads(body)["messages"] == ASKED


def test_a_key_goes_along_and_is_never_shown(server):
    server.script["authorization"] = "Bearer sesame"
    model = ChatModel(url(server), "small", "sesame")
    assert model.answer(ASKED, 100, go_on) == "the answer"
    assert "sesame" not in repr(model)
    assert "sesame" not in model.identity
    assert "401: Incorrect API key" in failure(ChatModel(url(server), "small", "wrong"))


def test_an_answer_in_parts_is_put_together(server):
    server.script["answer"] = (200, Handler.chat([{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]))
    assert ChatModel(url(server), "small").answer(ASKED, 100, go_on) == "one two"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((500, {"error": {"message": "out of\nmemory"}}), "answered 500: out of memory"),
        ((503, b"busy"), "answered 503: busy"),
        ((400, {"error": "no such thing"}), "answered 400: no such thing"),
        ((200, b"<html>"), "not as a chat does"),
        ((200, {"choices": []}), "not as a chat does"),
        ((200, [1]), "not as a chat does"),
        ((200, Handler.chat(None)), "without a text"),
        ((200, b"x" * (ANSWER_BYTES + 1)), "more than"),
    ],
)
def test_an_answer_that_is_none_is_said(server, answer, reason):
    server.script["answer"] = answer
    assert reason in failure(ChatModel(url(server), "small"))


def test_a_redirect_is_not_followed(server):
    elsewhere = f"http://localhost:{server.server_port}/v1/chat/completions"
    server.script["answer"] = (307, b"", (("Location", elsewhere),))
    assert "not followed" in failure(ChatModel(url(server), "small"))
    assert len(server.seen) == 1


def test_a_proxy_of_the_environment_is_not_used(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ChatModel(url(server), "small").answer(ASKED, 100, go_on) == "the answer"


def test_nobody_there_is_said_with_the_host():
    assert "127.0.0.1 gave no answer" in failure(ChatModel("http://127.0.0.1:9/v1", "small"))


def test_something_that_speaks_no_http_is_said(server):
    server.script["raw"] = b"220 mail ready\r\n"
    assert "gave no answer" in failure(ChatModel(url(server), "small"))


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8000", "ftp://127.0.0.1", "file:///etc/passwd", "http://", "http://h:port/v1"]
)
def test_what_is_no_address_is_not_asked(address):
    assert "CUTAWAY_EXPANDER_URL" in failure(ChatModel(address, "small"))


def test_a_password_in_an_address_is_refused_without_showing_it():
    text = failure(ChatModel("http://kim:secret@127.0.0.1/v1", "small"))
    assert "CUTAWAY_EXPANDER_KEY" in text
    assert "secret" not in text


def test_patience_ends(server):
    server.script["pause"] = 10
    began = time.monotonic()
    assert "did not answer within 0.3 s" in failure(ChatModel(url(server), "small", seconds=0.3))
    assert time.monotonic() - began < 3


def test_a_cancel_ends_the_question_at_once(server):
    server.script["pause"] = 10
    began = time.monotonic()

    def check():
        if time.monotonic() - began > 0.2:
            raise KeyError("cancelled")

    with pytest.raises(KeyError, match="cancelled"):
        ChatModel(url(server), "small").answer(ASKED, 100, check)
    assert time.monotonic() - began < 3
