"""A chat server is asked as it wants to be, and whatever it answers instead is said."""

import json
import time

import pytest

from cutaway_runtime.expand.chat import ANSWER_BYTES, ChatModel
from cutaway_runtime.expand.instruction import Brief, ExpansionFailed, messages

ASKED = messages(Brief("a red ball"))


def chat(content):
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}


def url(server, path="/v1"):
    return f"http://127.0.0.1:{server.server_port}{path}"


def go_on():
    """Nobody has cancelled."""


def failure(model, check=go_on):
    with pytest.raises(ExpansionFailed) as caught:
        model.answer(ASKED, check)
    return str(caught.value)


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/chat/completions"])
def test_a_server_is_asked_as_it_wants_to_be(server, path):
    assert ChatModel(url(server, path), "small").answer(ASKED, go_on) == "the answer"
    ((_, _, body),) = server.seen
    assert json.loads(body)["messages"] == ASKED


def test_a_key_goes_along_and_is_never_shown(server):
    server.script["authorization"] = "Bearer sesame"
    model = ChatModel(url(server), "small", "sesame")
    assert model.answer(ASKED, go_on) == "the answer"
    assert "sesame" not in repr(model)
    assert "sesame" not in model.identity
    assert "401: Incorrect API key" in failure(ChatModel(url(server), "small", "wrong"))


def test_what_stands_behind_an_address_goes_along_and_is_not_kept(server):
    server.script["query"] = "?api-version=2"
    model = ChatModel(url(server, "/v1?api-version=2"), "small")
    assert model.answer(ASKED, go_on) == "the answer"
    assert "api-version" not in model.identity


def test_an_answer_in_parts_is_put_together(server):
    server.script["answer"] = (200, chat([{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]))
    assert ChatModel(url(server), "small").answer(ASKED, go_on) == "one two"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((500, {"error": {"message": "out of\nmemory"}}), "answered 500: out of memory"),
        ((503, b"busy"), "answered 503: busy"),
        ((400, {"error": "no such thing"}), "answered 400: no such thing"),
        ((200, b"<html>"), "not as a chat does"),
        ((200, {"choices": []}), "not as a chat does"),
        ((200, [1]), "not as a chat does"),
        ((200, chat(None)), "without a text"),
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
    assert ChatModel(url(server), "small").answer(ASKED, go_on) == "the answer"


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
        ChatModel(url(server), "small").answer(ASKED, check)
    assert time.monotonic() - began < 3
